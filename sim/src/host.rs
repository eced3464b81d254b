//! What the event loop of code outside isolates is made of.

use std::sync::Arc;

use insula_core::Host;

use crate::{
    Sim,
    here::Here,
    isolate_id::IsolateId,
    mailbox::{Inbox, Mailbox},
};

pub(crate) type HostParts = (Arc<Host<Sim>>, Mailbox, Inbox);

/// The host of the run.
pub(crate) fn of_the_run(here: &Here) -> HostParts {
    parts(here, IsolateId::HOST)
}

/// A host for destructors that run where no loop is: what is posted there is dropped.
pub(crate) fn nowhere(here: &Here) -> HostParts {
    parts(here, IsolateId::NOWHERE)
}

fn parts(here: &Here, isolate: IsolateId) -> HostParts {
    let mailbox = Mailbox::new(&here.world, isolate);
    let inbox = Inbox::new(here.world.clone(), isolate);
    (Host::new(mailbox), mailbox, inbox)
}
