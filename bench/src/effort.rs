//! How much is done: as much as figures need, or just enough to see that every row works.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

static QUICK: AtomicBool = AtomicBool::new(false);

pub(crate) fn be_quick() {
    QUICK.store(true, Relaxed);
}

pub(crate) fn is_quick() -> bool {
    QUICK.load(Relaxed)
}

/// `full`, or `quick` in a run that only shows that every row works.
pub(crate) fn either<T>(full: T, quick: T) -> T {
    if is_quick() { quick } else { full }
}

/// How long a go takes at least.
pub(crate) fn go() -> Duration {
    either(Duration::from_millis(15), Duration::from_millis(1))
}
