//! What the buttons do: each click is a command, and commands run one after the other.

use std::{cell::RefCell, rc::Rc};

use insula::{ReceivePort, SendPort};
use insula_examples::{
    photos::{Checksum, Photo},
    report::Row,
};
use serde::{Deserialize, Serialize};
use web_sys::{Element, HtmlCanvasElement};

use crate::{
    failures, js,
    js::Fault,
    meter::Meter,
    page::{self, Outcome, Page, Run, State, milliseconds, thousands},
    panel::Panel,
    pieces::Pieces,
    programs::Programs,
    results::Results,
    runs::Ready,
    way::Way,
};

/// How many photos are checksummed or dropped before the next frame may come.
const PHOTOS_A_FRAME: usize = 20_000;

/// What a button asks for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Command {
    RunAll,
    Run(Way),
    Malformed,
    Panic,
    RunPrograms,
    Program(usize, Way),
    StartIsolates,
    Copy,
}

/// How many frames pass between what is prepared and what is measured.
const SETTLING_FRAMES: u32 = 6;

struct App {
    page: Rc<RefCell<Page>>,
    meter: Meter,
    document: Pieces,
    programs: Programs,
    panel: Panel,
}

/// The application: runs on the page, for as long as that is open.
pub(crate) async fn app() {
    if let Err(fault) = run().await {
        show(Err(fault));
    }
}

async fn run() -> Result<(), Fault> {
    let meter = Meter::start(page::find::<HtmlCanvasElement>("#live")?)?;
    let page = Rc::new(RefCell::new(Page::new()?));
    redraw_when_needed(&page, &meter)?;
    let programs = Programs::new()?;
    let panel = Panel::new()?;
    insula::web::inspect_in_console();
    let document = Pieces::new(&js::fetch("photos.json").await?);
    let ready = format!(
        "{} bytes of JSON are loaded.",
        thousands(document.len() as usize)
    );
    Page::set_state(State::Idle, &ready)?;

    let app = App {
        page,
        meter,
        document,
        programs,
        panel,
    };
    let mut commands = ReceivePort::new();
    connect_buttons(&commands.send_port(), &app.programs)?;
    if js::query_has("autorun")? {
        app.obey(Command::RunAll).await;
    }
    while let Some(command) = commands.next().await {
        app.obey(command).await;
    }
    Ok(())
}

fn connect_buttons(commands: &SendPort<Command>, programs: &Programs) -> Result<(), Fault> {
    let connect = |button: &Element, command: Command| {
        let commands = commands.clone();
        js::listen(button, "click", move || {
            if Page::is_busy() {
                return;
            }
            // At once, so that there is no second click, and no reader takes the last outcome for this one.
            let clicked = Page::set_state(State::Running, "");
            // A command always encodes.
            let _ = commands.send(command);
            if clicked.is_err() {
                show(clicked);
            }
        })
    };
    for (id, command) in [
        ("#run-all", Command::RunAll),
        ("#malformed", Command::Malformed),
        ("#panic", Command::Panic),
        ("#run-programs", Command::RunPrograms),
        ("#start-isolates", Command::StartIsolates),
        ("#copy", Command::Copy),
    ] {
        connect(&page::find(id)?, command)?;
    }
    for way in Way::ALL {
        let button = page::find(&format!("[data-run={}]", way.name()))?;
        connect(&button, Command::Run(way))?;
    }
    for button in programs.buttons() {
        let (number, way, button) = button?;
        connect(&button, Command::Program(number, way))?;
    }
    Ok(())
}

/// Pictures are drawn for one size and one set of colours.
fn redraw_when_needed(page: &Rc<RefCell<Page>>, meter: &Meter) -> Result<(), Fault> {
    let redraw = {
        let (page, meter) = (page.clone(), meter.clone());
        move || show(meter.recolor().and_then(|()| page.borrow_mut().redraw()))
    };
    js::listen(&js::window(), "resize", redraw.clone())?;
    let dark_mode = js::dark_mode()?;
    js::listen(&dark_mode, "change", redraw)
}

/// Shows what went wrong, if something did.
fn show(outcome: Result<(), Fault>) {
    let Err(fault) = outcome else { return };
    let shown =
        Page::set_error(Some(&fault.to_string())).and_then(|()| Page::set_state(State::Failed, ""));
    // Where even that fails there is no page left to tell it on.
    drop(shown);
}

impl App {
    async fn obey(&self, command: Command) {
        let outcome = self.perform(command).await;
        show(self.results().and_then(|results| results.show()));
        match outcome {
            Ok(status) => show(Page::set_state(State::Done, &status)),
            Err(fault) => show(Err(fault)),
        }
    }

    /// Does what was asked for, and gives the status that is shown then.
    async fn perform(&self, command: Command) -> Result<String, Fault> {
        Page::set_error(None)?;
        // What is measured has the machine for itself.
        if !matches!(command, Command::Copy) {
            self.panel.stop().await?;
        }
        match command {
            Command::RunAll => {
                for way in Way::ALL {
                    self.measure(way).await?;
                }
                self.compare()
            }
            Command::Run(way) => {
                self.measure(way).await?;
                self.compare()
            }
            Command::Malformed => {
                Page::set_state(State::Running, "Decoding a malformed document \u{2026}")?;
                failures::malformed(&self.document, &Outcome::new("malformed")?).await?;
                self.compare()
            }
            Command::Panic => {
                Page::set_state(State::Running, "Panicking in a worker \u{2026}")?;
                failures::panic(&self.document, &Outcome::new("panic")?).await?;
                self.compare()
            }
            Command::RunPrograms => {
                self.programs.run_all(&self.meter).await?;
                self.compare()
            }
            Command::Program(number, way) => {
                self.programs.run(number, way, &self.meter).await?;
                self.compare()
            }
            Command::StartIsolates => {
                self.panel.start().await?;
                self.compare()
            }
            Command::Copy => {
                page::set_text("#copy-outcome", "")?;
                self.results()?.copy().await?;
                self.compare()
            }
        }
    }

    fn results(&self) -> Result<Results, Fault> {
        Results::new(self.page.borrow().rows().to_vec(), self.programs.ran())
    }

    /// Runs one way, and shows what it came to.
    async fn measure(&self, way: Way) -> Result<(), Fault> {
        Page::set_state(State::Running, "Decoding \u{2026}")?;
        Page::set_running(way, true)?;
        let before_ms = js::now_ms();
        let ready = Ready::new(way, &self.document).await?;
        let start = ready.describe_start(js::now_ms() - before_ms);
        // The browser, too, may finish what it began before: this run is not to blame for it.
        for _ in 0..SETTLING_FRAMES {
            js::next_frame().await?;
        }

        self.meter.record(way.label())?;
        let started_ms = js::now_ms();
        let outcome = ready.decode().await;
        let total_ms = js::now_ms() - started_ms;
        let recording = self.meter.finish().await?;
        Page::set_running(way, false)?;

        let parts = outcome?;
        let came_in = parts.len();
        let photos = parts.iter().map(Vec::len).sum();
        let checksum = count_up(&parts).await?;
        let row = Row {
            place: way.name().to_owned(),
            total_ms,
            longest_freeze_ms: recording.longest_freeze_ms(),
            frames_lost: recording.frames_lost(),
            photos,
            checksum: checksum.to_string(),
        };
        self.page.borrow_mut().show(Run {
            way,
            row,
            recording,
            start,
        })?;
        self.tell_cost(way, came_in)?;
        drop_slowly(parts).await
    }

    /// Whether all runs came to the same.
    fn compare(&self) -> Result<String, Fault> {
        let page = self.page.borrow();
        let rows: Vec<&Row> = Way::ALL.iter().filter_map(|way| page.row(*way)).collect();
        let Some((first, others)) = rows.split_first() else {
            return Ok(String::new());
        };
        for other in others {
            if (other.photos, &other.checksum) != (first.photos, &first.checksum) {
                return Err(Fault::new(format!(
                    "{} and {} decoded different photos",
                    first.place, other.place
                )));
            }
        }
        Ok(if others.is_empty() {
            String::new()
        } else {
            format!("The same {} photos everywhere.", thousands(first.photos))
        })
    }

    /// Says what getting the structs back has cost, once that is known.
    fn tell_cost(&self, way: Way, came_in: usize) -> Result<(), Fault> {
        if way == Way::Pool {
            page::set_text("#cost-parts", &came_in.to_string())?;
        }
        let page = self.page.borrow();
        let (Some(worker), Some(pool)) = (page.row(Way::Worker), page.row(Way::Pool)) else {
            return Ok(());
        };
        page::set_text("#cost-worker", &milliseconds(worker.longest_freeze_ms))?;
        page::set_text("#cost-pool", &milliseconds(pool.longest_freeze_ms))?;
        page::find::<web_sys::HtmlElement>("#cost")?.set_hidden(false);
        Ok(())
    }
}

/// The checksum of all photos, with frames in between.
async fn count_up(parts: &[Vec<Photo>]) -> Result<Checksum, Fault> {
    let mut checksum = Checksum::new();
    for photos in parts.iter().flat_map(|part| part.chunks(PHOTOS_A_FRAME)) {
        checksum.add(photos);
        js::next_frame().await?;
    }
    Ok(checksum)
}

/// Gives back the memory of all photos, with frames in between.
async fn drop_slowly(parts: Vec<Vec<Photo>>) -> Result<(), Fault> {
    for mut part in parts {
        while !part.is_empty() {
            part.truncate(part.len().saturating_sub(PHOTOS_A_FRAME));
            js::next_frame().await?;
        }
    }
    Ok(())
}
