//! Time, waiting, randomness.

use std::{
    hint,
    sync::{Arc, LazyLock},
    task::{Wake, Waker},
    time::{Duration, Instant},
};

use crate::sync::{
    AtomicBool, Ordering,
    thread::{self, Thread},
};

/// How often a waiting thread looks before it sleeps: some ten microseconds, in which an isolate
/// that is awake answers. Sleeping and being woken costs about four times as much.
const SPINS: u32 = if cfg!(loom) { 1 } else { 200 };
/// How many of these looks come before the thread offers its core to others.
const EAGER_SPINS: u32 = 64;

static START: LazyLock<Instant> = LazyLock::new(instant);

#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock the others are told to ask"
)]
fn instant() -> Instant {
    Instant::now()
}

pub(crate) fn now() -> Duration {
    START.elapsed()
}

/// The moment of a [`now`].
pub(crate) fn instant_of(time: Duration) -> Option<Instant> {
    START.checked_add(time)
}

pub(crate) fn random() -> u128 {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .expect("an operating system that runs threads has a source of randomness");
    u128::from_le_bytes(bytes)
}

/// Waits until `ready`, spinning at first; false when `deadline` came first.
pub(crate) fn park(ready: &mut dyn FnMut(&Waker) -> bool, deadline: Option<Duration>) -> bool {
    let parker = Arc::new(Parker {
        thread: thread::current(),
        woken: AtomicBool::new(false),
    });
    let waker = Waker::from(parker.clone());
    loop {
        if ready(&waker) {
            return true;
        }
        if !parker.wait(deadline) {
            return ready(&waker);
        }
    }
}

struct Parker {
    thread: Thread,
    woken: AtomicBool,
}

impl Parker {
    /// Waits for one wake; false when `deadline` came first.
    fn wait(&self, deadline: Option<Duration>) -> bool {
        for spin in 0..SPINS {
            // ORDERING: pairs with the release in `wake_by_ref`; what the waking thread wrote is seen here.
            if self.woken.swap(false, Ordering::Acquire) {
                return true;
            }
            if spin < EAGER_SPINS {
                hint::spin_loop();
            } else {
                thread::yield_now();
            }
        }
        while !self.woken.swap(false, Ordering::Acquire) {
            match deadline {
                None => thread::park(),
                Some(deadline) => match deadline.checked_sub(now()) {
                    Some(left) if !left.is_zero() => thread::park_timeout(left),
                    _ => return false,
                },
            }
        }
        true
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: a swap, not a store, so that a second wake carries on what the first released.
        self.woken.swap(true, Ordering::Release);
        self.thread.unpark();
    }
}
