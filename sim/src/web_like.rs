//! The face of [`SimWeb`]: the same words where isolates share nothing and nobody can block, as in
//! a browser.
//!
//! ```
//! use insula_sim::web_like::{Isolate, IsolateRunner, Runner, check};
//!
//! check(0..20, || async {
//!     let unsupported = Isolate::run(|| 5).await.unwrap_err();
//!     assert!(unsupported.to_string().contains("IsolateRunner"));
//!     let runner = IsolateRunner::spawn().await.unwrap();
//!     assert_eq!(runner.run(|n: u32| n + 1, 4).await, Ok(5));
//! });
//! ```

use std::ops::Range;

use insula_core::AppResult;

use crate::{Run, SimWeb};

insula_core::face!(SimWeb);

/// As [`insula_sim::run`](crate::run()).
///
/// # Panics
/// As [`insula_sim::run`](crate::run()).
pub fn run<F: Future<Output: 'static> + 'static>(seed: u64, future: F) -> Run<F::Output> {
    SimWeb::run(seed, future)
}

/// As [`insula_sim::check`](crate::check()).
///
/// # Panics
/// As [`insula_sim::check`](crate::check()).
pub fn check<F: Future<Output: 'static> + 'static>(seeds: Range<u64>, program: impl Fn() -> F) {
    SimWeb::check(seeds, program);
}

/// As [`insula_sim::main`](crate::main()).
///
/// # Panics
/// As [`run`].
pub fn main<F: Future<Output: AppResult + 'static> + 'static>(app: impl FnOnce() -> F + 'static) {
    SimWeb::main(app);
}

/// As [`insula_sim::block_on`](crate::block_on()).
///
/// # Panics
/// As [`run`].
pub fn block_on<F: Future<Output: 'static> + 'static>(future: F) -> F::Output {
    SimWeb::block_on(future)
}
