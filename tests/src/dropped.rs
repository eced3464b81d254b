//! What an isolate keeps and nobody takes any more: messages, responses, pings. Each is dropped by itself, whatever its
//! destructor does, and before the exit message.

use std::{cell::RefCell, future::pending};

use insula_core::{
    Isolate, IsolateLocal, IsolateRunner, Platform, Priority, ReceivePort, Scope, SendPort, Start,
    scope, sleep, spawn_local,
};
use serde::{Deserialize, Serialize};

use crate::{
    destructors::{LIMIT, PanicsInDrop, ends},
    starting::start_with,
    support::{drain, ms, ok, within},
    worker::Worker,
};

/// Starts `entry`, waits for its end, and gives what it has said until then.
async fn said<P: Platform, F: Future<Output = ()> + 'static>(
    entry: fn(Start<SendPort<P, u32>>) -> F,
) -> Vec<u32> {
    let (mut said, mut ended) = (ReceivePort::<P, u32>::new(), ReceivePort::<P, ()>::new());
    let options = Isolate::builder().on_exit(ended.send_port());
    start_with::<P, _, _>(options, entry, said.send_port()).await;
    let told = within::<P, _>(LIMIT, ended.next()).await;
    assert_eq!(told, Some(Some(())), "the exit message comes");
    drain(&mut said)
}

/// Says a number when it is dropped.
struct Says<P: Platform>(SendPort<P, u32>, u32);

impl<P: Platform> Drop for Says<P> {
    fn drop(&mut self) {
        let _ = self.0.send(self.1);
    }
}

/// A port of this isolate with two messages that have arrived, and that nobody has read.
async fn unread<P: Platform>() -> ReceivePort<P, PanicsInDrop> {
    let port = ReceivePort::<P, PanicsInDrop>::new();
    for _ in 0..2 {
        let _ = port.send_port().send(PanicsInDrop);
    }
    sleep::<P>(ms(1)).await;
    port
}

/// Messages that have arrived at a port and were not read are dropped one by one at the isolate's end.
pub async fn unread_messages_are_dropped_one_by_one<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, ()>>) {
        unread::<P>().await.detach();
        start.message.send(()).unwrap();
        sleep::<P>(ms(3_600_000)).await;
    }
    ends(entry::<P>).await;
}

/// A port that is dropped drops its messages one by one, and the code that drops it goes on.
pub async fn dropped_port_drops_its_messages_one_by_one<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, u32>>) {
        drop(unread::<P>().await);
        start.message.send(7).unwrap();
    }
    assert_eq!(said(entry::<P>).await, [7]);
}

/// A response that another replaces, and one that is taken back, may panic when it is dropped: the isolate goes on.
pub async fn responses_are_dropped_one_by_one<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let port = ReceivePort::<P, PanicsInDrop>::new();
    for _ in 0..2 {
        let _ = worker
            .isolate
            .add_exit_listener(&port.send_port(), PanicsInDrop);
    }
    worker.isolate.remove_exit_listener(&port.send_port());
    worker.settle().await;
    worker.isolate.kill(Priority::Immediate);
    let told = within::<P, _>(LIMIT, worker.ended.next()).await;
    assert_eq!(told, Some(Some(())));
}

/// Uses the listeners of the isolate that drops it.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct UsesListeners<P: Platform>(SendPort<P, u32>);

impl<P: Platform> Drop for UsesListeners<P> {
    fn drop(&mut self) {
        let here = Isolate::<P>::current();
        let (ended, failed) = (ReceivePort::<P, u32>::new(), ReceivePort::new());
        let _ = here.add_exit_listener(&ended.send_port(), 1);
        here.add_error_listener(&failed.send_port());
        here.remove_exit_listener(&ended.send_port());
        here.remove_error_listener(&failed.send_port());
        let _ = self.0.send(1);
    }
}

/// The destructor of a response may use the listeners of the isolate that kept it.
pub async fn response_may_use_the_listeners<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, u32>>) {
        let (here, port) = (Isolate::<P>::current(), ReceivePort::<P, _>::new());
        for _ in 0..2 {
            let response = UsesListeners(start.message.clone());
            let _ = here.add_exit_listener(&port.send_port(), response);
        }
        here.remove_exit_listener(&port.send_port());
        start.message.send(7).unwrap();
    }
    assert_eq!(said(entry::<P>).await, [1, 1, 7]);
}

/// The answers to pings that wait for the end of an event are dropped one by one, when that event is the last.
pub async fn waiting_pings_are_dropped_one_by_one<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, u32>>) {
        let (here, port) = (Isolate::<P>::current(), ReceivePort::<P, _>::new());
        for _ in 0..2 {
            let _ = here.ping(&port.send_port(), PanicsInDrop, Priority::BeforeNextEvent);
        }
        start.message.send(7).unwrap();
        here.kill(Priority::Immediate);
    }
    assert_eq!(said(entry::<P>).await, [7]);
}

type Slot<P> = RefCell<Option<SendPort<P, u32>>>;

struct First<P: Platform>(Slot<P>);
struct Second<P: Platform>(Slot<P>);

// Generic statics: what `isolate_local!` declares, for any platform.
#[inline(never)]
fn first<P: Platform>() -> &'static IsolateLocal<P, First<P>> {
    const { &IsolateLocal::new(|| First(RefCell::new(None))) }
}

#[inline(never)]
fn second<P: Platform>() -> &'static IsolateLocal<P, Second<P>> {
    const { &IsolateLocal::new(|| Second(RefCell::new(None))) }
}

/// Makes a value of the isolate, and a future.
impl<P: Platform> Drop for First<P> {
    fn drop(&mut self) {
        if let Some(to) = self.0.take() {
            let says = Says(to.clone(), 1);
            spawn_local::<P>(async move {
                let _says = says;
                pending::<()>().await;
            });
            second::<P>().with(|second| *second.0.borrow_mut() = Some(to));
        }
    }
}

impl<P: Platform> Drop for Second<P> {
    fn drop(&mut self) {
        if let Some(to) = self.0.take() {
            let is_here = Isolate::<P>::current().debug_name() != Some("main");
            let _ = to.send(if is_here { 2 } else { 3 });
        }
    }
}

/// What the destructor of an isolate's value makes is dropped before the exit message too, inside the isolate.
pub async fn what_destructors_make_goes_before_the_exit_message<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, u32>>) {
        first::<P>().with(|first| *first.0.borrow_mut() = Some(start.message));
    }
    let (mut said, mut ended) = (ReceivePort::<P, u32>::new(), ReceivePort::<P, ()>::new());
    let options = Isolate::builder()
        .debug_name("child")
        .on_exit(ended.send_port());
    start_with::<P, _, _>(options, entry::<P>, said.send_port()).await;
    let told = within::<P, _>(LIMIT, ended.next()).await;
    assert_eq!(told, Some(Some(())));
    let mut said = drain(&mut said);
    said.sort_unstable();
    assert_eq!(said, [1, 2]);
}

/// Makes a future that says a number when it is dropped.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct SpawnsInDrop<P: Platform>(SendPort<P, u32>);

impl<P: Platform> Drop for SpawnsInDrop<P> {
    fn drop(&mut self) {
        let says = Says(self.0.clone(), 1);
        spawn_local::<P>(async move {
            let _says = says;
            pending::<()>().await;
        });
    }
}

/// What the destructor of a message makes, at the isolate's end, is dropped before the exit message.
pub async fn what_messages_make_goes_before_the_exit_message<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, u32>>) {
        let port = ReceivePort::<P, SpawnsInDrop<P>>::new();
        let to = port.send_port();
        port.detach();
        let _ = to.send(SpawnsInDrop(start.message));
        // The message waits behind this event.
        Isolate::<P>::current().kill(Priority::BeforeNextEvent);
    }
    assert_eq!(said(entry::<P>).await, [1]);
}

/// A scope cancels each of its tasks, although a value that nobody took panics when it is dropped.
pub async fn scope_drops_its_values_one_by_one<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    scope(async |scope: &Scope<P, PanicsInDrop>| {
        for _ in 0..2 {
            scope.add(runner.run(|(): ()| PanicsInDrop, ()));
        }
        ok(runner.run(|(): ()| (), ())).await;
    })
    .await;
    assert_eq!(ok(runner.run(|n: u32| n + 1, 1)).await, 2);
}

/// A job that no runner takes any more drops its argument, whose destructor may panic: its task says why.
pub async fn refused_job_drops_its_argument<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    runner.isolate().kill(Priority::Immediate);
    ok(runner.on_exit()).await;
    let refused = runner.run(std::mem::forget, PanicsInDrop);
    assert!(
        within::<P, _>(LIMIT, refused)
            .await
            .is_some_and(|outcome| outcome.is_err())
    );
}
