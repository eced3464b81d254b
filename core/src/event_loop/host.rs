//! [`Host`]: the one isolate to which all code outside isolates belongs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    Capability, Isolate, Platform, RemoteError,
    contract::{Control, Listeners},
};

/// The isolate of a process or page itself: a plain thread, an executor's worker, the page's loop.
///
/// It can't be paused, killed or exited and does not end, so it takes every control message at once,
/// on whichever thread brings it. A platform whose host has several threads has one `Host` and a loop
/// for each of them.
#[derive(Debug)]
pub struct Host<P: Platform> {
    handle: Isolate<P>,
    listeners: Mutex<Listeners<P>>,
}

impl<P: Platform> Host<P> {
    /// The host that is reached at `mailbox`.
    #[must_use]
    pub fn new(mailbox: P::Mailbox) -> Arc<Self> {
        let (pause, terminate) = (Capability::on::<P>(), Capability::on::<P>());
        Arc::new(Self {
            handle: Isolate::from_mailbox(mailbox, Some(pause), Some(terminate), "main".to_owned()),
            listeners: Mutex::default(),
        })
    }

    pub(crate) fn handle(&self) -> &Isolate<P> {
        &self.handle
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners<P>> {
        // No code that can panic runs under this lock.
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what a control message asks; nothing where that would be the host's end or pause.
    pub fn control(&self, control: Control<P>) {
        match control {
            Control::Ping { to, response, .. } => to.post(response),
            Control::AddErrorListener { to } => self.listeners().add_error(to),
            Control::RemoveErrorListener { to } => self.listeners().remove_error(&to),
            Control::AddExitListener { .. }
            | Control::Watch { .. }
            | Control::RemoveExitListener { .. }
            | Control::Pause { .. }
            | Control::Resume { .. }
            | Control::Kill { .. }
            | Control::SetErrorsFatal { .. } => {}
        }
    }

    /// Tells the error listeners; false when there is none.
    pub(crate) fn notify_error(&self, error: &RemoteError) -> bool {
        // A listener's waker may run any code, so nothing is told under the lock.
        let listeners = self.listeners().error_listeners();
        listeners.notify_error(error)
    }
}
