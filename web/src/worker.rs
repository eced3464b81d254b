//! The side of a worker: it becomes an isolate, takes in what comes from the root and from other workers, and tells its end.
//!
//! | file | what |
//! |---|---|
//! | `parent.rs` | the way to the root, and what becomes of this worker |
//! | `enter.rs` | the first code of a worker |
//! | `receive.rs` | what comes from the root |
//! | `channels.rs`, `trial.rs` | two workers without the root; whether that is faster here |
//! | `control_signal.rs` | how a busy worker hears that there is control for it |
//! | `end.rs` | the end, as the isolate tells it |
//! | `records.rs` | what its code writes with `log` and `tracing` (features of these names) |

pub(crate) mod channels;
pub(crate) mod control_signal;
pub(crate) mod end;
pub(crate) mod enter;
pub(crate) mod parent;
pub(crate) mod receive;
#[cfg(any(feature = "log", feature = "tracing"))]
pub(crate) mod records;
mod trial;

use insula_core::Control;

use crate::{Web, ids::IsolateId, protocol::frame::Frame};

/// Sends an event to another isolate.
pub(crate) fn send(to: IsolateId, frame: Frame) {
    if let Some(frame) = channels::send(to, frame) {
        parent::post(to, frame);
    }
}

/// Sends control to another isolate; the root looks at it on the way.
pub(crate) fn send_control(to: IsolateId, control: Control<Web>) {
    parent::post(to, Frame::from_control(control));
    channels::fall_behind(to);
}
