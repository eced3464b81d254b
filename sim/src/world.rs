//! The world of one run: its state under one lock, which every thread of the run shares.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use insula_core::trace::RecordingScope;

use crate::{likeness::Likeness, setting::Setting, state::State};

/// Tells runs apart, so that a handle of an earlier run leads nowhere.
static RUNS: AtomicU64 = AtomicU64::new(0);

/// The world of one run.
pub(crate) struct World {
    pub(crate) run: u64,
    /// Its isolates are recorded together, and apart from those of other worlds.
    pub(crate) scope: Arc<RecordingScope>,
    setting: Setting,
    state: Mutex<State>,
}

impl World {
    /// A world in which only the host lives.
    pub(crate) fn new(seed: u64, setting: Setting) -> Self {
        Self {
            run: RUNS.fetch_add(1, Ordering::Relaxed),
            scope: RecordingScope::of_virtual_time(),
            setting,
            state: Mutex::new(State::new(seed, setting.faults)),
        }
    }

    /// What it is like.
    pub(crate) fn like(&self) -> Likeness {
        self.setting.like
    }

    /// Looks at the state, or changes it. The lock is free: one isolate runs at a time.
    ///
    /// `access` MUST NOT run code of the application, not even a destructor: it hands out what is to
    /// be dropped.
    pub(crate) fn with<R>(&self, access: impl FnOnce(&mut State) -> R) -> R {
        // No code that can panic runs under this lock.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        access(&mut state)
    }
}
