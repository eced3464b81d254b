//! What a run leaves behind: nothing.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use insula_sim::{
    Capability, Isolate, Moved, Priority, ReceivePort, SendPort, run, sleep, spawn_local, try_run,
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
            // On the host: a future, and a message that is not read.
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
