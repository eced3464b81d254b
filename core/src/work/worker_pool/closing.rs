//! [`Unbegun`]: what a close with a limit gives back.

use std::{fmt, sync::Arc};

use super::{queue::Job, work::Work};
use crate::{JobError, Platform, TaskError};

/// A job that had not begun when the limit of [`WorkerPool::close_within`](crate::WorkerPool::close_within) came.
///
/// Its task still waits. [`WorkerPool::adopt`](crate::WorkerPool::adopt) has another pool run it; dropping this fails the
/// task with [`Closed`](TaskError::Closed).
///
/// ```
/// use insula::WorkerPool;
/// use std::time::Duration;
/// # insula::main(async || {
/// let old = WorkerPool::builder().max(1).build();
/// let slow = old.run_async(|()| insula::sleep(Duration::from_secs(3600)), ());
/// let job = old.job(|n: u32| n + 1, 1).label("count").start();
///
/// let unbegun = old.close_within(Duration::from_millis(5)).await?;
/// let new = WorkerPool::new();
/// for job in unbegun {
///     assert_eq!(job.label(), Some("count"));
///     new.adopt(job);
/// }
/// assert_eq!(job.await?, 2);
/// # drop(slow);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[must_use = "a job that is dropped fails"]
pub struct Unbegun<P: Platform> {
    job: Option<Job<Arc<dyn Work<P>>>>,
}

impl<P: Platform> Unbegun<P> {
    pub(super) fn new(job: Job<Arc<dyn Work<P>>>) -> Self {
        Self { job: Some(job) }
    }

    /// The label that the job was given.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.job.as_ref().and_then(|job| job.work.label())
    }

    pub(super) fn into_job(mut self) -> Job<Arc<dyn Work<P>>> {
        self.job
            .take()
            .expect("a job leaves it only once, and with it")
    }
}

impl<P: Platform> Drop for Unbegun<P> {
    fn drop(&mut self) {
        if let Some(job) = self.job.take() {
            job.work.fail(JobError::not_begun(TaskError::Closed));
        }
    }
}

impl<P: Platform> fmt::Debug for Unbegun<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unbegun")
            .field("label", &self.label())
            .finish()
    }
}
