//! Code whose panics are no error of the isolate that runs it.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    thread,
};

thread_local! {
    /// How many frames of this thread catch for an isolate.
    pub(super) static CATCHING: Cell<usize> = const { Cell::new(0) };
}

/// Runs code whose panics go their ordinary way: the earlier hook prints them. For a platform that
/// drives the host's future.
///
/// # Errors
/// The payload of the panic.
pub fn uncaught<R>(code: impl FnOnce() -> R) -> thread::Result<R> {
    let catching = CATCHING.replace(0);
    let result = panic::catch_unwind(AssertUnwindSafe(code));
    CATCHING.set(catching);
    result
}

/// Runs code that belongs to no isolate, such as a waker. The hook reports its panic, and the caller goes on.
pub fn apart(code: impl FnOnce()) {
    if let Err(payload) = uncaught(code) {
        let_go(payload);
    }
}

/// Drops the payload of a panic. A payload whose destructor panics must not take the event loop with it.
pub(super) fn let_go(payload: Box<dyn Any + Send>) {
    if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}
