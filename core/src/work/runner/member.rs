//! A runner as one of many: what a pool asks of it.

use std::sync::Arc;

use super::IsolateRunner;
use crate::{
    Platform, TaskError,
    completion::FailureSink,
    contract::{Address, Event, Invoke},
    departures::Departures,
    event_loop::EventLoop,
};

impl<P: Platform> IsolateRunner<P> {
    /// Has `loss` told when the isolate has ended, after everything that it has sent.
    ///
    /// # Errors
    /// It has ended already.
    pub(in crate::work) fn watch(&self, loss: Arc<dyn FailureSink>) -> Result<(), TaskError> {
        self.inner.watches.here().add(loss).map(drop)
    }

    /// Posts a call, whose outcome goes to `reply`. People see its label; `departures` are of the message in it.
    pub(in crate::work) fn post(
        &self,
        label: Option<&str>,
        invoke: Invoke<P>,
        parcel: P::Parcel,
        departures: Departures,
        reply: Address<P>,
    ) {
        let Address { mailbox, port } = &self.inner.jobs;
        let event = Event::<P>::Job {
            port: *port,
            invoke,
            parcel,
            reply,
        };
        event.post_to(mailbox, label);
        departures.went_to(mailbox);
    }

    /// Closes the port for jobs, behind what was posted before.
    pub(in crate::work) fn close_behind(&self) {
        EventLoop::close(&self.inner.jobs);
    }
}
