//! [`WorkerPool`]: isolates that take jobs from one queue.
//!
//! | file | holds |
//! |---|---|
//! | `scheduler/` | what the pool does next: a state machine without a platform |
//! | `queue.rs`, `keys.rs`, `rules.rs` | the order of the jobs, the isolate of a key, the numbers |
//! | `shared/`, `home.rs` | carrying out what the scheduler decides, and where |
//! | `worker.rs`, `request.rs` | the isolate's side, and what goes between |
//! | `work.rs`, `route.rs` | what the pool keeps of a job, whatever its types; how the job's owner reaches the pool |
//! | `handle.rs`, `job.rs`, `builder.rs`, `token.rs`, `closing.rs`, `map.rs`, `broadcast.rs`, `events.rs`, `stats.rs`, `info.rs` | what users hold |

mod broadcast;
mod builder;
mod closing;
mod events;
mod handle;
mod home;
mod info;
mod job;
mod keys;
mod map;
mod queue;
mod request;
mod route;
mod rules;
mod scheduler;
mod shared;
mod stats;
mod token;
mod work;
mod worker;

use std::time::Duration;

use crate::{Message, Platform, Runner, Task, contract::Invoke, function::Function};

use job::{Pack, pack_call};
use request::Method;
use shared::Until;
use worker::{invoke_async, invoke_with};

pub use builder::WorkerPoolBuilder;
pub use closing::Unbegun;
pub use events::{PoolEvent, PoolEvents};
pub use handle::WorkerPool;
pub use info::{JobInfo, PoolInfo};
pub use job::JobBuilder;
pub use map::{Each, Map};
pub use rules::WhenFull;
pub(crate) use shared::{Glance, glance};
pub use stats::{Histogram, PoolStats};
pub use token::CancellationToken;

impl<P: Platform> WorkerPool<P> {
    /// Makes a pool with the defaults; see [`builder`](Self::builder).
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a pool starts isolates, which a default does not"
    )]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// The options of a new pool.
    ///
    /// ```
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::builder().max(2).build();
    /// assert_eq!(pool.run(|n: u32| n + 1, 1).await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn builder() -> WorkerPoolBuilder<P> {
        WorkerPoolBuilder::new()
    }
}

impl<P: Platform, S: 'static> WorkerPool<P, S> {
    /// Runs `function(argument)` on the next isolate that is free.
    ///
    /// ```
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::new();
    /// assert_eq!(pool.run(|text: String| text.len(), "mice".to_owned()).await?, 4);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`IsolateRunner::run`](crate::IsolateRunner::run); `QueueFull` where the pool rejects or drops jobs; `Closed` after
    /// [`close`](Self::close); `Spawn` when isolates do not start. [`job`](Self::job) tells whether the job had begun.
    pub fn run<M: Message, R: Message>(&self, function: fn(M) -> R, argument: M) -> Task<P, R> {
        self.job(function, argument).start_as()
    }

    /// As [`run`](Self::run), for a function that awaits; see
    /// [`IsolateRunner::run_async`](crate::IsolateRunner::run_async). The isolate takes no other job meanwhile.
    ///
    /// ```
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::new();
    /// let wait = |milliseconds: u64| insula::sleep(Duration::from_millis(milliseconds));
    /// pool.run_async(wait, 5).await?;
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M) -> F,
        argument: M,
    ) -> Task<P, R> {
        self.job_async(function, argument).start_as()
    }

    /// As [`run`](Self::run), for a function that takes the isolate's state as well; see
    /// [`WorkerPoolBuilder::init`].
    ///
    /// ```
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::builder().max(1).init(|first: u64| first, 7).build();
    /// let count = |state: &mut u64, by: u64| {
    ///     *state += by;
    ///     *state
    /// };
    /// assert_eq!(pool.run_with(count, 1).await?, 8);
    /// assert_eq!(pool.run_with(count, 1).await?, 9);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_with<M: Message, R: Message>(
        &self,
        function: fn(&mut S, M) -> R,
        argument: M,
    ) -> Task<P, R> {
        self.job_with(function, argument).start_as()
    }

    /// One job, with options of its own.
    ///
    /// ```
    /// use insula::WorkerPool;
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let pool = WorkerPool::new();
    /// let job = pool.job(|n: u32| n + 1, 1).priority(1).timeout(Duration::from_secs(60));
    /// assert_eq!(job.start().await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn job<M: Message, R: Message>(
        &self,
        function: fn(M) -> R,
        argument: M,
    ) -> JobBuilder<P, M, R> {
        JobBuilder::new(self.shared().clone(), argument, Pack::Plain(function))
    }

    /// As [`job`](Self::job), for a function that awaits.
    ///
    /// ```
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::new();
    /// let job = pool.job_async(|n: u32| async move { n + 1 }, 1);
    /// assert_eq!(job.start().await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn job_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M) -> F,
        argument: M,
    ) -> JobBuilder<P, M, R> {
        self.call(
            move || Function::<P, M, F>::new(function),
            invoke_async::<P, M, R, F>,
            argument,
        )
    }

    /// As [`job`](Self::job), for a function that takes the isolate's state as well.
    ///
    /// ```
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::builder().init(|(): ()| String::new(), ()).build();
    /// let job = pool.job_with(|state: &mut String, (): ()| state.is_empty(), ()).priority(1);
    /// assert!(job.start().await?);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn job_with<M: Message, R: Message>(
        &self,
        function: fn(&mut S, M) -> R,
        argument: M,
    ) -> JobBuilder<P, M, R> {
        self.call(
            move || Method::<P, S, M, R>::new(function),
            invoke_with::<P, S, M, R>,
            argument,
        )
    }

    /// A job whose message is what `function` makes, the argument, and the job's ticket.
    fn call<F: Message, M: Message, R: Message>(
        &self,
        function: impl Fn() -> F + Send + Sync + 'static,
        invoke: Invoke<P>,
        argument: M,
    ) -> JobBuilder<P, M, R> {
        let pack = move |argument, ticket| pack_call(invoke, function(), argument, ticket);
        JobBuilder::new(self.shared().clone(), argument, Pack::By(Box::new(pack)))
    }

    /// Completes when the least isolates, but one at least, take work. Starts them, if need be.
    ///
    /// ```
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::builder().min(2).max(2).build();
    /// pool.ready().await?; // two isolates are there, and wait for work
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// Why they do not start, after the attempts of [`restarts`](WorkerPoolBuilder::restarts); `Closed` when the pool is.
    pub fn ready(&self) -> Task<P, ()> {
        let first = self.handle.first;
        // In this order: isolates that are kept for no time are there when they have started, and may be gone later.
        let ready = self.shared().until(Until::Ready(first));
        self.shared().tell(|scheduler, _| scheduler.want(first));
        ready
    }

    /// Completes when no job waits and none runs.
    ///
    /// ```
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::new();
    /// pool.run(|n: u32| n + 1, 1).detach();
    /// pool.idle().await?;
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// Never.
    pub fn idle(&self) -> Task<P, ()> {
        self.shared().until(Until::Idle)
    }

    /// What the pool has done, and what it does now.
    ///
    /// ```
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::new();
    /// pool.run(|n: u32| n + 1, 1).await?;
    /// assert_eq!(pool.stats().answered, 1);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        self.shared().stats()
    }

    /// What the pool does now: the jobs that run, each with its label and how long it has.
    ///
    /// ```
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::new();
    /// let now = pool.inspect();
    /// if now.is_stuck(Duration::from_secs(1)) {
    ///     eprintln!("{now}"); // the jobs, and how long they have run
    /// }
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn inspect(&self) -> PoolInfo {
        self.shared().glance(P::now()).info
    }

    /// A stream of what happens in the pool from now on: isolates that start, end, are replaced, lost or do not respond, and
    /// a queue that is full.
    ///
    /// Each call gives a stream of its own, which ends when the pool is closed and its isolates have ended. A pool without
    /// such streams makes no events.
    ///
    /// ```
    /// use insula::{WorkerPool, pool::PoolEvent};
    /// # insula::main(async || {
    /// let pool = WorkerPool::builder().max(1).max_jobs(1).build();
    /// let mut events = pool.events();
    /// pool.run(|n: u32| n + 1, 1).await?;
    /// assert_eq!(events.next().await, Some(PoolEvent::Started { isolate: 0 }));
    /// assert_eq!(events.next().await, Some(PoolEvent::Recycled { isolate: 0 }));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn events(&self) -> PoolEvents {
        self.shared().listen()
    }

    /// Completes when another job may wait, or the pool is closed: what holds a producer back.
    ///
    /// ```
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::builder().max(1).capacity(2).build();
    /// let mut jobs = Vec::new();
    /// for n in 0..10 {
    ///     pool.has_room().await?;
    ///     jobs.push(pool.run(|n: u32| n + 1, n));
    /// }
    /// assert_eq!(jobs.pop().unwrap().await?, 10);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// Never.
    pub fn has_room(&self) -> Task<P, ()> {
        self.shared().until(Until::Room)
    }

    /// Replaces each isolate when it has finished what it does, for a state that is out of date, say.
    ///
    /// ```
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::new();
    /// pool.run(|n: u32| n, 1).await?;
    /// pool.recycle(); // the next job is another isolate's first
    /// pool.run(|n: u32| n, 2).await?;
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn recycle(&self) {
        self.shared().tell(|scheduler, _| scheduler.recycle());
    }

    /// Takes no more jobs, and finishes those that are there; completes when all isolates have ended.
    ///
    /// ```
    /// use insula::{TaskError, WorkerPool};
    /// # insula::main(async || {
    /// let pool = WorkerPool::new();
    /// let last = pool.run(|n: u32| n + 1, 1);
    /// pool.close().await?;
    /// assert_eq!(last.await?, 2);
    /// assert_eq!(pool.run(|n: u32| n, 1).await, Err(TaskError::Closed));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// Never.
    pub fn close(&self) -> Task<P, ()> {
        self.shared().tell(|scheduler, _| scheduler.close(None));
        self.shared().until(Until::Closed)
    }

    /// As [`close`](Self::close), but cancels after `limit` what runs then, and gives back what had not begun. Completes
    /// when all isolates have ended.
    ///
    /// ```
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::builder().max(1).build();
    /// let slow = pool.run_async(|()| insula::sleep(Duration::from_secs(3600)), ());
    /// let waits = pool.run(|n: u32| n + 1, 1);
    /// let unbegun = pool.close_within(Duration::from_millis(5)).await?;
    /// assert_eq!(unbegun.len(), 1);
    /// drop(unbegun);
    /// assert_eq!((slow.await, waits.await), (Err(insula::TaskError::Closed), Err(insula::TaskError::Closed)));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// Never.
    pub fn close_within(&self, limit: Duration) -> Task<P, Vec<Unbegun<P>>> {
        let at = P::now().saturating_add(limit);
        self.shared().tell(|scheduler, _| scheduler.close(Some(at)));
        let shared = self.shared().clone();
        self.shared().until(Until::Closed).map(move |closed| {
            closed.map(|()| {
                shared
                    .take_never_begun()
                    .into_iter()
                    .map(Unbegun::new)
                    .collect()
            })
        })
    }

    /// Runs a job that another pool has not begun; see [`Unbegun`]. A job that takes a state needs a pool whose state is of
    /// the same type, and fails elsewhere.
    ///
    /// ```
    /// use insula::WorkerPool;
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let (old, new) = (WorkerPool::builder().max(1).build(), WorkerPool::new());
    /// let slow = old.run_async(|()| insula::sleep(Duration::from_secs(3600)), ());
    /// let job = old.run(|n: u32| n + 1, 1);
    /// for unbegun in old.close_within(Duration::from_millis(5)).await? {
    ///     new.adopt(unbegun);
    /// }
    /// assert_eq!(job.await?, 2);
    /// # drop(slow);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn adopt(&self, unbegun: Unbegun<P>) {
        if let Some(job) = unbegun.into_job() {
            self.shared().adopt(job);
        }
    }
}

impl<P: Platform, S: 'static> Runner for WorkerPool<P, S> {
    type Platform = P;

    fn run<M: Message, R: Message>(&self, function: fn(M) -> R, argument: M) -> Task<P, R> {
        self.run(function, argument)
    }

    fn run_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M) -> F,
        argument: M,
    ) -> Task<P, R> {
        self.run_async(function, argument)
    }

    fn close(&self) -> Task<P, ()> {
        self.close()
    }
}
