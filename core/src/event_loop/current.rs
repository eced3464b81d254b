//! The event loop that the calling thread runs.

use std::{any::Any, cell::RefCell, rc::Rc};

use super::EventLoop;
use crate::contract::Platform;

/// One at most of each platform: only a test has several on a thread.
type Current = RefCell<Vec<Rc<dyn Any>>>;

#[cfg(not(loom))]
thread_local! {
    static CURRENT: Current = const { RefCell::new(Vec::new()) };
}
#[cfg(loom)]
loom::thread_local! {
    static CURRENT: Current = RefCell::new(Vec::new());
}

impl<P: Platform> EventLoop<P> {
    /// The loop that the calling thread runs; a host's is made when there is none.
    pub fn current() -> Rc<Self> {
        Self::try_current().unwrap_or_else(|| {
            let (host, mailbox, inbox) = P::host();
            let made = Self::host(host, mailbox, inbox);
            Self::set_current(Some(made.clone()));
            made
        })
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
        let earlier = CURRENT.with(|current| {
            let mut current = current.borrow_mut();
            let place = current.iter().position(|known| known.is::<Self>());
            let earlier = place.map(|place| current.swap_remove(place));
            if let Some(event_loop) = event_loop {
                current.push(event_loop);
            }
            earlier
        });
        earlier?.downcast().ok()
    }

    /// Runs `code` with this loop as the calling thread's, whatever that had before.
    pub fn within<R>(self: &Rc<Self>, code: impl FnOnce() -> R) -> R {
        struct Restore<P: Platform>(Option<Rc<EventLoop<P>>>);
        impl<P: Platform> Drop for Restore<P> {
            fn drop(&mut self) {
                let earlier = self.0.take();
                drop(EventLoop::set_current(earlier));
            }
        }
        let _restore = Restore(Self::set_current(Some(self.clone())));
        code()
    }

    /// Whether the caller runs outside isolates.
    #[must_use]
    pub fn is_host() -> bool {
        Self::try_current().is_none_or(|here| here.host.is_some())
    }
}
