//! [`Refusal`]: what a server does instead of giving a worker its first script, or what it adds to that.

use std::{panic, time::Duration};

use axum::{
    body::{Body, to_bytes},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
};
use tokio::time::sleep;

/// How long a worker may take to start where that is what the page has to name.
pub(super) const START_TIMEOUT: Duration = Duration::from_millis(700);

/// What is wrong with the script that a worker gets. The page has got it before, so it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is elsewhere, where this page may not read.
    Redirected,
    Missing,
    OfAnotherType,
    /// Its policy allows no wasm.
    WithoutWasm,
    /// It comes after [`START_TIMEOUT`].
    Late,
    /// The server is gone: the connection ends without an answer.
    Unanswered,
    /// It closes its worker when that was told what to run.
    Closing,
    /// Its module gets no memory.
    WithoutMemory,
    /// Its module's `start` traps, as it does after a panic.
    Trapping,
}

impl Refusal {
    pub(super) const ALL: [(&'static str, Self); 9] = [
        ("redirected", Self::Redirected),
        ("missing", Self::Missing),
        ("of_another_type", Self::OfAnotherType),
        ("without_wasm", Self::WithoutWasm),
        ("late", Self::Late),
        ("unanswered", Self::Unanswered),
        ("closing", Self::Closing),
        ("without_memory", Self::WithoutMemory),
        ("trapping", Self::Trapping),
    ];

    /// What the error has to say.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Redirected => &["`squares`", "/src/worker.js", "another origin"],
            Self::Missing => &["`squares`", "/src/worker.js answered 404"],
            Self::OfAnotherType => &["`squares`", "/src/worker.js is of the type `text/plain`"],
            Self::WithoutWasm => &["/src/worker.js", "`script-src 'wasm-unsafe-eval'`"],
            Self::Late => &["`squares`", "`web::Options::start_timeout` is 700 ms"],
            Self::Unanswered => &["`squares`", "/src/worker.js can't be fetched"],
            Self::Closing => &["closed itself before it was ready"],
            Self::WithoutMemory => &["does not start", "RangeError: no memory is left"],
            Self::Trapping => &["does not start", "RuntimeError: unreachable"],
        }
    }

    /// What the script gets at its end.
    fn code(self) -> &'static str {
        match self {
            Self::Closing => "addEventListener('message', () => self.close());",
            Self::WithoutMemory => {
                "WebAssembly.Instance = function () { throw new RangeError('no memory is left'); };"
            }
            Self::Trapping => {
                "const { Instance } = WebAssembly;
                 WebAssembly.Instance = function (...made) {
                   const { exports } = new Instance(...made);
                   const __wbindgen_start = () => { throw new WebAssembly.RuntimeError('unreachable'); };
                   return { exports: { ...exports, __wbindgen_start } };
                 };"
            }
            _ => "",
        }
    }

    /// What the server answers instead of `script`.
    pub(super) async fn answer(self, mut script: Response, elsewhere: String) -> Response {
        let headers = script.headers_mut();
        match self {
            Self::Redirected => {
                return (StatusCode::FOUND, [(LOCATION, elsewhere)]).into_response();
            }
            Self::Missing => return StatusCode::NOT_FOUND.into_response(),
            Self::OfAnotherType => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            }
            Self::WithoutWasm => {
                let policy = HeaderValue::from_static("script-src 'self'");
                headers.insert(CONTENT_SECURITY_POLICY, policy);
            }
            Self::Late => sleep(2 * START_TIMEOUT).await,
            // What handles the connection ends with this, without a word.
            Self::Unanswered => panic::resume_unwind(Box::new(())),
            Self::Closing | Self::WithoutMemory | Self::Trapping => {
                headers.remove(CONTENT_LENGTH);
                return with_code(script, self.code()).await;
            }
        }
        script
    }
}

/// A script with more code at its end.
async fn with_code(script: Response, code: &str) -> Response {
    let (head, body) = script.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(text) => {
            let text = [&text, code.as_bytes()].concat();
            Response::from_parts(head, Body::from(text))
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
