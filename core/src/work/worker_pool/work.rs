//! [`Work`]: what a pool keeps of a job, whatever its types.

use std::sync::Arc;

use super::request::Flag;
use crate::{
    EncodeError, IsolateRunner, JobError, Message, Platform, TaskError,
    completion::Completion,
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
pub(super) type Again<P> = Arc<dyn Fn() -> Result<Packed<P>, EncodeError> + Send + Sync>;

/// What a pool keeps of a job.
pub(super) trait Work<P: Platform>: Send + Sync {
    /// What is posted to the isolate, each time the job begins.
    fn packed(&self) -> Result<Packed<P>, TaskError>;
    /// Brings the isolate's answer to the job's owner; whether it is a value.
    fn answered(&self, answer: P::Parcel, attempts: u32) -> bool;
    /// Tells the job's owner why there is no value.
    fn fail(&self, error: JobError);
    /// What the job sees of a cancel, and by which its owner reaches the pool.
    fn flag(&self) -> &Flag;
    /// The number by which the isolate knows the job.
    fn ticket(&self) -> u64;
    fn label(&self) -> Option<&str>;
}

/// A job whose task is of an `R`, in one allocation with that task's completion.
pub(super) type Call<P, R, E> = Completion<Result<R, E>, Called<P>>;

/// What a pool keeps of a call, until it has ended.
pub(super) struct Called<P: Platform> {
    /// Taken when the job begins for the first time.
    pub(super) packed: Mutex<Option<Packed<P>>>,
    /// Taken when the job has ended: there is a copy of its argument in it.
    pub(super) again: Mutex<Option<Again<P>>>,
    pub(super) flag: Arc<Flag>,
    pub(super) ticket: u64,
    pub(super) label: Option<String>,
    pub(super) ends: Ends,
}

impl<P: Platform> Called<P> {
    /// What is packed is not needed any more, and who waits for the end is told.
    fn end(&self) {
        let (packed, again) = (self.packed.lock().take(), self.again.lock().take());
        panics::apart(|| drop((packed, again)));
        self.ends.tell();
    }

    fn pack(&self) -> Result<Packed<P>, TaskError> {
        if let Some(first) = self.packed.lock().take() {
            return Ok(first);
        }
        // Nothing is held while it runs: it clones the argument.
        let again = self.again.lock().clone();
        let Some(again) = again else {
            return Err(TaskError::Ended);
        };
        match panics::catch::<P, _>(|| again()) {
            Ok(packed) => packed.map_err(TaskError::Encode),
            Err(Stopped::Panic(error)) => Err(TaskError::Panicked(error)),
            Err(Stopped::Unwound) => Err(TaskError::Ended),
        }
    }
}

impl<P: Platform, R: Message, E: From<JobError> + Send + 'static> Work<P> for Call<P, R, E> {
    fn packed(&self) -> Result<Packed<P>, TaskError> {
        self.beside.pack()
    }

    fn answered(&self, answer: P::Parcel, attempts: u32) -> bool {
        let outcome = unpack::<P, Outcome<R>>(answer).map_err(TaskError::Decode);
        let result = outcome.and_then(Outcome::into_result);
        let is_value = result.is_ok();
        self.beside.end();
        self.complete(result.map_err(|error| JobError::new(error, true, attempts).into()));
        is_value
    }

    fn fail(&self, error: JobError) {
        self.beside.end();
        self.complete(Err(error.into()));
    }

    fn flag(&self) -> &Flag {
        &self.beside.flag
    }

    fn ticket(&self) -> u64 {
        self.beside.ticket
    }

    fn label(&self) -> Option<&str> {
        self.beside.label.as_deref()
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
