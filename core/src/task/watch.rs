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
pub(crate) struct LossWatch {
    state: Mutex<WatchState>,
    last_error: LastError,
}

/// The last uncaught error of an isolate, which tells why it was lost.
pub(crate) type LastError = Arc<Mutex<Option<RemoteError>>>;

#[derive(Default)]
struct WatchState {
    waiting: HashMap<u64, Arc<dyn FailureSink>>,
    next: u64,
    over: Option<Over>,
}

impl LossWatch {
    /// A watch that shares what it knows of the isolate's errors.
    pub(crate) fn new(last_error: LastError) -> Self {
        Self {
            state: Mutex::default(),
            last_error,
        }
    }

    /// Whether the isolate is known to have ended.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.state.lock().over, Some(Over::Lost(_)))
    }

    /// Adds what waits; `IsolateLost` when the isolate is lost already.
    pub(crate) fn add(&self, waiting: Arc<dyn FailureSink>) -> Result<u64, TaskError> {
        let mut state = self.state.lock();
        match &state.over {
            Some(Over::Lost(cause)) => return Err(lost(cause)),
            Some(Over::GivenUp) => return Err(given_up()),
            None => {}
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
        let cause = self.last_error.lock().clone();
        self.tell(Over::Lost(cause.clone()), &lost(&cause));
        cause
    }

    /// Tells all that wait that nothing is known of the isolate any more.
    pub(crate) fn give_up(&self) {
        self.tell(Over::GivenUp, &TaskError::Closed);
    }

    /// Whether nothing is known of the isolate any more.
    pub(crate) fn is_given_up(&self) -> bool {
        matches!(self.state.lock().over, Some(Over::GivenUp))
    }

    fn tell(&self, over: Over, error: &TaskError) {
        let waiting = {
            let mut state = self.state.lock();
            state.over.get_or_insert(over);
            std::mem::take(&mut state.waiting)
        };
        let mut waiting: Vec<_> = waiting.into_iter().collect();
        waiting.sort_unstable_by_key(|(ticket, _)| *ticket);
        for (_, waiting) in waiting {
            waiting.fail(error.clone());
        }
    }
}

/// Why a watch tells nothing any more.
enum Over {
    /// The isolate has ended, for this cause.
    Lost(Option<RemoteError>),
    /// The isolate that watched has ended.
    GivenUp,
}

fn lost(cause: &Option<RemoteError>) -> TaskError {
    TaskError::IsolateLost {
        cause: cause.clone(),
    }
}

fn given_up() -> TaskError {
    lost(&Some(RemoteError::new(
        "the isolate that watched it has ended",
        "",
    )))
}

/// Remembers the last error of a runner's isolate and reports it with the runner's name.
pub(crate) struct ErrorWatch {
    pub(crate) name: String,
    pub(crate) last_error: LastError,
}

impl<P: Platform> Deliver<P> for ErrorWatch {
    fn deliver(&self, parcel: P::Parcel) -> Delivery {
        if let Ok(error) = P::unpack::<RemoteError>(parcel) {
            log::unheard::<P>(&self.name, &error);
            *self.last_error.lock() = Some(error);
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
    fn fail(&self, error: TaskError) {
        self.0.complete(match error {
            TaskError::IsolateLost { .. } => Ok(()),
            error => Err(error),
        });
    }
}
