//! primes, anywhere.

use insula_examples::{
    primes::{LIMIT, Range, count},
    programs::Outcome,
    report::thousands,
};

use crate::way::Place;

/// Ranges of the same length.
const STEP: u32 = LIMIT / 64;

pub(super) async fn program(on: &Place) -> Outcome {
    let ranges = (0..64).map(|n| Range {
        from: n * STEP,
        to: (n + 1) * STEP,
    });
    let jobs: Vec<_> = ranges.map(|range| on.run(count, range)).collect();
    let mut primes = 0;
    for job in jobs {
        primes += job.await?;
    }
    let limit = thousands(LIMIT as usize);
    Ok(format!("{} primes below {limit}", thousands(primes)))
}
