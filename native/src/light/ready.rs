//! [`Ready`]: how an isolate asks its thread to run it.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, PoisonError, atomic::AtomicUsize},
    time::Duration,
};

use crate::{
    sync::{
        AtomicBool, Mutex, MutexGuard, Ordering,
        thread::{self, Thread},
    },
    waiting::Patience,
};

/// How many threads of light isolates sleep. It changes under the lock of the thread that it is about.
static SLEEPING: AtomicUsize = AtomicUsize::new(0);

/// The isolates of one thread that have something to do.
pub(crate) struct Ready {
    state: Mutex<State>,
    /// Whether the thread has reason to look. It changes under the lock.
    has_work: AtomicBool,
}

#[derive(Default)]
struct State {
    slots: VecDeque<u32>,
    /// The thread, while it sleeps.
    sleeper: Option<Thread>,
}

impl Ready {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State::default()),
            has_work: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the thread run the isolate in `slot`.
    fn push(&self, slot: u32) {
        let mut state = self.lock();
        state.slots.push_back(slot);
        self.tell(state);
    }

    /// Has the thread look for work; whether it slept.
    pub(super) fn notify(&self) -> bool {
        self.tell(self.lock())
    }

    fn tell(&self, mut state: MutexGuard<'_, State>) -> bool {
        // ORDERING: pairs with the acquire of a look without the lock.
        self.has_work.store(true, Ordering::Release);
        let sleeper = state.sleeper.take();
        if sleeper.is_some() {
            SLEEPING.fetch_sub(1, Ordering::Relaxed);
        }
        drop(state);
        sleeper.map(|sleeper| sleeper.unpark()).is_some()
    }

    /// Whether the thread sleeps.
    pub(super) fn is_asleep(&self) -> bool {
        self.lock().sleeper.is_some()
    }

    /// Adds the isolates that have got something to do to `known`. Only their own thread calls it.
    pub(super) fn take(&self, known: &mut VecDeque<u32>) {
        // ORDERING: pairs with the release in `tell`.
        if !self.has_work.load(Ordering::Acquire) {
            return;
        }
        let mut state = self.lock();
        self.has_work.store(false, Ordering::Relaxed);
        if known.is_empty() {
            mem::swap(known, &mut state.slots);
        } else {
            known.append(&mut state.slots);
        }
    }

    /// Waits until there is work, or `deadline` has come. `arrived` is a look that costs nothing and may be late; `found`
    /// looks for work that others have, after they can see that this thread sleeps.
    pub(super) fn wait(
        &self,
        patience: &mut Patience,
        deadline: Option<Duration>,
        arrived: impl Fn() -> bool,
        found: impl Fn() -> bool,
    ) {
        // ORDERING: as in `take`.
        let has_work = || self.has_work.load(Ordering::Acquire);
        let sleep = || {
            let mut state = self.lock();
            if !has_work() {
                state.sleeper = Some(thread::current());
                SLEEPING.fetch_add(1, Ordering::Relaxed);
            }
            drop(state);
            if found() {
                self.notify();
            }
        };
        patience.wait(deadline, || has_work() || arrived(), sleep);
        let mut state = self.lock();
        if state.sleeper.take().is_some() {
            SLEEPING.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Whether a thread of light isolates sleeps.
///
/// Whoever has given work to a thread sees here every other one that has not looked there since.
pub(super) fn any_sleeps() -> bool {
    SLEEPING.load(Ordering::Relaxed) > 0
}

/// Where a light isolate sleeps: its place among those of its thread.
#[derive(Clone)]
pub(crate) struct Place {
    pub(super) ready: Arc<Ready>,
    pub(super) slot: u32,
}

impl Place {
    /// Has the isolate run. It may find nothing to do.
    pub(crate) fn wake(&self) {
        self.ready.push(self.slot);
    }
}
