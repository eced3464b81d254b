//! N8: many jobs of one length on two threads. All are given at once, and all values are awaited.

use std::{sync::mpsc, time::Duration};

use insula::{IsolateRunner, LoadBalancer, Runner, WorkerPool};

use super::{
    THREADS, peers,
    work::{steps, work},
};
use crate::{
    contest::{Contestant, Row, Target, Unit, timed_by},
    effort,
};

pub(crate) fn microsecond(id: &'static str) -> Row {
    row(
        id,
        "1 µs",
        Duration::from_micros(1),
        effort::either(20_000, 500),
        20,
    )
}

pub(crate) fn hundred_microseconds(id: &'static str) -> Row {
    row(
        id,
        "100 µs",
        Duration::from_micros(100),
        effort::either(400, 20),
        15,
    )
}

pub(crate) fn ten_milliseconds(id: &'static str) -> Row {
    row(
        id,
        "10 ms",
        Duration::from_millis(10),
        effort::either(8, 2),
        10,
    )
}

fn row(id: &'static str, length: &str, time: Duration, jobs: u32, rounds: usize) -> Row {
    let target = [Target::ratio(1.2)];
    Row::new(id)
        .measure(
            Unit::Time,
            format!("one of {jobs} jobs of {length}, on two threads"),
        )
        .rounds(rounds)
        .ours("WorkerPool", &target, move || {
            // The peers' queues have no limit.
            let pool = WorkerPool::builder()
                .max(THREADS)
                .capacity(usize::MAX)
                .build();
            ours(pool, jobs, time)
        })
        .ours("LoadBalancer", &target, move || {
            ours(
                LoadBalancer::spawn(THREADS).wait().expect("runners start"),
                jobs,
                time,
            )
        })
        .ours("IsolateRunner (one thread)", &[], move || {
            ours(
                IsolateRunner::spawn().wait().expect("a runner starts"),
                jobs,
                time,
            )
        })
        .reference("rayon", move || {
            let (pool, steps) = (peers::rayon(), steps(time));
            timed_by(jobs, move |jobs| {
                let (answer, answers) = mpsc::channel();
                for _ in 0..jobs {
                    let answer = answer.clone();
                    pool.spawn(move || answer.send(work(steps)).expect("the caller listens"));
                }
                assert_eq!(
                    answers.into_iter().take(jobs as usize).count(),
                    jobs as usize
                );
            })
        })
        .reference("tokio task", move || {
            let (runtime, steps) = (peers::tokio(), steps(time));
            timed_by(jobs, move |jobs| {
                let tasks: Vec<_> = (0..jobs)
                    .map(|_| runtime.spawn(async move { work(steps) }))
                    .collect();
                runtime.block_on(async {
                    for task in tasks {
                        task.await.expect("the task has not panicked");
                    }
                });
            })
        })
        .reference("tokio spawn_blocking", move || {
            let (runtime, steps) = (peers::tokio(), steps(time));
            timed_by(jobs, move |jobs| {
                let tasks: Vec<_> = (0..jobs)
                    .map(|_| runtime.spawn_blocking(move || work(steps)))
                    .collect();
                runtime.block_on(async {
                    for task in tasks {
                        task.await.expect("the task has not panicked");
                    }
                });
            })
        })
        .reference("threadpool", move || {
            let (pool, steps) = (peers::threadpool(), steps(time));
            timed_by(jobs, move |jobs| {
                let (answer, answers) = mpsc::channel();
                for _ in 0..jobs {
                    let answer = answer.clone();
                    pool.execute(move || answer.send(work(steps)).expect("the caller listens"));
                }
                assert_eq!(
                    answers.into_iter().take(jobs as usize).count(),
                    jobs as usize
                );
            })
        })
}

fn ours(
    on: impl Runner<Platform = insula::Here> + 'static,
    jobs: u32,
    time: Duration,
) -> Contestant {
    let steps = steps(time);
    timed_by(jobs, move |jobs| {
        let tasks: Vec<_> = (0..jobs).map(|_| on.run(work, steps)).collect();
        for task in tasks {
            task.wait().expect("the job has not panicked");
        }
    })
}
