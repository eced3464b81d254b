//! [`JobBuilder`]: one job with its options.

use std::{fmt, hash::Hash, sync::Arc, time::Duration};

use super::{
    keys::key_of,
    queue::MemberId,
    request::{Flag, SharedFlag, Ticket},
    scheduler::Given,
    shared::Shared,
    token::CancellationToken,
    work::{Again, Call, Called, Ends, Packed},
    worker::invoke,
};
use crate::{
    EncodeError, JobError, Message, Platform, QueueFull, ReceivePort, Task, TaskError,
    contract::Invoke, function::Function, sync::Mutex,
};

/// Packs a call with its argument, or gives the argument back.
pub(super) enum Pack<P: Platform, M, R> {
    /// A call of this function, which needs no box.
    Plain(fn(M) -> R),
    /// Any other.
    By(PackBy<P, M>),
}

type PackBy<P, M> = Box<dyn Fn(M, Ticket<P>) -> Result<Packed<P>, (EncodeError, M)> + Send + Sync>;

impl<P: Platform, M: Message, R: Message> Pack<P, M, R> {
    fn pack(&self, argument: M, ticket: Ticket<P>) -> Result<Packed<P>, (EncodeError, M)> {
        match self {
            Self::Plain(function) => {
                let function = Function::<P, M, R>::new(*function);
                pack_call(invoke::<P, M, R>, function, argument, ticket)
            }
            Self::By(pack) => pack(argument, ticket),
        }
    }
}

/// Packs a function, its argument and the job's ticket.
pub(super) fn pack_call<P: Platform, F: Message, M: Message>(
    invoke: Invoke<P>,
    function: F,
    argument: M,
    ticket: Ticket<P>,
) -> Result<Packed<P>, (EncodeError, M)> {
    Packed::new(invoke, || P::pack((function, argument, ticket)))
        .map_err(|(error, (_, argument, _))| (error, argument))
}

/// One job and its options; made by [`WorkerPool::job`](crate::WorkerPool::job) and its like.
///
/// ```
/// use insula::{TaskError, WorkerPool};
/// use std::time::Duration;
/// # insula::main(async || {
/// let pool = WorkerPool::new();
/// let job = pool
///     .job(|text: String| text.len(), "three blind mice".to_owned())
///     .priority(10)
///     .key("mice") // after the other jobs of this key, on the same isolate
///     .timeout(Duration::from_secs(60)) // from when it begins
///     .deadline(Duration::from_secs(600)) // from now
///     .retry(2) // when its isolate is lost
///     .label("count") // what people see
///     .start();
/// assert_eq!(job.await?, 16);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[must_use = "a job does nothing before `start`"]
pub struct JobBuilder<P: Platform, M, R> {
    shared: Arc<Shared<P>>,
    argument: M,
    pack: Pack<P, M, R>,
    again: Option<fn(&M) -> M>,
    limits: Limits,
    label: Option<String>,
    token: Option<CancellationToken>,
    ends: Ends,
}

#[derive(Clone, Copy, Default)]
struct Limits {
    priority: i8,
    key: Option<u64>,
    member: Option<MemberId>,
    timeout: Option<Duration>,
    deadline: Option<Duration>,
    retries: u32,
}

impl<P: Platform, M: Message, R: Message> JobBuilder<P, M, R> {
    pub(super) fn new(shared: Arc<Shared<P>>, argument: M, pack: Pack<P, M, R>) -> Self {
        Self {
            shared,
            argument,
            pack,
            again: None,
            limits: Limits::default(),
            label: None,
            token: None,
            ends: Ends::default(),
        }
    }

    /// Sets how early the job begins: a larger number first; 0 unless told otherwise. Waiting makes up for a lower
    /// priority; see [`WorkerPoolBuilder::aging`](crate::WorkerPoolBuilder::aging).
    pub fn priority(mut self, priority: i8) -> Self {
        self.limits.priority = priority;
        self
    }

    /// Binds the job to the isolate of `key`. Jobs of the same key run there one after the other, in the order of their
    /// ranks, and never at the same time. When isolates come or go, few keys change over.
    ///
    /// # Platform
    /// Native: a thread that is abandoned, as it ran on after its job was cancelled, may still run that job.
    pub fn key(mut self, key: impl Hash) -> Self {
        self.limits.key = Some(key_of(key));
        self
    }

    /// Has one isolate run the job or none.
    pub(super) fn only_on(mut self, member: MemberId) -> Self {
        self.limits.member = Some(member);
        self
    }

    /// Limits how long the job may run, counted from its begin. Then it fails with
    /// [`TimedOut`](crate::TaskError::TimedOut) and is cancelled.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.limits.timeout = Some(limit);
        self
    }

    /// Limits how long the job may take, counted from [`start`](Self::start), waiting included. Then it fails with
    /// [`DeadlineExceeded`](crate::TaskError::DeadlineExceeded) and is cancelled.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.limits.deadline = Some(limit);
        self
    }

    /// Has the job cancelled when `token` is; see [`CancellationToken`].
    ///
    /// ```
    /// use insula::{TaskError, WorkerPool, pool::CancellationToken};
    /// # insula::main(async || {
    /// let (pool, token) = (WorkerPool::new(), CancellationToken::new());
    /// let slow = |()| insula::sleep(std::time::Duration::from_secs(3600));
    /// let job = pool.job_async(slow, ()).token(&token).start();
    /// token.cancel();
    /// assert_eq!(job.await.unwrap_err().error, TaskError::Cancelled);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn token(mut self, token: &CancellationToken) -> Self {
        self.token = Some(token.clone());
        self
    }

    /// Sets what people see of the job.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Ends `port` with the job: what the job has sent there still comes, and then the stream is over.
    ///
    /// ```
    /// use insula::{ReceivePort, SendPort, WorkerPool};
    /// # insula::main(async || {
    /// fn sum((numbers, progress): (Vec<u64>, SendPort<usize>)) -> u64 {
    ///     let add = |sum, (done, n)| {
    ///         let _ = progress.send(done);
    ///         sum + n
    ///     };
    ///     (1..).zip(numbers).fold(0, add)
    /// }
    ///
    /// let (pool, mut progress) = (WorkerPool::new(), ReceivePort::new());
    /// let job = pool.job(sum, (vec![1, 2, 3], progress.send_port())).progress(&progress).start();
    /// let mut seen = Vec::new();
    /// while let Some(done) = progress.next().await {
    ///     seen.push(done);
    /// }
    /// assert_eq!((job.await?, seen), (6, vec![1, 2, 3]));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn progress<T>(self, port: &ReceivePort<P, T>) -> Self {
        self.ends.add(port.ender());
        self
    }

    /// Lets the job begin again when its isolate is lost, at most `times`. Without it a job begins at most once. A job
    /// that panics or runs out of time does not begin again.
    ///
    /// The argument is cloned for each time but the last, and kept until the job has ended.
    pub fn retry(mut self, times: u32) -> Self
    where
        M: Clone,
    {
        self.limits.retries = times;
        self.again = (times > 0).then_some(M::clone);
        self
    }

    /// Gives the job to the pool.
    ///
    /// Dropping the task cancels the job, as for every task of a pool; [`Task::detach`] lets it go on.
    ///
    /// # Errors
    /// A [`JobError`], which tells whether the job had begun: its own panic, a cancel, a limit, a lost isolate, a pool that
    /// is full or closed, an argument or a value that can't be sent.
    pub fn start(self) -> Task<P, R, JobError> {
        self.start_as()
    }

    /// As [`start`](Self::start), but gives the argument back when the pool is full, whatever it does then otherwise.
    ///
    /// ```
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::new();
    /// match pool.job(|text: String| text.len(), "mice".to_owned()).try_start() {
    ///     Ok(job) => assert_eq!(job.await?, 4),
    ///     Err(full) => println!("there is no place for {:?}", full.argument),
    /// }
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// The pool is full; nothing has happened.
    pub fn try_start(self) -> Result<Task<P, R, JobError>, QueueFull<M>> {
        if self.shared.is_full() {
            return Err(QueueFull::new(self.argument));
        }
        Ok(self.start())
    }

    pub(super) fn start_as<E: From<JobError> + Send + 'static>(self) -> Task<P, R, E> {
        let Self {
            shared,
            argument,
            pack,
            again,
            limits,
            label,
            token,
            ends,
        } = self;
        let refused = |error| Task::ready(Err(JobError::not_begun(error).into()));
        if token.as_ref().is_some_and(CancellationToken::is_cancelled) {
            return refused(TaskError::Cancelled);
        }
        let (id, number) = shared.next_job();
        let pool = Arc::downgrade(&shared);
        let flag = Arc::new(Flag::new(pool, id));
        let ticket = move |flag: &Arc<Flag>| Ticket {
            number,
            flag: SharedFlag::new(flag.clone()),
        };
        let spare = again.map(|clone| clone(&argument));
        let packed = match pack.pack(argument, ticket(&flag)) {
            Ok(packed) => packed,
            Err((error, _)) => return refused(TaskError::Encode(error)),
        };
        let again = again.zip(spare).map(|(clone, spare)| {
            let (flag, spare) = (flag.clone(), Mutex::new(Some(spare)));
            Arc::new(move || {
                // Nothing is held while it is cloned.
                let kept = spare.lock().take();
                let argument = kept.as_ref().map(clone);
                *spare.lock() = kept;
                let argument = argument.expect("a job begins on one isolate at a time");
                pack.pack(argument, ticket(&flag))
                    .map_err(|(error, _)| error)
            }) as Again<P>
        });
        if let Some(token) = token {
            let entry = token.add(flag.clone());
            ends.add(move || token.remove(entry));
        }
        let work = Call::<P, R, E>::with(Called {
            packed: Mutex::new(Some(packed)),
            again: Mutex::new(again),
            flag: flag.clone(),
            ticket: number,
            label,
            ends,
        });
        let task = Task::new(work.clone());
        let now = P::now();
        shared.submit(Given {
            id,
            work,
            priority: limits.priority,
            key: limits.key,
            member: limits.member,
            deadline: limits.deadline.map(|limit| now.saturating_add(limit)),
            timeout: limits.timeout,
            retries: limits.retries,
        });
        // The token may have been cancelled before the pool had the job.
        flag.route.follow_up();
        let task = match shared.address() {
            Some(address) => task.at(address),
            None => task,
        };
        task.awaited_by(flag).cancelled_on_drop()
    }
}

impl<P: Platform, M, R> fmt::Debug for JobBuilder<P, M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobBuilder")
            .field("label", &self.label)
            .field("priority", &self.limits.priority)
            .field("timeout", &self.limits.timeout)
            .field("deadline", &self.limits.deadline)
            .finish_non_exhaustive()
    }
}
