//! What is called while isolates are recorded.
//!
//! It is put here when a recording starts, and named by no other code. So an application that records nothing has the places
//! where it would be called, and no code for recordings.

use std::cell::Cell;

use insula_core::contract::RecorderCalls;

use crate::{Web, ids::IsolateId, protocol::call::Callee};

/// What is called.
pub(crate) struct Calls {
    /// By the event loop, and for each message that is sent.
    pub(crate) core: RecorderCalls<Web>,
    /// By a worker, when the root has it record.
    pub(crate) begin: Callee,
    /// By the root, when it has made a worker.
    pub(crate) begun: fn(IsolateId),
    /// By the root, when a worker is over.
    pub(crate) over: fn(IsolateId),
    /// By a worker, before it tells its end.
    pub(crate) ending: fn(),
}

thread_local! {
    static CALLS: Cell<Option<&'static Calls>> = const { Cell::new(None) };
}

/// What is to be called in this isolate.
#[inline]
pub(crate) fn calls() -> Option<&'static Calls> {
    CALLS.get()
}

/// Has something called from now on, or nothing any more.
pub(crate) fn set(calls: Option<&'static Calls>) {
    CALLS.set(calls);
}
