//! `Isolate::spawn`: any code of this program, with what it captures, where memory is shared.

use insula_core::{Isolate, Platform, ReceivePort, SendPort};
use serde::{Deserialize, Serialize};

use crate::{
    starting::By,
    support::{counter, take},
};

fn say_hello<P: Platform>(port: SendPort<P, String>) {
    port.send("hello".to_owned()).unwrap();
}

/// An isolate runs the function that it was started with.
pub async fn spawn_a01_t01<P: Platform>() {
    let mut port = ReceivePort::<P, _>::new();
    Isolate::<P>::spawn(say_hello::<P>, port.send_port())
        .await
        .unwrap();
    assert_eq!(port.next().await.as_deref(), Some("hello"));
}

/// Spawns until `left` is 0, each isolate the next one.
fn descend<P: Platform>((left, depth, port): (u32, u32, SendPort<P, u32>)) {
    if left == 0 {
        port.send(depth).unwrap();
    } else {
        drop(Isolate::<P>::spawn(
            descend::<P>,
            (left - 1, depth + 1, port),
        ));
    }
}

async fn descended<P: Platform>(length: u32) -> Option<u32> {
    let mut port = ReceivePort::<P, _>::new();
    Isolate::<P>::spawn(descend::<P>, (length, 0, port.send_port()))
        .await
        .unwrap();
    port.next().await
}

/// A spawned isolate can spawn.
pub async fn spawn_a01_t03<P: Platform>() {
    assert_eq!(descended::<P>(1).await, Some(1));
}

/// Ten isolates spawn each other in a row.
pub async fn spawn_a01_t04<P: Platform>() {
    assert_eq!(descended::<P>(10).await, Some(10));
}

/// A local function and a closure with captures can be entry points.
pub async fn spawn_a01_t07<P: Platform>() {
    fn local<P: Platform>(port: SendPort<P, u32>) {
        port.send(1).unwrap();
    }
    let mut port = ReceivePort::<P, _>::new();
    Isolate::<P>::spawn(local::<P>, port.send_port())
        .await
        .unwrap();
    assert_eq!(port.next().await, Some(1));
    let (captured, to) = (vec![2; 3], port.send_port());
    Isolate::<P>::spawn(
        move |extra: u32| to.send(captured.len() as u32 + extra).unwrap(),
        4,
    )
    .await
    .unwrap();
    assert_eq!(port.next().await, Some(7));
}

struct Greeter {
    greeting: String,
}

impl Greeter {
    fn greet<P: Platform>(port: SendPort<P, String>) {
        port.send("static".to_owned()).unwrap();
    }
}

/// An associated function can be an entry point.
pub async fn static_function_test<P: Platform>() {
    let mut port = ReceivePort::<P, _>::new();
    Isolate::<P>::spawn(Greeter::greet::<P>, port.send_port())
        .await
        .unwrap();
    assert_eq!(port.next().await.as_deref(), Some("static"));
}

/// A method with its receiver can be an entry point.
pub async fn static_function_test_method<P: Platform>() {
    let mut port = ReceivePort::<P, String>::new();
    let greeter = Greeter {
        greeting: "bound".to_owned(),
    };
    Isolate::<P>::spawn(
        move |port: SendPort<P, String>| port.send(greeter.greeting).unwrap(),
        port.send_port(),
    )
    .await
    .unwrap();
    assert_eq!(port.next().await.as_deref(), Some("bound"));
}

/// An isolate echoes what it is sent, and what it counts is its own.
pub async fn spawn_function_test<P: Platform>() {
    let mut port = ReceivePort::<P, (u32, SendPort<P, u32>)>::new();
    let to = port.send_port();
    Isolate::<P>::spawn_async(
        |to: SendPort<P, (u32, SendPort<P, u32>)>| async move {
            let mut own = ReceivePort::<P, _>::new();
            to.send((0, own.send_port())).unwrap();
            let number = own.next().await.unwrap();
            to.send((number, own.send_port())).unwrap();
        },
        to,
    )
    .await
    .unwrap();
    let (_, back) = port.next().await.unwrap();
    back.send(9).unwrap();
    assert_eq!(port.next().await.unwrap().0, 9);
}

#[derive(Serialize, Deserialize)]
struct Doubling {
    number: u32,
}

impl Doubling {
    fn doubled(&self) -> u32 {
        self.number * 2
    }
}

/// An isolate uses types of its own program.
pub async fn spawn_function_custom_class_test<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let to = port.send_port();
    Isolate::<P>::spawn(
        move |doubling: Doubling| to.send(doubling.doubled()).unwrap(),
        Doubling { number: 21 },
    )
    .await
    .unwrap();
    assert_eq!(port.next().await, Some(42));
}

/// Entry points of several message types exit without an error.
pub async fn spawn_generic_test<P: Platform>() {
    async fn exits<P: Platform, M: Send + 'static>(message: M) {
        let (mut ended, errors) = (ReceivePort::<P, ()>::new(), ReceivePort::<P, _>::new());
        let options = Isolate::<P>::builder()
            .on_exit(ended.send_port())
            .on_error(errors.send_port());
        options.spawn(|_: M| {}, message).await.unwrap();
        assert_eq!(ended.next().await, Some(()));
        let mut errors = errors;
        assert_eq!(errors.try_recv(), None);
    }
    exits::<P, _>(1_u32).await;
    exits::<P, _>(0.5_f64).await;
    exits::<P, _>(Some("text")).await;
    exits::<P, _>(None::<u32>).await;
}

/// A message that has no serde form can start an isolate: it is moved.
pub async fn spawn_moves_its_message<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let function: Box<dyn Fn() -> u32 + Send> = Box::new(|| 5);
    let to = port.send_port();
    Isolate::<P>::spawn(
        move |function: Box<dyn Fn() -> u32 + Send>| to.send(function()).unwrap(),
        function,
    )
    .await
    .unwrap();
    assert_eq!(port.next().await, Some(5));
}

/// What a child does to what isolates don't share is not seen by its parent.
pub async fn object_leak_test<P: Platform>() {
    counter::<P>().with(|count| count.set(1));
    let mut port = ReceivePort::<P, u32>::new();
    Isolate::<P>::spawn(
        |to: SendPort<P, u32>| {
            let before = counter::<P>().with(|count| count.replace(7));
            to.send(before).unwrap();
        },
        port.send_port(),
    )
    .await
    .unwrap();
    assert_eq!(take(&mut port, 1).await, [0]);
    assert_eq!(counter::<P>().with(std::cell::Cell::get), 1);
}

crate::starting_tests! { By::Closure;
    spawn_a01_t05 = several_messages;
    spawn_a03_t01 = starts_paused;
    spawn_a03_t02 = starts_running;
    spawn_a03_t03 = resumes;
    spawn_a04_t01 = fatal_error_ends;
    spawn_a04_t02 = fatal_error_drops_the_rest;
    spawn_a04_t03 = error_ends_its_event_only;
    spawn_a04_t04 = errors_end_their_events_only;
    spawn_a04_t05 = errors_when_idle;
    spawn_a05_t01 = exits_at_once;
    spawn_a05_t02 = exits_after_work;
    spawn_a05_t03 = exits_with_error;
    spawn_a06_t02 = one_error_is_heard;
    spawn_a06_t03 = errors_are_heard;
    spawn_a06_t04 = errors_are_heard_when_idle;
    spawn_a06_t05 = first_error_only;
    spawn_a06_t06 = first_error_is_the_entrys;
    spawn_a06_t07 = first_error_only_when_idle;
    error_at_spawn_test = throwing_entry_is_heard;
    error_exit_at_spawn_test = errors_then_exit;
    exit_at_spawn_test = exits_at_once;
    exit_at_spawn_test_microtask = exits_after_microtask;
    exit_at_spawn_test_timer = exits_after_timer;
}
