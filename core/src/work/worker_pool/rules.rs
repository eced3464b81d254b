//! [`Rules`]: the numbers a pool goes by, and what it does when it is full.

use std::time::Duration;

/// What becomes of a job that is given to a pool whose queue is full; see
/// [`WorkerPoolBuilder::when_full`](crate::WorkerPoolBuilder::when_full).
///
/// ```
/// use insula::{TaskError, WorkerPool, pool::WhenFull};
/// # insula::main(async || {
/// let pool = WorkerPool::builder().max(1).capacity(1).when_full(WhenFull::Reject).build();
/// let jobs: Vec<_> = (0..3).map(|_| pool.run_async(|()| insula::sleep(std::time::Duration::from_millis(5)), ())).collect();
/// let mut refused = 0;
/// for job in jobs {
///     refused += usize::from(job.await == Err(TaskError::QueueFull));
/// }
/// assert!(refused >= 1);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// Its task waits until the pool gets to it. A producer that wants to be held back awaits
    /// [`WorkerPool::has_room`](crate::WorkerPool::has_room) before it gives the next job.
    #[default]
    Wait,
    /// It fails with [`QueueFull`](crate::TaskError::QueueFull).
    Reject,
    /// The job that has waited longest fails with [`QueueFull`](crate::TaskError::QueueFull), and the new one takes part.
    DropOldest,
    /// The job that was given last fails with [`QueueFull`](crate::TaskError::QueueFull), and the new one takes its place.
    DropNewest,
}

/// What a pool goes by.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// The isolates that are kept however long they are idle.
    pub(super) min: usize,
    /// The most isolates, at least 1.
    pub(super) max: usize,
    /// How many jobs may wait.
    pub(super) capacity: usize,
    pub(super) when_full: WhenFull,
    /// How long an isolate above `min` is kept without work.
    pub(super) idle_timeout: Duration,
    /// After how many jobs an isolate is replaced.
    pub(super) max_jobs: Option<u64>,
    /// After how long an isolate is replaced.
    pub(super) max_age: Option<Duration>,
    /// How long a cancelled job may take to notice.
    pub(super) grace: Duration,
    /// How long an isolate with a job may be away from its event loop before that is reported.
    pub(super) watchdog: Option<Duration>,
    /// How long a job of one priority less has to wait to be level.
    pub(super) aging: Duration,
    /// How many jobs one isolate may hold, the running one included.
    pub(super) window: usize,
    /// After how many failed starts in a row the waiting jobs fail.
    pub(super) intensity: u32,
    /// How long the first failed start is waited for; each further one twice as long.
    pub(super) backoff: Duration,
}

/// No failed start is waited for longer than this.
const MOST_BACKOFF: Duration = Duration::from_secs(30);

impl Rules {
    /// The rules of a pool that was told nothing.
    pub(super) fn new(cores: usize, window: usize) -> Self {
        let max = cores.saturating_sub(1).max(1);
        Self {
            min: 0,
            max,
            capacity: 64 * max,
            when_full: WhenFull::Wait,
            idle_timeout: Duration::from_secs(30),
            max_jobs: None,
            max_age: None,
            grace: Duration::from_secs(1),
            watchdog: None,
            aging: Duration::from_secs(1),
            window,
            intensity: 3,
            backoff: Duration::from_millis(100),
        }
    }

    /// How long to wait after this many failed starts in a row.
    pub(super) fn backoff_after(&self, failures: u32) -> Duration {
        let factor = 1_u32 << failures.saturating_sub(1).min(16);
        self.backoff.saturating_mul(factor).min(MOST_BACKOFF)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Rules;

    #[test]
    fn backoff_doubles_up_to_a_limit() {
        let rules = Rules::new(3, 1);
        let after = |failures| rules.backoff_after(failures).as_millis();
        assert_eq!([after(1), after(2), after(3)], [100, 200, 400]);
        assert_eq!(rules.backoff_after(u32::MAX), Duration::from_secs(30));
    }

    #[test]
    fn there_is_at_least_one_isolate() {
        assert_eq!(
            [0, 1, 2, 8].map(|cores| Rules::new(cores, 1).max),
            [1, 1, 1, 7]
        );
    }
}
