//! What a run leaves behind: nothing.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::{
    collections::BTreeSet,
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use insula_sim::{
    Capability, Isolate, IsolateRunner, LoadBalancer, Moved, Priority, ReceivePort,
    RegistryManager, Runner, SendPort, SingleResponseChannel, SpawnError, ask, compute, run,
    single_response, single_result, sleep, spawn_local, try_run,
};

/// Counts the values that live.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        // The slot is set: the platform's functions work in a destructor.
        let _ = Capability::new();
        drop(ReceivePort::<()>::new());
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn nothing_is_left_over() {
    let count = Arc::new(AtomicUsize::new(0));
    for seed in 0..100 {
        let counter = count.clone();
        let run = run(seed, async move {
            let forever = |counted: Counted| async move {
                let _counted = counted;
                ReceivePort::<()>::new().next().await;
            };
            let blocked = |counted: Counted| {
                let _counted = counted;
                let _ = ReceivePort::<()>::new().recv();
            };
            let sleeper = |counted: Counted| async move {
                let _counted = counted;
                sleep(Duration::from_secs(1)).await;
            };
            Isolate::builder()
                .debug_name("forever")
                .spawn_async(forever, Counted::new(&counter))
                .await
                .unwrap();
            Isolate::builder()
                .debug_name("blocked")
                .spawn(blocked, Counted::new(&counter))
                .await
                .unwrap();
            Isolate::builder()
                .debug_name("sleeper")
                .spawn_async(sleeper, Counted::new(&counter))
                .await
                .unwrap();
            Isolate::builder()
                .debug_name("paused")
                .paused(true)
                .spawn(drop, Counted::new(&counter))
                .await
                .unwrap();
            Isolate::builder()
                .debug_name("done")
                .spawn(drop, Counted::new(&counter))
                .await
                .unwrap();
            // On the host: a future, and a message that nobody reads.
            let kept = Counted::new(&counter);
            spawn_local(async move {
                let _kept = kept;
                std::future::pending::<()>().await;
            });
            let unread = ReceivePort::<Moved<Counted>>::new();
            unread
                .send_port()
                .send(Moved::new(Counted::new(&counter)))
                .unwrap();
            unread.detach();
        });
        let left: Vec<_> = run.left.iter().map(ToString::to_string).collect();
        assert_eq!(
            left,
            [
                "#1 `forever` waits for an event",
                "#2 `blocked` waits in a blocking call",
                "#3 `sleeper` waits for an event or its timer at 1s",
                "#4 `paused` waits for an event",
            ]
        );
        assert_eq!(count.load(Ordering::SeqCst), 0, "seed {seed}");
    }
}

#[test]
fn nothing_is_left_over_of_a_run_that_fails() {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let failure = try_run(1, async move {
        let blocked = |counted: Counted| {
            let _counted = counted;
            let _ = ReceivePort::<()>::new().recv();
        };
        Isolate::spawn(blocked, Counted::new(&counter))
            .await
            .unwrap();
        let _kept = Counted::new(&counter);
        std::future::pending::<()>().await;
    })
    .unwrap_err();
    assert!(failure.reason.starts_with("deadlock"), "{failure}");
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[test]
fn a_handle_of_an_earlier_run_leads_nowhere() {
    let (port, isolate) = run(0, async {
        let port = ReceivePort::<u32>::new();
        (port.send_port(), Isolate::current())
    })
    .value;
    port.send(1).unwrap();
    let run = run(0, async move {
        let mut own = ReceivePort::<u32>::new();
        assert_ne!(own.send_port(), port);
        port.send(1).unwrap();
        isolate.kill(Priority::Immediate);
        own.send_port().send(2).unwrap();
        own.next().await
    });
    assert_eq!(run.value, Some(2));
}

#[test]
fn destructors_of_a_killed_isolate_replay_too() {
    let program = || async {
        let mut port = ReceivePort::<u32>::new();
        let to = port.send_port();
        let isolate = Isolate::spawn(
            move |()| {
                for n in 0..8 {
                    let (to, own) = (to.clone(), ReceivePort::<()>::new());
                    spawn_local(async move {
                        let _last = Last(to, n);
                        let mut own = own;
                        own.next().await;
                    });
                }
            },
            (),
        );
        let isolate = isolate.await.unwrap();
        sleep(Duration::from_millis(1)).await;
        isolate.kill(Priority::Immediate);
        let mut order = Vec::new();
        while order.len() < 8 {
            order.push(port.next().await.unwrap());
        }
        order
    };
    let orders: BTreeSet<_> = (0..10).map(|_| run(0, program()).value).collect();
    assert_eq!(orders.len(), 1, "{orders:?}");
}

/// Sends as its last act.
struct Last(SendPort<u32>, u32);

impl Drop for Last {
    fn drop(&mut self) {
        let _ = self.0.send(self.1);
    }
}

type Polled = Pin<Box<dyn Future<Output = ()>>>;

/// Its name, and what makes it.
type Case = (&'static str, fn() -> Polled);

fn unit<F: Future + 'static>(future: F) -> Polled {
    Box::pin(async {
        let _ = future.await;
    })
}

/// Polls up to so often, with time in between, and lets go.
async fn poll_and_drop(mut future: Polled, polls: usize) {
    for _ in 0..polls {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if polled.is_ready() {
            break;
        }
        sleep(Duration::from_millis(1)).await;
    }
}

/// Each future of the library, made in an isolate. Nobody answers.
const FUTURES: &[Case] = &[
    ("ask", || {
        let silent = ReceivePort::<SendPort<u32>>::new();
        let asked = ask::<_, u32>(&silent.send_port(), |reply| reply);
        unit(async move {
            let _silent = silent;
            asked.await
        })
    }),
    ("single_response", || unit(single_response::<u32>(|_| {}))),
    ("single_result", || unit(single_result::<u32>(|_| {}))),
    ("channel", || {
        unit(SingleResponseChannel::<u32>::new().result())
    }),
    ("timeout", || {
        unit(single_response::<u32>(|_| {}).timeout(Duration::from_secs(5)))
    }),
    ("sleep", || unit(sleep(Duration::from_secs(5)))),
    ("next", || {
        unit(async { ReceivePort::<u32>::new().next().await })
    }),
    ("runner", || unit(IsolateRunner::spawn())),
    ("balancer", || unit(LoadBalancer::spawn(3))),
    ("run", || unit(Isolate::run(|| 1))),
    ("compute", || unit(compute(|n: u32| n, 1))),
    ("registry", || {
        let manager = RegistryManager::<u32>::new();
        let registry = manager.registry();
        manager.close();
        unit(async move {
            let _ = registry.add(Arc::new(1), &[]).await;
            registry.lookup(&[], None).await
        })
    }),
    ("all of a runner", || {
        unit(async {
            let runner = IsolateRunner::spawn().await?;
            let mut errors = runner.errors();
            let _ = runner.run(|n: u32| n, 1).await;
            runner.ping(Duration::from_secs(1)).await;
            let kill = runner.kill(Duration::from_secs(1));
            let _ = runner.on_exit().await;
            let _ = kill.await;
            let _ = runner.close().await;
            errors.next().await;
            Ok::<(), SpawnError>(())
        })
    }),
    ("all of a balancer", || {
        unit(async {
            let balancer = LoadBalancer::spawn(2).await?;
            let both = balancer.run_multiple(2, 1, |n: u32| n, 1);
            for one in both.into_iter().flatten() {
                let _ = one.await;
            }
            let _ = balancer.close().await;
            Ok::<(), SpawnError>(())
        })
    }),
];

/// What is dropped at any await leaves nothing: the isolate that had it ends, and so does what it has started.
#[test]
fn what_is_dropped_leaves_nothing() {
    for (name, future) in FUTURES {
        for polls in 0..6 {
            for seed in 0..20 {
                let run = run(seed, async move {
                    let entry = move |()| poll_and_drop(future(), polls);
                    Isolate::spawn_async(entry, ()).await.unwrap();
                    sleep(Duration::from_secs(60)).await;
                });
                let left: Vec<_> = run.left.iter().map(ToString::to_string).collect();
                assert!(
                    left.is_empty(),
                    "{name}, dropped after {polls} polls, leaves {left:?} (seed {seed})"
                );
            }
        }
    }
}

/// The same where the isolate that has it is killed.
#[test]
fn what_is_killed_leaves_nothing() {
    for (name, future) in FUTURES {
        for after in 0..4 {
            for seed in 0..20 {
                let run = run(seed, async move {
                    let entry = move |()| future();
                    let isolate = Isolate::spawn_async(entry, ()).await.unwrap();
                    sleep(Duration::from_micros(after)).await;
                    isolate.kill(Priority::Immediate);
                    sleep(Duration::from_secs(60)).await;
                });
                let left: Vec<_> = run.left.iter().map(ToString::to_string).collect();
                assert!(
                    left.is_empty(),
                    "{name}, killed after {after} µs, leaves {left:?} (seed {seed})"
                );
            }
        }
    }
}
