//! What isolates write with `log` and `tracing`, and the spans in which their events run.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod collected;

use std::sync::Mutex;

use collected::{Collected, Span, collected};
use insula_core::logs::{
    EventForwarder, Facade, Level, LogForwarder, Record, dispatch, log_record,
};
use insula_native::{Isolate, IsolateRunner, ReceivePort, WorkerPool, block_on, logs};

/// What a collecting subscriber and a collecting logger get while `future` runs.
fn while_it_runs<F: Future<Output = ()> + 'static>(future: F) -> Vec<Collected> {
    collected(|| block_on(future))
}

fn field<'a>(span: &'a Span, name: &str) -> Option<&'a str> {
    let mut fields = span.fields.iter();
    fields
        .find(|field| field.0 == name)
        .map(|field| field.1.as_str())
}

fn by_text<'a>(all: &'a [Collected], text: &str) -> Vec<&'a Collected> {
    all.iter().filter(|one| one.text == text).collect()
}

#[test]
fn a_record_of_log_knows_its_isolate() {
    let all = while_it_runs(async {
        log::info!(colour = "red"; "from outside");
        let runner = IsolateRunner::builder().debug_name("writer").light();
        let runner = runner.spawn().await.unwrap();
        let write = |n: u32| log::warn!("number {n}");
        runner.run(write, 7).await.unwrap();
    });
    let outside = by_text(&all, "from outside");
    assert_eq!(outside.len(), 1);
    assert_eq!(outside[0].isolate, None);
    assert_eq!(outside[0].fields, [("colour".to_owned(), "red".to_owned())]);
    let inside = by_text(&all, "number 7");
    assert_eq!(inside.len(), 1);
    assert_eq!(inside[0].isolate.as_deref(), Some("writer"));
}

#[test]
fn an_error_that_nobody_hears_reaches_the_subscriber_with_the_isolates_name() {
    let all = while_it_runs(async {
        let mut ended = ReceivePort::new();
        let loud = Isolate::builder().debug_name("loud");
        let loud = loud.on_exit(ended.send_port());
        drop(loud.spawn(|()| panic!("boom"), ()).await.unwrap());
        ended.next().await;
    });
    let errors = by_text(&all, "boom");
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (errors[0].level, &*errors[0].target),
        (Level::Error, "insula")
    );
    assert!(
        errors[0]
            .fields
            .contains(&("isolate".to_owned(), "loud".to_owned()))
    );
    let stack = errors[0].fields.iter().find(|field| field.0 == "stack");
    assert!(stack.unwrap().1.contains("native/tests/logs/main.rs"));
}

#[test]
fn each_event_runs_in_a_span_whose_number_its_sender_has_said() {
    let all = while_it_runs(async {
        let pool = WorkerPool::builder().debug_name("photos").max(1).build();
        let job = |n: u32| {
            tracing::info!("resizing");
            n + 1
        };
        let job = pool.job(job, 1).label("cat.jpg").start();
        assert_eq!(job.await.unwrap(), 2);
        pool.close().await.unwrap();
    });
    let inside = by_text(&all, "resizing");
    assert_eq!(inside.len(), 1);
    assert_eq!(inside[0].spans.len(), 1, "{:?}", inside[0]);
    let span = &inside[0].spans[0];
    assert_eq!((span.name, &*span.target), ("job", "insula"));
    assert_eq!(field(span, "label"), Some("cat.jpg"));
    assert_eq!(field(span, "isolate"), inside[0].isolate.as_deref());
    assert!(field(span, "isolate").unwrap().starts_with("photos"));
    let number = field(span, "number").unwrap();
    let has_number = |one: &&&Collected| {
        let mut fields = one.fields.iter();
        fields.any(|field| *field == ("number".to_owned(), number.to_owned()))
    };
    let sent = by_text(&all, "sent");
    let sent: Vec<_> = sent.iter().filter(has_number).collect();
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0]
            .fields
            .contains(&("label".to_owned(), "cat.jpg".to_owned()))
    );
    // The answer goes to a port of a thread outside isolates: from within the job, and to no event of an isolate.
    let answer = by_text(&all, "received")
        .into_iter()
        .find(|one| one.spans.first().is_some_and(|around| around == span));
    assert!(answer.is_some(), "{all:?}");
}

#[test]
fn a_light_isolate_that_waits_takes_its_span_with_it() {
    const COUNT: u32 = 8;
    let all = while_it_runs(async {
        let mut isolates = Vec::new();
        for n in 0..COUNT {
            let name = format!("light {n}");
            let runner = IsolateRunner::builder().debug_name(name).light();
            isolates.push(runner.spawn().await.unwrap());
        }
        let wait = |(): ()| {
            let mut port = ReceivePort::new();
            let to = port.send_port();
            let asked = insula_native::compute(move_on, to);
            tracing::info!("before");
            assert_eq!(port.recv(), Ok(1));
            tracing::info!("after");
            drop(asked);
        };
        let waits: Vec<_> = isolates
            .iter()
            .map(|isolate| isolate.run(wait, ()))
            .collect();
        for wait in waits {
            wait.await.unwrap();
        }
    });
    for text in ["before", "after"] {
        let of_all = by_text(&all, text);
        assert_eq!(of_all.len(), COUNT as usize);
        for one in of_all {
            assert_eq!(one.spans.len(), 1, "{one:?}");
            assert_eq!(field(&one.spans[0], "isolate"), one.isolate.as_deref());
        }
    }
}

fn move_on(to: insula_native::SendPort<u32>) {
    to.send(1).unwrap();
}

static FORWARDED: Mutex<Vec<Record>> = Mutex::new(Vec::new());

fn keep(record: Record) {
    FORWARDED.lock().unwrap().push(record);
}

#[test]
fn an_event_is_the_same_after_it_has_crossed() {
    let forwarder = EventForwarder::new(tracing::level_filters::LevelFilter::DEBUG, keep);
    tracing::subscriber::with_default(forwarder, || {
        let outer = tracing::info_span!("fetch", url = "a.png", size = tracing::field::Empty);
        outer.record("size", 3);
        let inner = outer.in_scope(|| tracing::debug_span!("decode"));
        inner.in_scope(|| tracing::warn!(target: "photos", width = 640, "too {}", "large"));
        tracing::trace!("not wanted");
        tracing::info!("alone");
    });
    let records: Vec<_> = std::mem::take(&mut *FORWARDED.lock().unwrap());
    assert_eq!(records.len(), 2, "{records:?}");
    let record = &records[0];
    assert_eq!(
        (record.facade, record.level),
        (Facade::Tracing, Level::Warn)
    );
    assert_eq!((&*record.target, &*record.text), ("photos", "too large"));
    assert_eq!(record.fields, [("width".to_owned(), "640".to_owned())]);
    assert_eq!(record.spans, "fetch{url=a.png size=3}:decode");
    assert_eq!(records[1].spans, "");

    let all = collected(|| dispatch("photos 3", record));
    let [one] = by_text(&all, "too large")[..] else {
        panic!("{all:?}")
    };
    assert_eq!((one.level, &*one.target), (Level::Warn, "photos"));
    assert_eq!(one.isolate.as_deref(), Some("photos 3"));
    assert_eq!(one.text, "too large");
    assert_eq!(one.place, (record.file.clone(), record.line));
    let fields = [
        ("isolate", "photos 3"),
        ("fields", "width=640"),
        ("spans", "fetch{url=a.png size=3}:decode"),
    ];
    assert_eq!(
        one.fields,
        fields.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    assert_eq!(logs::isolate(), None, "it is handled");
}

#[test]
fn a_record_of_log_is_the_same_after_it_has_crossed() {
    let forwarder = LogForwarder::new(log::LevelFilter::Info, keep_log);
    let write = |level: log::Level, text: std::fmt::Arguments<'_>| {
        let record = log::Record::builder()
            .level(level)
            .target("photos")
            .args(text)
            .file(Some("photos.rs"))
            .line(Some(12))
            .key_values(&[("width", 640)])
            .build();
        log::Log::log(&forwarder, &record);
    };
    write(log::Level::Info, format_args!("too large"));
    write(log::Level::Debug, format_args!("not wanted"));
    let records: Vec<_> = std::mem::take(&mut *FORWARDED_LOG.lock().unwrap());
    assert_eq!(records.len(), 1, "{records:?}");
    let all = collected(|| log_record("photos 3", &records[0]));
    let [one] = by_text(&all, "too large")[..] else {
        panic!("{all:?}")
    };
    assert_eq!((one.level, &*one.target), (Level::Info, "photos"));
    assert_eq!(one.isolate.as_deref(), Some("photos 3"));
    assert_eq!(one.place, (Some("photos.rs".to_owned()), Some(12)));
    let fields = [("isolate", "photos 3"), ("width", "640")];
    assert_eq!(
        one.fields,
        fields.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
}

static FORWARDED_LOG: Mutex<Vec<Record>> = Mutex::new(Vec::new());

fn keep_log(record: Record) {
    FORWARDED_LOG.lock().unwrap().push(record);
}

#[test]
fn natively_nothing_is_forwarded() {
    assert!(!logs::forward_log(log::LevelFilter::Trace));
    assert!(!logs::forward_tracing(
        tracing::level_filters::LevelFilter::TRACE
    ));
}
