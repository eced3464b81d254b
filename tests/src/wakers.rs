//! Wakers that panic, and wakers whose clones and drops use the port they wait for.

use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use futures_util::Stream;
use insula_core::{Platform, Priority, ReceivePort, SendPort, ports::single_response};

use crate::{
    support::{ms, within},
    worker::Worker,
};

/// Nothing hangs, so this is an error and no measure of speed.
const LIMIT: Duration = ms(10_000);

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker");
    }
}

/// Makes `port` wake a waker that panics.
fn arm<P: Platform>(port: &mut ReceivePort<P, ()>) {
    let waker = Waker::from(Arc::new(Panics));
    let polled = Pin::new(port).poll_next(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
}

/// A waker that panics does not keep the end from the other listeners.
pub async fn panicking_waker_at_an_end<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let (mut bad, mut good) = (ReceivePort::<P, ()>::new(), ReceivePort::<P, ()>::new());
    worker
        .isolate
        .add_exit_listener(&bad.send_port(), ())
        .unwrap();
    worker
        .isolate
        .add_exit_listener(&good.send_port(), ())
        .unwrap();
    worker.settle().await;
    arm(&mut bad);
    worker.isolate.kill(Priority::Immediate);
    assert_eq!(within::<P, _>(LIMIT, good.next()).await, Some(Some(())));
    assert_eq!(
        within::<P, _>(LIMIT, worker.ended.next()).await,
        Some(Some(()))
    );
}

/// A waker that panics at the answer to a ping breaks nothing else.
pub async fn panicking_waker_at_a_ping<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let mut bad = ReceivePort::<P, ()>::new();
    arm(&mut bad);
    worker
        .isolate
        .ping(&bad.send_port(), (), Priority::Immediate)
        .unwrap();
    worker.settle().await;
    worker.say([1]);
    assert_eq!(within::<P, _>(LIMIT, worker.hear()).await, Some(1));
    assert_eq!(within::<P, _>(LIMIT, worker.dismiss()).await, Some(vec![]));
    assert!(
        worker.complaints().is_empty(),
        "it is nothing of the worker's"
    );
}

/// A waker that panics at a message hurts neither its sender nor what comes after.
pub async fn panicking_waker_at_a_message<P: Platform>() {
    let mut port = ReceivePort::<P, ()>::new();
    arm(&mut port);
    port.send_port().send(()).unwrap();
    port.send_port().send(()).unwrap();
    assert_eq!(within::<P, _>(LIMIT, port.next()).await, Some(Some(())));
    assert_eq!(within::<P, _>(LIMIT, port.next()).await, Some(Some(())));
}

/// Sends when its last clone goes, as an executor does whose wakers own their futures.
struct SendsInDrop<P: Platform>(SendPort<P, u32>);

impl<P: Platform> Wake for SendsInDrop<P> {
    fn wake(self: Arc<Self>) {}
}

impl<P: Platform> Drop for SendsInDrop<P> {
    fn drop(&mut self) {
        let _ = self.0.send(7);
    }
}

/// A waker whose drop sends to the port that it waits for does not find that port locked.
pub async fn waker_that_sends_when_dropped<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let mut heard = Vec::new();
    for _ in 0..2 {
        let waker = Waker::from(Arc::new(SendsInDrop(port.send_port())));
        let polled = Pin::new(&mut port).poll_next(&mut Context::from_waker(&waker));
        if let Poll::Ready(message) = polled {
            heard.extend(message);
        }
    }
    // The second has taken the place of the first, whose drop has sent.
    while heard.len() < 2 {
        let message = within::<P, _>(LIMIT, port.next()).await.flatten();
        heard.push(message.expect("each of them has sent"));
    }
    assert_eq!(heard, [7, 7]);
}

/// The same for a task: its waker's drop answers the task.
pub async fn waker_that_answers_when_dropped<P: Platform>() {
    let place = Arc::new(Mutex::new(None));
    let mut task = pin!(single_response::<P, u32>(|to| {
        *place.lock().unwrap() = Some(to);
    }));
    let to = place.lock().unwrap().take().unwrap();
    for _ in 0..2 {
        let waker = Waker::from(Arc::new(SendsInDrop(to.clone())));
        let polled = task.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            return;
        }
    }
    let answer = within::<P, _>(LIMIT, task).await;
    assert!(matches!(answer, Some(Ok(7))), "{answer:?}");
}
