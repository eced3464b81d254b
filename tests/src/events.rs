//! Events and microtasks run in a fixed order.

use std::{cell::RefCell, future::poll_fn, rc::Rc, task::Poll};

use insula_core::{
    Isolate, Platform, Priority, RawReceivePort, ReceivePort, SendPort, Start, Timer, is_host,
    schedule_microtask, spawn_local,
};

use crate::{
    starting::start,
    support::{ms, ok, take},
    worker::{Order, Worker},
};

/// Microtasks run after their event and before the next, in order, also those that microtasks add.
pub async fn microtasks_drain_after_each_event<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let nested = Order::All(vec![Order::Say(2), Order::Say(4).soon()]);
    worker.order(Order::All(vec![
        nested.soon(),
        Order::Say(3).soon(),
        Order::Say(1),
    ]));
    worker.say([5]);
    assert_eq!(worker.dismiss().await, [1, 2, 3, 4, 5]);
}

/// Microtasks run before a timer that is due already.
pub async fn microtasks_run_before_timers<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.order(Order::All(vec![
        Order::Say(3).later(0),
        Order::Say(2).soon(),
        Order::Say(1),
    ]));
    assert_eq!(take(&mut worker.said, 3).await, [1, 2, 3]);
}

/// The entry point is an event. Microtasks that it adds run after it, and messages after them.
pub async fn entry_point_is_an_event<P: Platform>() {
    let first = vec![Order::Say(2).soon(), Order::Say(1)];
    let mut worker =
        Worker::<P>::launch(crate::starting::By::Program, Isolate::builder(), first).await;
    worker.greet().await;
    worker.say([3]);
    assert_eq!(worker.dismiss().await, [1, 2, 3]);
}

/// A future that one event wakes runs before the next event.
pub async fn wake_within_an_event_is_a_microtask<P: Platform>() {
    async fn hear_twice<P: Platform>(
        start: Start<(SendPort<P, u32>, SendPort<P, SendPort<P, u32>>)>,
    ) {
        let (said, hello) = start.message;
        let mut port = ReceivePort::<P, u32>::new();
        let inner = port.send_port();
        // The handler passes each number on, so the future is woken within the handler's event.
        let (pass, say) = (port.send_port(), said.clone());
        let raw = RawReceivePort::<P, u32>::new(move |number| {
            say.send(number).unwrap();
            let pass = pass.clone();
            schedule_microtask::<P>(move || pass.send(number + 100).unwrap());
        });
        hello.send(raw.send_port()).unwrap();
        drop(inner);
        for _ in 0..2 {
            said.send(port.next().await.unwrap()).unwrap();
        }
    }
    let (mut said, mut hello) = (
        ReceivePort::<P, u32>::new(),
        ReceivePort::<P, SendPort<P, u32>>::new(),
    );
    start::<P, _, _>(hear_twice::<P>, (said.send_port(), hello.send_port())).await;
    let raw = hello.next().await.unwrap();
    raw.send(1).unwrap();
    assert_eq!(take(&mut said, 2).await, [1, 101]);
    raw.send(2).unwrap();
    assert_eq!(take(&mut said, 2).await, [2, 102]);
}

/// A local future need not be `Send`, and runs beside others.
pub async fn spawn_local_runs_futures_side_by_side<P: Platform>() {
    let (shared, mut done) = (
        Rc::new(RefCell::new(Vec::new())),
        ReceivePort::<P, ()>::new(),
    );
    for number in 0..3 {
        let (shared, done) = (shared.clone(), done.send_port());
        spawn_local::<P>(async move {
            yield_once().await;
            shared.borrow_mut().push(number);
            done.send(()).unwrap();
        });
    }
    take(&mut done, 3).await;
    assert_eq!(shared.take(), [0, 1, 2]);
}

/// Pending once, and woken at once.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A future that always wakes itself does not keep messages from arriving: its isolate can be killed.
pub async fn busy_future_lets_control_in<P: Platform>() {
    async fn never_rest<P: Platform>(start: Start<SendPort<P, ()>>) {
        start.message.send(()).unwrap();
        loop {
            Isolate::<P>::checkpoint();
            yield_once().await;
        }
    }
    let (mut said, mut ended) = (ReceivePort::<P, ()>::new(), ReceivePort::<P, ()>::new());
    let isolate = crate::starting::start_with(
        Isolate::builder().on_exit(ended.send_port()),
        never_rest::<P>,
        said.send_port(),
    )
    .await;
    said.next().await;
    isolate.kill(Priority::Immediate);
    assert_eq!(ended.next().await, Some(()));
}

/// Timers do not keep messages from being handled, nor messages timers.
pub async fn timers_and_messages_take_turns<P: Platform>() {
    async fn tick_for_ever<P: Platform>(
        start: Start<(SendPort<P, u32>, SendPort<P, SendPort<P, u32>>)>,
    ) {
        fn tick<P: Platform>() {
            Timer::<P>::new(ms(0), tick::<P>);
        }
        let (said, hello) = start.message;
        let mut port = ReceivePort::<P, u32>::new();
        hello.send(port.send_port()).unwrap();
        tick::<P>();
        said.send(port.next().await.unwrap()).unwrap();
        Isolate::<P>::current().kill(Priority::Immediate);
    }
    let (mut said, mut hello) = (
        ReceivePort::<P, u32>::new(),
        ReceivePort::<P, SendPort<P, u32>>::new(),
    );
    start::<P, _, _>(tick_for_ever::<P>, (said.send_port(), hello.send_port())).await;
    hello.next().await.unwrap().send(7).unwrap();
    assert_eq!(said.next().await, Some(7));
}

/// `is_host` is true for the test, and false in an isolate.
pub async fn is_host_is_true_only_for_the_host<P: Platform>() {
    async fn tell<P: Platform>(start: Start<SendPort<P, bool>>) {
        start.message.send(is_host::<P>()).unwrap();
    }
    let mut port = ReceivePort::<P, bool>::new();
    start::<P, _, _>(tell::<P>, port.send_port()).await;
    assert_eq!((is_host::<P>(), port.next().await), (true, Some(false)));
}

/// `ask` sends a request with a port for its reply.
pub async fn ask_gets_the_reply<P: Platform>() {
    async fn double<P: Platform>(start: Start<SendPort<P, SendPort<P, (u32, SendPort<P, u32>)>>>) {
        let mut port = ReceivePort::new();
        start.message.send(port.send_port()).unwrap();
        while let Some((number, reply)) = port.next().await {
            let _: Result<_, _> = SendPort::send(&reply, number * 2);
        }
    }
    let mut hello = ReceivePort::new();
    let isolate = start::<P, _, _>(double::<P>, hello.send_port()).await;
    let port = hello.next().await.unwrap();
    assert_eq!(ok(insula_core::ask(&port, |reply| (21, reply))).await, 42);
    isolate.kill(Priority::Immediate);
}

/// `ask` fails when the isolate ends, or has ended, without a reply.
pub async fn ask_fails_when_the_isolate_ends<P: Platform>() {
    async fn ignore<P: Platform>(start: Start<SendPort<P, SendPort<P, SendPort<P, u32>>>>) {
        let mut port = ReceivePort::new();
        start.message.send(port.send_port()).unwrap();
        port.next().await;
    }
    let mut hello = ReceivePort::new();
    start::<P, _, _>(ignore::<P>, hello.send_port()).await;
    let port = hello.next().await.unwrap();
    for _ in 0..2 {
        let error = insula_core::ask(&port, |reply| reply).await.unwrap_err();
        assert!(
            matches!(error, insula_core::TaskError::IsolateLost { .. }),
            "{error:?}"
        );
    }
}
