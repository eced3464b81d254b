//! [`Unbegun`]: an isolate that no thread has begun to run.

use std::rc::Rc;

use insula_core::contract::Launch;

use crate::{EventLoop, Native, mailbox::Mailbox, queue::Inbox};

/// An isolate that no thread has begun to run.
pub(crate) struct Unbegun {
    pub(crate) launch: Launch<Native>,
    pub(crate) mailbox: Mailbox,
    pub(crate) inbox: Inbox,
    pub(crate) entry: Box<dyn FnOnce() + Send>,
}

impl Unbegun {
    /// The isolate's event loop, which stays on the calling thread.
    pub(crate) fn begin(self) -> Rc<EventLoop> {
        EventLoop::isolate(self.launch, self.mailbox, self.inbox, self.entry)
    }
}
