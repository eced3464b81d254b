//! primes: the primes below 1,000,000, one range a job, over the cores.

use insula::{Error, LoadBalancer};
use serde::{Deserialize, Serialize};

use crate::{programs::Outcome, report::thousands};

/// How far the program counts.
pub const LIMIT: u32 = 1_000_000;

/// Numbers from `from` up to, not including, `to`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Range {
    /// The first.
    pub from: u32,
    /// The first that is not in it.
    pub to: u32,
}

/// How many primes a range has, by trial division.
#[must_use]
pub fn count(Range { from, to }: Range) -> usize {
    let is_prime = |number: &u32| {
        *number >= 2
            && (2..)
                .take_while(|divisor| divisor * divisor <= *number)
                .all(|divisor| !number.is_multiple_of(divisor))
    };
    (from..to).filter(is_prime).count()
}

/// Counts the primes below `limit` in `jobs` ranges.
///
/// # Errors
/// The runners did not start, or were lost.
pub async fn primes_below(limit: u32, jobs: u32) -> Result<usize, Error> {
    let balancer = LoadBalancer::spawn(insula::cores()).await?;
    let step = limit.div_ceil(jobs);
    let tasks: Vec<_> = (0..limit)
        .step_by(step as usize)
        .map(|from| {
            let to = (from + step).min(limit);
            // Larger numbers take longer: the load says so.
            balancer
                .with_load(u64::from(to))
                .run(count, Range { from, to })
        })
        .collect();
    let mut total = 0;
    for task in tasks {
        total += task.await?;
    }
    Ok(total)
}

/// The program: all below [`LIMIT`].
///
/// # Errors
/// As [`primes_below`].
pub async fn program() -> Outcome {
    let primes = primes_below(LIMIT, 64).await?;
    Ok(format!(
        "{} primes below {}",
        thousands(primes),
        thousands(LIMIT as usize)
    ))
}
