//! Every interleaving of what core does between threads: `RUSTFLAGS="--cfg loom" cargo test --test loom --release`.
//!
//! The code under test is core's own, driven through its public face by a platform whose queues are loom's. Loom tries
//! each order of the threads' steps, and lets each load see every value that the memory orderings allow.
//!
//! | model | what it proves | fails when |
//! |---|---|---|
//! | `a_wake_is_followed_by_a_poll…` | a poll sees what was written before any wake it answers | `queued` is reset by a store, or `Relaxed` |
//! | `a_last_wake_…` | an isolate does not end with a wake in its queue | liveness looks at the queue first |
//! | `wakers_that_are_dropped…` | the last drop of a waker ends the isolate, exactly then (Z14) | `watched` is not set, the drop does not post |
//! | `a_task_…` | a value is handed over once, and its waiter woken | a state change outside `Completion`'s lock |
//! | `balancer::…` | each job's load counts as long as the job does | choice and generation are taken under two locks, a load is given back twice, never or under two |
#![cfg(loom)]
#![allow(missing_docs, reason = "tests")]

mod balancer;
mod model;

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use insula_core::{
    Capability, EventLoop, SendPort, Task, contract::Launch, ports::single_response, spawn_local,
    trace::RecordingScope,
};
use loom::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
};

use model::{Model, queues};

/// Tries `run` in every interleaving with at most so many preemptions; `LOOM_MAX_PREEMPTIONS` overrules.
fn check(preemptions: usize, run: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.or(Some(preemptions));
    model.max_branches = 100_000;
    model.check(move || {
        // What loom sees lives as long as one execution, so each lists its isolates for itself.
        drop(RecordingScope::enter(Some(
            RecordingScope::of_virtual_time(),
        )));
        run();
        drop(RecordingScope::enter(None));
    });
}

/// Something that threads do before they wake, with no ordering of its own.
#[derive(Clone, Default)]
struct Sign(Arc<SignState>);

struct SignState(AtomicBool);

impl Default for SignState {
    fn default() -> Self {
        Self(AtomicBool::new(false))
    }
}

impl Sign {
    fn give(&self) {
        self.0.0.store(true, Relaxed);
    }

    fn is_given(&self) -> bool {
        self.0.0.load(Relaxed)
    }
}

/// Runs an isolate on this thread, with one future that waits for all `signs` and hands a waker to each of
/// `strangers` when it is polled first. Says whether the future was completed when the isolate had ended.
fn isolate(signs: Vec<Sign>, strangers: Vec<fn(Waker, Vec<Sign>)>) -> bool {
    let completed = Rc::new(Cell::new(false));
    let threads = Rc::new(RefCell::new(Vec::new()));
    let entry = {
        let (completed, threads) = (completed.clone(), threads.clone());
        let mut strangers = Some(strangers);
        move || {
            let waiting = poll_fn(move |context| {
                for stranger in strangers.take().into_iter().flatten() {
                    let (waker, signs) = (context.waker().clone(), signs.clone());
                    threads
                        .borrow_mut()
                        .push(thread::spawn(move || stranger(waker, signs)));
                }
                let done = signs.iter().all(Sign::is_given);
                if done { Poll::Ready(()) } else { Poll::Pending }
            });
            spawn_local::<Model>(async move {
                waiting.await;
                completed.set(true);
            });
        }
    };
    let (mailbox, inbox) = queues();
    let key = Capability::<Model>::new;
    let launch = Launch::new("loom".into(), key(), key());
    EventLoop::<Model>::isolate(launch, mailbox, inbox, Box::new(entry)).run_to_end();
    for thread in threads.take() {
        thread.join().unwrap();
    }
    completed.get()
}

#[test]
fn a_wake_is_followed_by_a_poll_that_sees_what_came_before() {
    check(3, || {
        let twice = |waker: Waker, signs: Vec<Sign>| {
            signs[0].give();
            waker.wake_by_ref();
            signs[1].give();
            waker.wake_by_ref();
            // Held a while, so that the isolate's life does not end by the drop.
            drop(waker);
        };
        assert!(isolate(vec![Sign::default(), Sign::default()], vec![twice]));
    });
}

#[test]
fn a_last_wake_is_not_lost() {
    check(3, || {
        let once = |waker: Waker, signs: Vec<Sign>| {
            signs[0].give();
            waker.wake();
        };
        assert!(isolate(vec![Sign::default()], vec![once]));
    });
}

#[test]
fn a_last_wake_of_two_is_not_lost() {
    check(2, || {
        let first = |waker: Waker, signs: Vec<Sign>| {
            signs[0].give();
            waker.wake();
        };
        let second = |waker: Waker, signs: Vec<Sign>| {
            signs[1].give();
            waker.wake();
        };
        assert!(isolate(
            vec![Sign::default(), Sign::default()],
            vec![first, second]
        ));
    });
}

/// An isolate that was not told of the drop would wait for ever, which loom calls a deadlock.
#[test]
fn wakers_that_are_dropped_end_the_isolate() {
    check(3, || {
        let nothing = |waker: Waker, _: Vec<Sign>| drop(waker);
        assert!(!isolate(vec![Sign::default()], vec![nothing, nothing]));
    });
}

#[test]
fn wakers_of_which_one_is_dropped() {
    check(2, || {
        let nothing = |waker: Waker, _: Vec<Sign>| drop(waker);
        let once = |waker: Waker, signs: Vec<Sign>| {
            signs[0].give();
            waker.wake();
        };
        assert!(isolate(vec![Sign::default()], vec![nothing, once]));
    });
}

/// A task for a message that each of `values` is sent as, by a thread each.
fn answered_by(values: &'static [u8]) -> (Task<Model, u8>, Vec<thread::JoinHandle<()>>) {
    let mut threads = Vec::new();
    let task = single_response(|port: SendPort<Model, u8>| {
        threads = values
            .iter()
            .map(|value| {
                let port = port.clone();
                thread::spawn(move || port.send(*value).unwrap())
            })
            .collect();
    });
    (task, threads)
}

#[test]
fn a_task_wakes_who_waits() {
    check(3, || {
        let (task, threads) = answered_by(&[7]);
        assert_eq!(task.wait().unwrap(), 7);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn a_task_has_one_value() {
    check(2, || {
        let (task, threads) = answered_by(&[1, 2]);
        assert!([1, 2].contains(&task.wait().unwrap()));
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn a_task_wakes_the_last_who_asked() {
    check(3, || {
        let (mut task, threads) = answered_by(&[7]);
        let polled = Pin::new(&mut task).poll(&mut Context::from_waker(Waker::noop()));
        match polled {
            Poll::Ready(value) => assert_eq!(value.unwrap(), 7),
            Poll::Pending => assert_eq!(task.wait().unwrap(), 7),
        }
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}
