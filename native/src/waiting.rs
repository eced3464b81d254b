//! How a thread waits: it looks for a while, and then sleeps until it is woken.
//!
//! To sleep and be woken costs some 60 µs where the cores are idle, and a look costs nothing. So a thread looks first, as
//! long as that has paid lately, and offers its core to others meanwhile. A thread with a near deadline does not offer it.

use std::{
    cell::Cell,
    hint,
    sync::{Arc, LazyLock, atomic::AtomicUsize},
    task::{Wake, Waker},
    time::Duration,
};

use insula_core::Platform;

use crate::{
    Native,
    clock::now,
    sync::{
        AtomicBool, Ordering,
        thread::{self, Thread},
    },
};

/// How often a thread looks before it offers its core: some two microseconds, in which a core that is awake answers.
const PAUSES: u32 = if cfg!(loom) { 1 } else { 24 };
/// How often it looks and offers its core, at most.
const OFFERS: u32 = if cfg!(loom) { 0 } else { 176 };
/// How often a thread looks that does not offer its core.
const PAUSES_ALONE: u32 = if cfg!(loom) { 1 } else { 150 };

/// A sleep that was shorter than this would have been cheaper awake.
const SHORT: Duration = Duration::from_micros(150);
/// A thread that gets its core back only after this has offered it to one with other work.
const KEPT: Duration = Duration::from_micros(40);
/// For how many waits the core is not offered after that.
const CROWDED: u32 = 32;
/// A deadline that is nearer than this does not allow for others: busy ones keep a core for some milliseconds.
const SOON: Duration = Duration::from_millis(10);

/// How many threads look and offer their core. Only a number: nothing else is read by it.
static OFFERING: AtomicUsize = AtomicUsize::new(0);
static CORES: LazyLock<usize> = LazyLock::new(Native::cores);

/// How long a thread looks before it sleeps.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    /// How often the core is offered.
    offers: u32,
    /// For how many waits it is not, because others have kept it.
    crowded: u32,
}

impl Patience {
    pub(crate) const fn new() -> Self {
        Self {
            offers: OFFERS,
            crowded: 0,
        }
    }

    /// Waits until `arrived`, or until `deadline`; false when that came first. `sleep` stops the thread until somebody wakes
    /// it, or until the time that it is given has passed.
    pub(crate) fn wait(
        &mut self,
        deadline: Option<Duration>,
        arrived: impl Fn() -> bool,
        mut sleep: impl FnMut(),
    ) -> bool {
        if arrived() || self.look(deadline, &arrived) {
            return true;
        }
        let since = now();
        sleep();
        while !arrived() {
            match deadline {
                None => thread::park(),
                Some(deadline) => match deadline.checked_sub(now()) {
                    Some(left) if !left.is_zero() => thread::park_timeout(left),
                    _ => return false,
                },
            }
        }
        self.offers = if now().saturating_sub(since) < SHORT {
            OFFERS
        } else {
            self.offers / 2
        };
        true
    }

    /// Looks for a while; false when it is time to sleep.
    fn look(&mut self, deadline: Option<Duration>, arrived: &impl Fn() -> bool) -> bool {
        if pause(PAUSES, arrived) {
            return true;
        }
        if self.offers == 0 {
            return false;
        }
        let is_crowded = self.crowded > 0;
        self.crowded = self.crowded.saturating_sub(1);
        if is_crowded || deadline.is_some_and(|deadline| deadline < now() + SOON) {
            return pause(PAUSES_ALONE, arrived);
        }
        // More of them than cores would only be in each other's way.
        let has_place = OFFERING.fetch_add(1, Ordering::Relaxed) < *CORES;
        let found = has_place && self.offer(arrived);
        OFFERING.fetch_sub(1, Ordering::Relaxed);
        found
    }

    fn offer(&mut self, arrived: &impl Fn() -> bool) -> bool {
        let mut before = now();
        for _ in 0..self.offers {
            thread::yield_now();
            if arrived() {
                return true;
            }
            let after = now();
            if after.saturating_sub(before) > KEPT {
                self.crowded = CROWDED;
                break;
            }
            before = after;
        }
        false
    }
}

fn pause(times: u32, arrived: &impl Fn() -> bool) -> bool {
    for _ in 0..times {
        hint::spin_loop();
        if arrived() {
            return true;
        }
    }
    false
}

/// What a thread outside isolates waits by. It is kept for the thread's next wait.
struct Waiting {
    parker: Arc<Parker>,
    waker: Waker,
    patience: Patience,
}

impl Waiting {
    fn new() -> Self {
        let parker = Arc::new(Parker {
            thread: thread::current(),
            woken: AtomicBool::new(false),
        });
        Self {
            waker: Waker::from(parker.clone()),
            parker,
            patience: Patience::new(),
        }
    }
}

#[cfg(not(loom))]
thread_local! {
    static WAITING: Cell<Option<Waiting>> = const { Cell::new(None) };
}
#[cfg(loom)]
loom::thread_local! {
    static WAITING: Cell<Option<Waiting>> = Cell::new(None);
}

/// Waits until `ready`; false when `deadline` came first.
pub(crate) fn park(ready: &mut dyn FnMut(&Waker) -> bool, deadline: Option<Duration>) -> bool {
    // None while a wait of this thread runs another, and while the thread is torn down.
    let known = WAITING.try_with(Cell::take).ok().flatten();
    let mut waiting = known.unwrap_or_else(Waiting::new);
    let Waiting {
        parker,
        waker,
        patience,
    } = &mut waiting;
    // ORDERING: pairs with the release in `wake_by_ref`; what the waking thread wrote is seen here.
    let woken =
        || parker.woken.load(Ordering::Relaxed) && parker.woken.swap(false, Ordering::Acquire);
    let is_ready = loop {
        if ready(waker) {
            break true;
        }
        if !patience.wait(deadline, woken, || {}) {
            break ready(waker);
        }
    };
    let _ = WAITING.try_with(|place| place.set(Some(waiting)));
    is_ready
}

struct Parker {
    thread: Thread,
    woken: AtomicBool,
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
