//! The end of this worker's isolate, as the worker itself tells it.

use insula_core::{RemoteError, contract::Exit};

#[cfg(any(feature = "log", feature = "tracing"))]
use super::records;
use super::{channels, parent};
use crate::{
    ids::ROOT,
    protocol::{frame::Frame, head::Head},
    recorder,
    turn::driver,
};

/// This isolate is over: the root tells the listeners and takes the worker away.
pub(crate) fn ended(exit: Exit) {
    #[cfg(any(feature = "log", feature = "tracing"))]
    records::tell_dropped();
    if begin_end() {
        let sent = channels::sent();
        let ended = Head::Ended { exit, sent };
        parent::post(ROOT, Frame::new(ended));
        parent::parent().ended();
    }
}

/// This isolate begins to tell its end. False when it has before.
fn begin_end() -> bool {
    let is_first = parent::set_over();
    if let (true, Some(calls)) = (is_first, recorder::calls()) {
        (calls.ending)();
    }
    is_first
}

/// This isolate is over, in the middle of its code. The caller leaves that code.
pub(crate) fn abandoned() {
    if !parent::parent().abandoned() {
        ended(driver::exit());
    }
}

/// This instance can't be trusted any more. Called from the panic hook: nothing here may rely on the
/// event loop.
pub(crate) fn lost(error: &RemoteError) {
    #[cfg(any(feature = "log", feature = "tracing"))]
    records::tell_dropped();
    if begin_end() {
        let lost = Head::Lost {
            description: error.description().to_owned(),
            stack_trace: error.stack_trace().to_owned(),
            sent: channels::sent(),
        };
        parent::post(ROOT, Frame::new(lost));
        parent::parent().lost();
    }
}
