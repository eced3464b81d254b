//! A pool whatever goes wrong: jobs of a key never overlap, a job begins at most once unless it may be retried, every
//! task ends, and nothing is left. `INSULA_SEEDS=n` tries more seeds, `INSULA_SEED=n` that one.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::{cell::RefCell, collections::BTreeMap, env, rc::Rc, time::Duration};

use insula_sim::{
    Failure, Faults, RawReceivePort, Run, SendPort, TaskError, WorkerPool, sleep, try_run_with,
    web_like,
};

/// How many seeds each program has when nothing else is asked for.
const SEEDS: u64 = 200;

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// What a job says of itself: its number, and whether it begins or ends.
type Said = (u32, bool);

/// Says that it begins, works, and says that it ends.
async fn work((number, says): (u32, SendPort<Said>)) -> u32 {
    let _ = says.send((number, true));
    // Some jobs take time, and some hang.
    match number % 7 {
        0 => {}
        1..=5 => sleep(ms(u64::from(number % 5) * 3)).await,
        _ => std::future::pending().await,
    }
    let _ = says.send((number, false));
    number
}

const KEYS: u32 = 3;
const RETRIES: u32 = 2;

fn may_retry(number: u32) -> bool {
    number.is_multiple_of(5)
}

/// The jobs of one run, seen from outside.
#[derive(Default)]
struct Seen {
    begun: BTreeMap<u32, u32>,
    running: BTreeMap<u32, u32>,
}

/// Gives many jobs of all kinds to a pool. What goes wrong with an isolate is told by the tasks alone.
async fn program(max: usize, grace: u64) {
    let seen: Rc<RefCell<Seen>> = Rc::default();
    let says = {
        let seen = seen.clone();
        RawReceivePort::new(move |(number, begins): Said| {
            let mut seen = seen.borrow_mut();
            if begins {
                *seen.begun.entry(number).or_default() += 1;
            }
            seen.running.insert(number, u32::from(begins));
        })
    };
    let pool = WorkerPool::builder()
        .max(max)
        .grace(ms(grace))
        .capacity(4)
        .idle_timeout(ms(20))
        .max_jobs(5)
        .restarts(2, ms(1))
        .watchdog(ms(8))
        .build();
    let mut events = pool.events();
    let (mut tasks, mut broadcasts) = (Vec::new(), Vec::new());
    for number in 0..24 {
        let mut job = pool
            .job_async(work, (number, says.send_port()))
            .priority((number % 3) as i8)
            .timeout(ms(40))
            .key(number % KEYS);
        if may_retry(number) {
            job = job.retry(RETRIES);
        }
        if number % 4 == 3 {
            job = job.deadline(ms(60));
        }
        let task = job.start();
        match number % 11 {
            3 => task.cancel(),
            7 => task.detach(),
            _ => tasks.push((number, task)),
        }
        if number % 6 == 5 {
            sleep(ms(5)).await;
            broadcasts.push(pool.broadcast(|n: u32| n + 1, number));
        }
    }
    for broadcast in broadcasts {
        for answer in broadcast.await.unwrap() {
            assert!(answer.is_ok() || matches!(answer, Err(error) if error.attempts <= 1));
        }
    }
    for (number, task) in tasks {
        match task.await {
            Ok(value) => assert_eq!(value, number),
            Err(error) => {
                let begun = seen.borrow().begun.contains_key(&number);
                assert!(error.begun || !begun, "{number} had begun: {error}");
                assert_ne!(error.error, TaskError::Cancelled);
            }
        }
    }
    pool.idle().await.unwrap();
    let closing = pool.close();
    drop(pool);
    closing.await.unwrap();
    while events.next().await.is_some() {}
    for (number, times) in &seen.borrow().begun {
        let most = if may_retry(*number) { 1 + RETRIES } else { 1 };
        assert!(*times <= most, "{number} began {times} times");
    }
    says.close();
}

/// Jobs of one key tell that they overlap, by their own words.
async fn keyed() {
    let running: Rc<RefCell<BTreeMap<u32, u32>>> = Rc::default();
    let overlap: Rc<RefCell<Option<(u32, u32)>>> = Rc::default();
    let says = {
        let (running, overlap) = (running.clone(), overlap.clone());
        RawReceivePort::new(move |(number, begins): Said| {
            let key = number % KEYS;
            let mut running = running.borrow_mut();
            if begins {
                if let Some(before) = running.insert(key, number) {
                    overlap.borrow_mut().get_or_insert((before, number));
                }
            } else if running.get(&key) == Some(&number) {
                running.remove(&key);
            }
        })
    };
    async fn job((number, says): (u32, SendPort<Said>)) -> u32 {
        /// Also a job that is dropped tells its end.
        struct Ends(u32, SendPort<Said>);
        impl Drop for Ends {
            fn drop(&mut self) {
                let _ = self.1.send((self.0, false));
            }
        }
        let _ = says.send((number, true));
        let _ends = Ends(number, says);
        if number % 5 == 4 {
            std::future::pending::<()>().await;
        }
        sleep(ms(u64::from(number % 4))).await;
        number
    }
    let pool = WorkerPool::builder()
        .max(3)
        .grace(ms(1_000_000))
        .idle_timeout(ms(4))
        .max_jobs(4)
        .build();
    let tasks: Vec<_> = (0..30)
        .map(|number| {
            let job = pool.job_async(job, (number, says.send_port()));
            job.key(number % KEYS).timeout(ms(15)).start()
        })
        .collect();
    for (number, task) in (0..).zip(tasks) {
        if let Ok(value) = task.await {
            assert_eq!(value, number);
        }
        if number == 15 {
            sleep(ms(10)).await;
            pool.recycle();
        }
    }
    pool.close().await.unwrap();
    assert_eq!(*overlap.borrow(), None);
    says.close();
}

fn holds<F: Future<Output = ()> + 'static>(faults: Faults, program: fn() -> F) {
    let number = |name, otherwise| env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let first = number("INSULA_SEED", 0);
    let count = if env::var("INSULA_SEED").is_ok() {
        1
    } else {
        number("INSULA_SEEDS", SEEDS)
    };
    for seed in first..first + count {
        judge("threads", seed, try_run_with(faults, seed, program()));
        judge(
            "workers",
            seed,
            web_like::try_run_with(faults, seed, program()),
        );
    }
}

fn judge(like: &str, seed: u64, run: Result<Run<()>, Failure>) {
    match run {
        Ok(run) if run.left.is_empty() => {}
        Ok(run) => {
            let left: Vec<_> = run.left.iter().map(ToString::to_string).collect();
            panic!(
                "{like}, seed {seed}: {left:?} is left\n{}",
                run.trace.tail(80)
            );
        }
        Err(failure) => panic!("{like}, seed {seed}: {failure}\n{}", failure.trace.tail(80)),
    }
}

#[test]
fn every_job_ends_and_begins_at_most_as_often_as_it_may() {
    holds(Faults::all(), || program(3, 10));
}

#[test]
fn every_job_ends_on_a_single_isolate() {
    holds(Faults::all(), || program(1, 0));
}

#[test]
fn every_job_ends_without_faults() {
    holds(Faults::none(), || program(2, 5));
}

/// Without deaths, as a dead isolate says nothing of its end. Without late messages and jumps of the clock, as the pool
/// gives up an isolate that has not ended in time, and then its key.
#[test]
fn jobs_of_a_key_never_overlap() {
    holds(Faults::none(), keyed);
}
