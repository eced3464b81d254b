//! `RawReceivePort` has a handler instead of a buffer.

use std::{cell::RefCell, rc::Rc};

use insula_core::{Platform, RawReceivePort, ReceivePort, SendPort, Start};

use crate::{
    starting::start,
    support::{drain, take},
};

/// A raw port whose messages are collected, and the way to see that all before have been handled.
struct Collector<P: Platform> {
    port: RawReceivePort<P, u32>,
    heard: Rc<RefCell<Vec<u32>>>,
    settled: ReceivePort<P, ()>,
}

impl<P: Platform> Collector<P> {
    fn new() -> Self {
        let this = Self {
            port: RawReceivePort::silent(),
            heard: Rc::default(),
            settled: ReceivePort::<P, _>::new(),
        };
        this.listen(0);
        this
    }

    /// Collects messages with something added.
    fn listen(&self, add: u32) {
        let heard = self.heard.clone();
        self.port
            .set_handler(move |number| heard.borrow_mut().push(number + add));
    }

    fn send(&self, numbers: &[u32]) {
        for number in numbers {
            self.port.send_port().send(*number).unwrap();
        }
    }

    /// What was heard when everything sent before has been handled: a later message of the same
    /// isolate, to a raw port, tells.
    async fn settle(&mut self) -> Vec<u32> {
        let settled = self.settled.send_port();
        let last = RawReceivePort::<P, ()>::new(move |()| settled.send(()).unwrap());
        last.send_port().send(()).unwrap();
        self.settled.next().await;
        self.heard.take()
    }
}

/// The handler is called with every message.
///
/// Source: co19 `RawReceivePort/RawReceivePort_A01_t02`.
pub async fn raw_port_handler_gets_every_message<P: Platform>() {
    let mut collector = Collector::<P>::new();
    collector.send(&[1, 2, 3]);
    assert_eq!(collector.settle().await, [1, 2, 3]);
}

/// After closing, messages are dropped without an error, also those that were on their way.
///
/// Source: co19 `RawReceivePort/close_A01_t01`.
pub async fn raw_port_closed_drops_messages<P: Platform>() {
    let mut collector = Collector::<P>::new();
    collector.send(&[1]);
    assert_eq!(collector.settle().await, [1]);
    collector.send(&[2]);
    collector.port.close();
    collector.send(&[3]);
    assert!(collector.settle().await.is_empty());
    collector.port.close();
}

/// Without a handler messages are lost, not kept.
///
/// Source: co19 `RawReceivePort/handler_A02_t01`.
pub async fn raw_port_without_a_handler_drops_messages<P: Platform>() {
    let mut collector = Collector::<P>::new();
    collector.port.clear_handler();
    collector.send(&[1, 2]);
    assert!(collector.settle().await.is_empty());
    collector.listen(0);
    collector.send(&[3]);
    assert_eq!(collector.settle().await, [3]);
}

/// The handler can be replaced between messages.
///
/// Source: co19 `RawReceivePort/handler_A03_t01`.
pub async fn raw_port_handler_can_be_replaced<P: Platform>() {
    let mut collector = Collector::<P>::new();
    collector.send(&[1]);
    assert_eq!(collector.settle().await, [1]);
    collector.listen(10);
    collector.send(&[2]);
    assert_eq!(collector.settle().await, [12]);
    collector.listen(20);
    collector.send(&[3]);
    assert_eq!(collector.settle().await, [23]);
}

/// The send port of a raw port leads to it.
///
/// Source: co19 `RawReceivePort/sendPort_A01_t01`.
pub async fn raw_port_send_port_leads_to_it<P: Platform>() {
    let (heard, mut port) = heard_by_raw_port::<P>();
    heard.send_port().send(5).unwrap();
    assert_eq!(port.next().await, Some(5));
}

/// A raw port that passes on what it hears.
fn heard_by_raw_port<P: Platform>() -> (RawReceivePort<P, u32>, ReceivePort<P, u32>) {
    let heard = ReceivePort::<P, _>::new();
    let pass = heard.send_port();
    (
        RawReceivePort::new(move |number| pass.send(number).unwrap()),
        heard,
    )
}

async fn send_own<P: Platform>(start: Start<(SendPort<P, u32>, u32)>) {
    let (port, number) = start.message;
    port.send(number).unwrap();
}

/// Several isolates can use the same send port.
///
/// Source: co19 `RawReceivePort/sendPort_A02_t01`.
pub async fn raw_port_send_port_is_shared_by_isolates<P: Platform>() {
    let (raw, mut heard) = heard_by_raw_port::<P>();
    let port = raw.send_port();
    port.send(1).unwrap();
    start::<P, _, _>(send_own::<P>, (port.clone(), 2)).await;
    start::<P, _, _>(send_own::<P>, (port, 3)).await;
    let mut numbers = take(&mut heard, 3).await;
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3]);
}

/// Several isolates can send to one raw port, each by a send port made for it.
///
/// Source: co19 `RawReceivePort/sendPort_A02_t02`.
pub async fn raw_port_hears_several_isolates<P: Platform>() {
    let (raw, mut heard) = heard_by_raw_port::<P>();
    for number in 0..4 {
        start::<P, _, _>(send_own::<P>, (raw.send_port(), number)).await;
    }
    let mut numbers = take(&mut heard, 4).await;
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2, 3]);
}

/// A receive port that takes over a raw port replaces its handler.
///
/// Source: co19 `ReceivePort/ReceivePort.fromRawReceivePort_A02_t01`.
pub async fn raw_port_taken_over_loses_its_handler<P: Platform>() {
    let Collector { port, heard, .. } = Collector::<P>::new();
    let to = port.send_port();
    let mut port = ReceivePort::from_raw(port);
    to.send(1).unwrap();
    assert_eq!(port.next().await, Some(1));
    assert!(heard.take().is_empty());
    assert_eq!(port.send_port(), to, "it is the same port");
}

/// A handler that is set late gets the messages that are sent from then on.
///
/// Source: dart-sdk `tests/lib/isolate/raw_port_test`.
pub async fn raw_port_handler_may_come_late<P: Platform>() {
    let port = RawReceivePort::<P, u32>::silent();
    let heard = Rc::new(RefCell::new(Vec::new()));
    let mut done = ReceivePort::<P, ()>::new();
    let (hear, end) = (heard.clone(), done.send_port());
    port.set_handler(move |number| {
        hear.borrow_mut().push(number);
        if number == 2 {
            end.send(()).unwrap();
        }
    });
    port.send_port().send(1).unwrap();
    port.send_port().send(2).unwrap();
    done.next().await;
    assert_eq!(heard.take(), [1, 2]);
}

/// A handler may replace itself while it runs: the next message goes to the new one.
///
/// Source: dart-sdk `tests/lib/isolate/raw_port_test`.
pub async fn raw_port_handler_may_replace_itself<P: Platform>() {
    let mut heard = ReceivePort::<P, (u32, bool)>::new();
    let port = Rc::new(RawReceivePort::<P, u32>::silent());
    let (own, first, second) = (port.clone(), heard.send_port(), heard.send_port());
    port.set_handler(move |number| {
        first.send((number, false)).unwrap();
        let second = second.clone();
        own.set_handler(move |number| second.send((number, true)).unwrap());
    });
    port.send_port().send(1).unwrap();
    port.send_port().send(2).unwrap();
    assert_eq!(take(&mut heard, 2).await, [(1, false), (2, true)]);
}

/// A handler may close its port while it runs: it is not called again.
///
/// Source: dart-sdk `tests/lib/isolate/raw_port_test`.
pub async fn raw_port_handler_may_close_its_port<P: Platform>() {
    let mut heard = ReceivePort::<P, u32>::new();
    let port = Rc::new(RawReceivePort::<P, u32>::silent());
    let (own, pass) = (port.clone(), heard.send_port());
    port.set_handler(move |number| {
        pass.send(number).unwrap();
        own.close();
    });
    let to = port.send_port();
    drop(port);
    to.send(1).unwrap();
    to.send(2).unwrap();
    assert_eq!(heard.next().await, Some(1));
    Collector::<P>::new().settle().await;
    assert!(drain(&mut heard).is_empty());
}

/// A raw port that was taken over ends the stream when it is closed.
///
/// Source: dart-sdk `tests/lib/isolate/raw_port_test`.
pub async fn raw_port_taken_over_ends_when_closed<P: Platform>() {
    let raw = RawReceivePort::<P, u32>::silent();
    let mut port = ReceivePort::from_raw(raw);
    port.send_port().send(1).unwrap();
    assert_eq!(port.next().await, Some(1));
    port.close();
    assert_eq!(port.next().await, None);
}

/// Ports of one raw port are equal, with equal hashes; ports of two are not.
///
/// Source: dart-sdk `tests/lib/isolate/raw_port_test`.
pub async fn raw_port_send_ports_are_equal_and_hash_equal<P: Platform>() {
    let (one, other) = (
        RawReceivePort::<P, u32>::silent(),
        RawReceivePort::<P, u32>::silent(),
    );
    let ports =
        std::collections::HashSet::from([one.send_port(), one.send_port(), other.send_port()]);
    assert_eq!(ports.len(), 2);
    assert!(ports.contains(&one.send_port()));
}
