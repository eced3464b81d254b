//! Uncaught errors: which listeners hear them, and when they end an isolate.

use insula_core::{Capability, Isolate, Platform, ReceivePort, RemoteError};

use crate::{
    starting::By,
    support::{drain, take},
    worker::{Order, Worker},
};

/// Adds a listener beside the one the worker has.
fn listen<P: Platform>(worker: &Worker<P>) -> ReceivePort<P, RemoteError> {
    let port = ReceivePort::new();
    worker.isolate.add_error_listener(&port.send_port());
    port
}

/// Throws errors with these texts, one event each, and waits for the end.
async fn throw<P: Platform, const N: usize>(worker: &mut Worker<P>, texts: [&str; N]) {
    for text in texts {
        worker.order(Order::throw(text));
    }
    worker.dismiss().await;
}

fn descriptions<P: Platform>(port: &mut ReceivePort<P, RemoteError>) -> Vec<String> {
    drain(port)
        .iter()
        .map(|error| error.description().to_owned())
        .collect()
}

/// A listener hears every uncaught error.
///
/// Source: co19 `Isolate/addErrorListener_A01_t01`.
pub async fn error_listener_hears_every_error<P: Platform>() {
    let mut worker = Worker::<P>::forgiving().await;
    let mut port = listen(&worker);
    throw(&mut worker, ["a", "b"]).await;
    assert_eq!(descriptions(&mut port), ["a", "b"]);
}

/// A port that listens twice hears each error once.
///
/// Source: co19 `Isolate/addErrorListener_A02_t01`.
pub async fn error_listener_added_again_hears_once<P: Platform>() {
    let mut worker = Worker::<P>::forgiving().await;
    let mut port = listen(&worker);
    worker.isolate.add_error_listener(&port.send_port());
    throw(&mut worker, ["a", "b"]).await;
    assert_eq!(descriptions(&mut port), ["a", "b"]);
}

/// A listener hears the error that ends an isolate.
pub async fn error_listener_hears_a_fatal_error<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let mut port = listen(&worker);
    worker.order(Order::throw("fatal"));
    worker.end().await;
    assert_eq!(descriptions(&mut port), ["fatal"]);
}

/// Removing one listener leaves the others.
///
/// Source: co19 `Isolate/removeErrorListener_A01_t02`.
pub async fn error_listener_removal_leaves_the_others<P: Platform>() {
    let mut worker = Worker::<P>::forgiving().await;
    let (mut stays, mut leaves) = (listen(&worker), listen(&worker));
    worker.isolate.remove_error_listener(&leaves.send_port());
    throw(&mut worker, ["a"]).await;
    assert_eq!(
        (descriptions(&mut stays), descriptions(&mut leaves)),
        (vec!["a".to_owned()], vec![])
    );
}

/// One removal undoes any number of additions.
///
/// Source: co19 `Isolate/removeErrorListener_A02_t01`.
pub async fn error_listener_is_removed_by_one_call<P: Platform>() {
    let mut worker = Worker::<P>::forgiving().await;
    let mut port = listen(&worker);
    worker.isolate.add_error_listener(&port.send_port());
    worker.isolate.remove_error_listener(&port.send_port());
    throw(&mut worker, ["a"]).await;
    assert_eq!(descriptions(&mut port), [""; 0]);
}

/// Errors that are made not fatal don't end the isolate.
///
/// Source: co19 `Isolate/setErrorsFatal_A01_t02`.
pub async fn errors_made_not_fatal_are_survived<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.isolate.set_errors_fatal(false);
    worker.order(Order::throw("a"));
    worker.say([1]);
    assert_eq!(worker.dismiss().await, [1]);
}

/// Errors that are made fatal end the isolate.
pub async fn errors_made_fatal_end_their_isolate<P: Platform>() {
    let mut worker = Worker::<P>::forgiving().await;
    worker.isolate.set_errors_fatal(true);
    worker.order(Order::throw("a"));
    worker.say([1]);
    assert!(worker.end().await.is_empty());
}

/// A handle to the worker without the right to change which errors are fatal.
fn restricted<P: Platform>(worker: &Worker<P>, terminate: Option<Capability<P>>) -> Isolate<P> {
    Isolate::from_parts(
        worker.isolate.control_port().clone(),
        worker.isolate.pause_capability(),
        terminate,
    )
}

/// Without the terminate capability errors stay fatal.
///
/// Source: co19 `Isolate/setErrorsFatal_A02_t01`.
pub async fn errors_stay_fatal_without_the_capability<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    restricted(&worker, None).set_errors_fatal(false);
    restricted(&worker, Some(Capability::new())).set_errors_fatal(false);
    worker.order(Order::throw("a"));
    worker.say([1]);
    assert!(worker.end().await.is_empty());
}

/// Without the terminate capability errors stay not fatal.
///
/// Source: co19 `Isolate/setErrorsFatal_A02_t02`.
pub async fn errors_stay_not_fatal_without_the_capability<P: Platform>() {
    let mut worker = Worker::<P>::forgiving().await;
    restricted(&worker, None).set_errors_fatal(true);
    restricted(&worker, Some(Capability::new())).set_errors_fatal(true);
    worker.order(Order::throw("a"));
    worker.say([1]);
    assert_eq!(worker.dismiss().await, [1]);
}

/// `errors` is a stream of all errors, in order.
///
/// Source: co19 `Isolate/errors_A01_t02`.
pub async fn errors_stream_gives_all_in_order<P: Platform>() {
    let mut worker = Worker::<P>::forgiving().await;
    let mut errors = worker.isolate.errors();
    worker.order(Order::throw("a"));
    worker.order(Order::throw("b"));
    assert_eq!(errors.next().await.unwrap().description(), "a");
    assert_eq!(errors.next().await.unwrap().description(), "b");
    worker.dismiss().await;
}

/// Each call of `errors` gives a stream of its own, and dropping one does not end another.
pub async fn errors_streams_are_independent<P: Platform>() {
    let mut worker = Worker::<P>::forgiving().await;
    let (first, mut second) = (worker.isolate.errors(), worker.isolate.errors());
    drop(first);
    worker.order(Order::throw("a"));
    assert_eq!(second.next().await.unwrap().description(), "a");
    worker.dismiss().await;
}

/// An isolate that starts paused can be made forgiving before anything runs; its errors come in order.
///
/// Source: dart-sdk `tests/lib/isolate/handle_error_test`.
pub async fn errors_can_be_made_not_fatal_before_the_start<P: Platform>() {
    let first = vec![Order::throw("second").soon(), Order::throw("first")];
    let mut worker = Worker::<P>::launch(By::Program, Isolate::builder().paused(true), first).await;
    worker.isolate.set_errors_fatal(false);
    let mut errors = worker.isolate.errors();
    worker
        .isolate
        .resume(worker.isolate.pause_capability().unwrap());
    worker.greet().await;
    worker.order(Order::throw("third"));
    for expected in ["first", "second", "third"] {
        assert_eq!(errors.next().await.unwrap().description(), expected);
    }
    worker.say([1]);
    assert_eq!(worker.dismiss().await, [1]);
}

/// The errors of one isolate are not heard as another's.
///
/// Source: dart-sdk `tests/lib/isolate/handle_error2_test`.
pub async fn errors_of_one_isolate_are_not_anothers<P: Platform>() {
    let (mut one, mut other) = (
        Worker::<P>::forgiving().await,
        Worker::<P>::forgiving().await,
    );
    let mut errors = one.isolate.errors();
    throw(&mut other, ["other"]).await;
    one.order(Order::throw("one"));
    assert_eq!(errors.next().await.unwrap().description(), "one");
    one.dismiss().await;
    assert_eq!(
        (one.complaints(), other.complaints()),
        (vec!["one".to_owned()], vec!["other".to_owned()])
    );
}

/// A stream and a listener hear the same; a listener that was removed hears no more, the stream goes on.
///
/// Source: dart-sdk `tests/lib/isolate/handle_error3_test`.
pub async fn errors_reach_a_stream_and_a_listener<P: Platform>() {
    let mut worker = Worker::<P>::forgiving().await;
    let (mut errors, mut port) = (worker.isolate.errors(), listen(&worker));
    worker.order(Order::throw("a"));
    assert_eq!(errors.next().await.unwrap(), port.next().await.unwrap());
    worker.isolate.remove_error_listener(&port.send_port());
    worker.order(Order::throw("b"));
    assert_eq!(errors.next().await.unwrap().description(), "b");
    worker.dismiss().await;
    assert!(drain(&mut port).is_empty());
}

async fn says_what_and_where<P: Platform>(mut worker: Worker<P>) {
    worker.order(Order::throw("what"));
    let error = take(&mut worker.errors, 1).await.remove(0);
    assert_eq!(
        (error.description(), error.to_string().as_str()),
        ("what", "what")
    );
    assert!(
        error.stack_trace().contains("worker.rs:"),
        "no location in {:?}",
        error.stack_trace()
    );
}

/// A listener gets the text and the place of a fatal error.
///
/// Source: dart-sdk `tests/lib/isolate/handle_error_stacktrace_test`.
pub async fn error_that_is_fatal_says_what_and_where<P: Platform>() {
    says_what_and_where(Worker::<P>::start().await).await;
}

/// A listener gets the text and the place of an error that is not fatal.
///
/// Source: dart-sdk `tests/lib/isolate/handle_error_stacktrace_test`.
pub async fn error_that_is_not_fatal_says_what_and_where<P: Platform>() {
    says_what_and_where(Worker::<P>::forgiving().await).await;
}

/// A panic whose payload is no text is reported with a text all the same.
///
/// Source: dart-sdk `tests/lib/isolate/handle_throwing_to_string_error_test`.
pub async fn error_without_a_text_still_says_something<P: Platform>() {
    async fn throw_a_number(_: insula_core::Start<()>) {
        std::panic::panic_any(7_u32);
    }
    let (mut errors, mut ended) = (
        ReceivePort::<P, RemoteError>::new(),
        ReceivePort::<P, ()>::new(),
    );
    let options = Isolate::builder()
        .on_error(errors.send_port())
        .on_exit(ended.send_port());
    crate::starting::start_with(options, throw_a_number, ()).await;
    ended.next().await;
    assert!(
        errors
            .try_recv()
            .unwrap()
            .description()
            .starts_with("Instance of ")
    );
}

/// An error can be sent, and says the same afterwards.
///
/// Source: dart-sdk `tests/lib/isolate/stacktrace_message_test`.
pub async fn error_can_be_sent<P: Platform>() {
    let mut port = ReceivePort::<P, RemoteError>::new();
    let error = RemoteError::new("what", "where\nand where");
    port.send_port().send(error.clone()).unwrap();
    assert_eq!(port.next().await, Some(error));
}
