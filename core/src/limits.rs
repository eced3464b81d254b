//! What is to be called at a time, on behalf of threads that run no event loop.

use std::{collections::BTreeMap, fmt, task::Waker, time::Duration};

use crate::sync::Mutex;

/// When a limit is due, and its number.
pub(crate) type LimitId = (Duration, u64);

type Callback = Box<dyn FnOnce() + Send>;

/// The limits of all threads outside isolates, kept by one isolate.
#[derive(Default)]
pub(crate) struct Limits {
    state: Mutex<State>,
    /// Whether the isolate that keeps them runs.
    kept: Mutex<bool>,
}

#[derive(Default)]
struct State {
    pending: BTreeMap<LimitId, Callback>,
    next: u64,
    keeper: Option<Waker>,
}

/// What the keeper has to do.
pub(crate) enum Due {
    /// Call this.
    Now(Callback),
    /// Nothing before this time, or before it is woken.
    Later(Option<Duration>),
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("pending", &self.state.lock().pending.len())
            .finish_non_exhaustive()
    }
}

impl Limits {
    /// Starts the keeper by `start`, unless it runs.
    pub(crate) fn keep<E>(&self, start: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let mut kept = self.kept.lock();
        if !*kept {
            start()?;
            *kept = true;
        }
        Ok(())
    }

    /// Has `callback` called when it is `due`.
    pub(crate) fn add(&self, due: Duration, callback: Callback) -> LimitId {
        let (id, keeper) = {
            let mut state = self.state.lock();
            let id = (due, state.next);
            state.next += 1;
            state.pending.insert(id, callback);
            let is_first = state.pending.keys().next() == Some(&id);
            (id, is_first.then(|| state.keeper.take()).flatten())
        };
        if let Some(keeper) = keeper {
            keeper.wake();
        }
        id
    }

    /// Calls a limit off; nothing when it was called already.
    pub(crate) fn remove(&self, id: LimitId) {
        let callback = self.state.lock().pending.remove(&id);
        drop(callback);
    }

    /// What is due at `now`; `keeper` is woken when that changes.
    pub(crate) fn due(&self, now: Duration, keeper: &Waker) -> Due {
        let keeper = keeper.clone();
        let mut state = self.state.lock();
        match state.pending.first_entry() {
            Some(entry) if entry.key().0 <= now => Due::Now(entry.remove()),
            entry => {
                let next = entry.map(|entry| entry.key().0);
                state.keeper = Some(keeper);
                Due::Later(next)
            }
        }
    }
}
