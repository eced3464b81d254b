//! `Isolate::spawn_uri`: programs, which every platform can start.

use insula_core::{Isolate, Platform, ReceivePort, SendPort, SpawnError, Start, program};

use crate::{starting::By, support::ms, support::within};

/// Registers the programs that are started by name.
pub(crate) fn programs<P: Platform>() {
    program::register::<P, _, _>("tests/echo", echo::<P>);
    program::register::<P, _, _>("tests/chain", chain::<P>);
    program::register::<P, _, _>("tests/missing", spawn_missing::<P>);
}

async fn echo<P: Platform>(start: Start<SendPort<P, Vec<String>>>) {
    start.message.send(start.args).unwrap();
}

/// Sends the arguments that the program at `uri` was started with.
async fn echoed<P: Platform>(args: &[&str]) -> Option<Vec<String>> {
    let mut port = ReceivePort::<P, _>::new();
    let args = args.iter().map(|&arg| arg.to_owned()).collect();
    Isolate::<P>::spawn_uri("insula:tests/echo", args, port.send_port())
        .await
        .unwrap();
    port.next().await
}

/// A program gets its arguments and its message.
pub async fn spawn_uri_a01_t01<P: Platform>() {
    assert_eq!(echoed::<P>(&["a", "", "ö"]).await.unwrap(), ["a", "", "ö"]);
}

/// A program can be started without arguments.
pub async fn spawn_uri_a01_t06<P: Platform>() {
    assert_eq!(echoed::<P>(&[]).await.unwrap(), [""; 0]);
}

/// A program is started under the name that it was registered with.
pub async fn spawn_uri_test<P: Platform>() {
    assert_eq!(echoed::<P>(&["hello"]).await.unwrap(), ["hello"]);
}

/// Starts the next program until its message has counted down, each from the one before.
async fn chain<P: Platform>(start: Start<(u32, SendPort<P, u32>)>) {
    let (left, port) = start.message;
    if left == 0 {
        port.send(start.args.len() as u32).unwrap();
        return;
    }
    let args = [start.args, vec!["link".to_owned()]].concat();
    Isolate::<P>::spawn_uri("insula:tests/chain", args, (left - 1, port))
        .await
        .unwrap();
}

async fn chained<P: Platform>(length: u32) -> Option<u32> {
    let mut port = ReceivePort::<P, _>::new();
    Isolate::<P>::spawn_uri("insula:tests/chain", Vec::new(), (length, port.send_port()))
        .await
        .unwrap();
    port.next().await
}

/// A program that was just started can start another.
pub async fn spawn_uri_a01_t03<P: Platform>() {
    assert_eq!(chained::<P>(1).await, Some(1));
}

/// A program started by a program starts a third.
pub async fn spawn_uri_nested_vm_test<P: Platform>() {
    assert_eq!(chained::<P>(2).await, Some(2));
}

/// Ten programs start each other in a row.
pub async fn spawn_uri_a01_t04<P: Platform>() {
    assert_eq!(chained::<P>(10).await, Some(10));
}

/// The error of a start that must fail, in bounded time.
async fn not_found<P: Platform>(uri: &str) -> SpawnError {
    let task = Isolate::<P>::spawn_uri(uri, Vec::new(), ());
    let outcome = within::<P, _>(ms(20_000), task)
        .await
        .expect("a start that fails says so");
    outcome.expect_err("nothing is there")
}

/// An empty URI names nothing.
pub async fn spawn_uri_a02_t01<P: Platform>() {
    assert!(matches!(not_found::<P>("").await, SpawnError::NotFound { uri, .. } if uri.is_empty()));
}

/// A name that was not registered is not found, and the error says which and why.
pub async fn spawn_uri_a02_t03<P: Platform>() {
    let error = not_found::<P>("insula:tests/nobody").await.to_string();
    assert!(
        error.contains("insula:tests/nobody") && error.contains("insula::program"),
        "{error}"
    );
}

/// A script that does not exist is not found.
pub async fn spawn_uri_a02_t04<P: Platform>() {
    assert!(matches!(
        not_found::<P>("./no/such/script.js").await,
        SpawnError::NotFound { .. } | SpawnError::Failed(_)
    ));
}

/// As `spawn_uri_a02_t04`, by a full address.
pub async fn spawn_uri_missing_test<P: Platform>() {
    assert!(matches!(
        not_found::<P>("file:///no/such/script").await,
        SpawnError::NotFound { .. } | SpawnError::Failed(_)
    ));
}

async fn spawn_missing<P: Platform>(start: Start<SendPort<P, String>>) {
    let error = not_found::<P>("insula:tests/nobody").await;
    start.message.send(error.to_string()).unwrap();
}

/// A program that starts a missing one gets the error too.
pub async fn spawn_uri_missing_from_isolate_test<P: Platform>() {
    let mut port = ReceivePort::<P, String>::new();
    Isolate::<P>::spawn_uri("insula:tests/missing", Vec::new(), port.send_port())
        .await
        .unwrap();
    assert!(port.next().await.unwrap().contains("insula:tests/nobody"));
}

crate::starting_tests! { By::Program;
    spawn_uri_a01_t05 = several_messages;
    spawn_uri_a04_t01 = starts_paused;
    spawn_uri_a04_t03 = resumes;
    spawn_uri_a04_t04 = resumes_and_talks;
    spawn_uri_a05_t01 = fatal_error_ends;
    spawn_uri_a05_t02 = fatal_error_ends_when_idle;
    spawn_uri_a05_t03 = error_ends_its_event_only;
    spawn_uri_a05_t04 = errors_end_their_events_only;
    spawn_uri_a05_t05 = errors_when_idle;
    spawn_uri_a06_t01 = exits_at_once;
    spawn_uri_a07_t02 = one_error_is_heard;
    spawn_uri_a07_t03 = errors_are_heard;
    spawn_uri_a07_t04 = errors_are_heard_when_idle;
    spawn_uri_a07_t05 = first_error_only;
    spawn_uri_a07_t07 = first_error_only_when_idle;
    error_at_spawnuri_test = throwing_entry_is_heard;
    error_exit_at_spawnuri_test = errors_then_exit;
    exit_at_spawnuri_test = exits_at_once;
    exit_at_spawnuri_test_microtask = exits_after_microtask;
    exit_at_spawnuri_test_timer = exits_after_timer;
}
