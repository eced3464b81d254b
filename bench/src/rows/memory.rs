//! The memory of a process that has a pool of two threads: at rest, and after a million jobs.

use std::sync::mpsc;

use insula::{LoadBalancer, Runner, WorkerPool};

use super::{THREADS, peers};
use crate::{
    child::in_child,
    contest::{Row, Sample, Target, Unit},
    effort,
    machine::{cpu_time, resident},
};

const AT_ONCE: u32 = 1_000;

pub(crate) fn row(id: &'static str) -> Row {
    let targets = [Target::NONE, Target::value(1e6)];
    Row::new(id)
        .measure(Unit::Bytes, "memory of a process with a pool at rest")
        .measure(
            Unit::Bytes,
            "what it has grown by after a million jobs, 1,000 at once",
        )
        .rounds(3)
        .ours("WorkerPool", &targets, || in_child("memory-pool"))
        .ours("LoadBalancer", &targets, || in_child("memory-balancer"))
        .reference("rayon", || in_child("memory-rayon"))
        .peer("tokio spawn_blocking", || in_child("memory-tokio"))
}

/// `jobs(count)` runs so many.
fn measured(mut jobs: impl FnMut(u32)) -> Sample {
    // What the first ones need stays.
    jobs(AT_ONCE);
    let (rest, cpu) = (resident(), cpu_time());
    let times = effort::either(1_000, 10);
    for _ in 0..times {
        jobs(AT_ONCE);
    }
    let cpu = cpu_time().saturating_sub(cpu).as_nanos() as f64;
    Sample {
        values: vec![rest, resident() - rest],
        cpu: Some(cpu / f64::from(times * AT_ONCE)),
    }
}

fn ours(on: &impl Runner<Platform = insula::Here>) -> Sample {
    measured(|count| {
        let tasks: Vec<_> = (0..count).map(|n| on.run(|n: u32| n + 1, n)).collect();
        for (n, task) in (0..).zip(tasks) {
            assert_eq!(task.wait(), Ok(n + 1));
        }
    })
}

pub(crate) fn pool() -> Sample {
    ours(
        &WorkerPool::builder()
            .max(THREADS)
            .capacity(AT_ONCE as usize)
            .build(),
    )
}

pub(crate) fn balancer() -> Sample {
    ours(&LoadBalancer::spawn(THREADS).wait().expect("runners start"))
}

pub(crate) fn rayon() -> Sample {
    let pool = peers::rayon();
    measured(|count| {
        let (answer, answers) = mpsc::channel();
        for n in 0..count {
            let answer = answer.clone();
            pool.spawn(move || answer.send(n + 1).expect("the caller listens"));
        }
        assert_eq!(
            answers.into_iter().take(count as usize).count(),
            count as usize
        );
    })
}

pub(crate) fn tokio() -> Sample {
    let runtime = peers::tokio();
    measured(|count| {
        let tasks: Vec<_> = (0..count)
            .map(|n| runtime.spawn_blocking(move || n + 1))
            .collect();
        runtime.block_on(async {
            for (n, task) in (0..).zip(tasks) {
                assert_eq!(task.await.ok(), Some(n + 1));
            }
        });
    })
}
