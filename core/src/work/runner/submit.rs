//! A job on its way to a runner.

use std::sync::Arc;

use super::Inner;
use crate::{
    Platform, TaskError,
    contract::{Address, Event},
    event_loop::EventLoop,
    task::GivenJob,
    work::job::{Call, Job},
};

impl<P: Platform> Inner<P> {
    /// Posts a job and watches over it; `IsolateLost` when the isolate is lost already.
    pub(super) fn submit(&self, job: Job<P>) -> Result<(), TaskError> {
        let Job { call, reply } = job;
        let Call {
            invoke,
            parcel,
            departures,
        } = call;
        // A job that was cancelled meanwhile is not begun.
        let Some(address) = reply.port().open_address() else {
            EventLoop::<P>::drop_each_here([parcel]);
            return Ok(());
        };
        let watch = self.watches.here();
        let ticket = match watch.add(reply.clone()) {
            Ok(ticket) => ticket,
            Err(lost) => {
                EventLoop::<P>::drop_each_here([parcel]);
                return Err(lost);
            }
        };
        let Address { mailbox, port } = self.jobs.clone();
        let event = Event::<P>::Job {
            port,
            invoke,
            parcel,
            reply: address.clone(),
        };
        event.post_to(&mailbox, None);
        departures.went_to(&mailbox);
        // Behind the job, so that it is not withdrawn before it is there.
        reply.port().when_job_ended(GivenJob {
            watch: Arc::downgrade(&watch),
            ticket,
            runner: mailbox,
            reply: address,
        });
        Ok(())
    }
}
