//! Why a job of a pool has no value: [`JobError`]; [`QueueFull`].

use std::fmt;

use super::{Elapsed, SpawnError, TaskError};

/// Why a job of a [`WorkerPool`](crate::WorkerPool) has no value, and how far it got.
///
/// A job that had not begun can be given again without a second thought. One that had may have done a part of its work.
///
/// ```
/// use insula::{TaskError, WorkerPool};
/// # insula::main(async || {
/// let pool = WorkerPool::new();
/// pool.close().await?;
/// let refused = pool.job(|n: u32| n + 1, 1).start().await.unwrap_err();
/// assert_eq!((&refused.error, refused.begun), (&TaskError::Closed, false));
/// assert!(refused.to_string().ends_with("(the job had not begun)"));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobError {
    /// What went wrong.
    pub error: TaskError,
    /// Whether the job had begun; true where that can't be known.
    pub begun: bool,
    /// How often it had begun: more than once only where [`retry`](crate::JobBuilder::retry) allows it.
    pub attempts: u32,
}

impl JobError {
    pub(crate) fn new(error: TaskError, begun: bool, attempts: u32) -> Self {
        Self {
            error,
            begun,
            attempts,
        }
    }

    /// The error of a job that nobody has begun.
    pub(crate) fn not_begun(error: TaskError) -> Self {
        Self::new(error, false, 0)
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)?;
        match (self.begun, self.attempts) {
            (false, _) => f.write_str(" (the job had not begun)"),
            (true, 0 | 1) => f.write_str(" (the job had begun)"),
            (true, attempts) => write!(f, " (the job had begun {attempts} times)"),
        }
    }
}

impl std::error::Error for JobError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl From<JobError> for TaskError {
    fn from(error: JobError) -> Self {
        error.error
    }
}

impl From<Elapsed> for JobError {
    fn from(elapsed: Elapsed) -> Self {
        Self::new(elapsed.into(), true, 0)
    }
}

impl From<SpawnError> for JobError {
    fn from(error: SpawnError) -> Self {
        Self::not_begun(error.into())
    }
}

/// A pool's queue was full, so the argument comes back; see [`JobBuilder::try_start`](crate::JobBuilder::try_start).
///
/// ```
/// use insula::{WorkerPool, error::QueueFull};
/// # insula::main(async || {
/// let pool = WorkerPool::builder().max(1).capacity(0).build(); // one job runs, none waits
/// let running = pool.run_async(|()| insula::sleep(std::time::Duration::from_secs(3600)), ());
/// let QueueFull { argument, .. } = pool.job(|text: String| text.len(), "kept".to_owned()).try_start().unwrap_err();
/// assert_eq!(argument, "kept");
/// # drop(running);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueFull<M> {
    /// What the job was to be given.
    pub argument: M,
}

impl<M> QueueFull<M> {
    pub(crate) fn new(argument: M) -> Self {
        Self { argument }
    }
}

impl<M> fmt::Display for QueueFull<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        TaskError::QueueFull.fmt(f)
    }
}

impl<M: fmt::Debug> std::error::Error for QueueFull<M> {}
