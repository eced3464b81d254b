//! The death that no event tells of: `close()` in the worker's own code, a worker that the browser ended.
//!
//! A worker holds a Web Lock for its life, asked for before it is ready; the root waits for the same lock.
//! Where there are no locks an event tells (Bun), or the root sends a heartbeat (plain http from another machine). What a worker had
//! sent before its end may come after the sign of it, so its record stays until nothing more has come for a
//! while: `Ended` and `Lost` say more and win.

use std::time::Duration;

use insula_core::{ExitReason, Priority, RemoteError};
use wasm_bindgen::prelude::*;

use super::{
    end::{end, failed_by_itself, lose},
    guest::Upshot,
    options,
    record::{self, Phase},
};
use crate::{ids::IsolateId, js, protocol::head, turn::driver};

/// The number of a ping whose answer nothing waits for: a heartbeat.
const BEAT: u64 = 0;

/// How long nothing must come from a worker without a sign of life, before it is given up.
const SILENCE: Duration = Duration::from_millis(100);
thread_local! {
    /// Called with the name of a lock when its worker has let it go.
    static FREE: Closure<dyn FnMut(String)> = Closure::new(|name: String| {
        if let Some(id) = head::isolate_of_lock(&name) {
            closed(id);
            driver::run();
        }
    });
}

/// Waits for the end of a worker that is ready.
pub(super) fn watch(id: IsolateId, holds_lock: bool) {
    let name = head::lock_name(id);
    let waits =
        holds_lock && FREE.with(|free| js::await_lock(&name, free.as_ref().unchecked_ref()));
    if !waits && !js::workers_tell_their_end() {
        beat(id);
    }
}

/// A worker has ended, and has not said so itself.
pub(super) fn closed(id: IsolateId) {
    fall_silent(id, gone("it has closed, or the browser has ended it"));
}

/// Asks for a sign of life, or finds that none has come since it was asked for last.
pub(super) fn beat(id: IsolateId) {
    let limit = options::with(|options| options.heartbeat);
    let is_alive = record::with(id, |record| {
        let is_alive = record.has_said_more();
        if is_alive {
            record
                .guest
                .request_ping(&record.way, BEAT, Priority::Immediate);
            record.signal_control();
            record.timeout.set(limit / 2);
        }
        is_alive
    });
    if is_alive == Some(false) {
        let limit_ms = (limit / 2).as_millis() as u64;
        fall_silent(
            id,
            gone(&format!("it gave no sign of life for {limit_ms} ms")),
        );
    }
}

fn gone(cause: &str) -> RemoteError {
    RemoteError::new(format!("the worker is gone: {cause}"), "")
}

/// An event tells of an error of a worker that had started.
pub(super) fn failed(id: IsolateId, error: RemoteError) {
    let upshot = record::find(id, |record| Some(record.guest.on_error()));
    if !js::errors_overtake_messages() || !matches!(upshot, Some(Upshot::Lost)) {
        return failed_by_itself(id, error);
    }
    record::with(id, |record| {
        // The lock may have been free first, which says less.
        if let Phase::Silent { cause } = &mut record.phase {
            *cause = error.clone();
        }
    });
    fall_silent(id, error);
}

fn fall_silent(id: IsolateId, cause: RemoteError) {
    record::with(id, |record| {
        if matches!(record.phase, Phase::Running) {
            record.has_said_more();
            record.phase = Phase::Silent { cause };
            record.timeout.set(SILENCE);
        }
    });
}

/// A worker has been silent for a while; when something came meanwhile, more may come.
pub(super) fn listen_on(id: IsolateId) {
    let gone = record::find(id, |record| {
        if record.has_said_more() {
            record.timeout.set(SILENCE);
            return None;
        }
        match &record.phase {
            Phase::Silent { cause } => Some((cause.clone(), record.guest.on_silence())),
            _ => None,
        }
    });
    match gone {
        None => {}
        Some((cause, Upshot::Lost)) => lose(id, ExitReason::Lost(cause), false),
        Some(_) => end(id, ExitReason::Exited, false),
    }
}
