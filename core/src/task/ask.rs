//! Requests over ports: [`ask`].

use std::sync::Arc;

use crate::{
    Message, Platform, SendPort, Task, TaskError,
    completion::FailureSink,
    contract::{Control, Exit, ExitMessage},
    event_loop::EventLoop,
    task::{OneShotPort, Reply},
};

/// Sends a request that carries a port for its reply, and waits for that.
///
/// ```
/// use insula::{Isolate, ReceivePort, SendPort, ask};
/// # use serde::{Deserialize, Serialize};
/// # insula::main(async || {
/// #[derive(Serialize, Deserialize)]
/// struct Sort {
///     items: Vec<u32>,
///     reply: SendPort<Vec<u32>>,
/// }
///
/// let mut jobs = ReceivePort::new();
/// let sorting = jobs.send_port();
/// insula::spawn_local(async move {
///     while let Some(Sort { mut items, reply }) = jobs.next().await {
///         items.sort();
///         let _ = reply.send(items);
///     }
/// });
/// let sorted = ask(&sorting, |reply| Sort { items: vec![3, 1, 2], reply }).await?;
/// assert_eq!(sorted, [1, 2, 3]);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Errors
/// `Encode` when the request could not be sent; `Decode` when its receiver could not read it; `IsolateLost` when the receiver's isolate ends, or
/// has ended, without a reply. While the receiver lives and does not reply, the task waits.
pub fn ask<P: Platform, M: Message, R: Message>(
    port: &SendPort<P, M>,
    request: impl FnOnce(SendPort<P, R>) -> M,
) -> Task<P, R> {
    let reply = Reply::<P>::open();
    let (answer, task) = (reply.address(), reply.task::<R, R>());
    let task = task.awaited_only_by(reply.clone());
    let receiver = port.address().mailbox.clone();
    let waiting = Arc::clone(&reply);
    let lost = EventLoop::<P>::open(OneShotPort::new(move |parcel| {
        let exit = Exit::read::<P>(parcel);
        waiting.fail(TaskError::IsolateLost {
            name: Some(exit.name).filter(|name| !name.is_empty()),
            reason: exit.reason,
        });
    }));
    // Before the request, which may be the end of the receiver.
    let (to, response) = (lost.clone(), ExitMessage::Exit);
    EventLoop::<P>::request(&receiver, Control::Watch { to, response });
    reply.when_done(move || {
        let to = lost.clone();
        EventLoop::<P>::request(&receiver, Control::RemoveExitListener { to });
        EventLoop::close(&lost);
    });
    if let Err(error) = port.send(request(SendPort::from_address(answer))) {
        reply.fail(TaskError::Encode(error.error));
    }
    task
}
