//! Ports for one message: callbacks, responses, results.
//!
//! The helpers of `package:isolate`'s `ports.dart`. Each closes its port with the first message, and
//! where the reply is a [`Task`], `task.timeout(…)` bounds the wait.

use std::{cell::RefCell, rc::Rc, sync::Arc, time::Duration};

use crate::{
    Message, Platform, RawReceivePort, RemoteError, SendPort, Task, TaskError, Timer,
    completion::FailureSink,
    sync::Mutex,
    task::{Answer, Reply},
};

/// What [`send_result`] sends: a value, or an error as text.
///
/// ```
/// use insula::{RemoteError, ports::RemoteResult};
///
/// let result: RemoteResult<u32> = Err(RemoteError::new("boom", ""));
/// assert_eq!(result.unwrap_err().description(), "boom");
/// ```
pub type RemoteResult<R> = Result<R, RemoteError>;

/// A send port for exactly one message, which is handed to `callback` in an event of this isolate.
///
/// It keeps the isolate alive until the message has come.
///
/// ```
/// # insula::main(async || {
/// let mut heard = insula::ReceivePort::new();
/// let to = heard.send_port();
/// let port = insula::ports::single_callback_port(move |n: u32| drop(to.send(n)));
/// port.send(1)?;
/// port.send(2)?; // it is dropped
/// assert_eq!(heard.next().await, Some(1));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`singleCallbackPort`](https://pub.dev/documentation/isolate/latest/isolate.ports/singleCallbackPort.html).
pub fn single_callback_port<P: Platform, M: Message>(
    callback: impl FnOnce(M) + 'static,
) -> SendPort<P, M> {
    open_once::<P, M>(callback, |_| None)
}

/// As [`single_callback_port`], but after `timeout` the port closes and `callback` gets `value`.
///
/// ```
/// use std::time::Duration;
/// # insula::main(async || {
/// let mut heard = insula::ReceivePort::new();
/// let to = heard.send_port();
/// let callback = move |answer: String| drop(to.send(answer));
/// let port = insula::ports::single_callback_port_with_timeout(callback, Duration::from_millis(1), "late".to_owned());
/// assert_eq!(heard.next().await.as_deref(), Some("late"));
/// port.send("too late".to_owned())?; // it is dropped
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`singleCallbackPortWithTimeout`](https://pub.dev/documentation/isolate/latest/isolate.ports/singleCallbackPortWithTimeout.html).
pub fn single_callback_port_with_timeout<P: Platform, M: Message>(
    callback: impl FnOnce(M) + 'static,
    timeout: Duration,
    value: M,
) -> SendPort<P, M> {
    open_once::<P, M>(callback, |fire| {
        Some(Timer::<P>::new(timeout, move || fire(value)))
    })
}

/// Opens a port whose first message, or the timer that `arm` may set, calls `callback`.
fn open_once<P: Platform, M: Message>(
    callback: impl FnOnce(M) + 'static,
    arm: impl FnOnce(Box<dyn FnOnce(M)>) -> Option<Timer<P>>,
) -> SendPort<P, M> {
    let port = RawReceivePort::<P, M>::silent();
    let send_port = port.send_port();
    let waiting = Rc::new(RefCell::new(Some((callback, port, None::<Timer<P>>))));
    let fire = {
        let waiting = waiting.clone();
        move |message: M| {
            let taken = waiting.borrow_mut().take();
            if let Some((callback, port, timer)) = taken {
                drop(port);
                timer.inspect(Timer::cancel);
                callback(message);
            }
        }
    };
    let timer = arm(Box::new(fire.clone()));
    if let Some((_, port, place)) = &mut *waiting.borrow_mut() {
        port.set_handler(fire);
        *place = timer;
    }
    send_port
}

/// Calls `action` with a port for one message; that message is the task's value.
///
/// ```
/// use insula::{Isolate, SendPort, ports::single_response};
/// # insula::main(async || {
/// let entry = |to: SendPort<u32>| drop(to.send(42));
/// let answer = single_response(|port| drop(Isolate::spawn(entry, port)));
/// assert_eq!(answer.await?, 42);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Errors
/// `Decode` when the message is no `R`, and when a message that held the port could not be read by its receiver. A
/// message that never comes is waited for; see [`Task::timeout`].
///
/// Source: [`singleResponseFuture`](https://pub.dev/documentation/isolate/latest/isolate.ports/singleResponseFuture.html).
pub fn single_response<P: Platform, R: Message>(action: impl FnOnce(SendPort<P, R>)) -> Task<P, R> {
    open::<P, R, R>(action)
}

/// As [`single_response`], for a responder that uses [`send_result`].
///
/// ```
/// use insula::{RemoteError, TaskError, ports::single_result};
/// # insula::main(async || {
/// let answer = single_result::<u32>(|port| drop(port.send(Err(RemoteError::new("no", "")))));
/// assert_eq!(answer.await, Err(TaskError::Failed(RemoteError::new("no", ""))));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Errors
/// `Failed` with the error that was sent.
///
/// Source: [`singleResultFuture`](https://pub.dev/documentation/isolate/latest/isolate.ports/singleResultFuture.html).
pub fn single_result<P: Platform, R: Message>(
    action: impl FnOnce(SendPort<P, RemoteResult<R>>),
) -> Task<P, R> {
    open::<P, RemoteResult<R>, R>(action)
}

fn open<P: Platform, A: Answer<R>, R>(action: impl FnOnce(SendPort<P, A>)) -> Task<P, R> {
    let reply = Reply::<P>::open();
    // Before the action: one that panics drops the task, and so closes the port.
    let task = reply.task::<A, R>().awaited_only_by(reply.clone());
    action(SendPort::from_address(reply.address()));
    task
}

/// Sends what a future comes to: its value, or its error as text.
///
/// A value that can't be sent arrives as the error that says so.
///
/// ```
/// use insula::{Isolate, ports::{send_result, single_result}};
/// # insula::main(async || {
/// let parse = async |text: &str| text.parse::<u32>();
/// let answer = single_result::<u32>(|port| {
///     insula::spawn_local(async move { send_result(parse("x"), port).await });
/// });
/// assert_eq!(answer.await.unwrap_err().to_string(), "invalid digit found in string");
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`sendFutureResult`](https://pub.dev/documentation/isolate/latest/isolate.ports/sendFutureResult.html).
pub async fn send_result<P: Platform, R: Message, E: std::error::Error + 'static>(
    future: impl Future<Output = Result<R, E>>,
    port: SendPort<P, RemoteResult<R>>,
) {
    let result = future
        .await
        .map_err(|error| RemoteError::from_error(&error));
    if let Err(unsendable) = port.send(result) {
        // Two strings always encode.
        let _ = port.send(Err(RemoteError::from_error(&unsendable.error)));
    }
}

/// A port for one response that can be answered from this side too.
///
/// ```
/// use insula::ports::SingleResponseChannel;
/// # insula::main(async || {
/// let channel = SingleResponseChannel::new();
/// channel.port().send("first".to_owned())?;
/// channel.port().send("second".to_owned())?; // only the first message counts
/// assert_eq!(channel.result().await?, "first");
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`SingleResponseChannel`](https://pub.dev/documentation/isolate/latest/isolate.ports/SingleResponseChannel-class.html).
#[derive(Debug)]
pub struct SingleResponseChannel<P: Platform, R> {
    port: SendPort<P, R>,
    result: Task<P, R>,
    interrupt: Interrupt<R>,
}

/// Gives a [`SingleResponseChannel`] its result from this side.
///
/// ```
/// # insula::main(async || {
/// let channel = insula::ports::SingleResponseChannel::<Option<u32>>::new();
/// let interrupter = channel.interrupter();
/// let result = channel.result();
/// interrupter.interrupt(None); // no answer will come
/// assert_eq!(result.await?, None);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
pub struct Interrupt<R>(Arc<Mutex<Option<Fire<R>>>>);

/// What completes the result, once.
type Fire<R> = Box<dyn FnOnce(R) + Send>;

impl<R> Interrupt<R> {
    /// Completes the result with `value`; nothing when a response or an interrupt came before.
    pub fn interrupt(&self, value: R) {
        let fire = self.0.lock().take();
        if let Some(fire) = fire {
            fire(value);
        }
    }
}

impl<R> std::fmt::Debug for Interrupt<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interrupt")
    }
}

impl<R> Clone for Interrupt<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Platform, R: Message> SingleResponseChannel<P, R> {
    /// Opens a channel. Only the first message counts.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "opening a port is an act, not a default"
    )]
    pub fn new() -> Self {
        let reply = Reply::<P>::open();
        let port = SendPort::from_address(reply.address());
        let response = reply.task::<R, R>().awaited_only_by(reply.clone());
        let (completer, result) = response.or_brought();
        let interrupt = Box::new(move |value| {
            completer.complete(Ok(value));
            reply.fail(TaskError::Cancelled);
        });
        Self {
            port,
            result,
            interrupt: Interrupt(Arc::new(Mutex::new(Some(interrupt)))),
        }
    }

    /// Where the response is to be sent.
    #[must_use]
    pub fn port(&self) -> SendPort<P, R> {
        self.port.clone()
    }

    /// What completes the result from this side.
    #[must_use]
    pub fn interrupter(&self) -> Interrupt<R> {
        self.interrupt.clone()
    }

    /// The response.
    ///
    /// # Errors
    /// As [`single_response`].
    pub fn result(self) -> Task<P, R> {
        self.result
    }
}
