//! Who waits for an isolate, and is told when it is lost.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use crate::{
    Platform, RemoteError, TaskError,
    completion::{Completer, FailureSink},
    contract::{Deliver, Delivery},
    log,
    sync::Mutex,
};

/// Who is to be told when an isolate is lost.
#[derive(Default)]
pub(crate) struct LossWatch {
    state: Mutex<WatchState>,
}

#[derive(Default)]
struct WatchState {
    waiting: HashMap<u64, Arc<dyn FailureSink>>,
    next: u64,
    last_error: Option<RemoteError>,
    /// That it was lost, as those who wait are told.
    lost: Option<TaskError>,
}

impl LossWatch {
    /// Whether the isolate is known to have ended.
    pub(crate) fn is_lost(&self) -> bool {
        self.state.lock().lost.is_some()
    }

    /// Adds what waits; `IsolateLost` when the isolate is lost already.
    pub(crate) fn add(&self, waiting: Arc<dyn FailureSink>) -> Result<u64, TaskError> {
        let mut state = self.state.lock();
        if let Some(lost) = &state.lost {
            return Err(lost.clone());
        }
        let ticket = state.next;
        state.next += 1;
        state.waiting.insert(ticket, waiting);
        Ok(ticket)
    }

    pub(crate) fn remove(this: &Weak<Self>, ticket: u64) {
        if let Some(this) = this.upgrade() {
            let done = this.state.lock().waiting.remove(&ticket);
            drop(done);
        }
    }

    /// Tells all that wait, and gives back the error that ended the isolate, where one did.
    pub(crate) fn lose(&self) -> Option<RemoteError> {
        let (waiting, cause) = {
            let mut state = self.state.lock();
            let cause = state.last_error.take();
            state.lost = Some(TaskError::IsolateLost {
                cause: cause.clone(),
            });
            (std::mem::take(&mut state.waiting), cause)
        };
        let mut waiting: Vec<_> = waiting.into_iter().collect();
        waiting.sort_unstable_by_key(|(ticket, _)| *ticket);
        for (_, waiting) in waiting {
            waiting.fail(TaskError::IsolateLost {
                cause: cause.clone(),
            });
        }
        cause
    }
}

/// Remembers the last error of an isolate and reports it, because nothing else listens.
pub(crate) struct ErrorWatch(pub(crate) Arc<LossWatch>);

impl<P: Platform> Deliver<P> for ErrorWatch {
    fn deliver(&self, parcel: P::Parcel) -> Delivery {
        if let Ok(error) = P::unpack::<RemoteError>(parcel) {
            log::unheard::<P>("runner", &error);
            self.0.state.lock().last_error = Some(error);
        }
        Delivery::Open
    }

    fn is_internal(&self) -> bool {
        true
    }
}

/// Completes a task when its isolate has ended.
pub(crate) struct OnExit(pub(crate) Completer<Result<(), TaskError>>);

impl FailureSink for OnExit {
    fn fail(&self, _: TaskError) {
        self.0.complete(Ok(()));
    }
}
