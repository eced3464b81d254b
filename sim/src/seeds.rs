//! Which seeds run: a range, one from the environment, or a range that differs from process to process.

use std::{
    collections::hash_map::RandomState, env, hash::BuildHasher, ops::Range, process, sync::OnceLock,
};

use insula_core::AppResult;

use crate::{
    picture,
    run::{run, try_run},
    setting::Setting,
    tell::tell,
};

/// `count` seeds. The first one differs from process to process, so that every run of a test tries
/// new interleavings.
///
/// The first seed is printed once a process. [`check`](crate::check()) prints the seed that fails.
///
/// ```
/// insula_sim::check(insula_sim::seeds(50), || async {
///     assert_eq!(insula_sim::compute(|n: u32| n * 2, 4).await, Ok(8));
/// });
/// ```
#[must_use]
pub fn seeds(count: u64) -> Range<u64> {
    static FIRST: OnceLock<u64> = OnceLock::new();
    let first = *FIRST.get_or_init(|| {
        // Few digits, as a person may type them.
        let first = RandomState::new().hash_one(process::id()) % 1_000_000_000;
        tell(format_args!(
            "insula-sim: this run begins with seed {first}"
        ));
        first
    });
    first..first + count
}

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    let number = value.parse();
    assert!(number.is_ok(), "{name} has to be a number, not `{value}`");
    number.ok()
}

pub(crate) fn check<F: Future<Output: 'static> + 'static>(
    setting: Setting,
    seeds: Range<u64>,
    program: impl Fn() -> F,
) {
    let seeds = match (number("INSULA_SEED"), number("INSULA_SEEDS")) {
        (Some(seed), _) => seed..seed.saturating_add(1),
        (None, Some(count)) => seeds.start..seeds.start.saturating_add(count),
        (None, None) => seeds,
    };
    for seed in seeds {
        if let Err(failure) = try_run(setting, seed, program()) {
            failure.explain();
            tell(format_args!(
                "To replay this interleaving alone, set INSULA_SEED={seed} and run this test again."
            ));
            failure.raise();
        }
    }
}

pub(crate) fn block_on<F: Future<Output: 'static> + 'static>(
    setting: Setting,
    future: F,
) -> F::Output {
    let run = run(setting, number("INSULA_SEED").unwrap_or(0), future);
    picture::keep_if_asked(&run.recorded);
    for report in &run.reports {
        tell(format_args!("{report}"));
    }
    run.value
}

pub(crate) fn main<F: Future<Output: AppResult + 'static> + 'static>(
    setting: Setting,
    app: impl FnOnce() -> F + 'static,
) {
    if let Err(error) = block_on(setting, async { app().await.into_result() }) {
        tell(format_args!("error: {error}"));
        process::exit(1);
    }
}
