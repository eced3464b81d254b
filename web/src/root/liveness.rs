//! The death that no event tells of: `close()` in the worker's own code, a worker that the browser ended.
//!
//! A worker holds a Web Lock for its life, asked for before it is ready; the root waits for the same lock.
//! Where there are no locks (plain http from another machine) the root sends a heartbeat. What a worker had
//! sent before its end may come after the sign of it, so its record stays until nothing more has come for a
//! while: `Ended` and `Lost` say more and win.

use std::{cell::Cell, time::Duration};

use insula_core::{Priority, RemoteError};
use wasm_bindgen::prelude::*;

use super::{Phase, WORKERS, control::BEAT, end::lose};
use crate::{driver, frame, js};

/// How long nothing must come from a worker without a sign of life, before it is given up.
const SILENCE: Duration = Duration::from_millis(100);
/// How long a worker may give no sign of life where there are no locks, when nothing else was said.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// The shortest of them: a busy worker looks for control every half second.
const SHORTEST_HEARTBEAT: Duration = Duration::from_secs(2);

thread_local! {
    static LIMIT: Cell<Duration> = const { Cell::new(HEARTBEAT) };
    /// Called with the name of a lock, for whichever worker has held it.
    static FREE: Closure<dyn FnMut(String)> = Closure::new(|name: String| {
        let id = name.strip_prefix(frame::TAG).and_then(|id| id.trim().parse().ok());
        if let Some(id) = id {
            fall_silent(id, "it has closed, or the browser has ended it");
            driver::run();
        }
    });
}

/// Sets how long a worker may give no sign of life before it counts as lost, at least 2 seconds; 60
/// seconds otherwise.
///
/// Only where the browser has no Web Locks, which is on pages that came by plain http from another
/// machine. There a worker that reaches neither its event loop nor a `checkpoint()` for half of that time
/// may be taken for dead, and is terminated. Everywhere else a death is noticed in about 0.1 seconds,
/// however busy the worker was. Holds for workers that start from now on.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// insula::web::set_heartbeat(std::time::Duration::from_secs(600)); // jobs may compute for five minutes
/// # }
/// ```
pub fn set_heartbeat(limit: Duration) {
    LIMIT.set(limit.max(SHORTEST_HEARTBEAT));
}

/// Waits for the end of a worker that is ready.
pub(super) fn watch(id: u64, holds_lock: bool) {
    let name = format!("{} {id}", frame::TAG);
    let waits =
        holds_lock && FREE.with(|free| js::await_lock(&name, free.as_ref().unchecked_ref()));
    if !waits {
        beat(id);
    }
}

/// Asks for a sign of life, or finds that none has come since it was asked for last.
pub(super) fn beat(id: u64) {
    let limit = LIMIT.get();
    let is_alive = WORKERS.with_borrow_mut(|workers| {
        let record = workers.get_mut(&id)?;
        let received = record.received.get();
        if received == record.known {
            return Some(false);
        }
        record.known = received;
        record.knock(id, BEAT, Priority::Immediate);
        record.ring();
        record.set_timeout(limit / 2);
        Some(true)
    });
    if is_alive == Some(false) {
        fall_silent(id, &format!("it gave no sign of life for {:?}", limit / 2));
    }
}

fn fall_silent(id: u64, cause: &str) {
    WORKERS.with_borrow_mut(|workers| {
        let Some(record) = workers.get_mut(&id) else {
            return;
        };
        if matches!(record.phase, Phase::Running) {
            record.known = record.received.get();
            record.phase = Phase::Silent {
                cause: cause.to_owned(),
            };
            record.set_timeout(SILENCE);
        }
    });
}

/// A worker has been silent for a while; when something came meanwhile, more may come.
pub(super) fn listen_on(id: u64) {
    let cause = WORKERS.with_borrow_mut(|workers| {
        let record = workers.get_mut(&id)?;
        let received = record.received.get();
        if std::mem::replace(&mut record.known, received) != received {
            record.set_timeout(SILENCE);
            return None;
        }
        match &record.phase {
            Phase::Silent { cause } => Some(format!("the worker is gone: {cause}")),
            _ => None,
        }
    });
    // A script may close its worker; that is its end.
    #[cfg(feature = "js")]
    if cause.is_some() && super::script::is_script(id) {
        return super::end::end(id, false);
    }
    if let Some(cause) = cause {
        lose(id, &RemoteError::new(cause, ""), false);
    }
}
