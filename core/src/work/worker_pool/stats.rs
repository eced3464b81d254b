//! [`PoolStats`] and [`Histogram`]: what a pool has done, in numbers.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// What a pool has done, and what it does now; made by [`WorkerPool::stats`](crate::WorkerPool::stats).
///
/// ```
/// # insula::main(async || {
/// let pool = insula::WorkerPool::builder().max(1).build();
/// for n in 0..10 {
///     pool.run(|n: u32| n + 1, n).await?;
/// }
/// let stats = pool.stats();
/// assert_eq!((stats.answered, stats.failed, stats.spawned), (10, 0, 1));
/// assert_eq!(stats.running_time.count(), 10);
/// assert!(stats.running_time.quantile(0.5) <= stats.running_time.max());
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolStats {
    /// Jobs that wait.
    pub queued: usize,
    /// Jobs that isolates hold.
    pub running: usize,
    /// Isolates that take work.
    pub isolates: usize,
    /// Those of them that have none.
    pub idle: usize,
    /// Jobs that have ended in their isolates, those included that failed or were cancelled meanwhile.
    pub answered: u64,
    /// Those of them that came to an error.
    pub failed: u64,
    /// Isolates that were started.
    pub spawned: u64,
    /// Isolates that ended although nobody had told them to.
    pub lost: u64,
    /// Isolates that were replaced because of their age or their jobs.
    pub recycled: u64,
    /// Isolates that were killed, as a job had not ended within its grace.
    pub killed: u64,
    /// Those of them that have not ended within another grace. Natively such a thread goes on until its job ends.
    pub abandoned: u64,
    /// How long jobs have waited for an isolate.
    pub waiting_time: Histogram,
    /// How long jobs have run.
    pub running_time: Histogram,
}

/// How many buckets there are between a power of two and the next.
const STEPS: u32 = 16;

/// The powers of two below which each value has a bucket of its own.
const EXACT: u32 = STEPS.ilog2();

/// How often there were times of which length. A time counts as at most a sixteenth longer than it was.
///
/// ```
/// # insula::main(async || {
/// let pool = insula::WorkerPool::new();
/// pool.run(|n: u32| n, 1).await?;
/// let waited = pool.stats().waiting_time;
/// println!("half of the jobs have waited for at most {:?}", waited.quantile(0.5));
/// println!("of {} jobs none has waited for longer than {:?}", waited.count(), waited.max());
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Histogram {
    /// How many times there are in each bucket; as long as the largest time needs.
    buckets: Vec<u64>,
    count: u64,
    max: u64,
}

impl Histogram {
    pub(super) fn add(&mut self, time: Duration) {
        let microseconds = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let bucket = bucket_of(microseconds);
        if self.buckets.len() <= bucket {
            self.buckets.resize(bucket + 1, 0);
        }
        self.buckets[bucket] += 1;
        self.count += 1;
        self.max = self.max.max(microseconds);
    }

    /// How many times there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The longest, to the microsecond.
    #[must_use]
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.max)
    }

    /// The time that a share of all did not exceed: 0.5 gives the median, 0.99 the 99th percentile. Zero when there
    /// were none.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        let wanted = (share.clamp(0.0, 1.0) * self.count as f64).ceil().max(1.0);
        let mut seen = 0;
        for (bucket, times) in self.buckets.iter().enumerate() {
            seen += times;
            if seen as f64 >= wanted {
                return Duration::from_micros(last_of(bucket).min(self.max));
            }
        }
        Duration::ZERO
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram")
            .field("count", &self.count)
            .field("median", &self.quantile(0.5))
            .field("p99", &self.quantile(0.99))
            .field("max", &self.max())
            .finish()
    }
}

/// The bucket of a number of microseconds.
fn bucket_of(value: u64) -> usize {
    let Some(power) = value.checked_ilog2().filter(|power| *power >= EXACT) else {
        return value as usize;
    };
    let step = (value >> (power - EXACT)) as u32 % STEPS;
    ((power - EXACT + 1) * STEPS + step) as usize
}

/// The largest number of microseconds in a bucket.
fn last_of(bucket: usize) -> u64 {
    let (row, step) = (bucket as u32 / STEPS, bucket as u32 % STEPS);
    if row == 0 {
        return u64::from(step);
    }
    let width = 1_u64 << (row - 1);
    let first = u64::from(STEPS + step) << (row - 1);
    first + (width - 1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Histogram, bucket_of, last_of};

    #[test]
    fn each_bucket_ends_where_the_next_begins() {
        for bucket in 0..900 {
            let last = last_of(bucket);
            assert_eq!(bucket_of(last), bucket);
            assert_eq!(bucket_of(last + 1), bucket + 1);
        }
        assert_eq!(last_of(bucket_of(u64::MAX)), u64::MAX);
    }

    #[test]
    fn quantiles_are_at_most_a_sixteenth_too_long() {
        let mut histogram = Histogram::default();
        for microseconds in 1..=10_000 {
            histogram.add(Duration::from_micros(microseconds));
        }
        for (share, exact) in [
            (0.01, 100.0),
            (0.5, 5000.0),
            (0.99, 9900.0),
            (1.0, 10_000.0),
        ] {
            let found = histogram.quantile(share).as_micros() as f64;
            assert!(
                found >= exact && found <= exact * (1.0 + 1.0 / 16.0),
                "{share}: {found}"
            );
        }
        assert_eq!(histogram.max(), Duration::from_millis(10));
        assert_eq!(Histogram::default().quantile(0.5), Duration::ZERO);
    }
}
