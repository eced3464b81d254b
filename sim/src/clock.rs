//! Time that passes when nothing else can happen, waiting, and randomness from the seed.

use std::{
    sync::Arc,
    task::{Wake, Waker},
    time::Duration,
};

use insula_core::{
    EventLoop,
    contract::{Event, Mailbox as _},
};

use crate::{
    Kind, Sim, Threads,
    here::{Here, OUTSIDE},
    mailbox::Mailbox,
    state::Turned,
};

pub(crate) fn now<K: Kind>() -> Duration {
    Here::<K>::get().expect(OUTSIDE).world.now()
}

pub(crate) fn random<K: Kind>() -> u128 {
    Here::<K>::get().expect(OUTSIDE).world.random()
}

/// Lets the others go on until something has arrived for the caller or `deadline` has come.
pub(crate) fn wait<K: Kind>(deadline: Option<Duration>) {
    let here = Here::<K>::get().expect(OUTSIDE);
    here.pass(Turned::Waits { deadline });
}

/// Waits on the host, whose ports live in its loop.
pub(crate) fn park(ready: &mut dyn FnMut(&Waker) -> bool, deadline: Option<Duration>) -> bool {
    let here = EventLoop::<Sim>::current();
    let waker = Waker::from(Arc::new(Knock(*here.mailbox())));
    here.wait_inside(deadline, None, &mut |_| ready(&waker))
}

/// Ends a wait from outside the queues.
struct Knock(Mailbox<Threads>);

impl Wake for Knock {
    fn wake(self: Arc<Self>) {
        self.0.post(Event::Poke);
    }
}
