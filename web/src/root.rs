//! The root: owns every worker, carries what they send each other, and speaks for those that are gone.
//!
//! | a worker | is known by | its listeners are told |
//! |---|---|---|
//! | starts | `ready` with the same build; otherwise an error event, another build, or the time limit | – |
//! | ends | `Ended`, after everything it had sent | exit |
//! | is lost | `Lost` from the panic hook, or an error event | error, then exit |
//! | is killed | `Terminate` with its capability | exit |
//! | dies without a word | its lock is free, or it answers no heartbeat | error, then exit |
//!
//! The first of these signals to arrive removes the worker's record; later ones find none. So each listener is told
//! exactly once.
//!
//! | file | what |
//! |---|---|
//! | `way.rs`, `own_worker.rs` | the way to a worker; a worker that the root has made |
//! | `record.rs` | the table of workers, and what is known of each |
//! | `guest.rs`, `program.rs`, `script.rs` | what runs in a worker, and what differs by it |
//! | `route.rs` | frames on their way to a worker |
//! | `channels.rs` | who talks to whom, and the order of what the root says in their name |
//! | `control.rs` | control on its way, pings, kills |
//! | `end.rs`, `liveness.rs`, `starting.rs` | the end, a silent death, the time until a worker is ready |
//! | `options.rs` | what an application may decide |
//! | `look.rs` | what the root knows of its workers, for who inspects them |
//! | `spawn.rs`, `shut_down.rs` | making workers; ending all of them |
//! | `receive.rs` | what comes from a worker, or from the root itself |
//! | `records.rs` | what workers write with `log` and `tracing` (features of these names) |

pub(crate) mod channels;
pub(crate) mod control;
mod end;
mod guest;
mod liveness;
pub(crate) mod look;
pub(crate) mod options;
mod own_worker;
mod program;
pub(crate) mod receive;
pub(crate) mod record;
#[cfg(any(feature = "log", feature = "tracing"))]
mod records;
pub(crate) mod route;
#[cfg(feature = "js")]
mod script;
pub(crate) mod shut_down;
pub(crate) mod spawn;
mod starting;
mod way;

use crate::{
    ids::{IsolateId, ROOT},
    protocol::frame::Frame,
};

/// Sends a frame from the root itself.
pub(crate) fn send(to: IsolateId, frame: Frame) {
    if to == ROOT {
        receive::handle_internal(ROOT, frame);
    } else {
        route::route(to, frame);
    }
}
