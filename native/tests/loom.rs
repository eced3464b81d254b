//! Every interleaving of the mailbox and of waiting: `RUSTFLAGS="--cfg loom" cargo test --test loom --release`.
//!
//! Loom tries each order of the threads' steps, and lets each load see every value that the memory orderings allow.
//!
//! | model | what it proves | fails when |
//! |---|---|---|
//! | `a_wake_ends_…` | waiting sees what was written before each of several wakes | `woken` is set by a store, or after the unpark |
//! | `control_comes_…` | control is handled before what its sender sent after it (M2) | the loop does not look again |
//! | `control_is_…` | no control message is lost or left while the isolate sleeps | the flag is cleared outside the lock |
//! | `events_are_…` | no event is lost or left while the isolate sleeps, and each sender's order stays (M1) | the flag is set after the lock, or the sleeper is set without a look |
//! | `a_message_in_a_row_…` | a row of messages does not pass over control (M2) | `next_message` does not ask for control |
//! | `an_event_at_the_end_…` | an event is taken at the end or dropped, never left | closing does not lock |
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

#[test]
fn events_are_not_lost_and_keep_their_order() {
    check(3, || {
        let (host, mailbox) = host();
        let senders = [1, 3].map(|first| {
            let mailbox = mailbox.clone();
            thread::spawn(move || {
                mailbox.post(Event::Close(PortId(first)));
                mailbox.post(Event::Close(PortId(first + 1)));
            })
        });
        let mut inbox = host.inbox().borrow_mut();
        let mut ports = Vec::new();
        while ports.len() < 4 {
            match inbox.next_event() {
                Some(Event::Close(PortId(port))) => ports.push(port),
                Some(_) => unreachable!("only closes are sent"),
                None => Native::wait(&mut inbox, None),
            }
        }
        let place = |port| ports.iter().position(|&at| at == port).unwrap();
        assert!(place(1) < place(2) && place(3) < place(4), "{ports:?}");
        drop(inbox);
        join(senders.into());
    });
}

fn message(port: PortId) -> Event<Native> {
    let parcel = Native::pack(()).unwrap();
    Event::Message { port, parcel }
}

#[test]
fn a_message_in_a_row_does_not_pass_over_control() {
    const PORT: PortId = PortId(1);
    check(4, || {
        let (host, mailbox) = host();
        let sender = thread::spawn(move || {
            mailbox.post(message(PORT));
            mailbox.control(control(true));
            mailbox.post(message(PORT));
        });
        let mut inbox = host.inbox().borrow_mut();
        let (mut messages, mut controls) = (0, 0);
        while messages + controls < 3 {
            if inbox.next_message(PORT).is_some() {
                messages += 1;
                assert!(
                    messages < 2 || controls == 1,
                    "the second passed over control"
                );
            } else if inbox.next_control().is_some() {
                controls += 1;
            } else if inbox.is_empty() {
                Native::wait(&mut inbox, None);
            }
        }
        drop(inbox);
        sender.join().unwrap();
    });
}

#[test]
fn an_event_at_the_end_is_taken_or_dropped() {
    struct Told(Arc<AtomicUsize>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.fetch_add(1, Relaxed);
        }
    }
    impl Deliver<Native> for Told {
        fn deliver(&self, _: Parcel) -> Delivery {
            Delivery::Open
        }
    }
    check(4, || {
        let (host, mailbox) = host();
        let dropped = Arc::new(AtomicUsize::new(0));
        let told = Told(dropped.clone());
        let sender = thread::spawn(move || {
            let mailbox_of_told = Native::direct_mailbox(Arc::new(told)).unwrap();
            let to = Address {
                mailbox: mailbox_of_told,
                port: PortId(0),
            };
            mailbox.post(Event::Job {
                port: PortId(1),
                invoke: |_, _| {},
                parcel: Native::pack(()).unwrap(),
                reply: to,
            });
        });
        let (events, _) = host.inbox().borrow_mut().close();
        drop(events);
        sender.join().unwrap();
        assert_eq!(dropped.load(Relaxed), 1, "it is left in the queue");
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
