//! The event loop that the calling thread runs.

use std::{any::Any, cell::RefCell, rc::Rc, sync::Arc, task::Waker};

use super::EventLoop;
use crate::contract::{Host, Platform};

/// One at most of each platform: only a test has several on a thread.
pub(super) type Loops = Vec<Rc<dyn Any>>;
type Current = RefCell<Loops>;

#[cfg(not(loom))]
thread_local! {
    static CURRENT: Current = const { RefCell::new(Vec::new()) };
}
#[cfg(loom)]
loom::thread_local! {
    static CURRENT: Current = RefCell::new(Vec::new());
}

/// Makes these the loops of the calling thread; gives back those before.
pub(super) fn replace(loops: Loops) -> Loops {
    CURRENT
        .try_with(|current| current.replace(loops))
        .unwrap_or_default()
}

impl<P: Platform> EventLoop<P> {
    /// The loop that the calling thread runs; a host's is made when there is none.
    ///
    /// A thread that is being torn down gets one that is never turned: what a destructor asks of it does nothing.
    pub fn current() -> Rc<Self> {
        Self::try_current().unwrap_or_else(|| {
            let (host, mailbox, inbox) = P::host();
            let made = Self::host(host, mailbox, inbox);
            Self::set_current(Some(made.clone()));
            made
        })
    }

    /// The host, of which the calling thread may have a loop.
    pub(crate) fn any_host() -> Arc<Host<P>> {
        let known = Self::try_current().and_then(|here| here.host.clone());
        known.unwrap_or_else(|| P::host().0)
    }

    /// The loop that the calling thread runs, if it has one.
    #[must_use]
    pub fn try_current() -> Option<Rc<Self>> {
        let find = |current: &Current| {
            let current = current.borrow();
            current
                .iter()
                .find_map(|event_loop| event_loop.clone().downcast().ok())
        };
        // A thread that is being torn down has none.
        CURRENT.try_with(find).ok().flatten()
    }

    /// Makes `event_loop` the one that the calling thread runs; gives back the one before.
    ///
    /// A platform that runs several isolates on one thread calls it around each turn, or has
    /// [`within`](Self::within) do so.
    pub fn set_current(event_loop: Option<Rc<Self>>) -> Option<Rc<Self>> {
        let earlier = CURRENT.try_with(|current| {
            let mut current = current.borrow_mut();
            let place = current.iter().position(|known| known.is::<Self>());
            let earlier = place.map(|place| current.swap_remove(place));
            if let Some(event_loop) = event_loop {
                current.push(event_loop);
            }
            earlier
        });
        earlier.ok().flatten()?.downcast().ok()
    }

    /// Runs `code` with this loop as the calling thread's, whatever that had before.
    pub fn within<R>(self: &Rc<Self>, code: impl FnOnce() -> R) -> R {
        let _restore = Restore(Self::set_current(Some(self.clone())));
        code()
    }

    /// Runs `code` as outside any isolate, on whichever thread. Only where ports of the host need no loop: the thread has
    /// another loop of the host's meanwhile, or none.
    pub(crate) fn outside<R>(code: impl FnOnce() -> R) -> R {
        let _restore = Restore(Self::set_current(None));
        code()
    }

    /// Whether this is a loop of the host's.
    pub(crate) fn is_of_host(&self) -> bool {
        self.host.is_some()
    }

    /// Panics where an executor that is not this loop's own polls, inside an isolate's event, for what only the loop
    /// can bring: both would wait for ever.
    pub(crate) fn expect_own_executor(waker: &Waker) {
        // A waker without data wakes nothing: its owner polls once and does not wait.
        let waits = !waker.data().is_null();
        let is_held_up = Self::try_current().is_some_and(|here| {
            here.host.is_none() && here.is_executing() && !here.executor.is_polling()
        });
        assert!(
            !(waits && is_held_up),
            "another executor awaits this inside an event of the isolate `{}`, and holds up the event loop that would \
             bring it: await it in an `async` entry point or `spawn_local`, or use `wait`, `recv` or a thread of the \
             executor's own",
            Self::current().itself.debug_name
        );
    }

    /// Whether the caller runs outside isolates.
    #[must_use]
    pub fn is_host() -> bool {
        Self::try_current().is_none_or(|here| here.host.is_some())
    }
}

/// Gives a thread back the loop that it had.
struct Restore<P: Platform>(Option<Rc<EventLoop<P>>>);

impl<P: Platform> Drop for Restore<P> {
    fn drop(&mut self) {
        let earlier = self.0.take();
        drop(EventLoop::set_current(earlier));
    }
}
