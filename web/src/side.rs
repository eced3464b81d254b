//! Whether this thread is the root or a worker: the one place that asks.

use insula_core::{Control, RemoteError};

use crate::{
    Web,
    ids::{self, IsolateId, ROOT},
    js, log,
    protocol::frame::Frame,
    root, worker,
};

/// Whether this thread is the root.
pub(crate) fn is_root() -> bool {
    ids::own() == ROOT
}

/// Sends a frame to an isolate that is not this one, or to the root itself as the owner of all workers.
pub(crate) fn send(to: IsolateId, frame: Frame) {
    if is_root() {
        root::send(to, frame);
    } else {
        worker::send(to, frame);
    }
}

/// Sends control to an isolate. For the end of this one, to the root.
pub(crate) fn send_control(to: IsolateId, control: Control<Web>) {
    if is_root() {
        root::control::route_control(to, control);
    } else {
        worker::send_control(to, control);
    }
}

/// Whether an isolate is known to be over.
pub(crate) fn is_gone(isolate: IsolateId) -> bool {
    is_root() && isolate != ROOT && !root::record::is_alive(isolate)
}

/// The running code of this isolate is at a checkpoint.
pub(crate) fn look_for_control() {
    if !is_root() {
        worker::control_signal::look();
    }
}

/// This isolate is over, in the middle of its code: what is on the stack is neither run nor dropped.
pub(crate) fn abandon() -> ! {
    if !is_root() {
        worker::end::abandoned();
    }
    js::leave();
    unreachable!("it throws")
}

/// This instance can't be trusted any more. Called from the panic hook: nothing here may rely on the event loop.
pub(crate) fn lost(error: &RemoteError) {
    if is_root() {
        log::error(&format!("{error}\n{}", error.stack_trace()));
    } else {
        worker::end::lost(error);
    }
}
