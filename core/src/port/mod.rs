//! Ports: [`SendPort`], and [`ReceivePort`] or [`RawReceivePort`], where its messages arrive.
//!
//! All ports of an isolate share its one queue: messages of one sender arrive in the order in which
//! they were sent, whichever ports they are for (M1). Outside isolates a `ReceivePort` has a buffer
//! of its own, so that awaiting it works under any executor.

mod lease;
mod queue;
mod raw;
mod receive;
mod send;

pub use raw::RawReceivePort;
pub use receive::ReceivePort;
pub use send::SendPort;

pub(crate) use send::{Name, describe};
