//! Who waits for an isolate, and is told when it is lost.

use std::sync::{Arc, Weak};

use crate::{
    ExitReason, Platform, RemoteError, TaskError,
    completion::{Completer, FailureSink},
    contract::Exit,
    log,
    slots::{Slots, Ticket},
    sync::Mutex,
};

/// What all watches of one isolate know of it.
pub(crate) struct Watched {
    name: Option<String>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// How it came to its end, when it has.
    reason: Option<ExitReason>,
    /// How many wait for it at all watches.
    waiting: usize,
    /// Whether its error has been printed.
    is_printed: bool,
}

impl Watched {
    /// An isolate with this debug name, or one that is not known.
    pub(crate) fn new(name: &str) -> Arc<Self> {
        Arc::new(Self {
            name: Some(name)
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
            known: Mutex::default(),
        })
    }

    fn lost(&self, reason: ExitReason) -> TaskError {
        TaskError::IsolateLost {
            name: self.name.clone(),
            reason,
        }
    }

    /// Takes note of the end, and gives the reason that is known of it.
    fn learn(&self, reason: ExitReason) -> ExitReason {
        let mut known = self.known.lock();
        match &known.reason {
            Some(before) if *before != ExitReason::Unknown => before.clone(),
            _ => known.reason.insert(reason).clone(),
        }
    }

    /// Whether an error that nobody has heard is to be printed: nobody waits, who would get it.
    fn is_to_be_printed(&self) -> bool {
        let mut known = self.known.lock();
        known.waiting == 0 && !std::mem::replace(&mut known.is_printed, true)
    }
}

/// Who is to be told when an isolate is lost.
pub(crate) struct LossWatch {
    state: Mutex<WatchState>,
    watched: Arc<Watched>,
}

#[derive(Default)]
struct WatchState {
    waiting: Slots<Arc<dyn FailureSink>>,
    over: Option<Over>,
}

impl LossWatch {
    /// A watch that shares what it knows of the isolate.
    pub(crate) fn new(watched: Arc<Watched>) -> Self {
        Self {
            state: Mutex::default(),
            watched,
        }
    }

    /// Whether the isolate is known to have ended.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.state.lock().over, Some(Over::Lost(_)))
    }

    /// Adds what waits; `IsolateLost` when the isolate is lost already.
    pub(crate) fn add(&self, waiting: Arc<dyn FailureSink>) -> Result<Ticket, TaskError> {
        let mut state = self.state.lock();
        match &state.over {
            Some(Over::Lost(reason)) => return Err(self.watched.lost(reason.clone())),
            Some(Over::GivenUp) => {
                let error = RemoteError::new("the isolate that watched it has ended", "");
                return Err(self.watched.lost(ExitReason::Lost(error)));
            }
            None => {}
        }
        let ticket = state.waiting.add(waiting);
        self.watched.known.lock().waiting += 1;
        Ok(ticket)
    }

    pub(crate) fn remove(this: &Weak<Self>, ticket: Ticket) {
        if let Some(this) = this.upgrade() {
            let done = this.state.lock().waiting.remove(ticket);
            if done.is_some() {
                this.watched.known.lock().waiting -= 1;
            }
            drop(done);
        }
    }

    /// Tells all that wait, or prints the error where nobody does. Gives back the reason.
    pub(crate) fn lose<P: Platform>(&self, exit: Exit) -> ExitReason {
        let reason = self.watched.learn(exit.reason);
        if let (false, Some(error)) = (exit.is_heard, reason.error())
            && self.watched.is_to_be_printed()
        {
            log::unheard_of::<P>(&exit.name, error);
        }
        self.lose_as(reason)
    }

    /// Tells all that wait, and gives back the reason that is known.
    pub(crate) fn lose_as(&self, reason: ExitReason) -> ExitReason {
        let reason = self.watched.learn(reason);
        self.tell(Over::Lost(reason.clone()), &|| {
            self.watched.lost(reason.clone())
        });
        reason
    }

    /// Has the isolate count as lost, whether or not it has ended. Nothing is printed when it does.
    pub(crate) fn lose_unended(&self, cause: RemoteError) {
        self.watched.known.lock().is_printed = true;
        self.lose_as(ExitReason::Lost(cause));
    }

    /// Tells all that wait that nothing is known of the isolate any more.
    pub(crate) fn give_up(&self) {
        self.tell(Over::GivenUp, &|| TaskError::Closed);
    }

    /// Whether nothing is known of the isolate any more.
    pub(crate) fn is_given_up(&self) -> bool {
        matches!(self.state.lock().over, Some(Over::GivenUp))
    }

    /// The clone of an error is more code than `error`, which makes one.
    fn tell(&self, over: Over, error: &dyn Fn() -> TaskError) {
        let waiting = {
            let mut state = self.state.lock();
            state.over.get_or_insert(over);
            state.waiting.take()
        };
        self.watched.known.lock().waiting -= waiting.len();
        for waiting in waiting {
            waiting.fail(error());
        }
    }
}

/// Why a watch tells nothing any more.
enum Over {
    /// The isolate has ended, for this reason.
    Lost(ExitReason),
    /// The isolate that watched has ended.
    GivenUp,
}

/// Completes a task when its isolate has ended.
pub(crate) struct OnExit(pub(crate) Completer<Result<ExitReason, TaskError>>);

impl FailureSink for OnExit {
    fn fail(&self, error: TaskError) {
        self.0.complete(match error {
            TaskError::IsolateLost { reason, .. } => Ok(reason),
            error => Err(error),
        });
    }
}
