//! How the outcome of work elsewhere finds its task.

use std::sync::{Arc, Weak};

use crate::{
    ExitReason, Message, Platform, RemoteError, Task, TaskError,
    completion::{Completion, FailureSink},
    contract::{Address, Deliver, Delivery},
    event_loop::EventLoop,
    panics,
    slots::Ticket,
    sync::Mutex,
    task::{Answer, LossWatch, Outcome, Ties},
    unpack::unpack,
    wire::DecodeError,
};

/// What is to be done when a reply is not awaited any more.
enum Callback<P: Platform> {
    Call(Box<dyn FnOnce() + Send>),
    Job(GivenJob<P>),
    Lighten(Arc<dyn Lighten>, Load),
}

/// What a job weighs on the runner that it was given to.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) slot: usize,
    /// Which of the runners that the slot has had.
    pub(crate) generation: u64,
    pub(crate) weight: u64,
}

/// What counts the loads of runners.
pub(crate) trait Lighten: Send + Sync {
    /// Takes back the load of a job that has ended.
    fn lighten(&self, load: Load);
}

impl<P: Platform> Callback<P> {
    fn call(self, ending: Ending) {
        match self {
            Self::Call(callback) => callback(),
            Self::Job(job) => job.ended(ending),
            Self::Lighten(counts, load) => counts.lighten(load),
        }
    }
}

/// A job that a runner was given, and that is watched over.
pub(crate) struct GivenJob<P: Platform> {
    pub(crate) watch: Weak<LossWatch>,
    pub(crate) ticket: Ticket,
    pub(crate) runner: P::Mailbox,
    pub(crate) reply: Address<P>,
}

impl<P: Platform> GivenJob<P> {
    fn ended(self, ending: Ending) {
        LossWatch::remove(&self.watch, self.ticket);
        if ending == Ending::GivenUp {
            EventLoop::<P>::withdraw(&self.runner, self.reply);
        }
    }
}

/// Callbacks in the order in which they came. A job of a balancer has two, which need no allocation of their own.
struct Callbacks<P: Platform> {
    first: Option<Callback<P>>,
    second: Option<Callback<P>>,
    more: Vec<Callback<P>>,
}

impl<P: Platform> Default for Callbacks<P> {
    fn default() -> Self {
        Self {
            first: None,
            second: None,
            more: Vec::new(),
        }
    }
}

impl<P: Platform> Callbacks<P> {
    fn push(&mut self, callback: Callback<P>) {
        if self.first.is_none() {
            self.first = Some(callback);
        } else if self.second.is_none() {
            self.second = Some(callback);
        } else {
            self.more.push(callback);
        }
    }

    fn call(self, ending: Ending) {
        for callback in self.first.into_iter().chain(self.second).chain(self.more) {
            // None of them may keep the task from its outcome.
            panics::apart(|| callback.call(ending));
        }
    }
}

/// How the wait for a reply has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By a reply, or with the isolate that would have sent it.
    Over,
    /// The one who waited has given it up.
    GivenUp,
}

/// Who is told when the wait for a reply has ended.
enum Told<P: Platform> {
    Then(Callbacks<P>),
    Ended(Ending),
}

/// Where one reply is awaited, and who is told when it has come.
pub(crate) struct ReplyPort<P: Platform> {
    /// Where the reply is awaited; taken out when it has come, as outside isolates it leads back here.
    address: Mutex<Option<Address<P>>>,
    /// What runs before the task is seen to be complete.
    told: Mutex<Told<P>>,
}

impl<P: Platform> ReplyPort<P> {
    fn new() -> Self {
        Self {
            address: Mutex::new(None),
            told: Mutex::new(Told::Then(Callbacks::default())),
        }
    }

    /// Where to reply; none when the reply has come or failed.
    pub(crate) fn open_address(&self) -> Option<Address<P>> {
        self.address.lock().clone()
    }

    /// Runs `callback` when the reply has come or failed, at once when it has already.
    ///
    /// It has run when the task's owner sees the outcome.
    pub(crate) fn when_done(&self, callback: impl FnOnce() + Send + 'static) {
        self.then(Callback::Call(Box::new(callback)));
    }

    /// As [`when_done`](Self::when_done): takes back the load of the job.
    pub(crate) fn lighten_when_done(&self, counts: Arc<dyn Lighten>, load: Load) {
        self.then(Callback::Lighten(counts, load));
    }

    /// Watches no longer over a job when its reply is not awaited any more, and has its runner not begin it.
    pub(crate) fn when_job_ended(&self, job: GivenJob<P>) {
        self.then(Callback::Job(job));
    }

    fn then(&self, callback: Callback<P>) {
        let ending = {
            let mut told = self.told.lock();
            match &mut *told {
                Told::Then(callbacks) => return callbacks.push(callback),
                Told::Ended(ending) => *ending,
            }
        };
        callback.call(ending);
    }

    /// Tells all that are to be told before the task is complete. The first of several outcomes tells them.
    fn tell(&self, ending: Ending) {
        let callbacks = {
            let mut told = self.told.lock();
            match &mut *told {
                Told::Then(callbacks) => {
                    let callbacks = std::mem::take(callbacks);
                    *told = Told::Ended(ending);
                    callbacks
                }
                Told::Ended(_) => return,
            }
        };
        callbacks.call(ending);
    }

    /// Awaits a reply, which is delivered to `to`.
    fn open(&self, to: Arc<dyn Deliver<P>>) -> Address<P> {
        let address = EventLoop::open(to);
        *self.address.lock() = Some(address.clone());
        address
    }
}

/// What came in reply, or why nothing did.
pub(super) type Replied<P> = Result<<P as Platform>::Parcel, TaskError>;

/// A port for one reply, which completes a task. What the reply is of shows in that task alone.
pub(crate) type Reply<P> = Completion<Replied<P>, ReplyPort<P>>;

fn read<P: Platform, A: Answer<R>, R>(replied: Replied<P>) -> Result<R, TaskError> {
    unpack::<P, A>(replied?)?.result()
}

impl<P: Platform> Reply<P> {
    /// A port for the outcome of work elsewhere, which is not open yet.
    pub(crate) fn closed() -> Arc<Self> {
        Self::with(ReplyPort::new())
    }

    pub(crate) fn open() -> Arc<Self> {
        let this = Self::closed();
        this.beside.open(this.clone());
        this
    }

    /// Where to reply. Asked before the outcome has been told.
    pub(crate) fn address(&self) -> Address<P> {
        self.port()
            .open_address()
            .expect("no reply can come before its address was given out")
    }

    /// As [`ReplyPort::when_done`].
    pub(crate) fn when_done(&self, callback: impl FnOnce() + Send + 'static) {
        self.port().when_done(callback);
    }

    pub(crate) fn port(&self) -> &ReplyPort<P> {
        &self.beside
    }

    /// A task of the value in a reply that is an `A`.
    pub(crate) fn task<A: Answer<R>, R>(self: &Arc<Self>) -> Task<P, R> {
        let address = self.port().open_address();
        Task::of_reply(self.clone(), read::<P, A, R>, Ties::default()).at(address)
    }

    /// A task of the value of a job; `ties` are [`Ties::job`].
    pub(crate) fn outcome<R: Message>(self: Arc<Self>, ties: Ties<P>) -> Task<P, R> {
        Task::of_reply(self, read::<P, Outcome<R>, R>, ties)
    }

    /// The wait has ended: tells all that are to be told, and completes the task.
    fn end(&self, ending: Ending, replied: Replied<P>) -> Delivery {
        let port = self.port();
        port.tell(ending);
        self.complete(replied);
        let address = port.address.lock().take();
        drop(address);
        Delivery::Closed
    }
}

impl<P: Platform> Ties<P> {
    /// Those of a task that waits for a job, whose port this opens: when the task is dropped, the job goes on.
    pub(crate) fn job(waiting: Arc<Reply<P>>) -> Self {
        let address = waiting.port().open(waiting.clone());
        Self {
            address: Some(address),
            waiting: Some(waiting),
            ..Self::default()
        }
    }
}

impl<P: Platform> Deliver<P> for Reply<P> {
    fn deliver(&self, parcel: P::Parcel) -> Delivery {
        self.end(Ending::Over, Ok(parcel))
    }

    fn unread(&self, error: &DecodeError) -> Delivery {
        self.end(Ending::Over, Err(TaskError::Decode(error.clone())))
    }

    fn closed(&self) {
        self.end(Ending::Over, Err(owner_ended::<P>()));
    }

    fn is_internal(&self) -> bool {
        true
    }
}

/// The error of a task whose isolate has ended.
fn owner_ended<P: Platform>() -> TaskError {
    let owner = EventLoop::<P>::try_current();
    let error = RemoteError::new("the task was awaited there, and it has ended", "");
    TaskError::IsolateLost {
        name: owner.map(|owner| owner.identity().debug_name.to_string()),
        reason: ExitReason::Lost(error),
    }
}

/// Ends the wait from this side and closes the port.
impl<P: Platform> FailureSink for Reply<P> {
    fn fail(&self, error: TaskError) {
        let ending = match error {
            TaskError::Cancelled | TaskError::TimedOut => Ending::GivenUp,
            _ => Ending::Over,
        };
        let address = self.port().open_address();
        self.end(ending, Err(error));
        if let Some(address) = address {
            EventLoop::close(&address);
        }
    }
}

/// A port that runs a callback for its one message.
pub(crate) struct OneShotPort<P: Platform>(Mutex<Option<OnceCallback<P>>>);

/// Gets the message, or nothing when the port was closed without one.
type OnceCallback<P> = Box<dyn FnOnce(Option<<P as Platform>::Parcel>) + Send>;

impl<P: Platform> OneShotPort<P> {
    /// A port that runs `callback` for a message and for nothing else.
    pub(crate) fn new(callback: impl FnOnce(P::Parcel) + Send + 'static) -> Arc<Self> {
        Self::or_closed(|parcel| {
            if let Some(parcel) = parcel {
                callback(parcel);
            }
        })
    }

    /// A port whose `callback` is told as well when its isolate is over and no message comes any more.
    pub(crate) fn or_closed(
        callback: impl FnOnce(Option<P::Parcel>) + Send + 'static,
    ) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(Box::new(callback)))))
    }

    fn call(&self, parcel: Option<P::Parcel>) {
        let callback = self.0.lock().take();
        if let Some(callback) = callback {
            callback(parcel);
        }
    }
}

impl<P: Platform> Deliver<P> for OneShotPort<P> {
    fn deliver(&self, parcel: P::Parcel) -> Delivery {
        self.call(Some(parcel));
        Delivery::Closed
    }

    fn closed(&self) {
        self.call(None);
    }

    fn is_internal(&self) -> bool {
        true
    }
}
