//! [`Rules`]: the numbers a pool goes by, and what it does when it is full.

use std::time::Duration;

use crate::work::restarts::Policy;

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
    /// How long the start of an isolate may take, with its `init`.
    pub(super) start_timeout: Duration,
    /// What to do about failed starts.
    pub(super) restarts: Policy,
}

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
            start_timeout: Duration::from_secs(60),
            restarts: Policy::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rules;

    #[test]
    fn there_is_at_least_one_isolate() {
        assert_eq!(
            [0, 1, 2, 8].map(|cores| Rules::new(cores, 1).max),
            [1, 1, 1, 7]
        );
    }
}
