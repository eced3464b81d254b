//! The rest of the platform: what is encoded, what is reported, how isolates start.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use insula_sim::{
    Capability, Cargo, Isolate, IsolateId, IsolateRunner, LoadBalancer, Moved, Outcome,
    ReceivePort, SendPort, Start, Step, TaskError, TransferableTypedData, check, compute, run,
    sleep, web_like,
};
use serde::{Deserialize, Serialize};

/// Refuses to be encoded.
#[derive(Debug, PartialEq, Deserialize)]
struct Refusing(u32);

impl Serialize for Refusing {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it refuses"))
    }
}

#[test]
fn what_a_worker_could_not_receive_is_refused() {
    run(0, async {
        let port = ReceivePort::<Refusing>::new();
        let error = port.send_port().send(Refusing(3)).unwrap_err();
        assert_eq!(error.message, Refusing(3));
        assert_eq!(compute(|()| (), ()).await, Ok(()));
    });
}

#[test]
fn errors_that_nobody_hears_are_in_the_run() {
    let run = run(0, async {
        Isolate::builder()
            .debug_name("unlucky")
            .spawn(|()| panic!("boom"), ())
            .await
            .unwrap();
    });
    let report = run.reports.first().expect("there is one");
    assert_eq!(
        (report.isolate.as_str(), report.error.description()),
        ("unlucky", "boom")
    );
    assert!(report.to_string().contains("platform.rs"), "{report}");
    assert!(run.left.is_empty());
}

#[test]
fn balanced_work_ends_in_every_order() {
    async fn slow(ms: u64) -> u64 {
        sleep(Duration::from_millis(ms)).await;
        ms
    }
    check(0..50, || async {
        let balancer = LoadBalancer::spawn(3).await.unwrap();
        let tasks: Vec<_> = (0..9).map(|ms| balancer.run_async(slow, ms % 4)).collect();
        for (task, ms) in tasks.into_iter().zip(0..) {
            assert_eq!(task.await, Ok(ms % 4));
        }
        balancer.close().await.unwrap();
    });
}

#[test]
fn a_runner_that_panics_lives_and_one_that_is_killed_is_lost() {
    check(0..100, || async {
        let runner = IsolateRunner::spawn().await.unwrap();
        let panicked = runner.run(|()| -> () { panic!("boom") }, ()).await;
        assert!(
            matches!(&panicked, Err(TaskError::Panicked(error)) if error.description() == "boom"),
            "{panicked:?}"
        );
        let asleep = runner.run_async(|()| sleep(Duration::from_secs(1)), ());
        let killed = runner.shutdown(Duration::ZERO);
        assert!(matches!(asleep.await, Err(TaskError::IsolateLost { .. })));
        killed.await.unwrap();
    });
}

async fn child(start: Start<SendPort<Vec<String>>>) {
    start.message.send(start.args).unwrap();
}

#[test]
fn a_web_like_start_is_answered_by_the_isolate() {
    insula_sim::register_program("child", child);
    let mut ran_first = BTreeSet::new();
    for seed in 0..50 {
        let run = web_like::run(seed, async {
            let mut port = ReceivePort::new();
            let started =
                Isolate::spawn_uri("insula:child", vec!["x".to_owned()], port.send_port());
            assert!(!started.is_finished());
            started.await.unwrap();
            assert_eq!(port.next().await, Some(vec!["x".to_owned()]));
            let missing = Isolate::spawn_uri("sorter.js", None::<&str>, ())
                .await
                .unwrap_err();
            assert!(
                missing.to_string().starts_with("no program at `sorter.js`"),
                "{missing}"
            );
        });
        assert!(run.left.is_empty());
        let steps = run.trace.steps();
        let place = |wanted: fn(&Step) -> bool| steps.iter().position(wanted).unwrap();
        let started = place(|step| {
            matches!(
                step,
                Step::Event {
                    cargo: Cargo::Started,
                    ..
                }
            )
        });
        let worked = place(
            |step| matches!(step, Step::Turn { isolate, outcome: Outcome::Works | Outcome::Ends } if *isolate != IsolateId::HOST),
        );
        ran_first.insert(worked < started);
    }
    assert_eq!(
        ran_first.len(),
        2,
        "the entry may run before the spawner knows, or after"
    );
}

#[test]
fn programs_start_by_name() {
    insula_sim::register_program("child", child);
    check(0..20, || async {
        let mut port = ReceivePort::new();
        Isolate::spawn_uri("insula:child", ["y"], port.send_port())
            .await
            .unwrap();
        assert_eq!(port.next().await, Some(vec!["y".to_owned()]));
    });
}

#[test]
fn sent_bytes_are_gone_for_the_sender() {
    run(0, async {
        let mut port = ReceivePort::<[TransferableTypedData; 2]>::new();
        let data = TransferableTypedData::from_slices(&[&[1, 2], &[3]]);
        let kept = data.clone();
        port.send_port().send([data.clone(), data]).unwrap();
        assert!(kept.materialize().is_err());
        let [first, second] = port.next().await.unwrap();
        assert_eq!(first.materialize(), Ok(vec![1, 2, 3]));
        assert!(
            second.materialize().is_err(),
            "both are handles of one buffer"
        );
    });
}

#[test]
fn moved_values_need_shared_memory() {
    web_like::run(0, async {
        let port = ReceivePort::<Moved<Arc<u32>>>::new();
        let error = port.send_port().send(Moved::new(Arc::new(5))).unwrap_err();
        assert_eq!(*error.message.into_inner(), 5);
    });
}

#[test]
#[should_panic(expected = "a simulated platform works inside its `run`")]
fn outside_a_run_there_is_no_platform() {
    let _ = Capability::new();
}
