//! `Isolate::run` runs one closure, with its captures, in an isolate of its own.

use std::{cell::Cell, future::pending};

use insula_core::{Isolate, Platform, Priority, ReceivePort, Task, TaskError, sleep, spawn_local};

use crate::support::{counter, ms, ok, within};

/// The value of a computation comes back.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_returns_the_value<P: Platform>() {
    let captured = "12".to_owned();
    assert_eq!(ok(Isolate::<P>::run(move || captured.len() + 40)).await, 42);
}

/// The value of a computation that awaits comes back.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_returns_the_awaited_value<P: Platform>() {
    let task = Isolate::<P>::run_async(|| async {
        sleep::<P>(ms(1)).await;
        42
    });
    assert_eq!(ok(task).await, 42);
}

#[derive(Debug, PartialEq)]
struct Own(&'static str);

/// A computation's own error comes back with its type.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_returns_its_own_error<P: Platform>() {
    assert_eq!(
        ok(Isolate::<P>::run(|| Err::<u32, _>(Own("no")))).await,
        Err(Own("no"))
    );
}

/// The error of a computation that awaits comes back with its type.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_returns_the_awaited_error<P: Platform>() {
    let task = Isolate::<P>::run_async(|| async {
        sleep::<P>(ms(1)).await;
        Err::<u32, _>(Own("no"))
    });
    assert_eq!(ok(task).await, Err(Own("no")));
}

/// A panic comes back as an error with the panic's text and place.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_reports_a_panic_and_its_place<P: Platform>() {
    let Err(TaskError::Panicked(error)) = Isolate::<P>::run(|| -> u32 { panic!("thrown") }).await
    else {
        panic!("a panic is a remote error")
    };
    assert_eq!(error.description(), "thrown");
    assert!(
        error.stack_trace().contains("run.rs"),
        "no location in {:?}",
        error.stack_trace()
    );
}

/// A panic in a computation that awaits comes back the same way.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_reports_a_panic_after_an_await<P: Platform>() {
    let task = Isolate::<P>::run_async(|| async {
        sleep::<P>(ms(1)).await;
        panic!("thrown");
    });
    let Err(TaskError::Panicked(error)) = within_a_while::<P, ()>(task).await else {
        panic!("a panic is a remote error")
    };
    assert_eq!(error.description(), "thrown");
}

/// A panic that the computation does not await ends its isolate, and the task with it.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_fails_when_a_local_task_panics<P: Platform>() {
    let task = Isolate::<P>::run_async(|| async {
        spawn_local::<P>(async { panic!("thrown aside") });
        sleep::<P>(ms(60_000)).await;
    });
    let Err(TaskError::Panicked(error)) = within_a_while::<P, ()>(task).await else {
        panic!("a panic is a remote error")
    };
    assert_eq!(error.description(), "thrown aside");
}

async fn within_a_while<P: Platform, T>(task: Task<P, T>) -> Result<T, TaskError> {
    within::<P, _>(ms(10_000), task)
        .await
        .expect("the task does not wait for ever")
}

async fn ends_without_result<P: Platform, T>(task: Task<P, T>) {
    match within_a_while(task).await {
        Err(TaskError::Ended) => {}
        Err(error) => panic!("another error: {error:?}"),
        Ok(_) => panic!("there should be no value"),
    }
}

/// A computation that nothing can wake ends without a result.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_fails_when_nothing_can_wake_it<P: Platform>() {
    ends_without_result(Isolate::<P>::run_async(pending::<u32>)).await;
}

/// A computation that is killed has no result.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_fails_when_it_is_killed<P: Platform>() {
    let task = Isolate::<P>::run_async(|| async {
        Isolate::<P>::current().kill(Priority::BeforeNextEvent);
        sleep::<P>(ms(60_000)).await;
    });
    ends_without_result(task).await;
}

/// A computation that kills its isolate at once has no result, although it would have had one.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_fails_when_it_kills_itself_at_once<P: Platform>() {
    ends_without_result(Isolate::<P>::run(|| {
        Isolate::<P>::current().kill(Priority::Immediate);
    }))
    .await;
}

/// A kill that waits for the next event comes too late for a computation that returns.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_value_wins_over_a_delayed_kill<P: Platform>() {
    let task = Isolate::<P>::run(|| {
        Isolate::<P>::current().kill(Priority::BeforeNextEvent);
        1
    });
    assert_eq!(ok(task).await, 1);
}

/// A computation that exits its isolate has no result.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_fails_when_it_exits<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let to = port.send_port();
    ends_without_result(Isolate::<P>::run(move || {
        let _ = Isolate::exit(&to, 5);
        1
    }))
    .await;
    assert_eq!(port.next().await, Some(5), "the last message was sent");
}

/// A port that a computation leaves open does not hold its result back.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_returns_although_a_port_stays_open<P: Platform>() {
    let task = Isolate::<P>::run(|| {
        ReceivePort::<P, u32>::new().detach();
        1
    });
    assert_eq!(ok(task).await, 1);
}

/// A value that is not a message comes back all the same: it is moved.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_moves_its_value_back<P: Platform>() {
    let function = ok(Isolate::<P>::run(|| {
        Box::new(|number: u32| number + 1) as Box<dyn Fn(u32) -> u32 + Send>
    }))
    .await;
    assert_eq!(function(41), 42);
}

/// A computation has isolate-locals of its own. They start afresh, and the caller's do not change.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_run_test`.
pub async fn run_starts_with_state_of_its_own<P: Platform>() {
    counter::<P>().with(|count| count.set(1));
    let theirs = ok(Isolate::<P>::run(|| {
        counter::<P>().with(|count| count.replace(2))
    }))
    .await;
    assert_eq!((theirs, counter::<P>().with(Cell::get)), (0, 1));
}
