//! [`Task`]: work that has been started and will have a value.

mod ask;
mod gather;
mod outcome;
mod reply;
mod scope;
mod ties;
pub(crate) mod timeout;
mod watch;

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use crate::{
    Blocking, Platform, TaskError,
    completion::{Awaited, Completer, Completion, FailureSink, Hook},
    contract::Address,
    event_loop::EventLoop,
};

pub use ask::ask;
pub use scope::{Scope, scope};

pub(crate) use outcome::{
    Answer, Fault, Outcome, Outgoing, answer, outcome_of, pack_outcome, send,
};
use reply::Replied;
pub(crate) use reply::{GivenJob, Lighten, Load, OneShotPort, Reply};
use ties::OnDrop;
pub(crate) use ties::Ties;
pub(crate) use watch::{LossWatch, OnExit, Watched};

/// Eager work somewhere else: it runs whether or not it is awaited.
///
/// Awaiting gives its value or the reason why there is none. Dropping it lets the work go on unobserved;
/// [`cancel`](Self::cancel) gives it up. A job of a [`WorkerPool`](crate::WorkerPool) is the exception: dropping its task
/// cancels it, and [`detach`](Self::detach) lets it go on. Where threads may wait, [`wait`](Self::wait) gets the value without an executor.
///
/// A task is awaited at a port of the isolate that made it. Where that isolate ends first, the task fails with
/// [`IsolateLost`](TaskError::IsolateLost), also in another isolate. The port of a dropped question, such as an [`ask`], closes at
/// once. That of a dropped job of a runner stays open until the job ends, and keeps its isolate alive.
///
/// ```
/// use insula::{Task, compute};
/// # insula::main(async || {
/// let squares: Vec<Task<u32>> = (1..=3).map(|n| compute(|n: u32| n * n, n)).collect(); // all run
/// let mut sum = 0;
/// for square in squares {
///     sum += square.await?;
/// }
/// assert_eq!(sum, 14);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[must_use = "a dropped task goes on, but its error is lost"]
pub struct Task<P: Platform, T, E = TaskError> {
    source: Source<P, T, E>,
    ties: Ties<P>,
}

/// Where the outcome of a task comes from.
enum Source<P: Platform, T, E> {
    /// It is made in this memory.
    Made(Arc<dyn Awaited<T, E>>),
    /// It is read from a reply when it is taken. So a reply has no type, and what brings one is compiled once.
    Reply(Arc<Reply<P>>, fn(Replied<P>) -> Result<T, E>),
}

impl<P: Platform, T: Send + 'static, E: Send + 'static> Task<P, T, E> {
    /// A task, and what brings its value.
    pub(crate) fn channel() -> (Completer<Result<T, E>>, Self) {
        let completion = Completion::new();
        (Completer::new(completion.clone()), Self::new(completion))
    }

    pub(crate) fn ready(value: Result<T, E>) -> Self {
        let (completer, task) = Self::channel();
        completer.complete(value);
        task
    }

    /// A task with the outcome of this one, unless it is brought another before.
    pub(crate) fn or_brought(mut self) -> (Completer<Result<T, E>>, Self) {
        let (completer, mut task) = Self::channel();
        self.hand_over(&mut task);
        let own = completer.clone();
        self.then(move |outcome| {
            own.complete(outcome);
        });
        (completer, task)
    }

    /// Hands the value to `callback` when it is there, on the thread that brings it.
    pub(crate) fn then(mut self, callback: impl FnOnce(Result<T, E>) + Send + 'static) {
        self.ties.on_drop = OnDrop::Nothing;
        match &self.source {
            Source::Made(made) => made.then(Box::new(callback)),
            Source::Reply(reply, read) => {
                let read = *read;
                reply.then(Box::new(move |replied| callback(read(replied))));
            }
        }
    }

    /// A task of what `change` makes of the outcome. It is given up as this one would be.
    pub(crate) fn map<U: Send + 'static, F: Send + 'static>(
        mut self,
        change: impl FnOnce(Result<T, E>) -> Result<U, F> + Send + 'static,
    ) -> Task<P, U, F> {
        let (completer, mut task) = Task::channel();
        self.hand_over(&mut task);
        self.then(move |outcome| {
            completer.complete(change(outcome));
        });
        task
    }
}

impl<P: Platform, T, E> Task<P, T, E> {
    pub(crate) fn new(completion: Arc<dyn Awaited<T, E>>) -> Self {
        Self {
            source: Source::Made(completion),
            ties: Ties::default(),
        }
    }

    /// A task of what `read` makes of a reply.
    fn of_reply(reply: Arc<Reply<P>>, read: fn(Replied<P>) -> Result<T, E>, ties: Ties<P>) -> Self {
        Self {
            source: Source::Reply(reply, read),
            ties,
        }
    }

    pub(crate) fn at(mut self, address: impl Into<Option<Address<P>>>) -> Self {
        self.ties.address = address.into();
        self
    }

    /// Runs `cancel` when the task is cancelled, instead of failing what waits.
    pub(crate) fn on_cancel(mut self, cancel: impl FnOnce() + Send + 'static) -> Self {
        self.ties.cancel = Hook::new(cancel);
        self
    }

    /// Has the task cancelled when it is dropped before its value has come.
    pub(crate) fn cancelled_on_drop(mut self) -> Self {
        self.ties.on_drop = OnDrop::Cancel;
        self
    }

    /// Runs `unregister` when the task is dropped before its value has come.
    pub(crate) fn on_drop(mut self, unregister: impl FnOnce() + Send + 'static) -> Self {
        self.ties.on_drop = OnDrop::Call(Hook::new(unregister));
        self
    }

    pub(crate) fn awaited_by(mut self, waiting: Arc<dyn FailureSink>) -> Self {
        self.ties.waiting = Some(waiting);
        self
    }

    /// As [`awaited_by`](Self::awaited_by), by what is of no use when the task is dropped.
    pub(crate) fn awaited_only_by(mut self, waiting: Arc<dyn FailureSink>) -> Self {
        self.ties.on_drop = OnDrop::Fail;
        self.awaited_by(waiting)
    }

    /// Gives another task, which is to have this one's outcome, what gives this one up.
    fn hand_over<U, F>(&mut self, to: &mut Task<P, U, F>) {
        let address = self.ties.address.clone();
        to.ties = std::mem::take(&mut self.ties);
        self.ties.address = address;
    }

    /// Where the value arrives.
    pub(crate) fn address(&self) -> Option<Address<P>> {
        self.ties.address.clone()
    }

    /// Whether the task has failed already, as far as that is known before a reply is read.
    pub(crate) fn has_failed(&self) -> bool {
        match &self.source {
            Source::Made(made) => made.has_failed(),
            Source::Reply(reply, _) => reply.has_failed(),
        }
    }

    /// The value, if it is there already.
    pub(crate) fn take_now(&self) -> Option<Result<T, E>> {
        match &self.source {
            Source::Made(made) => made.take(),
            Source::Reply(reply, read) => reply.take().map(read),
        }
    }

    fn poll_ready(&self, waker: &Waker) -> bool {
        match &self.source {
            Source::Made(made) => made.poll_ready(waker),
            Source::Reply(reply, _) => reply.poll_ready(waker),
        }
    }

    /// Whether the value is there.
    ///
    /// ```
    /// use insula::Isolate;
    /// # insula::main(async || {
    /// let (let_go, held) = std::sync::mpsc::channel();
    /// let task = Isolate::run(move || held.recv());
    /// assert!(!task.is_finished());
    /// let_go.send(7).unwrap();
    /// assert_eq!(task.await?, Ok(7));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.source {
            Source::Made(made) => made.is_complete(),
            Source::Reply(reply, _) => reply.is_complete(),
        }
    }

    /// Gives the work up: what can be stopped is stopped, its value is dropped.
    ///
    /// The isolate that [`run`](crate::Isolate::run) or [`compute`](crate::compute()) has started is
    /// killed. A job of a runner never runs if it has not begun; otherwise it goes on, unheard.
    ///
    /// ```
    /// use insula::{Isolate, ReceivePort};
    /// # insula::main(async || {
    /// let mut life = ReceivePort::new();
    /// let to = life.send_port();
    /// let endless = Isolate::run(move || {
    ///     let _ = Isolate::current().add_exit_listener(&to, "killed".to_owned());
    ///     let _ = to.send("started".to_owned());
    ///     loop {
    ///         Isolate::checkpoint();
    ///     }
    /// });
    /// assert_eq!(life.next().await.as_deref(), Some("started"));
    /// endless.cancel();
    /// assert_eq!(life.next().await.as_deref(), Some("killed"));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn cancel(mut self) {
        self.ties.give_up();
    }
}

impl<P: Platform, T, E> Task<P, T, E> {
    /// Lets the work go on although nobody has the task any more.
    ///
    /// Only a job of a [`WorkerPool`](crate::WorkerPool) needs it: dropping the task of such a job cancels the job. All
    /// other tasks go on when they are dropped.
    ///
    /// ```
    /// use insula::{ReceivePort, SendPort, WorkerPool};
    /// # insula::main(async || {
    /// let (pool, mut done) = (WorkerPool::new(), ReceivePort::new());
    /// let tell = |done: SendPort<String>| drop(done.send("done".to_owned()));
    /// pool.run(tell, done.send_port()).detach();
    /// assert_eq!(done.next().await.as_deref(), Some("done"));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn detach(mut self) {
        if matches!(self.ties.on_drop, OnDrop::Cancel) {
            self.ties.on_drop = OnDrop::Nothing;
        }
    }
}

impl<P: Blocking, T, E> Task<P, T, E> {
    /// Waits on this thread for the value.
    ///
    /// Inside an isolate control messages are handled meanwhile and other events wait. Not inside an
    /// `async` function of the host's: it would stop the executor.
    ///
    /// ```
    /// fn main() -> Result<(), insula::Error> {
    ///     let length = insula::compute(|text: String| text.len(), "isolate".to_owned());
    ///     assert_eq!(length.wait()?, 7);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// The task's own.
    ///
    /// # Panics
    /// Unwinds, silently, when the calling isolate is killed meanwhile.
    ///
    /// # Platform
    /// Not in a browser, where neither a page nor a worker with an event loop can wait.
    pub fn wait(self) -> Result<T, E> {
        let value = self.wait_until(None);
        value.expect("a wait without a deadline ends with the value")
    }

    /// As [`wait`](Self::wait), but gives the task back after `timeout`.
    ///
    /// ```
    /// let (let_go, held) = std::sync::mpsc::channel();
    /// let task = insula::Isolate::run(move || held.recv());
    /// let Err(task) = task.wait_timeout(std::time::Duration::from_millis(1)) else {
    ///     panic!("it is held");
    /// };
    /// let_go.send(7).unwrap();
    /// assert_eq!(task.wait(), Ok(Ok(7)));
    /// ```
    ///
    /// # Errors
    /// The task itself, still running.
    pub fn wait_timeout(self, timeout: Duration) -> Result<Result<T, E>, Self> {
        self.wait_until(Some(P::now().saturating_add(timeout)))
            .ok_or(self)
    }

    fn wait_until(&self, deadline: Option<Duration>) -> Option<Result<T, E>> {
        EventLoop::<P>::wait_for(deadline, self.ties.address.as_ref(), &mut |waker| {
            self.poll_ready(waker)
        });
        self.take_now()
    }
}

impl<P: Platform, T, E> Future for Task<P, T, E> {
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.poll_ready(context.waker()) {
            let value = self.take_now().expect("a completed task is polled once");
            return Poll::Ready(value);
        }
        self.ties.awaited(context.waker());
        Poll::Pending
    }
}

impl<P: Platform, T, E> Unpin for Task<P, T, E> {}

impl<P: Platform, T, E> Drop for Task<P, T, E> {
    fn drop(&mut self) {
        if !matches!(self.ties.on_drop, OnDrop::Nothing) && !self.is_finished() {
            self.ties.dropped();
        }
    }
}

impl<P: Platform, T, E> fmt::Debug for Task<P, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("is_finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}
