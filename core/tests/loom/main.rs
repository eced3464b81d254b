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
#![cfg(loom)]
#![allow(missing_docs, reason = "tests")]

use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::VecDeque,
    fmt,
    future::poll_fn,
    hash::{Hash, Hasher},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use insula_core::{
    Blocking, Capability, Control, DecodeError, EncodeError, EventLoop, Host, Message, Platform,
    RemoteError, SendPort, Task,
    contract::{self, Code, ComputeOn, Deliver, Event, Launch, Started},
    in_memory::InMemory,
    ports::single_response,
    spawn_local,
};
use loom::{
    sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

// --- the models -------------------------------------------------------------------------------------------------------

/// Tries `run` in every interleaving with at most so many preemptions; `LOOM_MAX_PREEMPTIONS` overrules.
fn check(preemptions: usize, run: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.or(Some(preemptions));
    model.max_branches = 100_000;
    model.check(run);
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
    let launch = Launch::new("loom".to_owned(), key(), key());
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

// --- a platform made of loom's parts ------------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Model;

impl Platform for Model {
    const NAME: &'static str = "loom";
    const CAN_SPAWN: bool = true;
    const CAN_KILL_AT_ONCE: bool = false;
    const CATCHES_PANICS: bool = true;
    const COMPUTE_ON: ComputeOn = ComputeOn::Isolate;
    const SPAWN_UNSUPPORTED: &'static str = "";

    type Mailbox = Mailbox;
    type Inbox = Inbox;
    type Parcel = Parcel;
    type Carrier = InMemory;

    fn host() -> (Arc<Host<Self>>, Mailbox, Inbox) {
        unreachable!("code outside isolates needs no loop here")
    }

    fn start(_: Launch<Self>, _: Code<Self>, _: Started<Self>) {
        unreachable!("the models run their isolate themselves")
    }

    fn direct_mailbox(target: Arc<dyn Deliver<Self>>) -> Option<Mailbox> {
        Some(Mailbox::Direct(target))
    }

    fn pack<M: Message>(message: M) -> Result<Parcel, (EncodeError, M)> {
        Ok(Parcel(Box::new(message)))
    }

    fn unpack<M: Message>(parcel: Parcel) -> Result<M, DecodeError> {
        let message = parcel.0.downcast();
        message
            .map(|message| *message)
            .map_err(|_| DecodeError::refused::<M>("another type"))
    }

    fn now() -> Duration {
        Duration::ZERO
    }

    fn random() -> u128 {
        0
    }

    async fn next_frame() {}

    fn cores() -> usize {
        1
    }

    fn report(isolate: &str, error: &RemoteError) {
        panic!("{isolate}: {error}");
    }
}

impl Blocking for Model {
    fn wait(inbox: &mut Inbox, _: Option<Duration>) {
        drop(
            inbox
                .0
                .wait_until(|queues| !queues.events.is_empty() || !queues.control.is_empty()),
        );
    }

    fn park(ready: &mut dyn FnMut(&Waker) -> bool, _: Option<Duration>) -> bool {
        let woken = Arc::new(Guarded::<bool>::default());
        let waker = Waker::from(woken.clone());
        while !ready(&waker) {
            *woken.wait_until(|woken| *woken) = false;
        }
        true
    }
}

#[derive(Default)]
struct Guarded<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Guarded<T> {
    fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.value.lock().unwrap());
        self.changed.notify_one();
        result
    }

    fn wait_until(&self, until: impl Fn(&T) -> bool) -> loom::sync::MutexGuard<'_, T> {
        let mut value = self.value.lock().unwrap();
        while !until(&value) {
            value = self.changed.wait(value).unwrap();
        }
        value
    }
}

impl Wake for Guarded<bool> {
    fn wake(self: Arc<Self>) {
        self.change(|woken| *woken = true);
    }
}

struct Parcel(Box<dyn Any + Send>);

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parcel")
    }
}

#[derive(Default)]
struct Queues {
    events: VecDeque<Event<Model>>,
    control: VecDeque<Control<Model>>,
}

#[derive(Clone)]
enum Mailbox {
    Queues(Arc<Guarded<Queues>>),
    Direct(Arc<dyn Deliver<Model>>),
}

struct Inbox(Arc<Guarded<Queues>>);

fn queues() -> (Mailbox, Inbox) {
    let queues = Arc::new(Guarded::default());
    (Mailbox::Queues(queues.clone()), Inbox(queues))
}

impl Mailbox {
    fn address(&self) -> usize {
        match self {
            Self::Queues(queues) => std::ptr::from_ref(&**queues).addr(),
            Self::Direct(target) => std::ptr::from_ref(&**target).addr(),
        }
    }
}

impl contract::Mailbox<Model> for Mailbox {
    fn nowhere() -> Self {
        queues().0
    }

    fn post(&self, event: Event<Model>) {
        match (self, event) {
            (Self::Queues(queues), event) => queues.change(|queues| queues.events.push_back(event)),
            (Self::Direct(target), Event::Message { parcel, .. }) => drop(target.deliver(parcel)),
            (Self::Direct(_), _) => {}
        }
    }

    fn control(&self, control: Control<Model>) {
        if let Self::Queues(queues) = self {
            queues.change(|queues| queues.control.push_back(control));
        }
    }
}

impl PartialEq for Mailbox {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for Mailbox {}

impl Hash for Mailbox {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.address())
    }
}

impl contract::Inbox<Model> for Inbox {
    fn next_control(&mut self) -> Option<Control<Model>> {
        self.0.change(|queues| queues.control.pop_front())
    }

    fn next_event(&mut self) -> Option<Event<Model>> {
        self.0.change(|queues| queues.events.pop_front())
    }

    fn is_empty(&mut self) -> bool {
        self.0.change(|queues| queues.events.is_empty())
    }

    fn put_back(&mut self, _: VecDeque<Event<Model>>) {
        unreachable!("no model receives inside an isolate")
    }

    fn close(&mut self) -> (VecDeque<Event<Model>>, VecDeque<Control<Model>>) {
        self.0.change(|queues| {
            (
                std::mem::take(&mut queues.events),
                std::mem::take(&mut queues.control),
            )
        })
    }
}
