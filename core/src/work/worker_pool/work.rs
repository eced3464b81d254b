//! [`Work`]: what a pool keeps of a job, whatever its types.

use std::sync::{Arc, Weak};

use super::{queue::JobId, request::Flag};
use crate::{
    EncodeError, IsolateRunner, JobError, Message, Platform, TaskError,
    completion::{Completer, FailureSink},
    contract::{Address, Invoke},
    departures::{self, Departures},
    panics::{self, Stopped},
    sync::Mutex,
    task::Outcome,
    unpack::unpack,
};

/// A call that is ready to be posted.
pub(super) struct Packed<P: Platform> {
    invoke: Invoke<P>,
    parcel: P::Parcel,
    departures: Departures,
}

impl<P: Platform> Packed<P> {
    /// A call whose message `pack` packs.
    pub(super) fn new<E>(
        invoke: Invoke<P>,
        pack: impl FnOnce() -> Result<P::Parcel, E>,
    ) -> Result<Self, E> {
        let (parcel, departures) = departures::collect(pack);
        Ok(Self {
            invoke,
            parcel: parcel?,
            departures,
        })
    }

    /// Posts it to `runner`; the outcome goes to `answers`. People see its label.
    pub(super) fn post(self, runner: &IsolateRunner<P>, label: Option<&str>, answers: Address<P>) {
        runner.post(label, self.invoke, self.parcel, self.departures, answers);
    }
}

/// Packs a call once more, for a retry.
pub(super) type Again<P> = Box<dyn Fn() -> Result<Packed<P>, EncodeError> + Send + Sync>;

/// What a pool keeps of a job.
pub(super) trait Work<P: Platform>: Send + Sync {
    /// What is posted to the isolate, each time the job begins.
    fn packed(&self) -> Result<Packed<P>, TaskError>;
    /// Brings the isolate's answer to the job's owner; whether it is a value.
    fn complete(&self, answer: P::Parcel, attempts: u32) -> bool;
    /// Tells the job's owner why there is no value.
    fn fail(&self, error: JobError);
    /// What the job sees of a cancel.
    fn flag(&self) -> &Flag;
    /// The number by which the isolate knows the job.
    fn ticket(&self) -> u64;
    fn label(&self) -> Option<&str>;
    /// Where the job's owner reaches its pool.
    fn route(&self) -> &Arc<Route>;
}

/// A job whose task is of an `R`.
pub(super) struct Call<P: Platform, R, E> {
    /// Taken when the job begins for the first time.
    pub(super) packed: Mutex<Option<Packed<P>>>,
    pub(super) again: Option<Again<P>>,
    pub(super) flag: Arc<Flag>,
    pub(super) ticket: u64,
    pub(super) label: Option<String>,
    pub(super) route: Arc<Route>,
    pub(super) completer: Completer<Result<R, E>>,
    pub(super) ends: Ends,
}

impl<P: Platform, R, E> Call<P, R, E> {
    fn finish(&self, result: Result<R, E>) {
        self.ends.tell();
        self.completer.complete(result);
    }
}

impl<P: Platform, R: Message, E: From<JobError> + Send + 'static> Work<P> for Call<P, R, E> {
    fn packed(&self) -> Result<Packed<P>, TaskError> {
        let first = self.packed.lock().take();
        match (first, &self.again) {
            (Some(packed), _) => Ok(packed),
            (None, Some(again)) => match panics::catch::<P, _>(again) {
                Ok(packed) => packed.map_err(TaskError::Encode),
                Err(Stopped::Panic(error)) => Err(TaskError::Panicked(error)),
                Err(Stopped::Unwound) => Err(TaskError::Ended),
            },
            (None, None) => Err(TaskError::Ended),
        }
    }

    fn complete(&self, answer: P::Parcel, attempts: u32) -> bool {
        let outcome = unpack::<P, Outcome<R>>(answer).map_err(TaskError::Decode);
        let result = outcome.and_then(Outcome::into_result);
        let is_value = result.is_ok();
        self.finish(result.map_err(|error| JobError::new(error, true, attempts).into()));
        is_value
    }

    fn fail(&self, error: JobError) {
        // What was packed is not needed any more.
        let packed = self.packed.lock().take();
        panics::apart(|| drop(packed));
        self.finish(Err(error.into()));
    }

    fn flag(&self) -> &Flag {
        &self.flag
    }

    fn ticket(&self) -> u64 {
        self.ticket
    }

    fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    fn route(&self) -> &Arc<Route> {
        &self.route
    }
}

/// What is to be done once when a job has ended, whatever the way.
#[derive(Default)]
pub(super) struct Ends(Mutex<Vec<Box<dyn FnOnce() + Send>>>);

impl Ends {
    pub(super) fn add(&self, end: impl FnOnce() + Send + 'static) {
        self.0.lock().push(Box::new(end));
    }

    fn tell(&self) {
        let ends = std::mem::take(&mut *self.0.lock());
        for end in ends {
            panics::apart(end);
        }
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.tell();
    }
}

/// A pool, as a job's owner sees it.
pub(super) trait GiveUp: Send + Sync {
    /// The owner of the job stops waiting, and why.
    fn give_up(self: Arc<Self>, job: JobId, error: TaskError);
}

/// Where a job's owner reaches the pool that has it now.
pub(super) struct Route(Mutex<Way>);

struct Way {
    pool: Weak<dyn GiveUp>,
    job: JobId,
    /// Why the job's owner has given it up.
    given_up: Option<TaskError>,
}

impl Route {
    pub(super) fn new(pool: Weak<dyn GiveUp>, job: JobId) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Way {
            pool,
            job,
            given_up: None,
        })))
    }

    /// Another pool has the job from now on.
    pub(super) fn lead_to(&self, pool: Weak<dyn GiveUp>, job: JobId) {
        let mut way = self.0.lock();
        let old = std::mem::replace(&mut way.pool, pool);
        way.job = job;
        drop(way);
        drop(old);
    }

    /// Gives the job up if its owner has meanwhile.
    pub(super) fn follow_up(&self) {
        let given_up = self.0.lock().given_up.clone();
        if let Some(error) = given_up {
            self.fail(error);
        }
    }
}

/// The owner stops waiting.
impl FailureSink for Route {
    fn fail(&self, error: TaskError) {
        let (pool, job) = {
            let mut way = self.0.lock();
            way.given_up.get_or_insert_with(|| error.clone());
            (way.pool.upgrade(), way.job)
        };
        if let Some(pool) = pool {
            pool.give_up(job, error);
        }
    }
}
