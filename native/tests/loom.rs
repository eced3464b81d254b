//! Every interleaving of the mailbox and of waiting: `RUSTFLAGS="--cfg loom" cargo test --test loom --release`.
//!
//! The code under test is this crate's own; its channel is crossbeam's, which a queue of loom's stands in for. Loom
//! tries each order of the threads' steps, and lets each load see every value that the memory orderings allow.
//!
//! | model | what it proves | fails when |
//! |---|---|---|
//! | `a_wake_ends_…` | waiting sees what was written before each of several wakes | `woken` is set by a store, or after the unpark |
//! | `control_comes_…` | control is handled before what its sender sent after it (M2) | the loop does not look again |
//! | `control_is_…` | no control message is lost or left while the isolate sleeps | the flag is cleared outside the lock |
//! | `control_at_the_end_…` | a message is handled or undeliverable, never both or neither | closing does not lock |
#![cfg(loom)]
#![allow(missing_docs, reason = "tests")]

use std::{rc::Rc, sync::Arc, task::Waker};

use insula_core::{
    Blocking, Control, Platform,
    contract::{Address, Deliver, Delivery, Event, ExitMessage, Inbox as _, Mailbox as _, PortId},
};
use insula_native::{
    Native,
    platform::{EventLoop, Mailbox, Parcel},
};
use loom::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    thread,
};

/// Tries `run` in every interleaving with at most so many preemptions; `LOOM_MAX_PREEMPTIONS` overrules.
fn check(preemptions: usize, run: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.or(Some(preemptions));
    model.check(run);
}

fn join(threads: Vec<thread::JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Waits for one thread for each of `signs`, which gives it and wakes.
fn wait_for(signs: usize) {
    let signs: Arc<Vec<_>> = Arc::new((0..signs).map(|_| AtomicBool::new(false)).collect());
    let mut started = false;
    let mut ready = |waker: &Waker| {
        let others = if std::mem::replace(&mut started, true) {
            0
        } else {
            signs.len()
        };
        for sign in 0..others {
            let (waker, signs) = (waker.clone(), signs.clone());
            // Not joined: loom's `unpark` would end the join.
            thread::spawn(move || {
                signs[sign].store(true, Relaxed);
                waker.wake();
            });
        }
        signs.iter().all(|sign| sign.load(Relaxed))
    };
    assert!(Native::park(&mut ready, None));
}

#[test]
fn a_wake_ends_the_wait() {
    check(4, || wait_for(1));
}

#[test]
fn a_wake_ends_the_wait_with_all_that_was_written() {
    check(3, || wait_for(2));
}

/// Control that asks for nothing but can be told from others.
fn control(fatal: bool) -> Control<Native> {
    Control::SetErrorsFatal { key: None, fatal }
}

/// Handles control and events as an event loop does, until there have been so many of each; says in which order.
fn handle(host: &EventLoop, controls: usize, events: usize) -> String {
    let mut inbox = host.inbox().borrow_mut();
    let (mut order, count) = (String::new(), |order: &str, kind| {
        order.matches(kind).count()
    });
    while count(&order, 'c') < controls || count(&order, 'e') < events {
        while inbox.next_control().is_some() {
            order.push('c');
        }
        match inbox.next_event() {
            Some(_) => order.push('e'),
            None if count(&order, 'c') < controls || count(&order, 'e') < events => {
                Native::wait(&mut inbox, None);
            }
            None => {}
        }
    }
    order
}

fn host() -> (Rc<EventLoop>, Mailbox) {
    let (host, mailbox, inbox) = Native::host();
    (EventLoop::host(host, mailbox.clone(), inbox), mailbox)
}

#[test]
fn control_comes_before_what_was_sent_after_it() {
    check(4, || {
        let (host, mailbox) = host();
        let sender = thread::spawn(move || {
            mailbox.control(control(true));
            mailbox.post(Event::Close(PortId(1)));
        });
        assert_eq!(handle(&host, 1, 1), "ce");
        sender.join().unwrap();
    });
}

#[test]
fn control_is_not_lost() {
    check(3, || {
        let (host, mailbox) = host();
        let senders = [true, false].map(|fatal| {
            let mailbox = mailbox.clone();
            thread::spawn(move || mailbox.control(control(fatal)))
        });
        assert_eq!(handle(&host, 2, 0), "cc");
        join(senders.into());
    });
}

struct Count(AtomicUsize);

impl Deliver<Native> for Count {
    fn deliver(&self, _: Parcel) -> Delivery {
        self.0.fetch_add(1, Relaxed);
        Delivery::Open
    }
}

#[test]
fn control_at_the_end_is_handled_or_undeliverable() {
    check(4, || {
        let (host, mailbox) = host();
        let told = Arc::new(Count(AtomicUsize::new(0)));
        let to = Address {
            mailbox: Native::direct_mailbox(told.clone()).unwrap(),
            port: PortId(0),
        };
        let sender = thread::spawn(move || {
            let response = ExitMessage::Response(Native::pack(()).unwrap());
            mailbox.control(Control::Watch { to, response });
        });
        let mut handled = usize::from(host.inbox().borrow_mut().next_control().is_some());
        handled += host.inbox().borrow_mut().close().1.len();
        sender.join().unwrap();
        assert_eq!(handled + told.0.load(Relaxed), 1);
    });
}
