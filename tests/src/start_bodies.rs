//! The tests that `spawn` and `spawn_uri` have in common.
//!
//! *Active* isolates meet the case in their entry point, *idle* ones in a later event.

use insula_core::{Isolate, Platform};

use crate::{
    starting::By,
    support::{drain, expect_quiet},
    worker::{Order, Worker},
};

/// Makes a test of each body. The first line says how its isolate is started; what stands above a
/// name is the end of the test's documentation.
#[macro_export]
#[doc(hidden)]
macro_rules! starting_tests {
    ($by:expr; $($(#[$source:meta])* $name:ident = $body:ident;)+) => {
        $(
            #[doc = concat!("See `start_bodies::", stringify!($body), "`.")]
            #[doc = ""]
            $(#[$source])*
            pub async fn $name<P: Platform>() {
                $crate::start_bodies::$body::<P>($by).await;
            }
        )+
    };
}

/// Several messages arrive and are answered, in order.
pub(crate) async fn answers_messages_in_order<P: Platform>(by: By) {
    let mut worker = Worker::<P>::start_with(by, Isolate::builder()).await;
    worker.say([1, 2, 3, 4, 5]);
    assert_eq!(worker.dismiss().await, [1, 2, 3, 4, 5]);
}

/// An isolate that starts paused does not run its entry point.
pub(crate) async fn paused_does_not_run<P: Platform>(by: By) {
    let mut worker =
        Worker::<P>::launch(by, Isolate::builder().paused(true), vec![Order::Say(1)]).await;
    worker.settle().await;
    expect_quiet(&mut worker.said).await;
}

/// An isolate that does not start paused runs its entry point.
pub(crate) async fn unpaused_runs_at_once<P: Platform>(by: By) {
    let mut worker =
        Worker::<P>::launch(by, Isolate::builder().paused(false), vec![Order::Say(1)]).await;
    assert_eq!(worker.hear().await, 1);
}

/// An isolate that started paused runs its entry point when it is resumed with its pause capability.
pub(crate) async fn paused_runs_when_resumed<P: Platform>(by: By) {
    let mut worker =
        Worker::<P>::launch(by, Isolate::builder().paused(true), vec![Order::Say(1)]).await;
    worker.settle().await;
    assert!(drain(&mut worker.said).is_empty());
    worker
        .isolate
        .resume(worker.isolate.pause_capability().unwrap());
    assert_eq!(worker.hear().await, 1);
}

/// An isolate that was resumed takes messages and answers them.
pub(crate) async fn paused_answers_when_resumed<P: Platform>(by: By) {
    let mut worker = Worker::<P>::launch(by, Isolate::builder().paused(true), Vec::new()).await;
    worker
        .isolate
        .resume(worker.isolate.pause_capability().unwrap());
    worker.greet().await;
    worker.say([1, 2]);
    assert_eq!(worker.dismiss().await, [1, 2]);
}

/// The orders of an entry point that says 1 and fails. After the error it would say 2, and later 3.
fn fails_in_entry<P>() -> Vec<Order<P>> {
    vec![
        Order::Say(3).later(0),
        Order::Say(1),
        Order::throw("first"),
        Order::Say(2),
    ]
}

/// An error in the entry point ends an isolate for which errors are fatal.
pub(crate) async fn fatal_error_ends_it<P: Platform>(by: By) {
    let mut worker =
        Worker::<P>::launch(by, Isolate::builder().errors_fatal(true), fails_in_entry()).await;
    assert_eq!(worker.end().await, [1]);
}

/// An error in a later event ends an isolate for which errors are fatal.
pub(crate) async fn fatal_error_of_a_message_ends_it<P: Platform>(by: By) {
    let mut worker = Worker::<P>::start_with(by, Isolate::builder()).await;
    worker.say([1]);
    worker.order(Order::throw("first"));
    assert_eq!(worker.end().await, [1]);
}

/// Events that wait behind a fatal error are not handled.
pub(crate) async fn fatal_error_drops_what_waits<P: Platform>(by: By) {
    let mut worker = Worker::<P>::start_with(by, Isolate::builder()).await;
    worker.order(Order::All(vec![
        Order::Say(1).soon(),
        Order::throw("first"),
    ]));
    worker.say([2]);
    assert!(worker.end().await.is_empty());
}

/// An error that is not fatal ends the event it happens in, and no other.
pub(crate) async fn error_ends_only_its_event<P: Platform>(by: By) {
    let mut worker =
        Worker::<P>::launch(by, Isolate::builder().errors_fatal(false), fails_in_entry()).await;
    assert_eq!((worker.hear().await, worker.hear().await), (1, 3));
    worker.greet().await;
    assert!(worker.dismiss().await.is_empty());
}

/// Errors that are not fatal end the events they happen in, and no other.
pub(crate) async fn errors_end_only_their_events<P: Platform>(by: By) {
    let first = vec![
        Order::throw("second").later(0),
        Order::Say(4).later(1),
        Order::throw("first"),
    ];
    let mut worker = Worker::<P>::launch(by, Isolate::builder().errors_fatal(false), first).await;
    assert_eq!(worker.hear().await, 4);
    assert_eq!(worker.complaints(), ["first", "second"]);
}

/// An isolate that waits for messages survives errors that are not fatal.
pub(crate) async fn errors_of_messages_are_survived<P: Platform>(by: By) {
    let mut worker = Worker::<P>::start_with(by, Isolate::builder().errors_fatal(false)).await;
    for number in 1..4 {
        worker.order(Order::All(vec![
            Order::Say(number),
            Order::throw("again"),
            Order::Say(100),
        ]));
    }
    assert_eq!(worker.dismiss().await, [1, 2, 3]);
}

/// An isolate whose entry point leaves nothing behind ends, and says so to the listener given at its start.
pub(crate) async fn exits_when_its_entry_point_returns<P: Platform>(by: By) {
    let mut worker = Worker::<P>::launch(by, Isolate::builder(), vec![Order::Leave]).await;
    assert!(worker.end().await.is_empty());
}

/// An isolate ends when its microtasks are done, not before.
pub(crate) async fn exits_after_its_microtasks<P: Platform>(by: By) {
    let mut worker = Worker::<P>::launch(
        by,
        Isolate::builder(),
        vec![Order::Leave, Order::Say(1).soon()],
    )
    .await;
    assert_eq!(worker.end().await, [1]);
}

/// An isolate ends when its timers are done, not before.
pub(crate) async fn exits_after_its_timers<P: Platform>(by: By) {
    let mut worker = Worker::<P>::launch(
        by,
        Isolate::builder(),
        vec![Order::Leave, Order::Say(1).later(0)],
    )
    .await;
    assert_eq!(worker.end().await, [1]);
}

/// The exit message comes after all other messages of the isolate.
pub(crate) async fn exit_message_comes_last<P: Platform>(by: By) {
    let mut worker = Worker::<P>::start_with(by, Isolate::builder()).await;
    worker.say([1, 2]);
    assert_eq!(worker.dismiss().await, [1, 2]);
}

/// An isolate that an error ends sends its exit message too, after the error.
pub(crate) async fn exit_message_follows_a_fatal_error<P: Platform>(by: By) {
    let mut worker = Worker::<P>::start_with(by, Isolate::builder()).await;
    worker.order(Order::throw("fatal"));
    worker.end().await;
    assert_eq!(worker.complaints(), ["fatal"]);
}

/// The listener given at the start hears an error of the entry point.
pub(crate) async fn error_of_the_entry_point_is_heard<P: Platform>(by: By) {
    let mut worker = Worker::<P>::launch(
        by,
        Isolate::builder().errors_fatal(false),
        vec![Order::throw("at once")],
    )
    .await;
    let error = worker.errors.next().await.unwrap();
    assert_eq!(error.description(), "at once");
    assert!(
        error.stack_trace().contains("worker.rs"),
        "no location in {:?}",
        error.stack_trace()
    );
}

/// An error that is not fatal is heard, and the isolate goes on.
pub(crate) async fn goes_on_after_an_error_is_heard<P: Platform>(by: By) {
    let mut worker =
        Worker::<P>::launch(by, Isolate::builder().errors_fatal(false), fails_in_entry()).await;
    assert_eq!(worker.errors.next().await.unwrap().description(), "first");
    worker.greet().await;
    worker.dismiss().await;
    assert_eq!(worker.complaints(), [""; 0]);
}

/// Errors of the entry point, a microtask and a timer are all heard, in order.
pub(crate) async fn errors_are_heard_in_order<P: Platform>(by: By) {
    let first = vec![
        Order::throw("timer").later(0),
        Order::throw("microtask").soon(),
        Order::throw("entry"),
    ];
    let mut worker = Worker::<P>::launch(by, Isolate::builder().errors_fatal(false), first).await;
    for expected in ["entry", "microtask", "timer"] {
        assert_eq!(worker.errors.next().await.unwrap().description(), expected);
    }
}

/// Errors of messages are all heard, in order.
pub(crate) async fn errors_of_messages_are_heard_in_order<P: Platform>(by: By) {
    let mut worker = Worker::<P>::start_with(by, Isolate::builder().errors_fatal(false)).await;
    for text in ["one", "two", "three"] {
        worker.order(Order::throw(text));
    }
    worker.dismiss().await;
    assert_eq!(worker.complaints(), ["one", "two", "three"]);
}

/// Only the first error of an isolate is heard when it is fatal.
pub(crate) async fn only_the_first_fatal_error_is_heard<P: Platform>(by: By) {
    let first = vec![
        Order::throw("timer").later(0),
        Order::throw("microtask").soon(),
        Order::throw("entry"),
    ];
    let mut worker = Worker::<P>::launch(by, Isolate::builder().errors_fatal(true), first).await;
    worker.end().await;
    assert_eq!(worker.complaints(), ["entry"]);
}

/// An error in a microtask of the entry point is fatal as well.
pub(crate) async fn fatal_error_of_a_microtask_ends_it<P: Platform>(by: By) {
    let first = vec![
        Order::throw("timer").later(0),
        Order::throw("microtask").soon(),
        Order::Say(1),
    ];
    let mut worker = Worker::<P>::launch(by, Isolate::builder().errors_fatal(true), first).await;
    assert_eq!(worker.end().await, [1]);
    assert_eq!(worker.complaints(), ["microtask"]);
}

/// Only the first error of messages is heard when it is fatal.
pub(crate) async fn only_the_first_message_error_is_heard<P: Platform>(by: By) {
    let mut worker = Worker::<P>::start_with(by, Isolate::builder()).await;
    worker.order(Order::All(vec![Order::throw("one"), Order::throw("two")]));
    worker.order(Order::throw("three"));
    worker.end().await;
    assert_eq!(worker.complaints(), ["one"]);
}

/// Errors that are not fatal come first, in order, and the exit message last.
pub(crate) async fn errors_are_heard_before_the_exit<P: Platform>(by: By) {
    let first = vec![
        Order::Leave,
        Order::throw("timer").later(0),
        Order::throw("microtask").soon(),
        Order::throw("entry"),
    ];
    let mut worker = Worker::<P>::launch(by, Isolate::builder().errors_fatal(false), first).await;
    worker.end().await;
    assert_eq!(worker.complaints(), ["entry", "microtask", "timer"]);
}
