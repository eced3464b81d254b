//! `Isolate::spawn` starts any code of this program, with its captures, where memory is shared.

use insula_core::{Isolate, Platform, ReceivePort, SendPort, TryRecvError};
use serde::{Deserialize, Serialize};

use crate::{
    starting::By,
    support::{counter, take},
};

fn say_hello<P: Platform>(port: SendPort<P, String>) {
    port.send("hello".to_owned()).unwrap();
}

/// An isolate runs the function that it was started with.
///
/// Source: co19 `Isolate/spawn_A01_t01`.
pub async fn spawn_runs_the_entry_point<P: Platform>() {
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
///
/// Source: co19 `Isolate/spawn_A01_t03`.
pub async fn spawn_works_in_a_spawned_isolate<P: Platform>() {
    assert_eq!(descended::<P>(1).await, Some(1));
}

/// Ten isolates spawn each other in a row.
///
/// Source: co19 `Isolate/spawn_A01_t04`.
pub async fn spawn_makes_a_chain_of_ten<P: Platform>() {
    assert_eq!(descended::<P>(10).await, Some(10));
}

/// A local function and a closure with captures can be entry points.
///
/// Source: co19 `Isolate/spawn_A01_t07`.
pub async fn spawn_runs_local_functions_and_closures<P: Platform>() {
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
///
/// Source: dart-sdk `tests/lib/isolate/static_function_test`.
pub async fn spawn_runs_an_associated_function<P: Platform>() {
    let mut port = ReceivePort::<P, _>::new();
    Isolate::<P>::spawn(Greeter::greet::<P>, port.send_port())
        .await
        .unwrap();
    assert_eq!(port.next().await.as_deref(), Some("static"));
}

/// A method with its receiver can be an entry point.
///
/// Source: dart-sdk `tests/lib/isolate/static_function_test`.
pub async fn spawn_runs_a_method_with_its_receiver<P: Platform>() {
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

/// An entry point sends back the message that it gets.
///
/// Source: dart-sdk `tests/lib/isolate/spawn_function_test`.
pub async fn spawn_entry_point_echoes<P: Platform>() {
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
///
/// Source: dart-sdk `tests/lib/isolate/spawn_function_custom_class_test`.
pub async fn spawn_entry_point_uses_its_own_types<P: Platform>() {
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
///
/// Source: dart-sdk `tests/lib/isolate/spawn_generic_test`.
pub async fn spawn_takes_messages_of_any_type<P: Platform>() {
    async fn exits<P: Platform, M: Send + 'static>(message: M) {
        let (mut ended, errors) = (ReceivePort::<P, ()>::new(), ReceivePort::<P, _>::new());
        let options = Isolate::<P>::builder()
            .on_exit(ended.send_port())
            .on_error(errors.send_port());
        options.spawn(|_: M| {}, message).await.unwrap();
        assert_eq!(ended.next().await, Some(()));
        let mut errors = errors;
        assert_eq!(errors.try_recv(), Err(TryRecvError::Empty));
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

/// A child changes its own isolate-locals, and not those of its parent.
///
/// Source: dart-sdk `tests/lib/isolate/object_leak_test`.
pub async fn spawn_child_changes_only_its_own_state<P: Platform>() {
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
    /// Source: co19 `Isolate/spawn_A01_t05`.
    spawn_answers_messages_in_order = answers_messages_in_order;
    /// Source: co19 `Isolate/spawn_A03_t01`.
    spawn_paused_does_not_run = paused_does_not_run;
    /// Source: co19 `Isolate/spawn_A03_t02`.
    spawn_unpaused_runs_at_once = unpaused_runs_at_once;
    /// Source: co19 `Isolate/spawn_A03_t03`.
    spawn_paused_runs_when_resumed = paused_runs_when_resumed;
    /// Source: co19 `Isolate/spawn_A04_t01`.
    spawn_fatal_error_ends_it = fatal_error_ends_it;
    /// Source: co19 `Isolate/spawn_A04_t02`.
    spawn_fatal_error_drops_what_waits = fatal_error_drops_what_waits;
    /// Source: co19 `Isolate/spawn_A04_t03`.
    spawn_error_ends_only_its_event = error_ends_only_its_event;
    /// Source: co19 `Isolate/spawn_A04_t04`.
    spawn_errors_end_only_their_events = errors_end_only_their_events;
    /// Source: co19 `Isolate/spawn_A04_t05`.
    spawn_errors_of_messages_are_survived = errors_of_messages_are_survived;
    /// Source: co19 `Isolate/spawn_A05_t01`.
    /// Source: dart-sdk `tests/lib/isolate/exit_at_spawn_test`.
    spawn_exits_when_its_entry_point_returns = exits_when_its_entry_point_returns;
    /// Source: co19 `Isolate/spawn_A05_t02`.
    spawn_exit_message_comes_last = exit_message_comes_last;
    /// Source: co19 `Isolate/spawn_A05_t03`.
    spawn_exit_message_follows_a_fatal_error = exit_message_follows_a_fatal_error;
    /// Source: co19 `Isolate/spawn_A06_t02`.
    spawn_goes_on_after_an_error_is_heard = goes_on_after_an_error_is_heard;
    /// Source: co19 `Isolate/spawn_A06_t03`.
    spawn_errors_are_heard_in_order = errors_are_heard_in_order;
    /// Source: co19 `Isolate/spawn_A06_t04`.
    spawn_errors_of_messages_are_heard_in_order = errors_of_messages_are_heard_in_order;
    /// Source: co19 `Isolate/spawn_A06_t05`.
    spawn_only_the_first_fatal_error_is_heard = only_the_first_fatal_error_is_heard;
    /// Source: co19 `Isolate/spawn_A06_t06`.
    spawn_fatal_error_of_a_microtask_ends_it = fatal_error_of_a_microtask_ends_it;
    /// Source: co19 `Isolate/spawn_A06_t07`.
    spawn_only_the_first_message_error_is_heard = only_the_first_message_error_is_heard;
    /// Source: dart-sdk `tests/lib/isolate/error_at_spawn_test`.
    spawn_error_of_the_entry_point_is_heard = error_of_the_entry_point_is_heard;
    /// Source: dart-sdk `tests/lib/isolate/error_exit_at_spawn_test`.
    spawn_errors_are_heard_before_the_exit = errors_are_heard_before_the_exit;
    /// Source: dart-sdk `tests/lib/isolate/exit_at_spawn_test`.
    spawn_exits_after_its_microtasks = exits_after_its_microtasks;
    /// Source: dart-sdk `tests/lib/isolate/exit_at_spawn_test`.
    spawn_exits_after_its_timers = exits_after_its_timers;
}
