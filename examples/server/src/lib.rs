//! A server that makes pictures smaller: axum answers requests, a pool of isolates does the work.
//!
//! The executor's threads never run the work, so other requests are answered meanwhile. A request whose job hangs is
//! answered in bounded time, and its isolate is freed. A client that goes away takes its job with it: axum drops the
//! handler, the handler drops the task, and the pool cancels the job.
#![forbid(unsafe_code)]

use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use insula::{TaskError, WorkerPool, pool::JobError, pool::WhenFull};
use insula_examples::{documents::Unreadable, images::shrink};

/// How long one picture may take, from the begin of its job.
pub const TIMEOUT: Duration = Duration::from_secs(2);

/// How long one request may take, waiting included.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// The pool of a server. It refuses jobs when its queue is full, so that a client is told at once.
#[must_use]
pub fn pool() -> WorkerPool {
    WorkerPool::builder()
        .debug_name("pictures")
        .when_full(WhenFull::Reject)
        .grace(Duration::from_millis(200))
        .build()
}

/// `POST /pictures`: a PNG file in, a JPEG file out.
pub fn app(pool: WorkerPool) -> Router {
    Router::new()
        .route(
            "/pictures",
            answer_with(|file| async { shrink(file) }, TIMEOUT),
        )
        .with_state(pool)
}

/// A route that answers with what `work` makes of the request's body, on an isolate of the pool. `timeout` is how long it may
/// run.
pub fn answer_with<F>(
    work: fn(Vec<u8>) -> F,
    timeout: Duration,
) -> axum::routing::MethodRouter<WorkerPool>
where
    F: Future<Output = Result<Vec<u8>, Unreadable>> + 'static,
{
    post(async move |State(pool): State<WorkerPool>, body: Bytes| {
        let job = pool
            .job_async(work, body.to_vec())
            .timeout(timeout)
            .deadline(DEADLINE);
        match job.start().await {
            Ok(Ok(picture)) => ([(CONTENT_TYPE, "image/jpeg")], picture).into_response(),
            Ok(Err(unreadable)) => refuse(StatusCode::UNPROCESSABLE_ENTITY, unreadable),
            Err(error) => failed(error),
        }
    })
}

/// Which status tells a client what became of its job.
fn failed(error: JobError) -> Response {
    let status = match error.error {
        TaskError::QueueFull | TaskError::Closed => StatusCode::SERVICE_UNAVAILABLE,
        TaskError::TimedOut | TaskError::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    refuse(status, error)
}

fn refuse(status: StatusCode, why: impl std::fmt::Display) -> Response {
    (status, why.to_string()).into_response()
}
