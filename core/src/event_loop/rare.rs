//! What few isolates need.

use std::{
    cell::{OnceCell, RefCell},
    collections::VecDeque,
    sync::Arc,
    task::Waker,
};

use super::{EventLoop, Interrupt, blocking::Knock, pauses::Pauses};
use crate::{
    contract::{Address, Control, Identity, Listeners, Platform},
    ordered::Ordered,
    recording::OwnTrack,
};

/// The parts of an event loop that are made with the first of them: there may be a million isolates without one.
pub(super) struct Rare<P: Platform> {
    pub(super) listeners: RefCell<Listeners<P>>,
    /// The reasons to be paused, a set.
    pub(super) pauses: RefCell<Pauses<P>>,
    /// Where jobs would answer that are not to be begun.
    pub(super) withdrawn: RefCell<Ordered<Address<P>, ()>>,
    /// Control that waits for the running event to end.
    pub(super) deferred: RefCell<VecDeque<Control<P>>>,
    pub(super) own_track: OwnTrack,
    /// What wakes this loop while it waits in a blocking call.
    pub(super) knock: OnceCell<(Arc<Knock<P>>, Waker)>,
    pub(super) linked: RefCell<Vec<Identity<P>>>,
    /// Whether the code that runs is to be left at its next checkpoint, although the isolate goes on.
    pub(super) interrupt: RefCell<Option<Arc<dyn Interrupt>>>,
}

impl<P: Platform> Default for Rare<P> {
    fn default() -> Self {
        Self {
            listeners: RefCell::default(),
            pauses: RefCell::default(),
            withdrawn: RefCell::default(),
            deferred: RefCell::default(),
            own_track: OwnTrack::default(),
            knock: OnceCell::new(),
            linked: RefCell::default(),
            interrupt: RefCell::default(),
        }
    }
}

impl<P: Platform> EventLoop<P> {
    /// The parts that few need, made where there are none: for who adds to them.
    pub(super) fn rare(&self) -> &Rare<P> {
        self.rare.get_or_init(Box::default)
    }

    /// The parts that few need, where there are any.
    pub(super) fn known_rare(&self) -> Option<&Rare<P>> {
        self.rare.get().map(|rare| &**rare)
    }
}
