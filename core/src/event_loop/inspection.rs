//! What an event loop publishes of its isolate, for whoever inspects it.

use std::sync::Arc;

use super::EventLoop;
use crate::{
    contract::{Platform, PortId},
    event_loop::Target,
    inspection::{Counts, Status},
    kind::Kind,
    recording,
};

impl<P: Platform> EventLoop<P> {
    /// Lists an isolate that the caller is about to start, where isolates are listed.
    pub(crate) fn list(name: &str, is_named: bool) -> Option<Arc<Status>> {
        if !P::HAS_RECORDER {
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
        name: &str,
        mailbox: &P::Mailbox,
    ) -> Option<Arc<Status>> {
        if !P::HAS_RECORDER {
            return None;
        }
        let status = known.or_else(|| Self::list(name, true))?;
        status.has_started(Box::new(mailbox.clone()));
        Some(status)
    }

    #[inline]
    fn status(&self) -> Option<&Status> {
        if P::HAS_RECORDER {
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
        if let Some(status) = self.status() {
            status.end(P::now);
        }
    }

    /// Publishes what is open, when there is nothing to do.
    #[inline]
    pub(super) fn publish_counts(&self) {
        let Some(status) = self.status() else { return };
        status.set_counts(Counts {
            ports: self.ports.alive(),
            timers: self.timers.len(),
            futures: self.executor.len(),
        });
        if status.is_inspected() {
            status.check_suspects(|port| self.unread_len(PortId(port)), P::now);
        }
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
            status.pause_by(self.pauses.borrow().len());
        }
    }

    pub(super) fn publish_error(&self) {
        if let Some(status) = self.status() {
            status.add_error();
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
