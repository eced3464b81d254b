//! Blocking calls: the caller waits in the middle of its turn, and others go on.

use std::{
    sync::Arc,
    task::{Wake, Waker},
    time::Duration,
};

use insula_core::{
    Blocking, EventLoop,
    contract::{Event, Mailbox as _},
};

use crate::{
    Sim,
    here::Here,
    likeness::Likeness,
    mailbox::{Inbox, Mailbox},
    trace::Outcome,
};

/// What a blocking call that would wait says where workers are simulated.
const NO_BLOCKING: &str =
    "no code may block in a simulation that is like the web: await the task or the port instead";

impl Blocking for Sim {
    fn wait(_: &mut Inbox, deadline: Option<Duration>) {
        let here = Here::get();
        assert!(here.world.like == Likeness::Threads, "{NO_BLOCKING}");
        here.pass(Outcome::Waits, deadline);
    }

    /// Waits on the host, whose ports live in its loop.
    fn park(ready: &mut dyn FnMut(&Waker) -> bool, deadline: Option<Duration>) -> bool {
        let here = EventLoop::<Self>::current();
        let waker = Waker::from(Arc::new(Knock(*here.mailbox())));
        here.wait_inside(deadline, None, &mut |_| ready(&waker))
    }
}

/// Ends a wait from outside the queues.
struct Knock(Mailbox);

impl Wake for Knock {
    fn wake(self: Arc<Self>) {
        self.0.post(Event::Poke);
    }
}
