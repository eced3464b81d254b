//! [`WorkerPoolBuilder`]: the options of a pool.

use std::{fmt, marker::PhantomData, time::Duration};

use super::{
    handle::WorkerPool,
    rules::{Rules, WhenFull},
    shared::{Making, Shared},
    work::Packed,
    worker::{invoke_hello, invoke_init, invoke_init_async, invoke_teardown},
};
use crate::{Message, Platform, TaskError, function::Function, work::restarts::Policy};

/// The options of a new pool; made by [`WorkerPool::builder`].
///
/// ```
/// use insula::{WorkerPool, pool::WhenFull};
/// use std::time::Duration;
/// # insula::main(async || {
/// let pool = WorkerPool::builder()
///     .debug_name("images") // its isolates are `images 0`, `images 1`, …
///     .min(1)
///     .max(4)
///     .idle_timeout(Duration::from_secs(60))
///     .capacity(1000)
///     .when_full(WhenFull::Reject)
///     .grace(Duration::from_millis(500))
///     .aging(Duration::from_secs(5))
///     .max_jobs(10_000)
///     .max_age(Duration::from_secs(24 * 3600))
///     .restarts(5, Duration::from_millis(50))
///     .start_timeout(Duration::from_secs(10))
///     .stack_size(8 << 20)
///     .prewarm()
///     .build();
/// assert_eq!(pool.run(|n: u32| n + 1, 1).await?, 2);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[must_use = "a builder does nothing before `build`"]
pub struct WorkerPoolBuilder<P: Platform, S = ()> {
    rules: Rules,
    capacity: Option<usize>,
    is_prewarmed: bool,
    making: Making<P>,
    state: PhantomData<fn() -> S>,
}

impl<P: Platform> WorkerPoolBuilder<P> {
    pub(super) fn new() -> Self {
        // Where a message is encoded and takes a hop, a second one hides it. A thread has the next at once.
        let window = if P::abilities().can_spawn { 1 } else { 2 };
        Self {
            rules: Rules::new(P::cores(), window),
            capacity: None,
            is_prewarmed: false,
            making: Making {
                name: "pool".to_owned(),
                stack_size: None,
                hello: Box::new(pack_hello::<P>),
                goodbye: None,
            },
            state: PhantomData,
        }
    }

    /// Gives each isolate a state of its own, which `init(config)` makes there before the first job: a database
    /// connection, a model, a compiled pattern. Jobs get it by [`WorkerPool::run_with`]. It need not be `Send`.
    ///
    /// A panic of `init` is a failed start; see [`restarts`](Self::restarts). So is an `init` that takes longer than
    /// [`start_timeout`](Self::start_timeout).
    ///
    /// ```
    /// use insula::WorkerPool;
    /// use std::collections::HashMap;
    /// # insula::main(async || {
    /// type Cache = HashMap<String, usize>;
    ///
    /// fn length(cache: &mut Cache, text: String) -> usize {
    ///     *cache.entry(text).or_insert_with_key(|text| text.len())
    /// }
    ///
    /// let pool = WorkerPool::builder()
    ///     .max(1)
    ///     .init(|capacity: usize| Cache::with_capacity(capacity), 100)
    ///     .teardown(|cache| assert_eq!(cache.len(), 1))
    ///     .build();
    /// assert_eq!(pool.run_with(length, "mice".to_owned()).await?, 4);
    /// assert_eq!(pool.run_with(length, "mice".to_owned()).await?, 4); // from the cache
    /// pool.close().await?;
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn init<C: Message + Clone + Sync, S: 'static>(
        self,
        init: fn(C) -> S,
        config: C,
    ) -> WorkerPoolBuilder<P, S> {
        self.hello(move || {
            Packed::new(invoke_init::<P, C, S>, || {
                P::pack((Function::<P, C, S>::new(init), config.clone()))
            })
            .map_err(|(error, _)| TaskError::Encode(error))
        })
    }

    /// As [`init`](Self::init), for a function that awaits.
    ///
    /// ```
    /// use insula::WorkerPool;
    /// # insula::main(async || {
    /// async fn connect(port: u16) -> String {
    ///     insula::sleep(std::time::Duration::from_millis(1)).await;
    ///     format!("connected to {port}")
    /// }
    ///
    /// let pool = WorkerPool::builder().init_async(connect, 5432).build();
    /// let state = pool.run_with(|state: &mut String, (): ()| state.clone(), ());
    /// assert_eq!(state.await?, "connected to 5432");
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn init_async<C: Message + Clone + Sync, S: 'static, F: Future<Output = S> + 'static>(
        self,
        init: fn(C) -> F,
        config: C,
    ) -> WorkerPoolBuilder<P, S> {
        self.hello(move || {
            Packed::new(invoke_init_async::<P, C, S, F>, || {
                P::pack((Function::<P, C, F>::new(init), config.clone()))
            })
            .map_err(|(error, _)| TaskError::Encode(error))
        })
    }

    fn hello<S>(
        self,
        hello: impl Fn() -> Result<Packed<P>, TaskError> + Send + Sync + 'static,
    ) -> WorkerPoolBuilder<P, S> {
        WorkerPoolBuilder {
            rules: self.rules,
            capacity: self.capacity,
            is_prewarmed: self.is_prewarmed,
            making: Making {
                hello: Box::new(hello),
                ..self.making
            },
            state: PhantomData,
        }
    }
}

impl<P: Platform, S: 'static> WorkerPoolBuilder<P, S> {
    /// Gives each isolate's state to `teardown` when the isolate ends in an orderly way: idle, worn or closed. An isolate
    /// that is killed or lost has no such call.
    pub fn teardown(mut self, teardown: fn(S)) -> Self {
        self.making.goodbye = Some(Box::new(move || {
            Packed::new(invoke_teardown::<P, S>, || {
                P::pack((Function::<P, S, ()>::new(teardown),))
            })
            .map_err(|(error, _)| TaskError::Encode(error))
        }));
        self
    }

    /// Sets the name of the isolates, to which each adds the number of its seat; otherwise `pool`.
    pub fn debug_name(mut self, name: impl Into<String>) -> Self {
        self.making.name = name.into();
        self
    }

    /// Sets how many isolates are kept however long they are idle; 0 unless told otherwise. They start with the first job,
    /// or at once with [`prewarm`](Self::prewarm).
    pub fn min(mut self, count: usize) -> Self {
        self.rules.min = count;
        self
    }

    /// Sets the most isolates, at least 1; otherwise one less than there are cores. A `min` above it counts as it.
    pub fn max(mut self, count: usize) -> Self {
        self.rules.max = count.max(1);
        self
    }

    /// Starts the least isolates, but one at least, before there is a job.
    pub fn prewarm(mut self) -> Self {
        self.is_prewarmed = true;
        self
    }

    /// Sets how long an isolate above [`min`](Self::min) is kept without work; otherwise 30 s.
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.rules.idle_timeout = time;
        self
    }

    /// Sets how many jobs may wait for an isolate; otherwise 64 for each isolate that there may be.
    pub fn capacity(mut self, jobs: usize) -> Self {
        self.capacity = Some(jobs);
        self
    }

    /// Says what becomes of a job that comes when no more may wait; otherwise its task waits.
    pub fn when_full(mut self, what: WhenFull) -> Self {
        self.rules.when_full = what;
        self
    }

    /// Sets how long a cancelled job, or an isolate that is told to end, may take; otherwise 1 s. Then the isolate is killed
    /// and replaced.
    pub fn grace(mut self, time: Duration) -> Self {
        self.rules.grace = time;
        self
    }

    /// Has an isolate reported as [`NotResponding`](super::PoolEvent::NotResponding) that has a job and does not come to
    /// its event loop for `limit`, 1 ms at least; otherwise none is. A job that awaits something comes there, however long
    /// it takes.
    ///
    /// Isolates are asked while somebody listens to the [`events`](WorkerPool::events). A job is reported at the earliest
    /// when it has run for `limit`, and at the latest after one and a half times as long, and goes on: a
    /// [`timeout`](super::JobBuilder::timeout) ends it.
    ///
    /// ```
    /// use insula::{Isolate, WorkerPool, pool::PoolEvent};
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let pool = WorkerPool::builder().watchdog(Duration::from_millis(20)).build();
    /// let mut events = pool.events();
    /// let endless = pool.job(|(): ()| loop { Isolate::checkpoint() }, ()).label("endless").start();
    /// while let Some(event) = events.next().await {
    ///     if let PoolEvent::NotResponding { label, running, .. } = event {
    ///         assert_eq!(label.as_deref(), Some("endless"));
    ///         assert!(running >= Duration::from_millis(20));
    ///         break;
    ///     }
    /// }
    /// # let _: Option<insula::Task<(), _>> = Some(endless);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn watchdog(mut self, limit: Duration) -> Self {
        self.rules.watchdog = Some(limit.max(Duration::from_millis(1)));
        self
    }

    /// Sets how long a job has to wait to be level with a new one whose priority is one higher; otherwise 1 s.
    pub fn aging(mut self, time: Duration) -> Self {
        self.rules.aging = time;
        self
    }

    /// Replaces each isolate after as many jobs; otherwise never.
    pub fn max_jobs(mut self, jobs: u64) -> Self {
        self.rules.max_jobs = Some(jobs.max(1));
        self
    }

    /// Replaces each isolate that is as old, when it has nothing to do; otherwise never. One that has run no job yet
    /// stays, so that each isolate is of use.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.rules.max_age = Some(age);
        self
    }

    /// Says what happens when isolates do not start, or are lost before their first job: the first time the pool waits
    /// for `backoff`, each further time twice as long, 30 s at most. After `intensity` times in a row the jobs that wait
    /// fail with the reason, and later jobs after each further attempt. Otherwise 3 and 100 ms.
    pub fn restarts(mut self, intensity: u32, backoff: Duration) -> Self {
        self.rules.restarts = Policy::new(intensity, backoff);
        self
    }

    /// Sets how long the start of an isolate may take, with its `init`; otherwise 60 s. Then the isolate is killed, and
    /// the start has failed; see [`restarts`](Self::restarts).
    ///
    /// ```
    /// use insula::WorkerPool;
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let pool = WorkerPool::builder()
    ///     .max(1)
    ///     .init_async(|()| std::future::pending::<u32>(), ()) // waits for what never comes
    ///     .start_timeout(Duration::from_millis(20))
    ///     .restarts(1, Duration::from_millis(1))
    ///     .build();
    /// let error = pool.run_with(|state: &mut u32, (): ()| *state, ()).await.unwrap_err();
    /// assert!(error.to_string().contains("`init`"), "{error}");
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Platform
    /// Natively an `init` that reaches no await and no [`Isolate::checkpoint`](crate::Isolate::checkpoint) can't be
    /// stopped. Its thread is abandoned, and counted in [`stats`](WorkerPool::stats).
    pub fn start_timeout(mut self, time: Duration) -> Self {
        self.rules.start_timeout = time;
        self
    }

    /// Sets how large the stacks of the isolates are, in bytes; see
    /// [`IsolateRunnerBuilder::stack_size`](crate::IsolateRunnerBuilder::stack_size).
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.making.stack_size = Some(bytes);
        self
    }

    /// Makes the pool. It starts isolates when there is work.
    #[must_use = "a pool that is dropped cancels its jobs"]
    pub fn build(mut self) -> WorkerPool<P, S> {
        self.rules.min = self.rules.min.min(self.rules.max);
        self.rules.capacity = self.capacity.unwrap_or(self.rules.max.saturating_mul(64));
        let first = self.rules.min.max(1);
        let shared = Shared::new(self.rules, self.making);
        shared.list();
        if self.is_prewarmed {
            shared.tell(|scheduler, _| scheduler.want(first));
        }
        WorkerPool::of(shared, first)
    }
}

impl<P: Platform, S> fmt::Debug for WorkerPoolBuilder<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerPoolBuilder")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

fn pack_hello<P: Platform>() -> Result<Packed<P>, TaskError> {
    Packed::new(invoke_hello::<P>, || P::pack(())).map_err(|(error, ())| TaskError::Encode(error))
}
