//! What workers write with `log` and `tracing` reaches the page's logger and subscriber.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use insula_web::{
    Isolate, IsolateRunner, ReceivePort, Start, TaskError, logs, register_program, sleep,
};
use tracing::{Event, Metadata, Subscriber, level_filters::LevelFilter, span};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{block, in_time, no_worker_is_left};

/// What the page got, as one line each: who has written it, level, target, text, fields.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    isolate: Option<String>,
    level: String,
    target: String,
    text: String,
    fields: Vec<(String, String)>,
}

thread_local! {
    static IS_COLLECTING: Cell<bool> = const { Cell::new(false) };
    static LINES: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
}

/// The page collects from now on. Until then it wants nothing, as without this test.
fn collect() {
    // There is one of each for all tests.
    let _ = log::set_logger(&Logger);
    log::set_max_level(log::LevelFilter::Trace);
    let _ = tracing::subscriber::set_global_default(Events);
    IS_COLLECTING.set(true);
}

fn collected() -> Vec<Line> {
    LINES.take()
}

fn end() {
    IS_COLLECTING.set(false);
    LINES.take();
}

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        IS_COLLECTING.get()
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut fields = Fields::default();
        record.key_values().visit(&mut fields).expect("texts");
        let line = Line {
            isolate: logs::isolate(),
            level: record.level().to_string(),
            target: record.target().to_owned(),
            text: record.args().to_string(),
            fields: fields.others,
        };
        LINES.with_borrow_mut(|lines| lines.push(line));
    }

    fn flush(&self) {}
}

struct Events;

impl Subscriber for Events {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        tracing::subscriber::Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        IS_COLLECTING.get() && metadata.is_event() && *metadata.level() <= LevelFilter::INFO
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let line = Line {
            isolate: logs::isolate(),
            level: event.metadata().level().to_string(),
            target: event.metadata().target().to_owned(),
            text: fields.text,
            fields: fields.others,
        };
        LINES.with_borrow_mut(|lines| lines.push(line));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Fields {
    text: String,
    others: Vec<(String, String)>,
}

impl Fields {
    fn add(&mut self, name: &str, value: String) {
        match name {
            "message" => self.text = value,
            name => self.others.push((name.to_owned(), value)),
        }
    }
}

impl tracing::field::Visit for Fields {
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        self.add(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.add(field.name(), format!("{value:?}"));
    }
}

impl<'kvs> log::kv::VisitSource<'kvs> for Fields {
    fn visit_pair(
        &mut self,
        key: log::kv::Key<'kvs>,
        value: log::kv::Value<'kvs>,
    ) -> Result<(), log::kv::Error> {
        self.add(key.as_str(), value.to_string());
        Ok(())
    }
}

/// A runner whose worker forwards, as the application's start function would have it do.
async fn forwarding(name: &str) -> IsolateRunner {
    fn forward(_: ()) -> (bool, bool) {
        (
            logs::forward_log(log::LevelFilter::Info),
            logs::forward_tracing(LevelFilter::INFO),
        )
    }
    let runner = IsolateRunner::builder().debug_name(name).spawn();
    let runner = in_time("a spawn", runner).await.expect("it starts");
    let forwards = in_time("a job", runner.run(forward, ())).await;
    assert_eq!(forwards, Ok((true, true)));
    runner
}

async fn close(runner: IsolateRunner) {
    in_time("the end", runner.close()).await.expect("it ends");
    no_worker_is_left().await;
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[wasm_bindgen_test]
async fn a_record_of_log_comes_before_the_answer_that_follows_it() {
    fn write(n: u32) {
        log::info!(target: "photos", width = n; "width {n}");
        log::debug!("not wanted");
    }
    collect();
    let runner = forwarding("writer").await;
    for n in [640, 800] {
        in_time("a job", runner.run(write, n)).await.expect("ends");
        let number = n.to_string();
        let line = Line {
            isolate: Some("writer".to_owned()),
            level: "INFO".to_owned(),
            target: "photos".to_owned(),
            text: format!("width {n}"),
            fields: fields(&[("isolate", "writer"), ("width", &number)]),
        };
        assert_eq!(collected(), [line]);
    }
    assert_eq!(logs::isolate(), None);
    close(runner).await;
    end();
}

#[wasm_bindgen_test]
async fn an_event_of_tracing_comes_with_its_fields_and_spans() {
    fn write(n: u32) {
        let span = tracing::info_span!("decode", file = "cat.jpg");
        span.in_scope(|| tracing::warn!(width = n, "too large"));
        tracing::debug!("not wanted");
    }
    collect();
    let runner = forwarding("decoder").await;
    in_time("a job", runner.run(write, 640))
        .await
        .expect("ends");
    let line = Line {
        isolate: Some("decoder".to_owned()),
        level: "WARN".to_owned(),
        target: module_path!().to_owned(),
        text: "too large".to_owned(),
        fields: fields(&[
            ("isolate", "decoder"),
            ("fields", "width=640"),
            ("spans", "decode{file=cat.jpg}"),
        ]),
    };
    assert_eq!(collected(), [line]);
    close(runner).await;
    end();
}

/// Records of a worker that hangs are those that matter most.
#[wasm_bindgen_test]
async fn records_of_a_busy_worker_come_while_it_is_busy() {
    fn write_and_hang(_: ()) {
        for n in 0..20 {
            log::info!("{n}");
        }
        block(Duration::from_secs(2));
    }
    collect();
    let runner = forwarding("busy").await;
    let job = runner.run(write_and_hang, ());
    for _ in 0..100 {
        if LINES.with_borrow(Vec::len) == 20 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    let texts: Vec<_> = collected().into_iter().map(|line| line.text).collect();
    let all: Vec<_> = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(texts, all);
    in_time("the job", job).await.expect("it ends");
    close(runner).await;
    end();
}

#[wasm_bindgen_test]
async fn a_worker_that_floods_is_cut_short_and_says_by_how_much() {
    const WRITTEN: usize = 20_000;
    fn flood(_: ()) {
        for n in 0..WRITTEN {
            log::info!("{n}");
        }
    }
    fn number(line: &Line) -> usize {
        let count = line.text.split(' ').next().expect("a number");
        count.parse().expect("a number")
    }
    collect();
    let runner = forwarding("flood").await;
    in_time("the flood", runner.run(flood, ()))
        .await
        .expect("it ends");
    let (mut told, mut written): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
    in_time("what was dropped", async {
        while told.iter().map(number).sum::<usize>() + written.len() < WRITTEN {
            sleep(Duration::from_millis(50)).await;
            let (more, others): (Vec<_>, Vec<_>) = collected()
                .into_iter()
                .partition(|line| line.text.contains("dropped"));
            told.extend(more);
            written.extend(others);
        }
    })
    .await;
    for line in &told {
        assert_eq!((&*line.level, &*line.target), ("WARN", "insula"));
        assert_eq!(line.isolate.as_deref(), Some("flood"));
    }
    // It has written for some time, in which more were allowed. Each second says once how many it has dropped.
    assert!((1_000..WRITTEN).contains(&written.len()), "{written:?}");
    assert!(told.len() <= 1 + written.len() / 1_000, "{told:?}");
    let all = told.iter().map(number).sum::<usize>() + written.len();
    assert_eq!(all, WRITTEN);
    close(runner).await;
    end();
}

/// What it was doing can be read in what it has written.
#[wasm_bindgen_test]
async fn records_of_a_worker_that_is_lost_come_before_its_end() {
    fn write_and_trap(_: ()) {
        log::warn!("about to trap");
        crate::common::overflow_the_stack(());
    }
    collect();
    let runner = forwarding("trapped").await;
    let lost = in_time("the job", runner.run(write_and_trap, ())).await;
    assert!(
        matches!(lost, Err(TaskError::IsolateLost { .. })),
        "{lost:?}"
    );
    let texts: Vec<_> = collected().into_iter().map(|line| line.text).collect();
    assert_eq!(texts, ["about to trap"]);
    no_worker_is_left().await;
    end();
}

async fn panics(start: Start<()>) {
    drop(start);
    panic!("boom");
}

#[wasm_bindgen_test]
async fn an_error_that_nobody_hears_reaches_the_page_with_the_isolates_name() {
    collect();
    register_program("panics-unheard", panics);
    let mut ended = ReceivePort::new();
    let loud = Isolate::builder().debug_name("loud");
    let loud = loud.on_exit(ended.send_port());
    let spawned = loud.spawn_uri("insula:panics-unheard", None::<&str>, ());
    drop(in_time("a spawn", spawned).await.expect("it starts"));
    in_time("the end", ended.next()).await;
    no_worker_is_left().await;
    let lines = collected();
    // The page has heard of it, and tells its own subscriber.
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((&*lines[0].level, &*lines[0].target), ("ERROR", "insula"));
    assert!(lines[0].text.contains("boom"), "{lines:?}");
    let name = ("isolate".to_owned(), "loud".to_owned());
    assert!(lines[0].fields.contains(&name), "{lines:?}");
    end();
}

#[wasm_bindgen_test]
fn a_page_forwards_nothing() {
    assert!(!logs::forward_log(log::LevelFilter::Info));
    assert!(!logs::forward_tracing(LevelFilter::INFO));
}
