//! What holds whatever goes wrong: every await ends, nothing is left, and the host goes on. `INSULA_SEEDS=n` tries
//! more seeds.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod credits;

use std::{
    env,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use insula_sim::{
    Failure, Faults, Isolate, IsolateRunner, LoadBalancer, Priority, ReceivePort, Run, SendPort,
    ask, compute, ports::single_response, registry::RegistryManager, sleep, try_run_with, web_like,
};
use serde::{Deserialize, Serialize};

/// How many seeds each program has when nothing else is asked for.
const SEEDS: u64 = 200;

const SECOND: Duration = Duration::from_secs(1);

/// Runs a program with all faults: like threads, and like workers unless it spawns closures.
fn holds<F: Future<Output = ()> + 'static>(program: fn() -> F, works_on_the_web: bool) {
    if let Some(violation) = violation(program, works_on_the_web) {
        panic!("{violation}");
    }
}

fn violation<F: Future<Output = ()> + 'static>(
    program: fn() -> F,
    works_on_the_web: bool,
) -> Option<String> {
    let number = |name, otherwise| env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let first = number("INSULA_SEED", 0);
    let count = number("INSULA_SEEDS", SEEDS);
    (first..first + count).find_map(|seed| {
        let threads = judge(
            "threads",
            seed,
            try_run_with(Faults::all(), seed, program()),
        );
        threads.or_else(|| {
            let run =
                works_on_the_web.then(|| web_like::try_run_with(Faults::all(), seed, program()));
            judge("workers", seed, run?)
        })
    })
}

fn judge(like: &str, seed: u64, run: Result<Run<()>, Failure>) -> Option<String> {
    let (what, trace) = match run {
        Ok(run) if run.left.is_empty() => return None,
        Ok(run) => {
            let left: Vec<_> = run.left.iter().map(ToString::to_string).collect();
            (format!("{left:?} is left"), run.trace)
        }
        Err(failure) => (failure.to_string(), failure.trace),
    };
    Some(format!("{like}, seed {seed}: {what}\n{}", trace.tail(80)))
}

/// Whichever comes first.
async fn first<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> T {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| match one.as_mut().poll(context) {
        Poll::Pending => other.as_mut().poll(context),
        ready => ready,
    })
    .await
}

/// An isolate with an entry point that awaits, and what tells its end.
async fn start<M: Send + 'static>(
    entry: impl FnOnce(M) -> Pin<Box<dyn Future<Output = ()>>> + Send + 'static,
    message: M,
) -> Option<(Isolate, ReceivePort<()>)> {
    let ended = ReceivePort::new();
    let isolate = Isolate::builder().on_exit(ended.send_port());
    let isolate = isolate.spawn_async(entry, message).await.ok()?;
    Some((isolate, ended))
}

async fn computes() {
    let tasks: Vec<_> = (0..5).map(|n| compute(|n: u32| n + 1, n)).collect();
    for (task, n) in tasks.into_iter().zip(1..) {
        if let Ok(value) = task.await {
            assert_eq!(value, n);
        }
    }
}

#[test]
fn every_compute_ends() {
    holds(computes, true);
}

async fn works_on_a_runner() {
    let Ok(runner) = IsolateRunner::spawn().await else {
        return;
    };
    let jobs: Vec<_> = (0..4).map(|n| runner.run(|n: u32| n + 1, n)).collect();
    for (job, n) in jobs.into_iter().zip(1..) {
        if let Ok(value) = job.await {
            assert_eq!(value, n);
        }
    }
    let _ = runner.close().await;
}

#[test]
fn every_job_of_a_runner_ends() {
    holds(works_on_a_runner, true);
}

async fn ends_a_runner() {
    let Ok(runner) = IsolateRunner::spawn().await else {
        return;
    };
    let ended = runner.on_exit();
    let job = runner.run_async(|()| sleep(SECOND * 60), ());
    runner.ping(SECOND).await;
    let _ = runner.shutdown(SECOND).await;
    let _ = job.await;
    let _ = ended.await;
    assert!(runner.is_lost());
}

#[test]
fn every_end_of_a_runner_is_told() {
    holds(ends_a_runner, true);
}

async fn balances() {
    let Ok(balancer) = LoadBalancer::spawn(3).await else {
        return;
    };
    let jobs: Vec<_> = (0..6).map(|n| balancer.run(|n: u32| n + 1, n)).collect();
    for (job, n) in jobs.into_iter().zip(1..) {
        if let Ok(value) = job.await {
            assert_eq!(value, n);
        }
    }
    let _ = balancer.close().await;
}

#[test]
fn every_job_of_a_balancer_ends() {
    holds(balances, true);
}

#[derive(Debug, Serialize, Deserialize)]
struct Question(u32, SendPort<u32>);

fn serve(ready: SendPort<SendPort<Question>>) -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        let mut questions = ReceivePort::<Question>::new();
        let _ = ready.send(questions.send_port());
        while let Some(Question(n, reply)) = questions.next().await {
            let _ = reply.send(n + 1);
        }
    })
}

async fn asks() {
    let mut ready = ReceivePort::<SendPort<Question>>::new();
    let Some((server, mut ended)) = start(serve, ready.send_port()).await else {
        return;
    };
    let known = first(ready.next(), async { ended.next().await.and(None) }).await;
    let Some(server_port) = known else { return };
    for n in 0..3 {
        let answer = ask(&server_port, |reply| Question(n, reply));
        if let Ok(value) = answer.await {
            assert_eq!(value, n + 1);
        }
        let _ = ask(&server_port, |reply| Question(n, reply))
            .timeout(SECOND)
            .await;
    }
    server.kill(Priority::Immediate);
    // The end may have been heard before.
    first(
        async {
            ended.next().await;
        },
        sleep(SECOND * 100_000),
    )
    .await;
}

#[test]
fn every_question_ends() {
    holds(asks, false);
}

async fn registers() {
    let manager = RegistryManager::<u32>::with_timeout(SECOND);
    let registry = manager.registry();
    let _ = registry.add(Arc::new(1), &["odd"]).await;
    let registry = manager.registry();
    let elsewhere = Isolate::run_async(async move || {
        let registry = registry.with_timeout(SECOND);
        let _ = registry.add(Arc::new(3), &["odd"]).await;
        registry
            .lookup(&["odd"], None)
            .await
            .map_or(0, |found| found.len())
    });
    if let Ok(found) = elsewhere.await {
        assert!(found <= 2);
    }
    let found = manager.registry().lookup(&["odd"], None).await;
    assert!(found.map_or(0, |found| found.len()) <= 2);
    manager.close();
}

#[test]
fn every_look_into_a_registry_ends() {
    holds(registers, false);
}

async fn streams() {
    let mut numbers = ReceivePort::<u32>::new();
    let send = |to: SendPort<u32>| -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(async move {
            for n in 0..10 {
                let _ = to.send(n);
                sleep(SECOND).await;
            }
        })
    };
    let Some((_, mut ended)) = start(send, numbers.send_port()).await else {
        return;
    };
    let mut expected = 0;
    while let Some(n) = first(numbers.next(), async { ended.next().await.and(None) }).await {
        assert_eq!(n, expected);
        expected += 1;
    }
}

#[test]
fn every_stream_ends() {
    holds(streams, false);
}

async fn controls() {
    let forever = |()| -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(async {
            ReceivePort::<()>::new().next().await;
        })
    };
    let Some((isolate, mut ended)) = start(forever, ()).await else {
        return;
    };
    let resume = isolate.pause();
    let mut answers = ReceivePort::new();
    let _ = isolate.ping(&answers.send_port(), 1_u32, Priority::Immediate);
    first(
        async {
            answers.next().await;
        },
        sleep(SECOND),
    )
    .await;
    isolate.resume(resume);
    isolate.kill(Priority::BeforeNextEvent);
    ended.next().await;
}

#[test]
fn every_control_ends() {
    holds(controls, false);
}

async fn nested(n: u32) -> u32 {
    let inner = IsolateRunner::builder().linked(true).spawn().await;
    let Ok(inner) = inner else { return 0 };
    let value = inner.run(|n: u32| n + 1, n).await.unwrap_or(0);
    let _ = inner.close().await;
    value
}

async fn nests() {
    let Ok(outer) = IsolateRunner::spawn().await else {
        return;
    };
    if let Ok(value) = outer.run_async(nested, 1).await {
        assert!(value == 0 || value == 2);
    }
    let _ = outer.close().await;
}

#[test]
fn every_nested_runner_ends() {
    holds(nests, true);
}

async fn waits_for_one_answer() {
    let answer = single_response::<u32>(|to| {
        drop(Isolate::spawn(move |()| drop(to.send(5)), ()));
    });
    if let Ok(value) = answer.timeout(SECOND * 5).await {
        assert_eq!(value, 5);
    }
}

#[test]
fn every_single_response_ends() {
    holds(waits_for_one_answer, false);
}

async fn hears_errors() {
    let Ok(runner) = IsolateRunner::spawn().await else {
        return;
    };
    let mut errors = runner.errors();
    let failed = runner.run(|(): ()| -> u32 { panic!("boom") }, ());
    assert!(failed.await.is_err());
    let _ = runner.close().await;
    // They end with the runner.
    while errors.next().await.is_some() {}
}

#[test]
fn every_error_of_a_runner_ends() {
    holds(hears_errors, true);
}

async fn loses_runners() {
    let Ok(balancer) = LoadBalancer::spawn(2).await else {
        return;
    };
    let mut jobs: Vec<_> = (0..4).map(|n| balancer.run(|n: u32| n + 1, n)).collect();
    if let Ok(both) = balancer.with_load(3).on(2).run(|n: u32| n + 1, 9) {
        jobs.extend(both);
    }
    jobs.push(balancer.run_async(
        |n: u32| async move {
            sleep(SECOND).await;
            n
        },
        10,
    ));
    for job in jobs {
        if let Ok(value) = job.timeout(SECOND * 5).await {
            assert!((1..=10).contains(&value));
        }
    }
    assert_eq!(balancer.len(), 2);
    let _ = balancer.run(|n: u32| n + 1, 1).await;
    let _ = balancer.close().await;
    // A job whose task was dropped may still run.
    sleep(SECOND).await;
}

#[test]
fn every_job_of_a_balancer_that_loses_runners_ends() {
    holds(loses_runners, true);
}

async fn replaces_runners() {
    let Ok(balancer) = LoadBalancer::spawn(2).await else {
        return;
    };
    let minute = |n: u32| async move {
        sleep(SECOND * 60).await;
        n
    };
    let jobs: Vec<_> = (0..4).map(|n| balancer.run_async(minute, n)).collect();
    let (cancelled, late) = (
        balancer.run(|n: u32| n, 9),
        balancer.run(|n: u32| n, 9).timeout(SECOND),
    );
    cancelled.cancel();
    let _ = late.await;
    // A runner may have died, or be slow to hear.
    if let Ok(found) = balancer.unresponsive(SECOND).await {
        for runner in found {
            let _ = balancer.replace(&runner).await;
        }
    }
    let _ = balancer.run(|n: u32| n + 1, 1).await;
    let _ = balancer.close().await;
    for job in jobs {
        job.cancel();
    }
    // What has begun goes on unheard.
    sleep(SECOND * 100_000).await;
}

#[test]
fn every_job_of_a_balancer_that_replaces_runners_ends() {
    holds(replaces_runners, true);
}

async fn blocks() {
    if let Ok(value) = compute(|n: u32| n + 1, 1).wait() {
        assert_eq!(value, 2);
    }
    let inside = Isolate::run(|| {
        let mut nothing = ReceivePort::<u32>::new();
        assert!(nothing.recv_timeout(SECOND).is_err());
        match compute(|n: u32| n + 1, 1).wait_timeout(SECOND) {
            Ok(Ok(value)) => value,
            Ok(Err(_)) => 2,
            Err(task) => {
                task.cancel();
                2
            }
        }
    });
    if let Ok(value) = inside.wait() {
        assert_eq!(value, 2);
    }
    if let Ok(runner) = IsolateRunner::spawn().wait() {
        let _ = runner.run(|n: u32| n + 1, 1).wait();
        let _ = runner.close().wait();
    }
}

#[test]
fn every_blocking_wait_ends() {
    holds(blocks, false);
}

/// Isolates that ask each other while either may die.
async fn asks_among_isolates() {
    let mut ready = ReceivePort::<SendPort<Question>>::new();
    let Some((server, mut ended)) = start(serve, ready.send_port()).await else {
        return;
    };
    let known = first(ready.next(), async { ended.next().await.and(None) }).await;
    let Some(questions) = known else { return };
    let clients: Vec<_> = (0..3)
        .map(|n| {
            let questions = questions.clone();
            Isolate::run_async(move || async move {
                let answer = ask(&questions, |reply| Question(n, reply)).await;
                answer.is_err() || answer == Ok(n + 1)
            })
        })
        .collect();
    for client in clients {
        if let Ok(is_right) = client.await {
            assert!(is_right);
        }
    }
    server.kill(Priority::Immediate);
    let ended_at_last = async {
        ended.next().await;
    };
    first(ended_at_last, sleep(SECOND * 100_000)).await;
}

#[test]
fn every_question_among_isolates_ends() {
    holds(asks_among_isolates, false);
}
