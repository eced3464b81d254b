//! How a runner's end is known wherever a handle is: each isolate that uses one watches the runner itself.
//!
//! So the news of the end comes the way that answers come, and after them.

use std::sync::{Arc, OnceLock};

use crate::{
    ExitReason, Platform, RemoteError,
    contract::{Address, Control, Exit, ExitMessage, Mailbox},
    event_loop::EventLoop,
    sync::Mutex,
    task::{LossWatch, OneShotPort, Watched},
};

/// The isolate that watches: its mailbox, or none for all threads outside isolates.
type Place<P> = Option<<P as Platform>::Mailbox>;

/// Who watches one runner.
pub(super) struct Watches<P: Platform> {
    runner: P::Mailbox,
    watched: Arc<Watched>,
    by: Mutex<Vec<(Place<P>, Arc<LossWatch>)>>,
}

impl<P: Platform> Watches<P> {
    pub(super) fn new(runner: P::Mailbox, watched: Arc<Watched>) -> Arc<Self> {
        Arc::new(Self {
            runner,
            watched,
            by: Mutex::default(),
        })
    }

    /// Whether the runner is known to have ended.
    pub(super) fn is_lost(&self) -> bool {
        self.runner.is_gone() || self.by.lock().iter().any(|(_, watch)| watch.is_lost())
    }

    /// Has the runner be lost for everybody, whether or not it has ended.
    pub(super) fn lose(&self, cause: RemoteError) {
        let by: Vec<_> = self
            .by
            .lock()
            .iter()
            .map(|(_, watch)| watch.clone())
            .collect();
        for watch in by {
            watch.lose_unended(cause.clone());
        }
    }

    /// The calling isolate's watch.
    pub(super) fn here(self: &Arc<Self>) -> Arc<LossWatch> {
        let place = own_place::<P>();
        let watch = {
            let mut by = self.by.lock();
            if let Some((_, known)) = by.iter().find(|(known, _)| *known == place) {
                return known.clone();
            }
            let watch = Arc::new(LossWatch::new(self.watched.clone()));
            let is_lost = by.iter().any(|(_, watch)| watch.is_lost());
            by.retain(|(_, watch)| !watch.is_given_up());
            by.push((place, watch.clone()));
            if is_lost {
                // Nothing was asked of the runner here, so no answer is on its way.
                watch.lose_as(ExitReason::Unknown);
                return watch;
            }
            watch
        };
        let exit = self.listen(watch.clone());
        let (to, response) = (exit, ExitMessage::Exit);
        EventLoop::<P>::request(&self.runner, Control::Watch { to, response });
        watch
    }

    /// Opens a port where the end of the runner is heard.
    fn listen(self: &Arc<Self>, watch: Arc<LossWatch>) -> Address<P> {
        let (of, runner) = (Arc::downgrade(self), self.runner.clone());
        let opened = Arc::new(OnceLock::new());
        let own = opened.clone();
        let exit = EventLoop::<P>::open_unref(OneShotPort::or_closed(move |exit| match exit {
            Some(exit) => {
                watch.lose::<P>(Exit::read::<P>(exit));
            }
            None => {
                // The isolate that listened is over. Its handles may be used elsewhere, with another watch.
                if let Some(watches) = of.upgrade() {
                    watches.forget(&watch);
                }
                if let Some(to) = own.get() {
                    runner.control(Control::RemoveExitListener {
                        to: Address::clone(to),
                    });
                }
                watch.give_up();
            }
        }));
        let _ = opened.set(exit.clone());
        exit
    }

    /// Takes over the watch of the isolate that has started the runner.
    pub(super) fn adopt(&self, place: Place<P>, watch: Arc<LossWatch>) {
        self.by.lock().push((place, watch));
    }

    fn forget(&self, watch: &Arc<LossWatch>) {
        self.by
            .lock()
            .retain(|(_, known)| !Arc::ptr_eq(known, watch));
    }
}

/// Where the caller watches.
pub(super) fn own_place<P: Platform>() -> Place<P> {
    (!EventLoop::<P>::is_host()).then(|| EventLoop::<P>::current().mailbox().clone())
}
