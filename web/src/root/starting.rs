//! The time until a worker is ready: it comes up, or fails in one of many ways, in bounded time.

use std::time::Duration;

use insula_core::{RemoteError, texts::first_line};
use wasm_bindgen::prelude::*;

use super::{
    end::give_up,
    liveness, options,
    record::{self, FirstScript, Phase, Record, Starting, worker_count},
    route::answer,
};
use crate::{ids::IsolateId, js, protocol::head::Failure, turn::driver};

/// When a worker that has not come up is late, and its script is asked for.
const LATE: Duration = Duration::from_secs(1);
thread_local! {
    /// Called by the probe of every worker.
    static PROBED: Closure<dyn FnMut(f64, Option<String>, bool)> = Closure::new(probed);
}

impl Starting {
    pub(super) fn new(from: IsolateId, script: FirstScript) -> Self {
        Self {
            from,
            is_late: false,
            script,
            error: None,
        }
    }

    /// A worker that the root has not made: its script is not known, so only the limit is waited for.
    pub(super) fn elsewhere(from: IsolateId) -> Self {
        Self {
            is_late: true,
            ..Self::new(from, FirstScript::Loader)
        }
    }

    /// After how long the worker is waited on for the first time.
    pub(super) fn first_timeout(&self) -> Duration {
        let limit = limit();
        if self.is_late { limit } else { LATE.min(limit) }
    }
}

/// How long a worker may take to come up.
fn limit() -> Duration {
    options::with(|options| options.start_timeout)
}

/// # Errors
/// The host has no workers, or there are as many as there may be.
pub(super) fn check_host() -> Result<(), Failure> {
    if !js::has_workers() {
        return Err(Failure::NoWorkers);
    }
    let limit = options::with(|options| options.worker_limit);
    if worker_count() < limit {
        return Ok(());
    }
    Err(Failure::failed(&format!(
        "there are {limit} workers, the most there may be (web::Options::worker_limit)"
    )))
}

/// Why the browser has made no worker, and what helps.
pub(super) fn not_made(name: &str, error: &JsValue) -> Failure {
    let remedy = match js::field(error, "name").as_string().as_deref() {
        Some("SecurityError") => {
            "; the script of a worker has to be of the page's own origin (`web::Options::worker_url` can name one there, or a `blob:` that imports another), and the page's content security policy has to allow it (`worker-src`)"
        }
        Some("TypeError") if js::has_trusted_types() => {
            "; a page that requires trusted types has to allow the policy `insula`: `Content-Security-Policy: trusted-types insula`"
        }
        _ => "",
    };
    let reason = js::text_of(error);
    Failure::failed(&format!(
        "the browser makes no worker for `{name}`: {reason}{remedy}"
    ))
}

/// Why what the application calls the script of its workers is no URL.
pub(super) fn no_url(name: &str, url: &str, error: &JsValue) -> Failure {
    let reason = js::text_of(error);
    Failure::failed(&format!(
        "the worker of `{name}` has no script: `{url}` of `web::Options::worker_url` is no URL: {reason}"
    ))
}

fn with_starting<R>(id: IsolateId, look: impl FnOnce(&mut Starting) -> R) -> Option<R> {
    record::find(id, |record| match &mut record.phase {
        Phase::Starting(starting) => Some(look(starting)),
        _ => None,
    })
}

/// A worker that has not come up is late at first, and then given up.
pub(super) fn wait_on(id: IsolateId) {
    let is_late = with_starting(id, |starting| {
        std::mem::replace(&mut starting.is_late, true)
    });
    match is_late {
        None => {}
        Some(false) => {
            record::with(id, |record| {
                record.timeout.set(limit().saturating_sub(LATE));
            });
            probe(id);
        }
        Some(true) => give_up(id, |record| {
            // A `u128` would bring the code that writes one.
            let limit_ms = limit().as_millis() as u64;
            Failure::TimedOut {
                what: format!(
                    "the worker of `{}` (`web::Options::start_timeout` is {limit_ms} ms)",
                    record.name
                ),
            }
        }),
    }
}

/// Asks whether the script of a worker that has not come up is there.
fn probe(id: IsolateId) {
    let script = with_starting(id, |starting| match &starting.script {
        FirstScript::Loader => (None, true),
        FirstScript::WorkerUrl(url) => (Some(url.clone()), true),
        FirstScript::Isolate(url) => (Some(url.clone()), false),
    });
    let Some((url, is_first)) = script else {
        return;
    };
    #[expect(clippy::cast_precision_loss, reason = "isolate numbers have 52 bits")]
    let number = id.number() as f64;
    PROBED.with(|probed| js::probe(number, url, is_first, probed.as_ref().unchecked_ref()));
}

/// Why no worker comes up from a script that is not for this page.
fn why_no_script(record: &Record, reason: String, is_there: bool) -> Failure {
    let uri = match &record.phase {
        Phase::Starting(Starting { script, .. }) => match script {
            FirstScript::Loader => None,
            FirstScript::WorkerUrl(url) => Some(url),
            FirstScript::Isolate(_) => Some(&record.uri),
        },
        _ => None,
    };
    match uri.filter(|_| !is_there) {
        Some(uri) => Failure::NotFound {
            uri: uri.clone(),
            reason,
        },
        None => Failure::failed(&format!(
            "the worker of `{}` has no script to start with: {reason}",
            record.name
        )),
    }
}

fn probed(id: f64, reason: Option<String>, is_there: bool) {
    let id = IsolateId::from_number(id as u64);
    let Some(error) = with_starting(id, |starting| starting.error.take()) else {
        return;
    };
    match (reason, error) {
        (Some(reason), _) => give_up(id, |record| why_no_script(record, reason, is_there)),
        (None, Some(error)) => give_up(id, |_| Failure::from(&error)),
        // It is there and has not failed: still on its way.
        (None, None) => {}
    }
    driver::run();
}

/// An error event: before the worker was ready its script may be missing; after that it is lost.
pub(super) fn failed_by(id: IsolateId, event: &JsValue) {
    let told = js::heard_in(event);
    let error = match told.as_deref().map(first_line) {
        Some((place, message)) => RemoteError::new(message, place),
        None => RemoteError::new(
            "the worker failed, and the engine does not say why; it does so when the first script of a worker can't be fetched, and when the page's content security policy forbids it (`worker-src`)",
            "",
        ),
    };
    failed(id, error);
}

/// A worker says, or its engine, that its code has failed.
pub(super) fn failed(id: IsolateId, error: RemoteError) {
    let starting = with_starting(id, |starting| {
        starting.error.get_or_insert_with(|| error.clone());
    });
    match starting {
        Some(()) => probe(id),
        None => liveness::failed(id, error),
    }
}

/// An event says that a worker has ended.
pub(super) fn closed(id: IsolateId) {
    match with_starting(id, |_| ()) {
        Some(()) => failed(
            id,
            RemoteError::new("the worker has closed before it was ready", ""),
        ),
        None => liveness::closed(id),
    }
}

/// A worker says that it is up, and of which build.
///
/// It says so once; what follows changes nothing.
pub(super) fn ready(id: IsolateId, found: String, holds_lock: bool) {
    let expected = record::find(id, |record| {
        record.starting()?;
        record.guest.build()
    });
    if let Some(expected) = expected.filter(|expected| *expected != found) {
        return give_up(id, |_| Failure::BuildMismatch { expected, found });
    }
    let from = record::find(id, |record| {
        let from = record.starting()?;
        record.phase = Phase::Running;
        record.timeout.clear();
        Some(from)
    });
    if let Some(from) = from {
        liveness::watch(id, holds_lock);
        answer(id, from, None);
    }
}
