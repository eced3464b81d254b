//! The simulation of a browser: isolates share nothing, and no code may block.
//!
//! The types are those of the crate's root; only the functions that run a simulation are others. What
//! a browser can't do fails here too: `Isolate::spawn`, `Isolate::run` and `Moved` are `Unsupported`,
//! and a blocking call that would have to wait panics.
//!
//! ```
//! use insula_sim::{Isolate, IsolateRunner, web_like};
//!
//! web_like::check(0..20, || async {
//!     let unsupported = Isolate::run(|| 5).await.unwrap_err();
//!     assert!(unsupported.to_string().contains("IsolateRunner"));
//!     let runner = IsolateRunner::spawn().await.unwrap();
//!     assert_eq!(runner.run(|n: u32| n + 1, 4).await, Ok(5));
//! });
//! ```

use std::ops::Range;

use insula_core::AppResult;

use crate::{Failure, Faults, Run, seeds, setting::Setting};

const WORKERS: Setting = Setting::workers(Faults::none());

/// As [`insula_sim::run`](crate::run()).
///
/// ```
/// let run = insula_sim::web_like::run(7, async { insula_sim::compute(|n: u32| n + 1, 6).await });
/// assert_eq!(run.value, Ok(7));
/// ```
///
/// # Panics
/// As [`insula_sim::run`](crate::run()).
pub fn run<F: Future<Output: 'static> + 'static>(seed: u64, future: F) -> Run<F::Output> {
    crate::run::run(WORKERS, seed, future)
}

/// As [`insula_sim::try_run`](crate::try_run()).
///
/// ```
/// let failure = insula_sim::web_like::try_run(0, async {
///     insula_sim::ReceivePort::<u32>::new().recv()
/// });
/// assert!(failure.unwrap_err().reason.starts_with("no code may block"));
/// ```
///
/// # Errors
/// As [`insula_sim::try_run`](crate::try_run()).
///
/// # Panics
/// As [`insula_sim::try_run`](crate::try_run()).
pub fn try_run<F: Future<Output: 'static> + 'static>(
    seed: u64,
    future: F,
) -> Result<Run<F::Output>, Failure> {
    crate::run::try_run(WORKERS, seed, future)
}

/// As [`insula_sim::check`](crate::check()).
///
/// ```
/// insula_sim::web_like::check(0..5, || async {
///     assert_eq!(insula_sim::compute(|n: u32| n * 2, 4).await, Ok(8));
/// });
/// ```
///
/// # Panics
/// As [`insula_sim::check`](crate::check()).
pub fn check<F: Future<Output: 'static> + 'static>(seeds: Range<u64>, program: impl Fn() -> F) {
    seeds::check(WORKERS, seeds, program);
}

/// As [`insula_sim::main`](crate::main()).
///
/// ```
/// insula_sim::web_like::main(|| async {});
/// ```
///
/// # Panics
/// As [`insula_sim::run`](crate::run()).
pub fn main<F: Future<Output: AppResult + 'static> + 'static>(app: impl FnOnce() -> F + 'static) {
    seeds::main(WORKERS, app);
}

/// As [`insula_sim::block_on`](crate::block_on()).
///
/// ```
/// assert_eq!(insula_sim::web_like::block_on(async { 5 }), 5);
/// ```
///
/// # Panics
/// As [`insula_sim::run`](crate::run()).
pub fn block_on<F: Future<Output: 'static> + 'static>(future: F) -> F::Output {
    seeds::block_on(WORKERS, future)
}

/// As [`insula_sim::run_with`](crate::run_with).
///
/// ```
/// use insula_sim::{Faults, compute, web_like};
///
/// let run = web_like::run_with(Faults::all(), 7, async { compute(|n: u32| n + 1, 6).await });
/// assert_eq!(run.value, Ok(7)); // on the host, which never dies
/// ```
///
/// # Panics
/// As [`insula_sim::run`](crate::run()).
pub fn run_with<F: Future<Output: 'static> + 'static>(
    faults: Faults,
    seed: u64,
    future: F,
) -> Run<F::Output> {
    crate::run::run(Setting::workers(faults), seed, future)
}

/// As [`insula_sim::try_run_with`](crate::try_run_with).
///
/// ```
/// use insula_sim::{Faults, IsolateRunner, web_like};
///
/// let run = web_like::try_run_with(Faults::all(), 0, async { IsolateRunner::spawn().await });
/// assert!(run.is_ok(), "the outcome of a start is known at last");
/// ```
///
/// # Errors
/// As [`insula_sim::try_run`](crate::try_run()).
///
/// # Panics
/// As [`insula_sim::try_run`](crate::try_run()).
pub fn try_run_with<F: Future<Output: 'static> + 'static>(
    faults: Faults,
    seed: u64,
    future: F,
) -> Result<Run<F::Output>, Failure> {
    crate::run::try_run(Setting::workers(faults), seed, future)
}

/// As [`insula_sim::check_with`](crate::check_with).
///
/// ```
/// use insula_sim::{Faults, IsolateRunner, web_like};
///
/// web_like::check_with(Faults::all(), 0..20, || async {
///     let _ = IsolateRunner::spawn().await;
/// });
/// ```
///
/// # Panics
/// As [`insula_sim::check`](crate::check()).
pub fn check_with<F: Future<Output: 'static> + 'static>(
    faults: Faults,
    seeds: Range<u64>,
    program: impl Fn() -> F,
) {
    seeds::check(Setting::workers(faults), seeds, program);
}
