//! What a pool sends to its isolates and gets back.

use std::{
    marker::PhantomData,
    sync::{Arc, Weak},
    task::Waker,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    queue::JobId,
    route::{GiveUp, Route},
};
use crate::{
    Platform, RemoteError, SendPort, TaskError,
    completion::FailureSink,
    event_loop::Interrupt,
    fn_pointer, function,
    sync::{AtomicBool, Mutex, Ordering},
    wire::{self, Attach},
};

/// Whether a job is cancelled, and how its owner has it be. Where memory is shared the pool and the isolate hold the same one, so that a
/// checkpoint sees it; elsewhere the isolate has one of its own, and hears of a cancel by a message.
#[derive(Default)]
pub(super) struct Flag {
    is_cancelled: AtomicBool,
    waker: Mutex<Option<Waker>>,
    pub(super) route: Route,
}

impl Flag {
    /// The flag of a job that is in this pool now.
    pub(super) fn new(pool: Weak<dyn GiveUp>, job: JobId) -> Self {
        Self {
            route: Route::new(pool, job),
            ..Self::default()
        }
    }

    pub(super) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Release);
        let waker = self.waker.lock().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Acquire)
    }

    /// Has the flag wake `waker`; whether it is cancelled already.
    pub(super) fn is_cancelled_or_wakes(&self, waker: &Waker) -> bool {
        let waker = waker.clone();
        let old = self.waker.lock().replace(waker);
        drop(old);
        self.is_cancelled()
    }

    /// Lets go of who was to be woken.
    pub(super) fn settle(&self) {
        let waker = self.waker.lock().take();
        drop(waker);
    }
}

/// A checkpoint leaves the code of a cancelled job.
impl Interrupt for Flag {
    fn is_set(&self) -> bool {
        self.is_cancelled()
    }
}

/// The owner of the job stops waiting.
impl FailureSink for Flag {
    fn fail(&self, error: TaskError) {
        self.route.give_up(error);
    }
}

/// A job's flag on its way.
pub(super) struct SharedFlag<P> {
    pub(super) flag: Arc<Flag>,
    platform: PhantomData<fn() -> P>,
}

impl<P> SharedFlag<P> {
    pub(super) fn new(flag: Arc<Flag>) -> Self {
        Self {
            flag,
            platform: PhantomData,
        }
    }
}

struct Attached(Arc<Flag>);

impl Attach for Attached {
    const KIND: &'static str = "a job's flag";

    fn stand_in() -> Option<Self> {
        Some(Self(Arc::default()))
    }
}

impl<P: Platform> Serialize for SharedFlag<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !P::abilities().can_spawn {
            return ().serialize(serializer);
        }
        let flag = self.flag.clone();
        wire::serialize_attachment(serializer, move || Attached(flag))
    }
}

impl<'de, P: Platform> Deserialize<'de> for SharedFlag<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !P::abilities().can_spawn {
            <()>::deserialize(deserializer)?;
            return Ok(Self::new(Arc::default()));
        }
        let Attached(flag) = wire::deserialize_attachment(deserializer)?;
        Ok(Self::new(flag))
    }
}

/// What a job is sent with.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct Ticket<P: Platform> {
    /// The number by which the isolate knows the job.
    pub(super) number: u64,
    pub(super) flag: SharedFlag<P>,
}

/// What an isolate says when it takes work: where it hears of cancelled jobs, or why it has no state.
pub(super) type Hello<P> = Result<SendPort<P, u64>, RemoteError>;

/// A function that takes the isolate's state as well. It travels as a [`Function`](crate::Function) does.
pub(super) struct Method<P, S, M, R> {
    pub(super) pointer: fn(&mut S, M) -> R,
    platform: PhantomData<fn() -> P>,
}

impl<P, S, M, R> Method<P, S, M, R> {
    pub(super) fn new(pointer: fn(&mut S, M) -> R) -> Self {
        Self {
            pointer,
            platform: PhantomData,
        }
    }
}

impl<P: Platform, S: 'static, M: 'static, R: 'static> Serialize for Method<P, S, M, R> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        function::serialize::<P, _, _>(fn_pointer::Method(self.pointer), serializer)
    }
}

impl<'de, P: Platform, S: 'static, M: 'static, R: 'static> Deserialize<'de> for Method<P, S, M, R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stand_in = fn_pointer::Method(|_, _| unreachable!("this function only stands in"));
        function::deserialize::<P, fn_pointer::Method<S, M, R>, _>(deserializer, stand_in)
            .map(|method| Self::new(method.0))
    }
}
