//! The addresses that lead to isolates and ports.

use std::{
    fmt,
    hash::{Hash, Hasher},
    ptr,
    sync::{Arc, LazyLock, atomic::AtomicU64},
};

use insula_core::{
    Control, Host,
    contract::{self, Deliver, Event},
};

use crate::{
    Native,
    queue::{Inbox, Listener, Queues},
    sync::Ordering,
};

/// Numbers for people: what `Debug` shows of an isolate.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The isolate of the process itself; every thread outside isolates has a loop of it.
pub(crate) static HOST: LazyLock<Arc<Host<Native>>> =
    LazyLock::new(|| Host::new(Mailbox(Kind::Host)));

/// The address of an isolate, or of one port outside isolates.
#[derive(Clone)]
pub struct Mailbox(Kind);

#[derive(Clone)]
enum Kind {
    Queues(Arc<Queues>),
    Direct(Arc<dyn Deliver<Native>>),
    Host,
    Nowhere,
}

/// Where a port outside isolates is: that of what its parcels are handed to, on the sender's thread.
fn place(target: &Arc<dyn Deliver<Native>>) -> usize {
    Arc::as_ptr(target).cast::<()>().addr()
}

/// Has a port outside isolates take an event.
fn hand_over(target: &Arc<dyn Deliver<Native>>, event: Event<Native>) {
    match event {
        Event::Message { parcel, .. } => {
            target.deliver(parcel);
        }
        Event::Unread { error, .. } => {
            target.unread(&error);
        }
        Event::Recorded(recorded) => hand_over(target, recorded.deliver()),
        _ => {}
    }
}

/// Makes the queues of an isolate.
pub(crate) fn channel() -> (Mailbox, Inbox) {
    let (queues, inbox) = Queues::new(NEXT.fetch_add(1, Ordering::Relaxed));
    (Mailbox(Kind::Queues(queues)), inbox)
}

impl Mailbox {
    pub(crate) fn direct(target: Arc<dyn Deliver<Native>>) -> Self {
        Self(Kind::Direct(target))
    }

    /// Tells `listener` of every arrival from now on.
    pub(crate) fn set_listener(&self, listener: Listener) {
        if let Kind::Queues(queues) = &self.0 {
            queues.set_listener(listener);
        }
    }
}

impl contract::Mailbox<Native> for Mailbox {
    fn nowhere() -> Self {
        Self(Kind::Nowhere)
    }

    #[inline]
    fn post(&self, event: Event<Native>) {
        match &self.0 {
            // The thread that would need the poke is the one that gives it.
            Kind::Queues(_) if matches!(event, Event::Poke) => {}
            Kind::Queues(queues) => queues.post(event),
            Kind::Direct(target) => hand_over(target, event),
            Kind::Host | Kind::Nowhere => {}
        }
    }

    fn is_gone(&self) -> bool {
        match &self.0 {
            Kind::Queues(queues) => queues.is_closed(),
            Kind::Direct(_) | Kind::Host => false,
            Kind::Nowhere => true,
        }
    }

    fn waiting(&self) -> Option<usize> {
        match &self.0 {
            Kind::Queues(queues) => Some(queues.waiting()),
            Kind::Direct(_) | Kind::Host | Kind::Nowhere => None,
        }
    }

    fn control(&self, control: Control<Native>) {
        match &self.0 {
            Kind::Queues(queues) => {
                if let Err(control) = queues.control(control) {
                    control.undeliverable();
                }
            }
            Kind::Direct(_) => {
                // A port of the host's has no control of its own; a watch of it lasts as long as the process.
                drop(control);
            }
            Kind::Host => HOST.handle_control(control),
            Kind::Nowhere => control.undeliverable(),
        }
    }
}

impl PartialEq for Mailbox {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Queues(a), Kind::Queues(b)) => Arc::ptr_eq(a, b),
            (Kind::Direct(a), Kind::Direct(b)) => place(a) == place(b),
            (Kind::Host, Kind::Host) | (Kind::Nowhere, Kind::Nowhere) => true,
            _ => false,
        }
    }
}

impl Eq for Mailbox {}

impl Hash for Mailbox {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Kind::Queues(queues) => ptr::from_ref(&**queues).addr().hash(state),
            Kind::Direct(target) => place(target).hash(state),
            Kind::Host | Kind::Nowhere => 0_usize.hash(state),
        }
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Queues(queues) => write!(f, "#{}", queues.number()),
            Kind::Direct(target) => write!(f, "#{:x}", place(target)),
            Kind::Host => f.write_str("host"),
            Kind::Nowhere => f.write_str("nowhere"),
        }
    }
}
