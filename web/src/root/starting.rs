//! The time until a worker is ready: it comes up, or fails in one of many ways, in bounded time.

use std::{cell::Cell, time::Duration};

use insula_core::RemoteError;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, Event};

use super::{
    IDENTITY, Phase, WORKERS,
    end::{self, failed_with, give_up, lose},
    liveness, worker_count,
};
use crate::{driver, frame::Failure, js, spawner::answer};

/// When a worker that has not come up is late, and its script is asked for.
const LATE: Duration = Duration::from_secs(1);
/// How long a worker may take to come up when nothing else was said.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// How many workers there may be when nothing else was said. Gecko has 512 places for an origin. One more waits for a place,
/// and when one becomes free then, the page hangs (Firefox 153), whoever made the workers.
const WORKER_LIMIT: usize = 500;

thread_local! {
    static LIMIT: Cell<usize> = const { Cell::new(WORKER_LIMIT) };
    static TIMEOUT: Cell<Duration> = const { Cell::new(START_TIMEOUT) };
    /// Called by the probe, for whichever worker.
    static PROBED: Closure<dyn FnMut(f64, Option<String>)> = Closure::new(probed);
}

/// A worker that has not come up.
pub(super) struct Starting {
    /// Who asked for it.
    pub(super) from: u64,
    is_late: bool,
    /// Where its script is; the loader's own place when `None`.
    script: Option<String>,
    /// What it said meanwhile.
    error: Option<RemoteError>,
}

impl Starting {
    pub(super) fn new(from: u64, script: Option<String>) -> Self {
        Self {
            from,
            is_late: false,
            script,
            error: None,
        }
    }

    /// A worker of somebody else's: nobody knows its script, so only the limit is waited for.
    #[cfg(feature = "gloo")]
    pub(super) fn elsewhere(from: u64) -> Self {
        Self {
            is_late: true,
            ..Self::new(from, None)
        }
    }

    /// After how long the worker is waited on for the first time.
    pub(super) fn first_timeout(&self) -> Duration {
        let limit = TIMEOUT.get();
        if self.is_late { limit } else { LATE.min(limit) }
    }
}

/// Sets how long a worker may take to come up before its spawn fails; 20 seconds otherwise.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// insula::web::set_start_timeout(std::time::Duration::from_secs(60)); // a large module, a slow network
/// # }
/// ```
pub fn set_start_timeout(timeout: Duration) {
    TIMEOUT.set(timeout);
}

/// Sets how many workers there may be at once; 500 otherwise. To start one more is [`SpawnError::Failed`](crate::SpawnError),
/// before the browser fails in ways of its own: Firefox, for one, has places for 512 and hangs when one becomes free that
/// another waits for.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// insula::web::set_worker_limit(32); // on a small device
/// # }
/// ```
pub fn set_worker_limit(limit: usize) {
    LIMIT.set(limit);
}

/// Why there can't be another worker.
pub(super) fn obstacle() -> Option<Failure> {
    let limit = LIMIT.get();
    let reason =
        || format!("there are {limit} workers, the most there may be (web::set_worker_limit)");
    (worker_count() >= limit).then(|| end::failed(&reason()))
}

fn with_starting<R>(id: u64, look: impl FnOnce(&mut Starting) -> R) -> Option<R> {
    WORKERS.with_borrow_mut(|workers| match &mut workers.get_mut(&id)?.phase {
        Phase::Starting(starting) => Some(look(starting)),
        _ => None,
    })
}

/// A worker that has not come up is late at first, and then given up.
pub(super) fn wait_on(id: u64) {
    let is_late = with_starting(id, |starting| {
        std::mem::replace(&mut starting.is_late, true)
    });
    match is_late {
        None => {}
        Some(false) => {
            WORKERS.with_borrow_mut(|workers| {
                if let Some(record) = workers.get_mut(&id) {
                    record.set_timeout(TIMEOUT.get().saturating_sub(LATE));
                }
            });
            probe(id);
        }
        Some(true) => give_up(id, |uri| Failure::TimedOut {
            what: format!("the worker of `{uri}`"),
        }),
    }
}

/// Asks whether the script of a worker that has not come up is there.
fn probe(id: u64) {
    let url = with_starting(id, |starting| starting.script.clone()).flatten();
    #[expect(clippy::cast_precision_loss, reason = "isolate numbers have 52 bits")]
    PROBED.with(|probed| js::probe(id as f64, url, probed.as_ref().unchecked_ref()));
}

fn probed(id: f64, missing: Option<String>) {
    let id = id as u64;
    let Some(error) = with_starting(id, |starting| starting.error.take()) else {
        return;
    };
    match (missing, error) {
        (Some(reason), _) => give_up(id, |uri| Failure::NotFound { uri, reason }),
        (None, Some(error)) => give_up(id, |_| failed_with(&error)),
        // It is there and has not failed: still on its way.
        (None, None) => {}
    }
    driver::run();
}

/// An error event: before the worker was ready its script may be missing; after that it is lost.
pub(super) fn failed_by(id: u64, event: &Event) {
    let error = match event.dyn_ref::<ErrorEvent>() {
        Some(event) if !event.message().is_empty() => {
            let place = format!(
                "at {}:{}:{}",
                event.filename(),
                event.lineno(),
                event.colno()
            );
            RemoteError::new(event.message(), place)
        }
        _ => RemoteError::new(
            "the worker failed without saying why, as it does when its script is missing or the page's content security policy forbids it",
            "",
        ),
    };
    failed(id, error);
}

/// A worker says, or its engine, that its code has failed.
pub(super) fn failed(id: u64, error: RemoteError) {
    let starting = with_starting(id, |starting| {
        starting.error.get_or_insert_with(|| error.clone());
    });
    match starting {
        Some(()) => probe(id),
        #[cfg(feature = "js")]
        None if super::script::is_script(id) => super::script::error(id, &error),
        None => lose(id, &error, false),
    }
}

/// A worker says that it is up, and of which build.
pub(super) fn ready(id: u64, found: String, holds_lock: bool) {
    let expected = IDENTITY.with(Clone::clone);
    #[cfg(feature = "js")]
    let is_program = !super::script::is_script(id);
    #[cfg(not(feature = "js"))]
    let is_program = true;
    if is_program && found != expected {
        return give_up(id, |_| Failure::BuildMismatch { expected, found });
    }
    let from = WORKERS.with_borrow_mut(|workers| {
        let record = workers.get_mut(&id)?;
        let from = record.starting()?;
        record.phase = Phase::Running;
        js::clear_timeout(&record.timeout);
        Some(from)
    });
    if let Some(from) = from {
        liveness::watch(id, holds_lock);
        answer(id, from, None);
    }
}
