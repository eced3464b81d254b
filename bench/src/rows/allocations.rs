//! How often memory is asked for. These counts are exact, and the same on each machine.

use std::{sync::mpsc, thread};

use insula::{Isolate, IsolateRunner, LoadBalancer, ReceivePort, Runner, SendPort, WorkerPool};

use super::{THREADS, peers};
use crate::{
    allocator,
    contest::{Contestant, Row, Sample, Target, Unit},
    effort,
};

fn row(id: &'static str, what: &str) -> Row {
    Row::new(id).measure(Unit::Count, what).rounds(3)
}

/// Counts what `code(count)` allocates for each.
fn counted(count: u32, mut code: impl FnMut(u32) + 'static) -> Contestant {
    let count = effort::either(count, count / 10);
    Box::new(move || {
        let allocations = allocator::count(|| code(count));
        Ok(Sample {
            values: vec![allocations as f64 / f64::from(count)],
            cpu: None,
        })
    })
}

pub(crate) fn message(id: &'static str) -> Row {
    row(id, "allocations for a message of 8 bytes")
        // Of the blocks of a queue, each holds many messages.
        .ours("insula", &[Target::value(0.1)], || {
            let (mut ready, mut back) = (ReceivePort::new(), ReceivePort::new());
            let ends = (ready.send_port(), back.send_port());
            let echo = async |(ready, back): (SendPort<SendPort<u64>>, SendPort<u64>)| {
                let mut numbers = ReceivePort::new();
                ready
                    .send(numbers.only_send_port())
                    .expect("the host listens");
                while let Some(number) = numbers.next().await {
                    back.send(number).expect("the host listens");
                }
            };
            Isolate::spawn_async(echo, ends)
                .wait()
                .expect("an isolate starts");
            let there = ready.recv().expect("it tells its port");
            counted(20_000, move |count| {
                for number in 0..u64::from(count / 2) {
                    there.send(number).expect("a number can be sent");
                }
                for _ in 0..count / 2 {
                    back.recv().expect("it comes back");
                }
            })
        })
        .reference("crossbeam", || {
            let (there, numbers) = crossbeam_channel::unbounded::<u64>();
            let (back, returned) = crossbeam_channel::unbounded();
            thread::spawn(move || numbers.into_iter().all(|number| back.send(number).is_ok()));
            counted(20_000, move |count| {
                for number in 0..u64::from(count / 2) {
                    there.send(number).expect("the thread lives");
                }
                for _ in 0..count / 2 {
                    returned.recv().expect("it comes back");
                }
            })
        })
}

pub(crate) fn job(id: &'static str) -> Row {
    let at_most = [Target::value(2.1)];
    row(id, "allocations for a job")
        .ours("IsolateRunner", &at_most, || {
            jobs(IsolateRunner::spawn().wait().expect("a runner starts"))
        })
        .ours("LoadBalancer", &at_most, || {
            jobs(LoadBalancer::spawn(THREADS).wait().expect("runners start"))
        })
        .ours("WorkerPool", &at_most, || {
            jobs(WorkerPool::builder().max(THREADS).build())
        })
        .peer("rayon, std channel", || {
            let pool = peers::rayon();
            counted(10_000, move |count| {
                for n in 0..count {
                    let (answer, answered) = mpsc::channel();
                    pool.spawn(move || answer.send(n).expect("the caller listens"));
                    assert_eq!(answered.recv(), Ok(n));
                }
            })
        })
        .reference("tokio spawn_blocking", || {
            let runtime = peers::tokio();
            counted(10_000, move |count| {
                for n in 0..count {
                    assert_eq!(
                        runtime.block_on(runtime.spawn_blocking(move || n)).ok(),
                        Some(n)
                    );
                }
            })
        })
        .peer("threadpool, std channel", || {
            let pool = peers::threadpool();
            counted(10_000, move |count| {
                for n in 0..count {
                    let (answer, answered) = mpsc::channel();
                    pool.execute(move || answer.send(n).expect("the caller listens"));
                    assert_eq!(answered.recv(), Ok(n));
                }
            })
        })
}

fn jobs(on: impl Runner<Platform = insula::Here> + 'static) -> Contestant {
    counted(10_000, move |count| {
        for n in 0..count {
            assert_eq!(on.run(|n: u32| n, n).wait(), Ok(n));
        }
    })
}

pub(crate) fn run(id: &'static str) -> Row {
    row(id, "allocations for a closure on an isolate of its own")
        .ours("Isolate::run", &[Target::value(8.0)], || {
            counted(500, |count| {
                for n in 0..count {
                    assert_eq!(Isolate::run(move || n).wait(), Ok(n));
                }
            })
        })
        .reference("std::thread", || {
            counted(500, |count| {
                for n in 0..count {
                    assert_eq!(thread::spawn(move || n).join().ok(), Some(n));
                }
            })
        })
}
