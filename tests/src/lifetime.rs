//! The lifetime of an isolate: what keeps it alive, what ends it, and what its end does.

use std::{cell::RefCell, future::pending};

use insula_core::{
    ExitError, Isolate, IsolateLocal, Platform, Priority, RawReceivePort, ReceivePort, SendPort,
    Start, spawn_local,
};

use crate::{
    starting::{start, start_with},
    support::{drain, ms, ok, within},
    worker::{Order, Worker},
};

/// The exit message of an isolate that runs `entry`.
async fn ends<P: Platform, M: insula_core::Message, F: Future<Output = ()> + 'static>(
    entry: fn(Start<M>) -> F,
    message: M,
) {
    let mut ended = ReceivePort::<P, ()>::new();
    start_with(
        Isolate::builder().on_exit(ended.send_port()),
        entry,
        message,
    )
    .await;
    let end = within::<P, _>(ms(10_000), ended.next()).await;
    assert!(end.is_some(), "the isolate should end by itself");
}

/// An open port keeps its isolate alive: it answers long after its entry point has returned.
pub async fn open_port_keeps_its_isolate_alive<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    for number in 0..3 {
        worker.say([number]);
        assert_eq!(worker.hear().await, number);
    }
    assert!(worker.dismiss().await.is_empty());
}

/// A detached port keeps its isolate alive, although no code reads it.
pub async fn detached_port_keeps_its_isolate_alive<P: Platform>() {
    async fn detach<P: Platform>(start: Start<SendPort<P, ()>>) {
        ReceivePort::<P, ()>::new().detach();
        start.message.send(()).unwrap();
    }
    let (mut said, mut ended) = (ReceivePort::<P, ()>::new(), ReceivePort::<P, ()>::new());
    let isolate = start_with(
        Isolate::builder().on_exit(ended.send_port()),
        detach::<P>,
        said.send_port(),
    )
    .await;
    said.next().await;
    crate::support::expect_quiet(&mut ended).await;
    isolate.kill(Priority::BeforeNextEvent);
    assert_eq!(ended.next().await, Some(()));
}

/// A raw port that does not keep its isolate alive lets it end.
pub async fn raw_port_can_let_its_isolate_end<P: Platform>() {
    async fn unref<P: Platform>(_: Start<()>) {
        let port = RawReceivePort::<P, ()>::silent();
        assert!(port.keep_isolate_alive());
        port.set_keep_isolate_alive(false);
        assert!(!port.keep_isolate_alive());
        port.detach();
    }
    ends::<P, _, _>(unref::<P>, ()).await;
}

/// A future that nothing can wake does not keep its isolate alive.
pub async fn hopeless_future_lets_its_isolate_end<P: Platform>() {
    async fn hope<P: Platform>(_: Start<()>) {
        spawn_local::<P>(pending());
        pending::<()>().await;
    }
    ends::<P, _, _>(hope::<P>, ()).await;
}

/// A dropped receive port closes, so it does not keep its isolate alive.
pub async fn dropped_port_lets_its_isolate_end<P: Platform>() {
    async fn drop_port<P: Platform>(_: Start<()>) {
        drop(ReceivePort::<P, u32>::new());
        drop(RawReceivePort::<P, u32>::silent());
    }
    ends::<P, _, _>(drop_port::<P>, ()).await;
}

/// An isolate waits for the task of another isolate that it awaits.
pub async fn awaited_task_keeps_its_isolate_alive<P: Platform>() {
    async fn wait<P: Platform>(start: Start<SendPort<P, u32>>) {
        let value = ok(insula_core::compute_async::<P, _, _, _>(slow::<P>, 5)).await;
        start.message.send(value).unwrap();
    }
    async fn slow<P: Platform>(number: u32) -> u32 {
        insula_core::sleep::<P>(ms(5)).await;
        number + 1
    }
    let mut port = ReceivePort::<P, u32>::new();
    start::<P, _, _>(wait::<P>, port.send_port()).await;
    assert_eq!(port.next().await, Some(6));
}

/// Says a number when it is dropped.
struct Farewell<P: Platform>(SendPort<P, u32>, u32);

impl<P: Platform> Drop for Farewell<P> {
    fn drop(&mut self) {
        let _ = self.0.send(self.1);
    }
}

#[inline(never)]
fn farewell<P: Platform>() -> &'static IsolateLocal<P, RefCell<Option<Farewell<P>>>> {
    const { &IsolateLocal::new(|| RefCell::new(None)) }
}

async fn keep_farewell<P: Platform>(start: Start<SendPort<P, u32>>) {
    let value = Farewell(start.message.clone(), 1);
    farewell::<P>().with(|place| place.replace(Some(value)));
    let _own = Farewell(start.message, 2);
    Isolate::<P>::current().kill(Priority::BeforeNextEvent);
    pending::<()>().await;
}

/// The values of an isolate are dropped at its end: first its futures, then its isolate-locals, and all
/// before the exit message.
pub async fn isolate_local_is_dropped_before_the_exit_message<P: Platform>() {
    let (mut said, mut ended) = (ReceivePort::<P, u32>::new(), ReceivePort::<P, ()>::new());
    start_with(
        Isolate::builder().on_exit(ended.send_port()),
        keep_farewell::<P>,
        said.send_port(),
    )
    .await;
    ended.next().await;
    assert_eq!(drain(&mut said), [2, 1]);
}

/// Every isolate has its own value of an isolate's static.
pub async fn isolate_local_differs_in_every_isolate<P: Platform>() {
    async fn count<P: Platform>(start: Start<SendPort<P, u32>>) {
        let counter = crate::support::counter::<P>();
        counter.with(|count| count.set(count.get() + 1));
        counter.with(|count| start.message.send(count.get()).unwrap());
    }
    crate::support::counter::<P>().with(|count| count.set(5));
    let mut port = ReceivePort::<P, u32>::new();
    for _ in 0..2 {
        start::<P, _, _>(count::<P>, port.send_port()).await;
        assert_eq!(port.next().await, Some(1));
    }
    assert_eq!(crate::support::counter::<P>().with(std::cell::Cell::get), 5);
}

type Kin<P> = (
    SendPort<P, (SendPort<P, Order<P>>, Isolate<P>)>,
    SendPort<P, ()>,
    bool,
);

/// Starts a child that waits, tells where it is, and ends.
async fn leave_a_child<P: Platform>(start: Start<Kin<P>>) {
    async fn wait<P: Platform>(start: Start<SendPort<P, SendPort<P, Order<P>>>>) {
        let mut orders = ReceivePort::<P, Order<P>>::new();
        start.message.send(orders.send_port()).unwrap();
        orders.next().await;
    }
    let (port, ended, linked) = start.message;
    let mut hello = ReceivePort::<P, SendPort<P, Order<P>>>::new();
    let child = start_with(
        Isolate::builder().linked(linked).on_exit(ended),
        wait::<P>,
        hello.send_port(),
    )
    .await;
    port.send((hello.next().await.unwrap(), child)).unwrap();
}

/// The ports of a parent that has left a child: the child's orders, and its end.
async fn orphan<P: Platform>(linked: bool) -> (SendPort<P, Order<P>>, ReceivePort<P, ()>) {
    let (mut port, ended, mut parent_ended) = (
        ReceivePort::new(),
        ReceivePort::new(),
        ReceivePort::<P, ()>::new(),
    );
    let kin: Kin<P> = (port.send_port(), ended.send_port(), linked);
    start_with(
        Isolate::builder().on_exit(parent_ended.send_port()),
        leave_a_child::<P>,
        kin,
    )
    .await;
    let (orders, _) = port.next().await.unwrap();
    parent_ended.next().await;
    (orders, ended)
}

/// A child survives its parent.
pub async fn child_survives_its_parent<P: Platform>() {
    let (orders, mut ended) = orphan::<P>(false).await;
    crate::support::expect_quiet(&mut ended).await;
    orders.send(Order::Leave).unwrap();
    assert_eq!(ended.next().await, Some(()));
}

/// A child that is linked ends with its parent.
pub async fn linked_child_ends_with_its_parent<P: Platform>() {
    let (_orders, mut ended) = orphan::<P>(true).await;
    assert_eq!(ended.next().await, Some(()));
}

async fn exit_with<P: Platform>(start: Start<SendPort<P, u32>>) {
    let _dropped = Farewell(start.message.clone(), 3);
    start.message.send(1).unwrap();
    insula_core::schedule_microtask::<P>(|| panic!("no microtask runs after `exit`"));
    let port = start.message;
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| Isolate::exit(&port, 2)));
    port.send(100).unwrap();
    pending::<()>().await;
}

/// `exit` sends its message as the last act, before the exit message, and nothing brings the isolate back.
pub async fn exit_is_final<P: Platform>() {
    let (mut said, mut ended) = (ReceivePort::<P, u32>::new(), ReceivePort::<P, ()>::new());
    start_with(
        Isolate::builder().on_exit(ended.send_port()),
        exit_with::<P>,
        said.send_port(),
    )
    .await;
    ended.next().await;
    assert_eq!(drain(&mut said)[..2], [1, 2]);
}

/// `exit` drops the values of the isolate.
pub async fn exit_runs_destructors<P: Platform>() {
    let (mut said, mut ended) = (ReceivePort::<P, u32>::new(), ReceivePort::<P, ()>::new());
    start_with(
        Isolate::builder().on_exit(ended.send_port()),
        exit_with::<P>,
        said.send_port(),
    )
    .await;
    ended.next().await;
    assert_eq!(drain(&mut said).last(), Some(&3));
}

async fn exit_wordless<P: Platform>(start: Start<SendPort<P, u32>>) {
    start.message.send(1).unwrap();
    let _ = Isolate::<P>::exit_silently();
    start.message.send(2).unwrap();
}

/// `exit_silently` ends the isolate as `exit` does, without a message.
pub async fn exit_silently_is_final<P: Platform>() {
    let (mut said, mut ended) = (ReceivePort::<P, u32>::new(), ReceivePort::<P, ()>::new());
    start_with(
        Isolate::builder().on_exit(ended.send_port()),
        exit_wordless::<P>,
        said.send_port(),
    )
    .await;
    ended.next().await;
    assert_eq!(drain(&mut said), [1]);
}

/// The host does not exit: the message comes back.
pub async fn exit_does_not_end_the_host<P: Platform>() {
    let port = ReceivePort::<P, u32>::new();
    let Err(ExitError::Unsupported(unsupported, message)) = Isolate::exit(&port.send_port(), 5)
    else {
        panic!("the host stays")
    };
    assert_eq!((unsupported.operation, message), ("Isolate::exit", 5));
    assert_eq!(Isolate::<P>::exit_silently().unwrap_err(), unsupported);
}
