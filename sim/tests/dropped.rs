//! What is dropped at any await leaves nothing behind: no port, timer, listener or isolate.
//!
//! Each future is made in an isolate of its own, polled some times, and dropped. An open port or a timer would keep
//! that isolate alive, so it shows as an isolate that is left.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use insula_sim::{
    Isolate, IsolateRunner, LoadBalancer, Priority, ReceivePort, SendPort, SpawnError, TaskError,
    ask, compute,
    ports::{SingleResponseChannel, single_response, single_result},
    registry::RegistryManager,
    sleep, spawn_local,
    stream::{Sender, channel},
    try_run,
};

const SEEDS: u64 = 10;

/// More polls than any future here takes, with time in between.
const POLLS: usize = 8;

const SECOND: Duration = Duration::from_secs(1);

type Dropped = Pin<Box<dyn Future<Output = ()>>>;

/// A name, and what makes the future.
type Case = (&'static str, fn() -> Dropped);

/// What still leaves something when it is dropped, and why. An entry fails when that is mended, so that the table
/// shrinks.
const DROPPED_LEAVES: &[(&str, &str)] = &[];

/// The same where the isolate that has the future is killed.
const KILLED_LEAVES: &[(&str, &str)] = &[];

fn unit<F: Future + 'static>(future: F) -> Dropped {
    Box::pin(async { drop(future.await) })
}

/// Runs the rest with a runner that is closed when the future is dropped.
fn with_runner(use_it: impl AsyncFnOnce(IsolateRunner) + 'static) -> Dropped {
    Box::pin(async move {
        if let Ok(runner) = IsolateRunner::spawn().await {
            use_it(runner).await;
        }
    })
}

const CASES: &[Case] = &[
    ("compute", || unit(compute(|n: u32| n + 1, 1))),
    ("run", || unit(Isolate::run(|| 5))),
    ("runner, spawn", || unit(IsolateRunner::spawn())),
    ("runner, run", || {
        with_runner(async |runner: IsolateRunner| drop(runner.run(|n: u32| n + 1, 1).await))
    }),
    ("runner, close", || {
        with_runner(async |runner: IsolateRunner| drop(runner.close().await))
    }),
    ("runner, kill", || {
        with_runner(async |runner: IsolateRunner| drop(end(&runner).await))
    }),
    ("runner, ping", || {
        with_runner(async |runner: IsolateRunner| {
            runner.ping(SECOND).await;
        })
    }),
    ("runner, on_exit", || {
        with_runner(async |runner: IsolateRunner| drop(runner.on_exit().await))
    }),
    ("isolate, on_exit", || {
        with_runner(async |runner: IsolateRunner| drop(runner.isolate().on_exit().await))
    }),
    ("runner, errors", || {
        with_runner(async |runner: IsolateRunner| {
            runner.errors().next().await;
        })
    }),
    ("balancer, spawn", || unit(LoadBalancer::spawn(3))),
    ("balancer, run", || {
        unit(async {
            let balancer = LoadBalancer::spawn(2).await?;
            let _ = balancer.run(|n: u32| n + 1, 1).await;
            let _ = balancer.close().await;
            Ok::<(), SpawnError>(())
        })
    }),
    ("ask", || {
        let silent = ReceivePort::<SendPort<u32>>::new();
        let answer = ask::<_, u32>(&silent.send_port(), |reply| reply);
        unit(async move {
            let _silent = silent;
            answer.await
        })
    }),
    ("single_response", || unit(single_response::<u32>(|_| {}))),
    ("registry, add", || {
        let manager = RegistryManager::<u32>::new();
        let added = manager.registry().add(Arc::new(1), &[]);
        unit(async move {
            let _manager = manager;
            drop(added.await);
        })
    }),
    ("registry, lookup", || {
        let manager = RegistryManager::<u32>::new();
        let found = manager.registry().lookup(&[], None);
        unit(async move {
            let _manager = manager;
            drop(found.await);
        })
    }),
    ("single_result", || unit(single_result::<u32>(|_| {}))),
    ("single_response, channel", || {
        unit(SingleResponseChannel::<u32>::new().result())
    }),
    ("runner, all", || {
        with_runner(async |runner: IsolateRunner| {
            let mut errors = runner.errors();
            let _ = runner.run(|n: u32| n, 1).await;
            runner.ping(SECOND).await;
            let shutdown = runner.shutdown(SECOND);
            let _ = runner.on_exit().await;
            let _ = shutdown.await;
            let _ = runner.close().await;
            errors.next().await;
        })
    }),
    ("balancer, all", || {
        unit(async {
            let balancer = LoadBalancer::spawn(2).await?;
            let both = balancer.on(2).with_load(1).run(|n: u32| n, 1);
            for one in both.into_iter().flatten() {
                let _ = one.await;
            }
            let _ = balancer.close().await;
            Ok::<(), SpawnError>(())
        })
    }),
    ("port, next", || {
        unit(async { ReceivePort::<u32>::new().next().await })
    }),
    ("channel, next", || {
        unit(async {
            let (_sender, mut items) = channel::<u32>(1);
            items.next().await
        })
    }),
    ("channel, send", || {
        unit(async {
            let (sender, _items) = channel::<u32>(1);
            for n in 0..3 {
                let _ = sender.send(n).await;
            }
        })
    }),
    ("channel, within", || {
        unit(async {
            let (sender, mut items) = channel::<u32>(2);
            spawn_local(send_on((5, sender)));
            while items.next().await.is_some() {}
        })
    }),
    ("channel, to a runner", || {
        with_runner(async |runner: IsolateRunner| {
            let (sender, mut items) = channel::<u32>(2);
            let job = runner.run_async(send_on, (5, sender.clone()));
            drop(sender);
            while items.next().await.is_some() {}
            let _ = job.await;
        })
    }),
    ("stream", || {
        with_runner(async |runner: IsolateRunner| {
            let mut items = runner.stream_with(2, count, 6);
            while items.next().await.is_some() {}
        })
    }),
    ("stream, finish", || {
        with_runner(async |runner: IsolateRunner| {
            let _ = runner.stream_with(2, count, 6).finish().await;
        })
    }),
    ("stream, killed", || {
        with_runner(async |runner: IsolateRunner| {
            let mut items = runner.stream_with(2, count, 6);
            items.next().await;
            runner.isolate().kill(Priority::Immediate);
            let _ = items.finish().await;
        })
    }),
    ("sleep", || unit(sleep(SECOND))),
    ("timeout", || {
        let job = compute(|n: u32| n + 1, 1);
        unit(job.timeout(SECOND))
    }),
    ("single_response, timeout", || {
        unit(single_response::<u32>(|_| {}).timeout(SECOND))
    }),
];

async fn count(up_to: u32, to: Sender<u32>) -> u32 {
    for n in 0..up_to {
        let _ = to.send(n).await;
    }
    up_to
}

async fn send_on((up_to, to): (u32, Sender<u32>)) {
    count(up_to, to).await;
}

async fn end(runner: &IsolateRunner) -> Result<(), TaskError> {
    runner.shutdown(SECOND).await
}

/// Polls up to so many times, with time in between, and drops.
async fn poll_and_drop(mut future: Dropped, polls: usize) {
    for _ in 0..polls {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if polled.is_ready() {
            return;
        }
        sleep(Duration::from_millis(1)).await;
    }
}

/// How the future ends before its time.
#[derive(Clone, Copy)]
enum End {
    /// Polled so often, then dropped.
    Dropped(usize),
    /// Its isolate is killed after so many microseconds.
    Killed(usize),
}

/// What is left; or why the run has no end.
fn left(make: fn() -> Dropped, end: End, seed: u64) -> Vec<String> {
    let run = try_run(seed, async move {
        match end {
            End::Dropped(polls) => {
                let entry = async move |()| poll_and_drop(make(), polls).await;
                Isolate::spawn_async(entry, ()).await.unwrap();
            }
            End::Killed(after) => {
                let entry = async move |()| make().await;
                let isolate = Isolate::spawn_async(entry, ()).await.unwrap();
                sleep(Duration::from_micros(after as u64)).await;
                isolate.kill(Priority::Immediate);
            }
        }
        // Every limit above has come by then.
        sleep(SECOND * 60).await;
    });
    match run {
        Ok(run) => run.left.iter().map(ToString::to_string).collect(),
        Err(failure) => vec![failure.to_string()],
    }
}

fn first_leftover(make: fn() -> Dropped, end: fn(usize) -> End) -> Option<String> {
    let tries = (0..POLLS).flat_map(|polls| (0..SEEDS).map(move |seed| (polls, seed)));
    tries.into_iter().find_map(|(polls, seed)| {
        let left = left(make, end(polls), seed);
        (!left.is_empty()).then(|| format!("{polls}, seed {seed}: {left:?}"))
    })
}

fn nothing_is_left(end: fn(usize) -> End, known: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (name, make) in CASES {
        let reason = known.iter().find(|(known, _)| known == name);
        match (reason, first_leftover(*make, end)) {
            (None, Some(leftover)) => wrong.push(format!("{name} leaves something: {leftover}")),
            (Some((_, reason)), None) => {
                wrong.push(format!("{name} leaves nothing now, although {reason}"));
            }
            (None, None) | (Some(_), Some(_)) => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_dropped_future_leaves_nothing() {
    nothing_is_left(End::Dropped, DROPPED_LEAVES);
}

#[test]
fn a_future_of_a_killed_isolate_leaves_nothing() {
    nothing_is_left(End::Killed, KILLED_LEAVES);
}

#[test]
fn a_dropped_handle_leaves_nothing() {
    for seed in 0..SEEDS {
        let run = try_run(seed, async {
            let entry = async |()| {
                let port = ReceivePort::<u32>::new();
                let sender = port.send_port();
                drop(port);
                drop(sender);
                if let Ok(runner) = IsolateRunner::spawn().await {
                    let other = runner.clone();
                    drop(runner);
                    drop(other);
                }
                drop(LoadBalancer::spawn(2).await);
                let manager = RegistryManager::<u32>::new();
                drop(manager.registry());
                drop(manager);
            };
            Isolate::spawn_async(entry, ()).await.unwrap();
            sleep(SECOND * 60).await;
        });
        let left: Vec<_> = run.unwrap().left.iter().map(ToString::to_string).collect();
        assert!(left.is_empty(), "seed {seed}: {left:?}");
    }
}
