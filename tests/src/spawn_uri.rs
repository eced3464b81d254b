//! `Isolate::spawn_uri` starts programs, on every platform.

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
    let args = args.iter().copied();
    Isolate::<P>::spawn_uri("insula:tests/echo", args, port.send_port())
        .await
        .unwrap();
    port.next().await
}

/// A program gets its arguments and its message.
///
/// Source: co19 `Isolate/spawnUri_A01_t01`.
pub async fn spawn_uri_passes_arguments_and_message<P: Platform>() {
    assert_eq!(echoed::<P>(&["a", "", "ö"]).await.unwrap(), ["a", "", "ö"]);
}

/// A program can be started without arguments.
///
/// Source: co19 `Isolate/spawnUri_A01_t06`.
pub async fn spawn_uri_works_without_arguments<P: Platform>() {
    assert_eq!(echoed::<P>(&[]).await.unwrap(), [""; 0]);
}

/// A program is started under the name that it was registered with.
///
/// Source: dart-sdk `tests/lib/isolate/spawn_uri_test`.
/// Source: dart-sdk `tests/lib/isolate/spawn_uri_vm_test`.
pub async fn spawn_uri_finds_the_registered_program<P: Platform>() {
    assert_eq!(echoed::<P>(&["hello"]).await.unwrap(), ["hello"]);
}

/// Starts the next program until its message has counted down, each from the one before.
async fn chain<P: Platform>(start: Start<(u32, SendPort<P, u32>)>) {
    let (left, port) = start.message;
    if left == 0 {
        port.send(start.args.len() as u32).unwrap();
        return;
    }
    let args = start.args.into_iter().chain(["link".to_owned()]);
    Isolate::<P>::spawn_uri("insula:tests/chain", args, (left - 1, port))
        .await
        .unwrap();
}

async fn chained<P: Platform>(length: u32) -> Option<u32> {
    let mut port = ReceivePort::<P, _>::new();
    Isolate::<P>::spawn_uri(
        "insula:tests/chain",
        None::<&str>,
        (length, port.send_port()),
    )
    .await
    .unwrap();
    port.next().await
}

/// A program that was just started can start another.
///
/// Source: co19 `Isolate/spawnUri_A01_t03`.
pub async fn spawn_uri_works_in_a_program<P: Platform>() {
    assert_eq!(chained::<P>(1).await, Some(1));
}

/// A program started by a program starts a third.
///
/// Source: dart-sdk `tests/lib/isolate/spawn_uri_nested_vm_test`.
pub async fn spawn_uri_nests_three_deep<P: Platform>() {
    assert_eq!(chained::<P>(2).await, Some(2));
}

/// Ten programs start each other in a row.
///
/// Source: co19 `Isolate/spawnUri_A01_t04`.
pub async fn spawn_uri_makes_a_chain_of_ten<P: Platform>() {
    assert_eq!(chained::<P>(10).await, Some(10));
}

/// The error of a start that must fail, in bounded time.
async fn not_found<P: Platform>(uri: &str) -> SpawnError {
    let task = Isolate::<P>::spawn_uri(uri, None::<&str>, ());
    let outcome = within::<P, _>(ms(20_000), task)
        .await
        .expect("a start that fails says so");
    outcome.expect_err("nothing is there")
}

/// An empty URI names nothing.
///
/// Source: co19 `Isolate/spawnUri_A02_t01`.
pub async fn spawn_uri_refuses_an_empty_address<P: Platform>() {
    assert!(matches!(not_found::<P>("").await, SpawnError::NotFound { uri, .. } if uri.is_empty()));
}

/// A name that was not registered is not found, and the error says which and why.
///
/// Source: co19 `Isolate/spawnUri_A02_t03`.
pub async fn spawn_uri_error_names_the_unknown_program<P: Platform>() {
    let error = not_found::<P>("insula:tests/nobody").await.to_string();
    assert!(
        error.contains("insula:tests/nobody") && error.contains("insula::register_program"),
        "{error}"
    );
}

/// A script that does not exist is not found.
///
/// Source: co19 `Isolate/spawnUri_A02_t04`.
pub async fn spawn_uri_fails_for_a_missing_script<P: Platform>() {
    assert!(matches!(
        not_found::<P>("./no/such/script.js").await,
        SpawnError::NotFound { .. } | SpawnError::Failed(_)
    ));
}

/// A script that does not exist is not found by a full address, either.
///
/// Source: dart-sdk `tests/lib/isolate/spawn_uri_missing_test`.
pub async fn spawn_uri_fails_for_a_missing_full_address<P: Platform>() {
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
///
/// Source: dart-sdk `tests/lib/isolate/spawn_uri_missing_from_isolate_test`.
pub async fn spawn_uri_fails_in_a_program_too<P: Platform>() {
    let mut port = ReceivePort::<P, String>::new();
    Isolate::<P>::spawn_uri("insula:tests/missing", None::<&str>, port.send_port())
        .await
        .unwrap();
    assert!(port.next().await.unwrap().contains("insula:tests/nobody"));
}

crate::starting_tests! { By::Program;
    /// Source: co19 `Isolate/spawnUri_A01_t05`.
    spawn_uri_answers_messages_in_order = answers_messages_in_order;
    /// Source: co19 `Isolate/spawnUri_A04_t01`.
    spawn_uri_paused_does_not_run = paused_does_not_run;
    spawn_uri_unpaused_runs_at_once = unpaused_runs_at_once;
    /// Source: co19 `Isolate/spawnUri_A04_t03`.
    spawn_uri_paused_runs_when_resumed = paused_runs_when_resumed;
    /// Source: co19 `Isolate/spawnUri_A04_t04`.
    spawn_uri_paused_answers_when_resumed = paused_answers_when_resumed;
    /// Source: co19 `Isolate/spawnUri_A05_t01`.
    spawn_uri_fatal_error_ends_it = fatal_error_ends_it;
    /// Source: co19 `Isolate/spawnUri_A05_t02`.
    spawn_uri_fatal_error_of_a_message_ends_it = fatal_error_of_a_message_ends_it;
    /// Source: co19 `Isolate/spawnUri_A05_t03`.
    spawn_uri_error_ends_only_its_event = error_ends_only_its_event;
    /// Source: co19 `Isolate/spawnUri_A05_t04`.
    spawn_uri_errors_end_only_their_events = errors_end_only_their_events;
    /// Source: co19 `Isolate/spawnUri_A05_t05`.
    spawn_uri_errors_of_messages_are_survived = errors_of_messages_are_survived;
    /// Source: co19 `Isolate/spawnUri_A06_t01`.
    /// Source: dart-sdk `tests/lib/isolate/exit_at_spawnuri_test`.
    spawn_uri_exits_when_its_entry_point_returns = exits_when_its_entry_point_returns;
    spawn_uri_exit_message_comes_last = exit_message_comes_last;
    spawn_uri_exit_message_follows_a_fatal_error = exit_message_follows_a_fatal_error;
    /// Source: co19 `Isolate/spawnUri_A07_t02`.
    spawn_uri_goes_on_after_an_error_is_heard = goes_on_after_an_error_is_heard;
    /// Source: co19 `Isolate/spawnUri_A07_t03`.
    spawn_uri_errors_are_heard_in_order = errors_are_heard_in_order;
    /// Source: co19 `Isolate/spawnUri_A07_t04`.
    spawn_uri_errors_of_messages_are_heard_in_order = errors_of_messages_are_heard_in_order;
    /// Source: co19 `Isolate/spawnUri_A07_t05`.
    spawn_uri_only_the_first_fatal_error_is_heard = only_the_first_fatal_error_is_heard;
    /// Source: co19 `Isolate/spawnUri_A07_t07`.
    spawn_uri_only_the_first_message_error_is_heard = only_the_first_message_error_is_heard;
    /// Source: dart-sdk `tests/lib/isolate/error_at_spawnuri_test`.
    spawn_uri_error_of_the_entry_point_is_heard = error_of_the_entry_point_is_heard;
    /// Source: dart-sdk `tests/lib/isolate/error_exit_at_spawnuri_test`.
    spawn_uri_errors_are_heard_before_the_exit = errors_are_heard_before_the_exit;
    /// Source: dart-sdk `tests/lib/isolate/exit_at_spawnuri_test`.
    spawn_uri_exits_after_its_microtasks = exits_after_its_microtasks;
    /// Source: dart-sdk `tests/lib/isolate/exit_at_spawnuri_test`.
    spawn_uri_exits_after_its_timers = exits_after_its_timers;
}
