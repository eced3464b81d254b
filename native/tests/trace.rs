//! Recordings of threads.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]
#![expect(
    clippy::disallowed_methods,
    reason = "the tests look at threads from outside"
)]

use std::{
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use insula_native::{Isolate, IsolateRunner, ReceivePort, WorkerPool, block_on, sleep, trace};
use insula_tests::picture::{self, Picture};

/// The picture of what `future` does.
fn recorded<F: Future<Output = ()> + 'static>(future: F) -> Picture {
    let recording = trace::start(10_000);
    block_on(future);
    picture::read(&recording.stop().to_string())
}

#[test]
fn each_message_has_an_arrow_from_who_sends_to_who_gets_it() {
    let picture = recorded(async {
        let runner = IsolateRunner::builder().debug_name("arrows").spawn();
        let runner = runner.await.unwrap();
        for n in 0..20 {
            assert_eq!(runner.run(|n: u32| n + 1, n).await.unwrap(), n + 1);
        }
    });
    let jobs: Vec<_> = picture
        .named("job")
        .filter(|job| job.track == "arrows")
        .collect();
    assert_eq!(jobs.len(), 20);
    for job in jobs {
        let number = &job.args["message"];
        let mut arrows = picture.arrows.iter();
        let arrow = arrows.find(|arrow| arrow.to.args["message"] == *number);
        assert_eq!(arrow.unwrap().to.begin, job.begin);
        assert!(job.args["queue"].is_u64() && job.args["waited_us"].is_f64());
    }
    assert!(picture.leads("arrows", "outside of events"), "the answers");
}

#[test]
fn a_pools_job_has_its_label() {
    let picture = recorded(async {
        let pool = WorkerPool::new();
        let job = pool.job(|n: u32| n + 1, 1).label("resize").start();
        assert_eq!(job.await.unwrap(), 2);
    });
    let jobs: Vec<_> = picture.named("resize").collect();
    assert!(
        jobs.iter()
            .any(|job| job.kind == "job" && job.args["message"].is_u64())
    );
    let mut arrows = picture.arrows.iter();
    assert!(arrows.any(|arrow| arrow.to.name == "resize" && arrow.to.kind == "job"));
}

#[test]
fn isolates_that_have_ended_are_still_in_the_picture() {
    let picture = recorded(async {
        let first = Isolate::builder().debug_name("short \"lived\"\n\\");
        let mut ended = ReceivePort::new();
        let first = first.on_exit(ended.send_port());
        drop(first.spawn(|()| (), ()).await.unwrap());
        ended.next().await;
    });
    let of_it = |kind| {
        let mut slices = picture.slices.iter();
        slices.any(|slice| slice.track == "short \"lived\"\n\\" && slice.kind == kind)
    };
    assert!(of_it("start") && of_it("end"));
}

#[test]
fn what_a_blocking_call_hands_over_lies_within_its_event() {
    let picture = recorded(async {
        let answer = Isolate::builder().debug_name("blocked");
        let mut sums = ReceivePort::new();
        let to = sums.send_port();
        let entry = move |()| {
            let mut port = ReceivePort::<u32>::new();
            let from = port.send_port();
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(5));
                from.send(1).unwrap();
            });
            to.send(port.recv().unwrap()).unwrap();
        };
        drop(answer.spawn(entry, ()).await.unwrap());
        assert_eq!(sums.next().await, Some(1));
    });
    let of = |kind: &str| {
        let mut slices = picture.slices.iter();
        let of = |slice: &&picture::Slice| slice.track == "blocked" && slice.kind == kind;
        slices.find(of).unwrap().clone()
    };
    let (entry, message) = (of("start"), of("message"));
    assert!(entry.begin < message.begin && message.end <= entry.end);
}

#[test]
fn an_event_that_runs_is_read_from_another_thread() {
    let recording = trace::start(100);
    let (begun, has_begun) = channel();
    let (let_go, held) = channel::<()>();
    let held = std::sync::Mutex::new(held);
    let busy = Isolate::builder().debug_name("held");
    let entry = move |()| {
        begun.send(()).unwrap();
        held.lock().unwrap().recv().unwrap();
    };
    let isolate = busy.spawn(entry, ()).wait().unwrap();
    has_begun.recv().unwrap();
    thread::sleep(Duration::from_millis(20));
    let picture = picture::read(&recording.snapshot().to_string());
    let running = picture.slices.iter().find(|slice| slice.track == "held");
    let running = running.unwrap();
    assert_eq!(
        (running.kind.as_str(), &running.args["running"]),
        ("start", &true.into())
    );
    assert!(running.end - running.begin >= 20_000_000);
    let_go.send(()).unwrap();
    drop(isolate);
}

#[test]
fn a_ring_keeps_the_last_events_of_each_isolate() {
    let picture = recorded(async {
        let runner = IsolateRunner::builder().debug_name("many").spawn();
        let runner = runner.await.unwrap();
        for _ in 0..6_000 {
            runner.run(|()| (), ()).await.unwrap();
        }
    });
    let of_it = picture.slices.iter().filter(|slice| slice.track == "many");
    let count = of_it.count();
    assert!((4_000..=5_010).contains(&count), "{count}");
}

#[test]
fn timers_and_control_are_in_the_picture() {
    let picture = recorded(async {
        let sleeper = Isolate::builder().debug_name("sleeper");
        let isolate = sleeper
            .spawn_async(async |()| sleep(Duration::from_millis(30)).await, ())
            .await
            .unwrap();
        let resume = isolate.pause();
        isolate.resume(resume);
        let ended = Instant::now();
        while ended.elapsed() < Duration::from_millis(200) {
            sleep(Duration::from_millis(10)).await;
        }
    });
    for name in ["timer", "pause", "resume"] {
        assert!(
            picture.named(name).any(|slice| slice.track == "sleeper"),
            "{name}"
        );
    }
}
