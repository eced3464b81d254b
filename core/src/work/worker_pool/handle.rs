//! [`WorkerPool`]: what a user holds of a pool.

use std::{fmt, marker::PhantomData, sync::Arc};

use super::shared::Shared;
use crate::Platform;

/// Isolates that take jobs from one queue: the next free one gets the next job.
///
/// A slow job holds up nobody, and a job that hangs can be stopped. An isolate runs one job at a time.
///
/// **The one rule: a job lives as long as somebody holds its task.** Dropping the task cancels the job, so that a client
/// that has gone costs nothing; [`Task::detach`](crate::Task::detach) lets the job go on. Dropping the last handle of the
/// pool cancels all of its jobs, detached ones too; [`close`](Self::close) finishes them. Other tasks of this library,
/// those of a runner, say, go on when they are dropped, as in Dart.
///
/// A cancelled job that waits is gone. One that runs is told: it ends at its next await, where its future is dropped, or at
/// its next [`Isolate::checkpoint`](crate::Isolate::checkpoint) or blocking receive, which unwind. Its isolate goes on.
/// Only when it has not ended after a [grace](crate::WorkerPoolBuilder::grace), the isolate is killed and replaced.
///
/// ```
/// use insula::WorkerPool;
/// use std::time::Duration;
/// # insula::main(async || {
/// let pool = WorkerPool::new();
/// let squares: Vec<_> = (1..=100).map(|n| pool.run(|n: u64| n * n, n)).collect();
/// for (n, square) in (1..).zip(squares) {
///     assert_eq!(square.await?, n * n);
/// }
///
/// let slow = |()| insula::sleep(Duration::from_secs(3600));
/// let late = pool.job_async(slow, ()).timeout(Duration::from_millis(5)).start().await;
/// assert_eq!(late.unwrap_err().error, insula::TaskError::TimedOut);
/// assert_eq!(pool.run(|n: u32| n + 1, 1).await?, 2); // the isolate is free
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Without shared memory a message is copied and takes a hop. So there an isolate may hold a second job, while jobs take
/// less than a millisecond. A second job has not begun: it goes to another isolate when this one is lost.
///
/// # Platform
/// Native: a thread that reaches no await and no checkpoint can't be stopped. It is abandoned and replaced, and goes on
/// until its job ends. The pool may be used from every thread and isolate, and goes on whatever they do.
///
/// Web: a job without an await is stopped after the grace alone, with its worker. The pool belongs to the isolate that made
/// it: it answers when that comes to its event loop, and ends with it.
pub struct WorkerPool<P: Platform, S = ()> {
    pub(super) handle: Arc<Handle<P>>,
    state: PhantomData<fn(S)>,
}

/// What all clones of a pool hold.
pub(super) struct Handle<P: Platform> {
    pub(super) shared: Arc<Shared<P>>,
    /// How many isolates make the pool ready.
    pub(super) first: usize,
}

impl<P: Platform> Drop for Handle<P> {
    fn drop(&mut self) {
        self.shared.let_go();
    }
}

impl<P: Platform, S> WorkerPool<P, S> {
    pub(super) fn of(shared: Arc<Shared<P>>, first: usize) -> Self {
        Self {
            handle: Arc::new(Handle { shared, first }),
            state: PhantomData,
        }
    }

    pub(super) fn shared(&self) -> &Arc<Shared<P>> {
        &self.handle.shared
    }
}

impl<P: Platform, S> Clone for WorkerPool<P, S> {
    fn clone(&self) -> Self {
        Self {
            handle: self.handle.clone(),
            state: PhantomData,
        }
    }
}

impl<P: Platform, S> fmt::Debug for WorkerPool<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerPool").finish_non_exhaustive()
    }
}
