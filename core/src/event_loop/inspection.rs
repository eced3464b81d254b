//! What an event loop publishes of its isolate, for whoever inspects it.

use std::{cell::Cell, sync::Arc};

use super::{EventLoop, Phase};
use crate::{
    contract::{Inbox as _, Platform, PortId},
    event_loop::Target,
    inspection::{Counts, Status, Told},
    kind::Kind,
    recording,
};

/// What a loop counts that publishes nothing.
#[derive(Default)]
pub(super) struct Tally {
    events: Cell<u64>,
    errors: Cell<u64>,
}

fn add_one(to: &Cell<u64>) {
    to.set(to.get().wrapping_add(1));
}

impl<P: Platform> EventLoop<P> {
    /// Lists an isolate that the caller is about to start, where isolates are listed.
    pub(crate) fn list(name: Arc<str>, is_named: bool) -> Option<Arc<Status>> {
        if !P::SHARES_MEMORY {
            return None;
        }
        let here = Self::try_current();
        let parent = here.as_ref().and_then(|here| here.status());
        let register = recording::register();
        Some(register.add_isolate(name, is_named, parent, P::now()))
    }

    /// The status of a new isolate, which was listed when its start was asked for, or is now.
    pub(super) fn listed(
        known: Option<Arc<Status>>,
        name: &Arc<str>,
        mailbox: &P::Mailbox,
    ) -> Option<Arc<Status>> {
        if !P::SHARES_MEMORY {
            return None;
        }
        let status = known.or_else(|| Self::list(name.clone(), true))?;
        status.has_started(Box::new(mailbox.clone()));
        Some(status)
    }

    #[inline]
    fn status(&self) -> Option<&Status> {
        if P::SHARES_MEMORY {
            self.status.as_deref()
        } else {
            None
        }
    }

    #[inline]
    pub(super) fn publish_begin(&self, kind: Kind) {
        if let Some(status) = self.status() {
            status.begin(kind, P::now);
        }
    }

    #[inline]
    pub(super) fn publish_end(&self) {
        match self.status() {
            Some(status) => status.end(P::now),
            None => add_one(&self.tally.events),
        }
    }

    /// Publishes what is open, when there is nothing to do.
    #[inline]
    pub(super) fn publish_counts(&self) {
        let Some(status) = self.status() else { return };
        status.set_counts(self.counts());
        if status.is_inspected() {
            status.check_suspects(|port| self.unread_len(PortId(port)), P::now);
        }
    }

    fn counts(&self) -> Counts {
        Counts {
            ports: self.ports.alive(),
            timers: self.timers.len(),
            futures: self.executor.len(),
        }
    }

    /// What the isolate says of itself, where that is asked and not published.
    pub(crate) fn tell(&self) -> Told {
        let (pauses, queue) = (self.pauses(), self.inbox.borrow_mut().len());
        let (events, errors) = match self.status() {
            Some(status) => (status.events(), status.errors()),
            None => (self.tally.events.get(), self.tally.errors.get()),
        };
        let goes_on = pauses == 0 && queue.is_some_and(|queue| queue > 0);
        Told {
            is_ending: self.phase.get() != Phase::Running,
            is_busy: self.executing.get() || goes_on,
            pauses,
            queue,
            events,
            errors,
            counts: self.counts(),
            unread: self.ports.unread(),
        }
    }

    /// How many reasons there are to be paused.
    fn pauses(&self) -> usize {
        self.known_rare()
            .map_or(0, |rare| rare.pauses.borrow().len())
    }

    fn unread_len(&self, port: PortId) -> usize {
        match self.ports.target(port) {
            Some(Target::Shared(target)) => target.unread_len(),
            _ => 0,
        }
    }

    /// A port has got a message for which perhaps nobody waits.
    #[inline]
    pub(super) fn suspect(&self, port: PortId) {
        if let Some(status) = self.status().filter(|status| status.is_inspected())
            && self.unread_len(port) > 0
        {
            status.suspect(port.0, P::now());
        }
    }

    /// The running event waits in a blocking call, or has waited.
    pub(super) fn publish_wait(&self, waits: bool, aside: usize) {
        if let Some(status) = self.status() {
            status.wait(waits, aside);
        }
    }

    pub(super) fn publish_pauses(&self) {
        if let Some(status) = self.status() {
            status.pause_by(self.pauses());
        }
    }

    pub(super) fn publish_error(&self) {
        match self.status() {
            Some(status) => status.add_error(),
            None => add_one(&self.tally.errors),
        }
    }

    pub(super) fn publish_ending(&self) {
        if let Some(status) = self.status() {
            status.is_to_end();
        }
    }

    pub(super) fn publish_over(&self) {
        if let Some(status) = self.status() {
            status.is_over();
        }
    }
}
