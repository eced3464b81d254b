//! Messages in a row: a future that gets several within one event misses nothing that would have come in between.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::{cell::RefCell, rc::Rc, time::Duration};

use insula_native::{
    Isolate, Priority, ReceivePort, SendPort, TaskError, Timer,
    platform::{Embedded, Turn},
    schedule_microtask, spawn_local,
};

const MANY: u32 = 1_000;

/// A port of the calling isolate with so many messages in its queue.
fn filled(messages: u32) -> ReceivePort<u32> {
    let port = ReceivePort::new();
    let to = port.send_port();
    for n in 0..messages {
        to.send(n).unwrap();
    }
    port
}

#[test]
fn microtasks_come_between_the_messages() {
    let seen = Isolate::run_async(async || {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let mut port = filled(3);
        while let Some(n) = port.next().await {
            seen.borrow_mut().push(("message", n));
            let later = seen.clone();
            schedule_microtask(move || later.borrow_mut().push(("microtask", n)));
            if n == 2 {
                break;
            }
        }
        seen.take()
    });
    let message = |n| ("message", n);
    let microtask = |n| ("microtask", n);
    assert_eq!(
        seen.wait().unwrap(),
        [
            message(0),
            microtask(0),
            message(1),
            microtask(1),
            message(2)
        ]
    );
}

#[test]
fn a_due_timer_comes_between_the_messages() {
    let before = Isolate::run_async(async || {
        let mut port = filled(MANY);
        let rung = Rc::new(RefCell::new(None));
        let ring = rung.clone();
        let seen = Rc::new(RefCell::new(0));
        let count = seen.clone();
        Timer::new(Duration::ZERO, move || {
            *ring.borrow_mut() = Some(*count.borrow());
        });
        for _ in 0..MANY {
            port.next().await.unwrap();
            *seen.borrow_mut() += 1;
        }
        rung.take().unwrap()
    });
    let before = before.wait().unwrap();
    assert!(
        before <= 2,
        "{before} messages came before a timer that was due"
    );
}

#[test]
fn a_kill_comes_between_the_messages() {
    let mut seen = ReceivePort::new();
    let to = seen.send_port();
    let killed = Isolate::run_async(async move || {
        let mut port = filled(MANY);
        while let Some(n) = port.next().await {
            to.send(n).unwrap();
            if n == 4 {
                Isolate::current().kill(Priority::BeforeNextEvent);
            }
        }
    });
    assert_eq!(killed.wait(), Err(TaskError::Ended));
    let seen: Vec<_> = std::iter::from_fn(|| seen.try_recv().ok()).collect();
    assert_eq!(seen, [0, 1, 2, 3, 4]);
}

#[test]
fn a_pause_comes_between_the_messages() {
    let mut seen = ReceivePort::new();
    let to = seen.send_port();
    let isolate = Isolate::spawn_async(
        async |to: SendPort<u32>| {
            let mut port = filled(MANY);
            while let Some(n) = port.next().await {
                to.send(n).unwrap();
                if n == 4 {
                    let itself = Isolate::current();
                    let pause = itself.pause_capability().unwrap();
                    itself.pause_with(pause);
                }
            }
        },
        to,
    );
    let isolate = isolate.wait().unwrap();
    for n in 0..=4 {
        assert_eq!(seen.recv(), Ok(n));
    }
    let mut pong = ReceivePort::new();
    isolate
        .ping(&pong.send_port(), (), Priority::BeforeNextEvent)
        .unwrap();
    assert_eq!(pong.recv(), Ok(()), "it is paused, between two events");
    assert!(seen.try_recv().is_err(), "a message came in the pause");
    isolate.resume(isolate.pause_capability().unwrap());
    assert_eq!(seen.recv(), Ok(5));
    isolate.kill(Priority::Immediate);
}

#[test]
fn messages_of_two_ports_keep_their_order() {
    let order = Isolate::run_async(async || {
        let ports = [ReceivePort::new(), ReceivePort::new()];
        let to = [ports[0].send_port(), ports[1].send_port()];
        for n in 0..MANY {
            to[usize::from(n % 3 == 0)].send(n).unwrap();
        }
        let order = Rc::new(RefCell::new(Vec::new()));
        let [mut first, mut second] = ports;
        let seen = order.clone();
        spawn_local(async move {
            while let Some(n) = first.next().await {
                seen.borrow_mut().push(n);
            }
        });
        let seen = order.clone();
        while let Some(n) = second.next().await {
            seen.borrow_mut().push(n);
            if n + 3 >= MANY {
                break;
            }
        }
        order.take()
    });
    let order = order.wait().unwrap();
    let sorted: Vec<_> = (0..MANY).filter(|n| order.contains(n)).collect();
    assert!(order.len() as u32 + 2 >= MANY);
    assert_eq!(order, sorted);
}

#[test]
fn a_loop_that_is_turned_by_hand_handles_one_message_a_turn() {
    let seen = Rc::new(RefCell::new(0));
    let count = seen.clone();
    let embedded = Embedded::new("by hand", move || {
        let mut port = filled(MANY);
        spawn_local(async move {
            while port.next().await.is_some() {
                *count.borrow_mut() += 1;
            }
        });
    });
    assert_eq!(embedded.handle_event(), Turn::Worked); // the entry point
    for n in 1..=5 {
        assert_eq!(embedded.handle_event(), Turn::Worked);
        assert_eq!(*seen.borrow(), n);
    }
}
