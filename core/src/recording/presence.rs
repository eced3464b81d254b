//! Whether there is a recorder.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// How many recorders there are in this process.
static RECORDERS: AtomicUsize = AtomicUsize::new(0);

/// Changes when a recorder comes or goes, so that an event loop looks again for its own.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Whether something is recorded in this process: one load.
#[inline]
pub(crate) fn is_on() -> bool {
    // ORDERING: nothing else is read on the strength of it.
    RECORDERS.load(Ordering::Relaxed) != 0
}

/// How many recorders have come and gone so far.
pub(crate) fn generation() -> u64 {
    // ORDERING: pairs with the release of who adds a recorder, which can be found then.
    GENERATION.load(Ordering::Acquire)
}

/// A recorder can be found now, or is gone.
pub(super) fn changed() {
    // ORDERING: see `generation`.
    GENERATION.fetch_add(1, Ordering::Release);
}

/// Counts a recorder as long as it lives.
pub(super) struct Presence;

impl Presence {
    pub(super) fn new() -> Self {
        RECORDERS.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        RECORDERS.fetch_sub(1, Ordering::Relaxed);
        changed();
    }
}
