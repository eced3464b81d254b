//! An error is heard once: by its listener, by the task that it fails, by who has asked for the reason of the end,
//! or else by a person, to whom a run's reports go.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::{future::pending, time::Duration};

use insula_sim::{
    ExitReason, Isolate, IsolateRunner, ReceivePort, TaskError, ask, run, schedule_microtask,
    spawn_local,
};

const SEEDS: std::ops::Range<u64> = 0..40;

/// What is reported in a run of `code`, as `isolate: error`; the same under every seed.
fn reported<F: Future<Output = ()> + 'static>(code: fn() -> F) -> Vec<String> {
    let mut all = SEEDS.map(|seed| {
        let reports = run(seed, code()).reports.into_iter();
        let texts = reports.map(|report| format!("{}: {}", report.isolate, report.error));
        texts.collect::<Vec<_>>()
    });
    let first = all.next().unwrap();
    for other in all {
        assert_eq!(other, first);
    }
    first
}

async fn runner(errors_fatal: bool) -> IsolateRunner {
    let builder = IsolateRunner::builder().debug_name("parser");
    builder.errors_fatal(errors_fatal).spawn().await.unwrap()
}

/// Throws an error that is no job's.
fn throw((): ()) {
    schedule_microtask(|| panic!("boom"));
}

#[test]
fn an_error_without_a_listener_is_reported() {
    let reported = reported(|| async {
        let mut ended = ReceivePort::new();
        let options = Isolate::builder().debug_name("parser");
        let options = options.on_exit(ended.send_port());
        options.spawn(|()| panic!("boom"), ()).await.unwrap();
        ended.next().await;
    });
    assert_eq!(reported, ["parser: boom"]);
}

#[test]
fn an_error_in_the_reason_of_an_end_is_heard() {
    let reported = reported(|| async {
        let mut ended = ReceivePort::new();
        let options = Isolate::builder().on_exit_reason(ended.send_port());
        options.spawn(|()| panic!("boom"), ()).await.unwrap();
        let reason = ended.next().await.unwrap();
        assert_eq!(reason.error().unwrap().description(), "boom");

        let options = Isolate::builder().paused(true);
        let isolate = options.spawn(|()| panic!("boom"), ()).await.unwrap();
        let ended = isolate.on_exit();
        isolate.resume(isolate.pause_capability().unwrap());
        assert!(matches!(ended.await, Ok(ExitReason::Failed(_))));
    });
    assert!(reported.is_empty(), "{reported:?}");
}

#[test]
fn an_error_of_a_runner_is_reported_once() {
    let reported = reported(|| async {
        let runner = runner(false).await;
        runner.run(throw, ()).await.unwrap();
        runner.shutdown(Duration::ZERO).await.unwrap();
    });
    assert_eq!(reported, ["parser: boom"]);
}

#[test]
fn an_error_that_a_runners_stream_has_heard_is_not_reported() {
    let reported = reported(|| async {
        let runner = runner(false).await;
        let mut errors = runner.errors();
        runner.run(throw, ()).await.unwrap();
        assert_eq!(errors.next().await.unwrap().description(), "boom");
    });
    assert!(reported.is_empty(), "{reported:?}");
}

#[test]
fn an_error_that_fails_a_job_is_not_reported() {
    let reported = reported(|| async {
        let runner = runner(true).await;
        let panicked = runner.run(|()| -> u32 { panic!("no") }, ()).await;
        assert!(matches!(panicked, Err(TaskError::Panicked(_))));
        let waiting = runner.run_async(|()| pending::<()>(), ());
        let thrown = runner.run(throw, ());
        let Err(TaskError::IsolateLost { reason, .. }) = waiting.await else {
            panic!("its isolate is lost");
        };
        assert!(matches!(reason, ExitReason::Failed(error) if error.description() == "boom"));
        drop(thrown);
    });
    assert!(reported.is_empty(), "{reported:?}");
}

#[test]
fn an_error_that_ends_an_idle_runner_is_reported_once() {
    let reported = reported(|| async {
        let runner = runner(true).await;
        let other = runner.clone();
        // A second watch, of another isolate, hears the same.
        let used = Isolate::run_async(move || async move {
            other.run(|n: u32| n, 1).await.unwrap();
            let port = ReceivePort::<()>::new();
            let life = port.send_port();
            spawn_local(async move {
                pending::<()>().await;
                drop(port);
            });
            life
        });
        used.await.unwrap();
        let later = runner.run(
            |()| {
                drop(insula_sim::Timer::new(Duration::from_millis(5), || {
                    panic!("boom")
                }));
            },
            (),
        );
        later.await.unwrap();
        insula_sim::sleep(Duration::from_millis(50)).await;
        assert!(runner.is_lost());
    });
    assert_eq!(reported, ["parser: boom"]);
}

#[test]
fn an_error_that_fails_a_question_is_not_reported() {
    let reported = reported(|| async {
        let mut hello = ReceivePort::new();
        let to = hello.send_port();
        let serve = async move |()| {
            let mut port = ReceivePort::new();
            to.send(port.send_port()).unwrap();
            let _: Option<insula_sim::SendPort<u32>> = port.next().await;
            panic!("boom")
        };
        Isolate::spawn_async(serve, ()).await.unwrap();
        let port = hello.next().await.unwrap();
        let Err(TaskError::IsolateLost { reason, .. }) = ask(&port, |reply| reply).await else {
            panic!("nobody answers");
        };
        assert_eq!(reason.error().unwrap().description(), "boom");
    });
    assert!(reported.is_empty(), "{reported:?}");
}
