//! Errors: one for each thing that can go wrong, with what caused it.

use std::{
    error::Error as _,
    panic::{catch_unwind, resume_unwind},
    sync::Arc,
};

use insula_core::{
    Error, ExitError, ExitReason, Isolate, IsolateRunner, Platform, Priority, ReceivePort,
    RegistryError, RemoteError, SpawnError, TaskError, TryRecvError, Unsupported,
    registry::RegistryManager,
};
use serde::{Deserialize, Serialize};

use crate::support::{ms, ok};

/// A port that is empty can get a message, and one that is closed can't.
pub async fn try_recv_tells_empty_from_closed<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    assert_eq!(port.try_recv(), Err(TryRecvError::Empty));
    let mut next = ReceivePort::<P, ()>::new();
    port.send_port().send(1).unwrap();
    next.send_port().send(()).unwrap();
    next.next().await;
    port.close();
    assert_eq!(port.try_recv(), Ok(1), "what had arrived can still be read");
    assert_eq!(port.next().await, None);
    assert_eq!(port.try_recv(), Err(TryRecvError::Closed));
}

/// The error of a job is `Panicked`, and one that was sent is `Failed`: the sender did not panic.
pub async fn sent_error_is_no_panic<P: Platform>() {
    let error = RemoteError::new("no", "");
    let sent =
        insula_core::ports::single_result::<P, u32>(|port| port.send(Err(error.clone())).unwrap());
    assert_eq!(sent.await, Err(TaskError::Failed(error)));
}

/// The error of a lost isolate has no source when no error ended it.
pub async fn killed_isolate_is_lost_without_an_error<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let job = runner.run_async(|(): ()| std::future::pending::<()>(), ());
    runner.isolate().kill(Priority::Immediate);
    let lost = job.await.unwrap_err();
    assert!(matches!(lost, TaskError::IsolateLost { .. }));
    assert!(lost.source().is_none());
}

/// The error of a lost isolate tells its cause with its place on one line, and has it as its source.
pub async fn lost_isolate_tells_its_cause<P: Platform>() {
    let cause = RemoteError::new("boom", "at src/sort.rs:7:9\n0: sort\n1: main");
    let lost = TaskError::IsolateLost {
        name: Some("sort".to_owned()),
        reason: ExitReason::Failed(cause.clone()),
    };
    let mut port = ReceivePort::<P, String>::new();
    port.send_port().send(lost.to_string()).unwrap();
    assert_eq!(
        port.next().await.as_deref(),
        Some("the isolate `sort` was lost: boom at src/sort.rs:7:9")
    );
    assert_eq!(first_cause(lost), Some(cause));
}

/// Walks down from an error to its first cause, when that is a `C`.
fn first_cause<C: std::error::Error + Clone + 'static>(error: impl Into<Error>) -> Option<C> {
    let error: Error = error.into();
    let mut cause = error.source()?;
    while let Some(below) = cause.source() {
        cause = below;
    }
    cause.downcast_ref::<C>().cloned()
}

/// Every error leads down to the first cause, whichever errors lie between.
pub async fn sources_lead_to_the_first_cause<P: Platform>() {
    let boom = RemoteError::new("boom", "");
    assert_eq!(
        first_cause(TaskError::Panicked(boom.clone())).as_ref(),
        Some(&boom)
    );
    assert_eq!(
        first_cause(TaskError::Failed(boom.clone())).as_ref(),
        Some(&boom)
    );
    let failed = SpawnError::Failed(boom.clone());
    assert_eq!(first_cause(failed.clone()).as_ref(), Some(&boom));
    let failed = TaskError::Spawn(failed);
    assert_eq!(first_cause(failed.clone()).as_ref(), Some(&boom));
    let failed = RegistryError::Manager(failed);
    assert_eq!(first_cause(failed).as_ref(), Some(&boom));
    assert_eq!(first_cause(boom.clone()), Some(boom));

    let port = ReceivePort::<P, ()>::new();
    let unsupported = Isolate::<P>::exit(&port.send_port(), ()).unwrap_err();
    let cause: Unsupported = first_cause(unsupported).expect("the host can't be left");
    assert_eq!(cause.operation, "Isolate::exit");
    assert_eq!(first_cause::<RemoteError>(TaskError::Ended), None);
}

/// What the platform does not have is one error, whichever operation met it.
pub async fn unsupported_is_one_error<P: Platform>() {
    let port = ReceivePort::<P, ()>::new();
    let Err(ExitError::Unsupported(unsupported, ())) = Isolate::<P>::exit(&port.send_port(), ())
    else {
        panic!("the host can't be left")
    };
    let spawn = SpawnError::Unsupported(unsupported.clone());
    let all: [Error; 5] = [
        unsupported.clone().into(),
        spawn.clone().into(),
        TaskError::from(spawn.clone()).into(),
        TaskError::Spawn(spawn.clone()).into(),
        RegistryError::Manager(TaskError::Spawn(spawn.clone())).into(),
    ];
    assert_eq!(
        TaskError::from(spawn),
        TaskError::Unsupported(unsupported.clone())
    );
    for error in all {
        assert_eq!(error, Error::Unsupported(unsupported.clone()));
    }
}

/// A message without a `Debug` of its own.
#[derive(Serialize, Deserialize)]
struct Opaque;

/// The error of an exit can be boxed, whatever the message is, and has its cause.
pub async fn exit_error_needs_nothing_of_its_message<P: Platform>() {
    fn leave<P: Platform>() -> Result<(), Box<dyn std::error::Error>> {
        let port = ReceivePort::<P, Opaque>::new();
        Isolate::<P>::exit(&port.send_port(), Opaque)?;
        Ok(())
    }
    let error = leave::<P>().unwrap_err();
    let cause = error.source().expect("the host can't be left");
    assert!(cause.is::<Unsupported>());
}

/// An error that is sent on as text does not say the same twice.
pub async fn error_as_text_tells_a_cause_once<P: Platform>() {
    let panicked = TaskError::Panicked(RemoteError::new("boom", ""));
    let mut port = ReceivePort::<P, RemoteError>::new();
    let text = RemoteError::from_error(&Error::from(panicked));
    port.send_port().send(text).unwrap();
    assert_eq!(port.next().await.unwrap().description(), "boom");
}

/// A start can have a limit; one that is kept changes nothing.
pub async fn start_can_have_a_limit<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn().timeout(ms(20_000))).await;
    assert_eq!(ok(runner.run(|n: u32| n + 1, 1)).await, 2);
    ok(runner.close()).await;
}

/// A limit on an operation of a registry is earlier than the registry's own, and is the same error.
pub async fn limit_of_a_registry_is_its_error<P: Platform>() {
    let manager = RegistryManager::<P, u32>::with_timeout(ms(2_000));
    let registry = manager.registry();
    manager.close();
    assert_eq!(
        registry.add(Arc::new(1), &[]).timeout(ms(1)).await,
        Err(RegistryError::Manager(TaskError::TimedOut))
    );
}

/// Code that has caught a panic may throw something else, without the hook: that is the error then.
pub async fn panic_that_is_thrown_again_has_its_own_text<P: Platform>() {
    fn throw((): ()) {
        let first = catch_unwind(|| panic!("the first"));
        assert!(first.is_err());
        resume_unwind(Box::new("the second"));
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let thrown = runner.run(throw, ()).await;
    let Err(TaskError::Panicked(error)) = thrown else {
        panic!("it was thrown, and came as {thrown:?}");
    };
    assert_eq!(error.description(), "the second");
}
