//! What is told of isolates that hang, from threads that do not.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]
#![expect(
    clippy::disallowed_methods,
    reason = "the tests look at threads from outside"
)]

use std::{
    hint,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::channel,
    },
    thread,
    time::Duration,
};

use insula_native::{
    Isolate, IsolateRunner, Priority, ReceivePort, WorkerPool, block_on, inspect,
    inspect::{Finding, IsolateInfo, State, Thresholds},
    platform::Embedded,
    schedule_microtask, spawn_local,
};

mod alone;

use alone::alone;

/// What is told of the isolate with this name, as soon as `is_right`.
fn until(name: &str, is_right: impl Fn(&IsolateInfo) -> bool) -> IsolateInfo {
    loop {
        let mut isolates = inspect().isolates.into_iter();
        if let Some(found) = isolates.find(|isolate| isolate.name == name && is_right(isolate)) {
            return found;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Thresholds that a test need not wait long for.
fn soon() -> Thresholds {
    Thresholds {
        busy: Duration::from_millis(30),
        ..Thresholds::default()
    }
}

/// Ends the jobs that spin.
static IS_LET_GO: AtomicBool = AtomicBool::new(false);

/// A job that reaches no await and no checkpoint.
fn spin((): ()) {
    while !IS_LET_GO.load(Ordering::Relaxed) {
        hint::spin_loop();
    }
}

#[test]
fn a_hung_pools_finding_names_its_jobs_and_how_long_they_have_run() {
    let pool = WorkerPool::builder().debug_name("hung").max(2).build();
    let held = ["resize", "index"].map(|label| pool.job(spin, ()).label(label).start());
    let waits: Vec<_> = (0..3).map(|n| pool.run(|n: u32| n, n)).collect();
    let (stuck, now) = loop {
        let now = inspect();
        let findings = now.findings_beyond(&soon()).into_iter();
        let mut stuck = findings.filter_map(|finding| match finding {
            Finding::StuckPool { pool, .. } => Some(pool),
            _ => None,
        });
        if let Some(stuck) = stuck.find(|pool| pool.name == "hung" && pool.jobs.len() == 2) {
            break (stuck, now);
        }
        thread::sleep(Duration::from_millis(1));
    };
    assert_eq!(stuck.stats.queued, 3);
    assert!(stuck.jobs.iter().all(|job| job.running >= soon().busy));
    let text = stuck.to_string();
    for part in [
        "in the pool `hung` 3 jobs wait, and `",
        "`resize` has run for",
        "`index` has run for",
        "in `hung 0`",
        "in `hung 1`",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let busy: Vec<_> = now
        .findings_beyond(&soon())
        .iter()
        .filter(
            |finding| matches!(finding, Finding::Busy { name, .. } if name.starts_with("hung ")),
        )
        .map(ToString::to_string)
        .collect();
    assert!(
        busy.iter()
            .any(|text| text.contains("has been busy for") && text.ends_with(": the job `resize`")),
        "{busy:?}"
    );
    IS_LET_GO.store(true, Ordering::Relaxed);
    block_on(async {
        for task in held {
            task.await.unwrap();
        }
        for task in waits {
            task.await.unwrap();
        }
    });
}

#[test]
fn an_event_that_ran_before_the_first_inspection_is_found() {
    alone(
        "an_event_that_ran_before_the_first_inspection_is_found",
        || {
            let (begun, has_begun) = channel();
            let (let_go, held) = channel::<()>();
            let held = Mutex::new(held);
            let entry = move |()| {
                begun.send(()).unwrap();
                held.lock().unwrap().recv().unwrap();
            };
            let isolate = Isolate::builder()
                .debug_name("early")
                .spawn(entry, ())
                .wait()
                .unwrap();
            has_begun.recv().unwrap();
            let first = until("early", |_| true).event.unwrap();
            assert!(first.is_longer && first.kind == "start", "{first:?}");
            thread::sleep(Duration::from_millis(40));
            let now = inspect();
            let findings = now.findings_beyond(&soon());
            let text = findings.first().unwrap().to_string();
            assert!(
                text.contains("`early` has been busy for at least"),
                "{text}"
            );
            let_go.send(()).unwrap();
            isolate.on_exit().wait().unwrap();
            assert!(inspect().isolates.is_empty());
        },
    );
}

#[test]
fn an_isolate_that_waits_in_a_blocking_call_says_so() {
    let mut ports = ReceivePort::new();
    let to = ports.send_port();
    let entry = move |()| {
        let mut port = ReceivePort::<u32>::new();
        let other = ReceivePort::<u32>::new();
        to.send((port.send_port(), other.send_port())).unwrap();
        while port.recv() != Ok(0) {}
    };
    let isolate = Isolate::builder()
        .debug_name("blocked")
        .spawn(entry, ())
        .wait()
        .unwrap();
    let (port, other) = ports.recv().unwrap();
    let blocked = until("blocked", |isolate| isolate.state == State::Waiting);
    assert_eq!(blocked.event.unwrap().kind, "start");
    // What the call has taken out of the queue still waits.
    for n in 1..=3 {
        other.send(n).unwrap();
    }
    until("blocked", |isolate| isolate.queue == Some(3));
    port.send(0).unwrap();
    isolate.on_exit().wait().unwrap();
}

#[test]
fn an_isolate_whose_last_destructors_run_is_ending() {
    struct Slow(Mutex<std::sync::mpsc::Receiver<()>>);
    impl Drop for Slow {
        fn drop(&mut self) {
            self.0.lock().unwrap().recv().unwrap();
        }
    }
    let (let_go, held) = channel();
    let slow = Slow(Mutex::new(held));
    let entry = |slow: Slow| {
        spawn_local(async move {
            ReceivePort::<u32>::new().next().await;
            drop(slow);
        });
    };
    let isolate = Isolate::builder()
        .debug_name("slow to end")
        .spawn(entry, slow)
        .wait();
    let isolate = isolate.unwrap();
    until("slow to end", |isolate| isolate.state == State::Idle);
    isolate.kill(Priority::Immediate);
    let ending = until("slow to end", |isolate| isolate.state == State::Ending);
    assert_eq!(ending.event.unwrap().kind, "end");
    let_go.send(()).unwrap();
    isolate.on_exit().wait().unwrap();
    let isolates = inspect().isolates;
    assert!(isolates.iter().all(|isolate| isolate.name != "slow to end"));
}

#[test]
fn errors_and_busy_time_are_counted() {
    inspect();
    let runner = IsolateRunner::builder()
        .debug_name("faulty")
        .errors_fatal(false);
    let runner = runner.spawn().wait().unwrap();
    let fail = |()| schedule_microtask(|| panic!("boom"));
    for _ in 0..3 {
        runner.run(fail, ()).wait().unwrap();
    }
    runner
        .run(|()| thread::sleep(Duration::from_millis(20)), ())
        .wait()
        .unwrap();
    let faulty = until("faulty", |isolate| {
        isolate.errors == 3 && isolate.event.is_none()
    });
    assert!(faulty.busy_time >= Duration::from_millis(20), "{faulty:?}");
    assert!(faulty.age >= faulty.busy_time);
}

#[test]
fn an_isolate_on_a_loop_of_the_applications_own_is_listed() {
    let embedded = Embedded::new("window", || ReceivePort::<u32>::new().detach());
    embedded.run_until_idle();
    let window = until("window", |isolate| isolate.state == State::Idle);
    assert_eq!((window.ports, window.events), (1, 1));
    drop(embedded);
    let isolates = inspect().isolates;
    assert!(isolates.iter().all(|isolate| isolate.name != "window"));
}

#[test]
fn many_may_inspect_while_isolates_come_and_go() {
    let inspectors: Vec<_> = (0..4)
        .map(|_| {
            thread::spawn(|| {
                for _ in 0..200 {
                    let now = inspect();
                    assert!(now.isolates.is_sorted_by_key(|isolate| isolate.id));
                    drop(now.to_string());
                }
            })
        })
        .collect();
    let pool = WorkerPool::builder()
        .debug_name("busy")
        .max(4)
        .max_jobs(3)
        .build();
    let jobs: Vec<_> = (0..200).map(|n| pool.run(|n: u64| n * n, n)).collect();
    for (n, job) in (0..).zip(jobs) {
        assert_eq!(job.wait().unwrap(), n * n);
    }
    for inspector in inspectors {
        inspector.join().unwrap();
    }
}
