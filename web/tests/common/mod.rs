//! What the tests of workers share.
#![allow(dead_code, reason = "each test program uses some of it")]

pub(crate) mod nested;

use std::{cell::Cell, future::Future, hint::black_box, time::Duration};

use insula_tests::within;
use insula_web::{IsolateRunner, ReceivePort, RemoteError, SpawnError, TaskError, Web, sleep, web};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, Url};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn eval(text: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static PROGRAM_URL: String;
}

/// How long anything may take on a busy machine. Nothing hangs, so this is an error and no measure.
pub(crate) const LIMIT: Duration = Duration::from_secs(100);

/// # Panics
/// When it is not done within the limit.
pub(crate) async fn in_time<F: Future>(what: &str, future: F) -> F::Output {
    let done = within::<Web, _>(LIMIT, future).await;
    done.unwrap_or_else(|| panic!("{what}: not within {LIMIT:?}"))
}

/// The URL of this program's glue; the module is beside it.
pub(crate) fn program_url() -> String {
    PROGRAM_URL.with(Clone::clone)
}

/// The URL of a module script with this text.
pub(crate) fn script(text: &str) -> String {
    let options = BlobPropertyBag::new();
    options.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options);
    Url::create_object_url_with_blob(&blob.expect("a string makes a blob"))
        .expect("a blob has a URL")
}

/// Spawns a runner whose worker starts with `url`.
pub(crate) async fn spawn_from(url: &str) -> SpawnError {
    spawn_with(web::Options::new().worker_url(url)).await
}

/// Spawns a runner with options for its worker, and puts the defaults back.
pub(crate) async fn spawn_with(options: web::Options) -> SpawnError {
    web::configure(options);
    let spawned = in_time("a spawn", IsolateRunner::spawn()).await;
    web::configure(web::Options::new());
    spawned.expect_err("the script is not a loader of this build")
}

/// A runner.
pub(crate) async fn runner() -> IsolateRunner {
    in_time("a spawn", IsolateRunner::spawn())
        .await
        .expect("a runner starts")
}

/// Waits until there is no worker.
pub(crate) async fn no_worker_is_left() {
    workers_are(0).await;
}

thread_local! {
    /// What tests that failed have left behind, so that the next one does not fail for it.
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

/// Waits until there are so many workers.
///
/// # Panics
/// When there are not in some seconds.
pub(crate) async fn workers_are(count: usize) {
    for _ in 0..500 {
        if workers() == count {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    let found = workers();
    LEFT.set(web::worker_count());
    panic!("{found} workers, not {count}");
}

/// How many workers this test has.
pub(crate) fn workers() -> usize {
    web::worker_count().wrapping_sub(LEFT.get())
}

/// Runs JavaScript here, in the page or in a worker.
///
/// # Panics
/// When it throws.
pub(crate) fn javascript(text: &str) -> JsValue {
    eval(text).expect("the script is correct")
}

/// Tells the page, from another one within it or from another instance: calls its `told`.
pub(crate) fn tell(text: &str) {
    let tell: js_sys::Function = javascript("(text) => parent.told(text)").unchecked_into();
    tell.call1(&JsValue::UNDEFINED, &text.into())
        .expect("the page waits for it");
}

/// The time, by the one clock of the page and its workers.
pub(crate) fn now_ms() -> f64 {
    javascript("performance.timeOrigin + performance.now()")
        .as_f64()
        .expect("a number")
}

/// Keeps the page or worker busy, without a checkpoint.
pub(crate) fn block(duration: Duration) {
    let end = now_ms() + duration.as_secs_f64() * 1000.0;
    while now_ms() < end {}
}

/// How many workers live, by the locks that they hold.
pub(crate) async fn locks_held() -> u32 {
    let held = "navigator.locks.query().then(({ held }) => held.length)";
    let held = resolved(javascript(held)).await;
    held.as_f64().expect("a number") as u32
}

/// A job that recurses until its worker's stack is full.
pub(crate) fn overflow_the_stack(_: ()) {
    fn deeper(depth: u64) -> u64 {
        if black_box(depth) == u64::MAX {
            return 0;
        }
        deeper(black_box(depth + 1)) + black_box(depth)
    }
    assert_ne!(deeper(0), 1);
}

/// What a promise resolves to.
pub(crate) async fn resolved(promise: JsValue) -> JsValue {
    let promise: js_sys::Promise = promise.unchecked_into();
    wasm_bindgen_futures::JsFuture::from(promise)
        .await
        .expect("it resolves")
}

/// Never done, and never woken.
pub(crate) async fn for_ever(_: ()) {
    std::future::pending::<()>().await;
}

/// A runner, and what its listeners are told.
pub(crate) struct Patient {
    pub(crate) runner: IsolateRunner,
    exits: ReceivePort<u32>,
    errors: ReceivePort<RemoteError>,
}

impl Patient {
    pub(crate) async fn new() -> Self {
        let runner = runner().await;
        let (exits, errors) = (ReceivePort::new(), ReceivePort::new());
        let isolate = runner.isolate();
        isolate
            .add_exit_listener(&exits.send_port(), 7)
            .expect("a number can be sent");
        isolate.add_error_listener(&errors.send_port());
        Self {
            runner,
            exits,
            errors,
        }
    }

    /// Runs `job`, which takes the worker with it, beside one that would never end: both are lost, and
    /// the listeners are told of one error and then of one end. Returns the error.
    pub(crate) async fn dies_of(mut self, job: fn(())) -> RemoteError {
        let waiting = self.runner.run_async(for_ever, ());
        let lost = in_time("the job", self.runner.run(job, ())).await;
        let error = self.error().await;
        let Err(TaskError::IsolateLost { reason, .. }) = lost else {
            panic!("{lost:?}, {error:?}")
        };
        assert_eq!(reason.error(), Some(&error));
        let waiting = in_time("the other job", waiting).await;
        assert!(
            matches!(waiting, Err(TaskError::IsolateLost { .. })),
            "{waiting:?}"
        );
        self.ends_once().await;
        error
    }

    /// The next error that the listener is told.
    pub(crate) async fn error(&mut self) -> RemoteError {
        in_time("the error", self.errors.next())
            .await
            .expect("the port is open")
    }

    /// It is lost without a further job: one error, one end. Returns the error.
    pub(crate) async fn dies_of_itself(self) -> RemoteError {
        self.dies_of_itself_beside(0).await
    }

    /// As `dies_of_itself`, while so many other workers live on.
    pub(crate) async fn dies_of_itself_beside(mut self, others: usize) -> RemoteError {
        let error = self.error().await;
        self.ends_once_beside(others).await;
        error
    }

    /// The end is told once, and nothing follows it.
    pub(crate) async fn ends_once(self) {
        self.ends_once_beside(0).await;
    }

    /// The end is told once, and nothing follows it.
    async fn ends_once_beside(mut self, others: usize) {
        assert_eq!(in_time("the end", self.exits.next()).await, Some(7));
        // Longer than the root waits for a worker that has fallen silent.
        let quiet = Duration::from_millis(300);
        assert_eq!(within::<Web, _>(quiet, self.exits.next()).await, None);
        let error = within::<Web, _>(Duration::ZERO, self.errors.next()).await;
        assert_eq!(error, None, "a second error");
        workers_are(others).await;
    }
}
