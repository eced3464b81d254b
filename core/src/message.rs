//! What can be sent: [`Message`].

use serde::{Serialize, de::DeserializeOwned};

/// A value that can be sent to another isolate, wherever that runs.
///
/// Implemented for every `Send + 'static` type with both directions of serde. Where memory is shared
/// a message is moved and its serde form is not used; `INSULA_ENCODE=1` and the simulator use it
/// everywhere, so that ordinary tests find what a worker could not receive.
///
/// | in | out |
/// |---|---|
/// | numbers, strings, collections, enums, structs | equal values |
/// | `SendPort`, `Capability`, `Isolate` | equal handles |
/// | `TransferableTypedData` | the same bytes, not copied |
/// | `Function` | the same function |
/// | `Json<T>` | equal values, also of types that describe themselves |
/// | `Moved<T>` | the same value; only where memory is shared |
///
/// Where a message is encoded its values are nested at most 256 deep ([`MAX_DEPTH`](crate::wire::MAX_DEPTH)):
/// each struct, tuple, enum, collection and `Some` is one level, so that a linked list of more than
/// 128 nodes is refused by `send`. A message that is moved has no such limit.
///
/// The first mistakes, by what the compiler says of them:
///
/// | the compiler says | because | so |
/// |---|---|---|
/// | implementation of `Deserialize` is not general enough | a job takes a `&str` or another reference | take a `String`: a message owns its data |
/// | `Result<_, std::io::Error>` can't be sent | the error has no serde form; no more have `anyhow::Error` and `Box<dyn Error>` | return a [`RemoteError`](crate::RemoteError), by [`from_error`](crate::RemoteError::from_error), or an enum that derives serde |
/// | `!` can't be sent | the job never returns | give it the result `()` |
/// | expected fn pointer, found closure | the job captures a variable, and only the function travels | pass the variable in the argument, as a tuple |
///
/// ```
/// use insula::{Message, ReceivePort, SendPort};
/// use serde::{Deserialize, Serialize};
/// # insula::main(async || {
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// enum Request {
///     Count(String),
///     Stop { reason: SendPort<String> },
/// }
///
/// async fn through_a_port<M: Message>(message: M) -> Option<M> {
///     let mut port = ReceivePort::new();
///     port.send_port().send(message).ok()?;
///     port.next().await
/// }
/// let request = Request::Count("three blind mice".to_owned());
/// assert!(matches!(through_a_port(request).await, Some(Request::Count(_))));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sent to another isolate",
    label = "a message is `Send + 'static` and implements `Serialize` and `Deserialize`",
    note = "derive `serde::Serialize` and `serde::Deserialize`, or send a value without a serde form as `Moved<T>` where memory is shared",
    note = "docs/messages.md says what to return in place of an `io::Error`, an `anyhow::Error` or a `Box<dyn Error>`"
)]
pub trait Message: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> Message for T {}
