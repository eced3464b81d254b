//! The rows of the browsers. bench/web has the page that does the goes, tools/pages the browser that it stands in.

use std::{
    cell::RefCell,
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    rc::Rc,
};

use serde::Deserialize;
use serde_json::json;

use super::Make;
use crate::{
    contest::{Contestant, Row, Sample, Target, Unit},
    effort,
    machine::descendants,
    root,
};

/// A row in each engine.
macro_rules! in_each_engine {
    ($($id:literal: $make:path,)*) => {
        &[$(
            (concat!($id, "-chromium"), $make),
            (concat!($id, "-firefox"), $make),
            (concat!($id, "-webkit"), $make),
        )*]
    };
}

pub(crate) const ROWS: &[(&str, Make)] = in_each_engine![
    "W1": round_trips,
    "W1-cold": first_trips,
    "W2": many_at_once,
    "W2-one-way": one_way,
    "W2-one-way-back": one_way_back,
    "W3": first_result,
    "W3-no-module": first_result_without_module,
    "W4": bytes,
    "W5": photos,
    "W8-empty": empty_jobs,
    "W8-10ms": long_jobs,
];

const BARE: &str = "postMessage";
/// What a round trip may cost more than a bare one, in nanoseconds of CPU time.
const ABOVE_BARE: f64 = 8_000.0;

fn round_trips(id: &'static str) -> Row {
    let targets = [Target::NONE, Target::above(ABOVE_BARE)];
    OfPage::new(id, 15)
        .measure("a number to a worker, and back")
        .measure_cpu()
        .ours("insula, a job", &targets)
        .ours("insula, ports", &targets)
        .ours("@insula/web", &targets)
        .reference(BARE)
        .peer_of_page("comlink")
        .peer_of_page("workerpool")
        .done()
}

fn first_trips(id: &'static str) -> Row {
    OfPage::new(id, 10)
        .measure("one of the first 1,000 trips of a number to a new worker, and back")
        .ours("insula, a job", &[])
        .ours("insula, ports", &[])
        .ours("@insula/web", &[])
        .reference(BARE)
        .peer_of_page("comlink")
        .done()
}

fn many_at_once(id: &'static str) -> Row {
    let target = [Target::ratio(0.5)];
    OfPage::new(id, 20)
        .measure("one of 1,000 numbers that are on their way to a worker and back at once")
        .ours("insula, jobs", &target)
        .ours("insula, ports", &target)
        .ours("@insula/web", &[])
        .reference(BARE)
        .peer_of_page("comlink")
        .peer_of_page("workerpool")
        .done()
}

fn one_way(id: &'static str) -> Row {
    in_one_direction(id, "one of 20,000 numbers to a worker")
}

fn one_way_back(id: &'static str) -> Row {
    in_one_direction(id, "one of 20,000 numbers from a worker")
}

fn in_one_direction(id: &'static str, what: &str) -> Row {
    OfPage::new(id, 15)
        .measure(what)
        .ours("insula, ports", &[Target::ratio(1.0)])
        .reference(BARE)
        .done()
}

fn first_result(id: &'static str) -> Row {
    let most = if id.ends_with("webkit") { 1.3 } else { 1.1 };
    OfPage::new(id, 10)
        .measure("a new worker, until its first result is there")
        .ours("insula", &[Target::ratio(most)])
        .reference("postMessage, the same module")
        .done()
}

fn first_result_without_module(id: &'static str) -> Row {
    OfPage::new(id, 10)
        .measure("a new worker of JavaScript, until its first result is there")
        .ours("@insula/web", &[])
        .reference(BARE)
        .peer_of_page("comlink")
        .peer_of_page("workerpool")
        .done()
}

fn bytes(id: &'static str) -> Row {
    let target = [Target::ratio(1.2)];
    OfPage::new(id, 15)
        .measure("1 MB of bytes to a worker, and back")
        .ours("insula, Vec<u8>", &target)
        .ours("insula, ByteBuf", &target)
        .ours("insula, TransferableTypedData", &target)
        .ours("@insula/web", &target)
        .reference("postMessage, cloned")
        .peer_of_page("postMessage, transferred")
        .peer_of_page("comlink")
        .done()
}

fn photos(id: &'static str) -> Row {
    let targets = [Target::value(8e6), Target::ratio(1.3)];
    OfPage::new(id, 8)
        .measure("photos, 20 MB of JSON: the longest time that the page can do nothing else")
        .measure("photos: until they are there")
        .ours("insula, slices", &targets)
        .ours("insula, one value", &[])
        .reference("insula, on the page")
        .peer_of_page("JSON.parse on the page")
        .peer_of_page("JSON.parse in a worker, postMessage")
        .done()
}

fn empty_jobs(id: &'static str) -> Row {
    jobs(id, "one of 1,000 empty jobs, on two workers")
}

fn long_jobs(id: &'static str) -> Row {
    jobs(id, "one of 40 jobs of 10 ms, on two workers")
}

fn jobs(id: &'static str, what: &str) -> Row {
    let target = [Target::ratio(1.0)];
    OfPage::new(id, 10)
        .measure(what)
        .ours("insula, WorkerPool", &target)
        .ours("@insula/web, WorkerPool", &target)
        .reference("workerpool")
        .done()
}

/// A row whose contestants are those of the page.
struct OfPage {
    row: Row,
    page: Rc<Page>,
    /// The CPU time is a measure too, the last one.
    measures_cpu: bool,
}

impl OfPage {
    fn new(id: &'static str, rounds: usize) -> Self {
        let (row, engine) = id.rsplit_once('-').unwrap_or((id, ""));
        let page = Rc::new(Page {
            row,
            engine,
            session: RefCell::new(None),
        });
        Self {
            row: Row::new(id).rounds(rounds),
            page,
            measures_cpu: false,
        }
    }

    fn measure(self, what: &str) -> Self {
        let row = self.row.measure(Unit::Time, what);
        Self { row, ..self }
    }

    fn measure_cpu(self) -> Self {
        let row = self.row.measure(Unit::Time, "its CPU time, of all threads");
        let measures_cpu = true;
        Self {
            row,
            measures_cpu,
            ..self
        }
    }

    fn ours(self, name: &'static str, targets: &[Target]) -> Self {
        let start = self.start(name);
        let row = self.row.ours(name, targets, start);
        Self { row, ..self }
    }

    fn peer_of_page(self, name: &'static str) -> Self {
        let start = self.start(name);
        let row = self.row.peer(name, start);
        Self { row, ..self }
    }

    fn reference(self, name: &'static str) -> Self {
        let start = self.start(name);
        let row = self.row.reference(name, start);
        Self { row, ..self }
    }

    fn done(self) -> Row {
        self.row
    }

    fn start(&self, name: &'static str) -> impl FnOnce() -> Contestant + 'static {
        let (page, measures_cpu) = (self.page.clone(), self.measures_cpu);
        move || {
            Box::new(move || {
                let mut sample = page.go(name)?;
                if measures_cpu {
                    sample.values.push(sample.cpu.unwrap_or(f64::NAN));
                }
                Ok(sample)
            })
        }
    }
}

/// The page, in the browser of one row. It is opened at the first go, and closed with the row.
struct Page {
    row: &'static str,
    engine: &'static str,
    session: RefCell<Option<Session>>,
}

impl Page {
    fn go(&self, contestant: &str) -> Result<Sample, String> {
        let mut session = self.session.borrow_mut();
        let session = match &mut *session {
            Some(session) => session,
            none => none.insert(Session::open(self.engine)?),
        };
        session.go(self.row, contestant)
    }
}

/// tools/pages as a child process, which has the browser.
struct Session {
    child: Child,
    asks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// What the page says.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Error { error: String },
    Figures { values: Vec<f64>, operations: f64 },
}

impl Session {
    fn open(engine: &str) -> Result<Self, String> {
        let program = root().join("target/release/insula-pages");
        let program = program.display().to_string();
        // WebKitGTK needs a display.
        let words: &[&str] = match (engine, env::consts::OS) {
            ("webkit", "linux") => &["xvfb-run", "-a", &program],
            _ => &[&program],
        };
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .args(["bench", "--browser", engine])
            .arg(root().join("target/bench/web/page"))
            // Its sandbox needs what containers do not have; the page is ours.
            .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| format!("{} can't start: {error}", words[0]))?;
        let (asks, answers) = (child.stdin.take(), child.stdout.take());
        let answers = BufReader::new(answers.ok_or("the browser says nothing")?);
        Ok(Self {
            child,
            asks,
            answers,
        })
    }

    fn go(&mut self, row: &str, contestant: &str) -> Result<Sample, String> {
        let told = |error: std::io::Error| format!("the browser has gone: {error}");
        let asked = json!({ "row": row, "contestant": contestant, "quick": effort::is_quick() });
        let before = descendants();
        if let Some(asks) = &mut self.asks {
            writeln!(asks, "{asked}").map_err(told)?;
        }
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(told)?;
        let answer = serde_json::from_str(&line);
        match answer.map_err(|error| format!("the page said {line:?}: {error}"))? {
            Answer::Error { error } => Err(error),
            Answer::Figures { values, operations } => {
                let cpu = descendants().saturating_sub(before).as_nanos() as f64;
                let cpu = Some(cpu / operations);
                Ok(Sample { values, cpu })
            }
        }
    }
}

impl Drop for Session {
    /// Closes the browser, which ends when nobody asks any more.
    fn drop(&mut self) {
        drop(self.asks.take());
        let _ = self.child.wait();
    }
}
