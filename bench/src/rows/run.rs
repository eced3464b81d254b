//! N1: one small computation away from the caller, and its value. The caller is a plain thread, and waits.

use std::{
    hint,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use insula::{Isolate, IsolateRunner, WorkerPool};

use super::{THREADS, peers};
use crate::contest::{Row, Target, Unit, timed};

const NOTHING_YET: u64 = u64::MAX;

pub(crate) fn row(id: &'static str) -> Row {
    Row::new(id)
        .measure(Unit::Time, "run a closure elsewhere and wait for its value")
        .ours(
            "Isolate::run",
            &[Target::ratio(1.3).and_value(5_000.0)],
            || {
                timed(|count| {
                    for n in 0..u64::from(count) {
                        assert_eq!(Isolate::run(move || n).wait(), Ok(n));
                    }
                })
            },
        )
        .ours("IsolateRunner::run", &[], || {
            let runner = IsolateRunner::spawn().wait().expect("a runner starts");
            timed(move |count| {
                for n in 0..u64::from(count) {
                    assert_eq!(runner.run(|n: u64| n, n).wait(), Ok(n));
                }
            })
        })
        .ours("WorkerPool::run", &[], || {
            let pool = WorkerPool::builder().max(THREADS).build();
            timed(move |count| {
                for n in 0..u64::from(count) {
                    assert_eq!(pool.run(|n: u64| n, n).wait(), Ok(n));
                }
            })
        })
        .reference("rayon, spinning answer", || {
            let pool = peers::rayon();
            timed(move |count| {
                for n in 0..u64::from(count) {
                    let answer = Arc::new(AtomicU64::new(NOTHING_YET));
                    let to = answer.clone();
                    pool.spawn(move || to.store(n, Ordering::Release));
                    while answer.load(Ordering::Acquire) == NOTHING_YET {
                        hint::spin_loop();
                    }
                }
            })
        })
        .peer("rayon, std channel", || {
            let pool = peers::rayon();
            timed(move |count| {
                for n in 0..u64::from(count) {
                    let (answer, answered) = mpsc::channel();
                    pool.spawn(move || answer.send(n).expect("the caller listens"));
                    assert_eq!(answered.recv(), Ok(n));
                }
            })
        })
        .peer("tokio spawn_blocking", || {
            let runtime = peers::tokio();
            timed(move |count| {
                for n in 0..u64::from(count) {
                    let job = runtime.spawn_blocking(move || n);
                    assert_eq!(runtime.block_on(job).ok(), Some(n));
                }
            })
        })
        .peer("blocking::unblock", || {
            timed(|count| {
                for n in 0..u64::from(count) {
                    assert_eq!(peers::block_on(blocking::unblock(move || n)), n);
                }
            })
        })
        .peer("std::thread", || {
            timed(|count| {
                for n in 0..u64::from(count) {
                    assert_eq!(thread::spawn(move || n).join().ok(), Some(n));
                }
            })
        })
}
