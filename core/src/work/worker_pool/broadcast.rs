//! [`WorkerPool::broadcast`]: one function once on each isolate.

use std::sync::Arc;

use super::{handle::WorkerPool, job::JobBuilder, token::CancellationToken};
use crate::{
    JobError, Message, Platform, Task, TaskError,
    completion::{Completer, FailureSink},
};

/// What each isolate of a broadcast has answered, or why it has not.
type Answers<R> = Vec<Result<R, JobError>>;

impl<P: Platform, S: 'static> WorkerPool<P, S> {
    /// Runs `function(argument)` once on each isolate that takes work now. The vector has a result for each of them, in the
    /// order in which they were started.
    ///
    /// An isolate runs it when it has finished what it does, in its turn among the jobs that wait. One that starts later
    /// does not run it, and one that [`recycle`](Self::recycle) was called for before does not either: await
    /// [`ready`](Self::ready) to have isolates that do. One that is to be replaced or closed meanwhile runs it first. An
    /// isolate that is lost gives its error. No job counts towards the
    /// [capacity](crate::WorkerPoolBuilder::capacity) of the pool, and none runs on another isolate instead.
    ///
    /// Dropping the task cancels what has not ended.
    ///
    /// ```
    /// use insula::{Isolate, WorkerPool};
    /// # insula::main(async || {
    /// let pool = WorkerPool::builder().min(2).max(2).build();
    /// pool.ready().await?;
    /// let name = |prefix: String| format!("{prefix} {:?}", Isolate::current().debug_name());
    /// let names = pool.broadcast(name, "here is".to_owned()).await?;
    /// assert_eq!(names.len(), 2);
    /// assert_eq!(names[0].as_deref(), Ok("here is Some(\"pool 0\")"));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// Of the task: never. Of a result: as [`JobBuilder::start`](crate::JobBuilder::start).
    pub fn broadcast<M: Message + Clone, R: Message>(
        &self,
        function: fn(M) -> R,
        argument: M,
    ) -> Task<P, Vec<Result<R, JobError>>> {
        self.on_each(|| self.job(function, argument.clone()))
    }

    /// As [`broadcast`](Self::broadcast), for a function that takes the isolate's state as well: to empty its cache, say.
    ///
    /// ```
    /// use insula::WorkerPool;
    /// # insula::main(async || {
    /// let pool = WorkerPool::builder().max(1).init(|size: usize| vec![0_u8; size], 100).build();
    /// pool.ready().await?;
    /// let resize = |buffer: &mut Vec<u8>, size: usize| {
    ///     buffer.resize(size, 0);
    ///     buffer.len()
    /// };
    /// assert_eq!(pool.broadcast_with(resize, 7).await?, [Ok(7)]);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`broadcast`](Self::broadcast).
    pub fn broadcast_with<M: Message + Clone, R: Message>(
        &self,
        function: fn(&mut S, M) -> R,
        argument: M,
    ) -> Task<P, Vec<Result<R, JobError>>> {
        self.on_each(|| self.job_with(function, argument.clone()))
    }

    /// Starts a job on each isolate, and gathers what becomes of them.
    fn on_each<M: Message, R: Message>(
        &self,
        job: impl Fn() -> JobBuilder<P, M, R>,
    ) -> Task<P, Answers<R>> {
        let token = CancellationToken::new();
        let jobs = self.shared().all_ready().into_iter().map(|member| {
            let job = job().only_on(member).token(&token).start();
            job.map(Ok::<_, TaskError>)
        });
        let gathered = Task::gather(jobs);
        let (completer, mut task) = Task::channel();
        if let Some(address) = gathered.address() {
            task = task.at(address);
        }
        let given_up = Arc::new(GivenUp {
            completer: completer.clone(),
            token: token.clone(),
        });
        gathered.then(move |outcome| {
            if !token.is_cancelled() {
                completer.complete(outcome);
            }
        });
        task.awaited_by(given_up).cancelled_on_drop()
    }
}

/// The owner of a broadcast stops waiting.
struct GivenUp<R> {
    completer: Completer<Result<Answers<R>, TaskError>>,
    token: CancellationToken,
}

impl<R: Send> FailureSink for GivenUp<R> {
    fn fail(&self, error: TaskError) {
        // First, because the owner goes on when it sees the error, and then nothing begins any more.
        self.token.cancel();
        self.completer.complete(Err(error));
    }
}
