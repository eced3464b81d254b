//! [`Home`]: where a pool is told what happens.
//!
//! Where messages can be taken on their sender's thread, a pool needs no event loop: it goes on whatever its owner
//! does. Elsewhere it lives on the loop of the isolate that made it, and ends with that.

use std::sync::Arc;

use crate::{
    Platform,
    contract::{Address, Deliver},
    event_loop::EventLoop,
};

/// Where a pool is told what happens.
pub(super) enum Home<P: Platform> {
    /// On whichever thread it happens.
    Anywhere,
    /// On a loop, which looks after the pool when this port gets a message.
    Loop(Address<P>),
}

impl<P: Platform> Home<P> {
    /// A home where the caller runs; `port` is told when the pool wants to be looked after.
    pub(super) fn new(port: Arc<dyn Deliver<P>>) -> Self {
        match P::direct_mailbox(port.clone()) {
            Some(_) => Self::Anywhere,
            None => Self::Loop(EventLoop::open_unref(port)),
        }
    }

    /// Whether [`run`](Self::run) runs code now.
    pub(super) fn is_here(&self) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Loop(port) => EventLoop::<P>::is_own(Some(port)),
        }
    }

    /// Runs `code` at home, or has the pool looked after there later.
    pub(super) fn run(&self, code: impl FnOnce()) {
        match self {
            Self::Anywhere if EventLoop::<P>::is_host() => code(),
            Self::Anywhere => EventLoop::<P>::outside(code),
            Self::Loop(_) if self.is_here() => code(),
            Self::Loop(port) => {
                // `()` always packs.
                if let Ok(parcel) = P::pack(()) {
                    port.post(parcel);
                }
            }
        }
    }

    /// Where the loop is, for a wait that has to turn it.
    pub(super) fn address(&self) -> Option<Address<P>> {
        match self {
            Self::Anywhere => None,
            Self::Loop(port) => Some(port.clone()),
        }
    }

    /// Leaves the loop alone from now on.
    pub(super) fn leave(&self) {
        if let Self::Loop(port) = self {
            EventLoop::close(port);
        }
    }
}
