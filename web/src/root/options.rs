//! What an application may decide about its workers.

use std::{cell::RefCell, time::Duration};

use super::shut_down;

/// How many workers there may be when nothing else was said. Gecko has 512 places for an origin. One more waits for a place.
/// When a place becomes free then, the page hangs (Firefox 153); so it does without insula.
const WORKER_LIMIT: usize = 500;
/// How long a worker may take to come up when nothing else was said.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a worker may give no sign of life where there are no locks, when nothing else was said.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// The shortest of them: a busy worker looks for control every half second.
const SHORTEST_HEARTBEAT: Duration = Duration::from_secs(2);

/// What [`configure`] takes: how workers start, and how many there may be.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// use insula::web::Options;
///
/// assert_eq!(Options::new().worker_limit(500), Options::new()); // which is the default
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub(super) worker_url: Option<String>,
    pub(super) worker_limit: usize,
    pub(super) start_timeout: Duration,
    pub(super) heartbeat: Duration,
}

thread_local! {
    static OPTIONS: RefCell<Options> = const { RefCell::new(Options::new()) };
}

/// Sets the options for workers that start from now on. Each option that `options` does not name has its default again.
///
/// To be called where the application begins, before [`main`](crate::main), and where it begins anew after
/// [`shut_down`](crate::web::shut_down).
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// use insula::web;
///
/// web::configure(web::Options::new().worker_limit(32)); // on a small device
/// # web::configure(web::Options::new());
/// # }
/// ```
pub fn configure(options: Options) {
    OPTIONS.set(options);
    shut_down::begin_anew();
}

/// Looks at the options that are in force.
pub(super) fn with<R>(look: impl FnOnce(&Options) -> R) -> R {
    OPTIONS.with_borrow(look)
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// The defaults.
    ///
    /// ```ignore-linux,ignore-apple,ignore-windows
    /// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
    /// # #[wasm_bindgen_test::wasm_bindgen_test]
    /// # fn example() {
    /// insula::web::configure(insula::web::Options::new());
    /// # }
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            worker_url: None,
            worker_limit: WORKER_LIMIT,
            start_timeout: START_TIMEOUT,
            heartbeat: HEARTBEAT,
        }
    }

    /// The URL of the script that workers start with. The default is the script beside the glue.
    ///
    /// Needed where a bundler makes no worker from `new Worker(new URL(…, import.meta.url))` by itself, such as
    /// esbuild and Rollup. The script is a module with two lines: `import * as glue from './pkg/app.js';`, with
    /// the glue of this very build, and `self.insula = glue;`. A relative URL is relative to
    /// [`base_url`](crate::web::base_url()).
    ///
    /// ```ignore-linux,ignore-apple,ignore-windows
    /// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
    /// # #[wasm_bindgen_test::wasm_bindgen_test]
    /// # fn example() {
    /// // Where the application's own server has it.
    /// let options = insula::web::Options::new().worker_url("/assets/insula/worker.js");
    /// insula::web::configure(options);
    /// # insula::web::configure(insula::web::Options::new());
    /// # }
    /// ```
    #[must_use]
    pub fn worker_url(mut self, url: impl Into<String>) -> Self {
        self.worker_url = Some(url.into());
        self
    }

    /// How many workers there may be at once; the default is 500. To start one more is
    /// [`SpawnError::Failed`](crate::SpawnError), before the browser fails in ways of its own: Firefox has places for 512,
    /// and can hang when one becomes free that another worker waits for.
    ///
    /// ```ignore-linux,ignore-apple,ignore-windows
    /// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
    /// # #[wasm_bindgen_test::wasm_bindgen_test]
    /// # fn example() {
    /// let options = insula::web::Options::new().worker_limit(32); // on a small device
    /// # insula::web::configure(options);
    /// # insula::web::configure(insula::web::Options::new());
    /// # }
    /// ```
    #[must_use]
    pub const fn worker_limit(mut self, limit: usize) -> Self {
        self.worker_limit = limit;
        self
    }

    /// How long a worker may take to come up before its spawn fails; the default is 20 seconds.
    ///
    /// ```ignore-linux,ignore-apple,ignore-windows
    /// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
    /// # #[wasm_bindgen_test::wasm_bindgen_test]
    /// # fn example() {
    /// use std::time::Duration;
    ///
    /// let options = insula::web::Options::new().start_timeout(Duration::from_secs(60)); // a large module, a slow network
    /// # insula::web::configure(options);
    /// # insula::web::configure(insula::web::Options::new());
    /// # }
    /// ```
    #[must_use]
    pub const fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = timeout;
        self
    }

    /// How long a worker may give no sign of life before it counts as lost, at least 2 seconds; the default is 60.
    ///
    /// Only used where the browser has no Web Locks, which is on pages that came by plain http from another
    /// machine. There a worker that reaches neither its event loop nor a `checkpoint()` for half of that time
    /// may be taken for dead, and is terminated. Everywhere else a death is noticed in about 0.1 seconds,
    /// however busy the worker was.
    ///
    /// ```ignore-linux,ignore-apple,ignore-windows
    /// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
    /// # #[wasm_bindgen_test::wasm_bindgen_test]
    /// # fn example() {
    /// use std::time::Duration;
    ///
    /// let options = insula::web::Options::new().heartbeat(Duration::from_secs(600)); // jobs may compute for five minutes
    /// # insula::web::configure(options);
    /// # insula::web::configure(insula::web::Options::new());
    /// # }
    /// ```
    #[must_use]
    pub fn heartbeat(mut self, limit: Duration) -> Self {
        self.heartbeat = limit.max(SHORTEST_HEARTBEAT);
        self
    }
}
