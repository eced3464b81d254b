//! Blocking calls: the caller waits in the middle of its turn, and others go on.

use std::{
    panic,
    sync::Arc,
    task::{Wake, Waker},
    thread,
    time::Duration,
};

use insula_core::{
    Blocking, EventLoop, Platform as _,
    contract::{Event, Mailbox as _},
};

use crate::{
    Sim,
    here::Here,
    isolate_id::IsolateId,
    likeness::Likeness,
    mailbox::{Inbox, Mailbox},
    steps::Outcome,
};

/// What a blocking call that would wait says where workers are simulated.
const NO_BLOCKING: &str =
    "no code may block in a simulation that is like the web: await the task or the port instead";

impl Blocking for Sim {
    fn wait(_: &mut Inbox, deadline: Option<Duration>) {
        let here = Here::get();
        assert!(here.world.like() == Likeness::Threads, "{NO_BLOCKING}");
        here.pass(Outcome::Waits, deadline);
    }

    /// Parks as a thread does: what arrives for the isolate's own loop does not end the wait. The host's ports live
    /// in its loop, so the host waits there.
    fn park(ready: &mut dyn FnMut(&Waker) -> bool, deadline: Option<Duration>) -> bool {
        let event_loop = EventLoop::<Self>::current();
        let waker = Waker::from(Arc::new(Knock(*event_loop.mailbox())));
        let here = Here::get();
        if here.isolate() == IsolateId::HOST {
            return event_loop.wait_inside(deadline, None, &mut |_| ready(&waker));
        }
        while !ready(&waker) {
            assert!(here.world.like() == Likeness::Threads, "{NO_BLOCKING}");
            if deadline.is_some_and(|deadline| Self::now() >= deadline) {
                return false;
            }
            if here.world.with(|state| state.closing) && !thread::panicking() {
                // Silent: the run has ended, and nothing else ends this wait.
                panic::resume_unwind(Box::new("the simulation has ended"));
            }
            here.pass(Outcome::Parks, deadline);
        }
        true
    }
}

/// Ends a wait from outside the queues.
struct Knock(Mailbox);

impl Wake for Knock {
    fn wake(self: Arc<Self>) {
        self.0.post(Event::Poke);
    }
}
