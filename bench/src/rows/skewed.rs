//! N8-skewed: how long short jobs wait while long ones run, on two threads.
//!
//! Each millisecond four jobs of 20 µs come, and every tenth time one of 5 ms before them. That is a third of what two
//! threads can do, so a job that waits longer than a few others take stands behind a long one.

use std::{
    sync::{LazyLock, mpsc},
    thread,
    time::{Duration, Instant},
};

use insula::{IsolateRunner, LoadBalancer, Runner, WorkerPool};

use super::{
    THREADS, peers,
    work::{steps, work},
};
use crate::{
    contest::{Contestant, Row, Sample, Target, Unit},
    effort,
    machine::cpu_time,
    statistics::quantile,
};

const SHORT: Duration = Duration::from_micros(20);
const LONG: Duration = Duration::from_millis(5);
const EVERY: Duration = Duration::from_millis(1);
const SHORTS: usize = 4;
const LONG_EVERY: u32 = 10;

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

fn now() -> u64 {
    BEGAN.elapsed().as_nanos() as u64
}

/// A job: when it was given, and its work. Gives how long it has waited.
fn job((given, steps): (u64, u64)) -> u64 {
    let waited = now().saturating_sub(given);
    std::hint::black_box(work(steps));
    waited
}

/// Waits for a job, and gives how long it has waited.
type Given = Box<dyn FnOnce() -> u64>;

pub(crate) fn row(id: &'static str) -> Row {
    Row::new(id)
        .measure(
            Unit::Time,
            "how long a short job waits beside long ones: median",
        )
        .measure(
            Unit::Time,
            "how long a short job waits beside long ones: 99 of 100 less than",
        )
        .rounds(8)
        .ours("WorkerPool", &[Target::NONE, Target::ratio(1.0)], || {
            ours(
                WorkerPool::builder()
                    .max(THREADS)
                    .min(THREADS)
                    .prewarm()
                    .build(),
            )
        })
        .ours("LoadBalancer", &[], || {
            ours(LoadBalancer::spawn(THREADS).wait().expect("runners start"))
        })
        .ours("IsolateRunner (one thread)", &[], || {
            ours(IsolateRunner::spawn().wait().expect("a runner starts"))
        })
        .reference("rayon", || {
            let pool = peers::rayon();
            theirs(move |job| pool.spawn(job))
        })
        .peer("tokio spawn_blocking", || {
            let runtime = peers::tokio();
            theirs(move |job| drop(runtime.spawn_blocking(job)))
        })
        .peer("threadpool", || {
            let pool = peers::threadpool();
            theirs(move |job| pool.execute(job))
        })
}

fn ours(on: impl Runner<Platform = insula::Here> + 'static) -> Contestant {
    goes(move |given| {
        let task = on.run(job, given);
        Box::new(move || task.wait().expect("the job has not panicked"))
    })
}

fn theirs(give: impl Fn(Box<dyn FnOnce() + Send>) + 'static) -> Contestant {
    goes(move |given| {
        let (answer, answered) = mpsc::channel();
        give(Box::new(move || {
            answer.send(job(given)).expect("the caller listens");
        }));
        Box::new(move || answered.recv().expect("the job has not panicked"))
    })
}

fn goes(give: impl Fn((u64, u64)) -> Given + 'static) -> Contestant {
    let (short, long) = (steps(SHORT), steps(LONG));
    let times = effort::either(300, 20);
    Box::new(move || {
        let (cpu, began) = (cpu_time(), Instant::now());
        let (mut shorts, mut longs) = (Vec::new(), Vec::new());
        for time in 0..times {
            if time % LONG_EVERY == 0 {
                longs.push(give((now(), long)));
            }
            for _ in 0..SHORTS {
                shorts.push(give((now(), short)));
            }
            thread::sleep((EVERY * (time + 1)).saturating_sub(began.elapsed()));
        }
        let jobs = (shorts.len() + longs.len()) as f64;
        let waited: Vec<_> = shorts.into_iter().map(|given| given() as f64).collect();
        longs.into_iter().for_each(|given| _ = given());
        let cpu = cpu_time().saturating_sub(cpu).as_nanos() as f64;
        let of = |share| quantile(&waited, share).unwrap_or(f64::NAN);
        Ok(Sample {
            values: vec![of(0.5), of(0.99)],
            cpu: Some(cpu / jobs),
        })
    })
}
