//! [`Unbegun`]: what a close with a limit gives back.

use std::{
    fmt,
    sync::{Arc, Weak},
};

use super::{
    queue::{Job, JobId},
    route::GiveUp,
    work::Work,
};
use crate::{JobError, Platform, TaskError, sync::Mutex};

/// A job that had not begun when the limit of [`WorkerPool::close_within`](crate::WorkerPool::close_within) came.
///
/// Its task still waits. [`WorkerPool::adopt`](crate::WorkerPool::adopt) has another pool run it; dropping this fails the
/// task with [`Closed`](TaskError::Closed). A cancel by its task or token ends it at once. Its
/// [deadline](crate::JobBuilder::deadline) passes meanwhile, and the pool that adopts it says so.
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
    work: Arc<dyn Work<P>>,
    kept: Arc<Kept<P>>,
}

/// The job, until it is adopted or given up.
struct Kept<P: Platform>(Mutex<Option<Job<Arc<dyn Work<P>>>>>);

impl<P: Platform> Kept<P> {
    fn take(&self) -> Option<Job<Arc<dyn Work<P>>>> {
        self.0.lock().take()
    }

    fn fail(&self, error: TaskError) {
        if let Some(job) = self.take() {
            job.work.fail(JobError::not_begun(error));
        }
    }
}

impl<P: Platform> GiveUp for Kept<P> {
    fn give_up(self: Arc<Self>, _: JobId, error: TaskError) {
        self.fail(error);
    }
}

impl<P: Platform> Unbegun<P> {
    pub(super) fn new(job: Job<Arc<dyn Work<P>>>) -> Self {
        let (work, id) = (job.work.clone(), job.id);
        let kept = Arc::new(Kept(Mutex::new(Some(job))));
        let route = &work.flag().route;
        route.lead_to(Arc::downgrade(&kept) as Weak<dyn GiveUp>, id);
        // Its owner may have given it up while no pool had it.
        route.follow_up();
        Self { work, kept }
    }

    /// The label that the job was given.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.work.label()
    }

    /// The job, unless its owner has given it up.
    pub(super) fn into_job(self) -> Option<Job<Arc<dyn Work<P>>>> {
        self.kept.take()
    }
}

impl<P: Platform> Drop for Unbegun<P> {
    fn drop(&mut self) {
        self.kept.fail(TaskError::Closed);
    }
}

impl<P: Platform> fmt::Debug for Unbegun<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unbegun")
            .field("label", &self.label())
            .finish()
    }
}
