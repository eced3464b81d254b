//! The open ports of an isolate.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fmt,
    rc::Rc,
    sync::Arc,
};

use crate::{
    Platform,
    contract::{Address, Deliver, Event, Mailbox, PortId},
    event_loop::EventLoop,
};

/// A raw port's handler; it unpacks its messages itself.
pub(crate) type Handler<P> = Rc<RefCell<dyn FnMut(<P as Platform>::Parcel)>>;

/// What happens to a parcel that arrives at a port.
pub(crate) enum Target<P: Platform> {
    /// It is handed to a buffer or a waiting task.
    Shared(Arc<dyn Deliver<P>>),
    /// It is handed to a handler.
    Handler(Handler<P>),
    /// It is lost: a raw port without a handler.
    Nobody,
    /// The port takes calls, not messages.
    Jobs,
}

impl<P: Platform> Clone for Target<P> {
    fn clone(&self) -> Self {
        match self {
            Self::Shared(target) => Self::Shared(target.clone()),
            Self::Handler(handler) => Self::Handler(handler.clone()),
            Self::Nobody => Self::Nobody,
            Self::Jobs => Self::Jobs,
        }
    }
}

struct Entry<P: Platform> {
    target: Target<P>,
    keeps_alive: bool,
}

/// Ports by number. Only the isolate's own thread sees it.
pub(crate) struct PortTable<P: Platform> {
    entries: RefCell<BTreeMap<PortId, Entry<P>>>,
    next: Cell<u64>,
    alive: Cell<usize>,
}

impl<P: Platform> Default for PortTable<P> {
    fn default() -> Self {
        Self {
            entries: RefCell::default(),
            next: Cell::new(1),
            alive: Cell::new(0),
        }
    }
}

impl<P: Platform> fmt::Debug for PortTable<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortTable")
            .field("alive", &self.alive.get())
            .finish_non_exhaustive()
    }
}

impl<P: Platform> PortTable<P> {
    /// How many open ports keep the isolate alive (M5).
    pub(crate) fn alive(&self) -> usize {
        self.alive.get()
    }

    /// Opens a port that keeps the isolate alive. Numbers are not used again.
    pub(crate) fn open(&self, target: Target<P>) -> PortId {
        let port = PortId(self.next.replace(self.next.get() + 1));
        self.entries.borrow_mut().insert(
            port,
            Entry {
                target,
                keeps_alive: true,
            },
        );
        self.alive.set(self.alive.get() + 1);
        port
    }

    /// Closes a port; closing twice makes no difference.
    pub(crate) fn close(&self, port: PortId) {
        // The entry is dropped after the borrow: a handler may own other ports.
        let entry = self.entries.borrow_mut().remove(&port);
        if entry.is_some_and(|entry| entry.keeps_alive) {
            self.alive.set(self.alive.get() - 1);
        }
    }

    /// What takes the parcels of a port; `None` when it is closed.
    pub(crate) fn target(&self, port: PortId) -> Option<Target<P>> {
        self.entries
            .borrow()
            .get(&port)
            .map(|entry| entry.target.clone())
    }

    /// Replaces what takes the parcels of a port, from the next one on.
    pub(crate) fn set_target(&self, port: PortId, target: Target<P>) {
        let old = self
            .entries
            .borrow_mut()
            .get_mut(&port)
            .map(|entry| std::mem::replace(&mut entry.target, target));
        drop(old);
    }

    /// Says whether a port keeps the isolate alive; nothing for a closed port.
    pub(crate) fn set_keeps_alive(&self, port: PortId, keeps_alive: bool) {
        if let Some(entry) = self.entries.borrow_mut().get_mut(&port) {
            let before = std::mem::replace(&mut entry.keeps_alive, keeps_alive);
            self.alive
                .set(self.alive.get() + usize::from(keeps_alive) - usize::from(before));
        }
    }

    /// Whether a port keeps the isolate alive; false for a closed port.
    pub(crate) fn keeps_alive(&self, port: PortId) -> bool {
        self.entries
            .borrow()
            .get(&port)
            .is_some_and(|entry| entry.keeps_alive)
    }

    /// Closes all.
    pub(crate) fn clear(&self) {
        let entries = std::mem::take(&mut *self.entries.borrow_mut());
        self.alive.set(0);
        drop(entries);
    }
}

impl<P: Platform> EventLoop<P> {
    /// Opens a port for `target` where the caller runs.
    pub(crate) fn open(target: Arc<dyn Deliver<P>>) -> Address<P> {
        if Self::is_host()
            && let Some(mailbox) = P::direct_mailbox(target.clone())
        {
            return Address {
                mailbox,
                port: PortId(0),
            };
        }
        let here = Self::current();
        let port = here.ports().open(Target::Shared(target));
        Address {
            mailbox: here.mailbox().clone(),
            port,
        }
    }

    /// As [`open`](Self::open), but the port does not keep its isolate alive.
    pub(crate) fn open_unref(target: Arc<dyn Deliver<P>>) -> Address<P> {
        let address = Self::open(target);
        if let Some(here) = Self::try_current().filter(|here| *here.mailbox() == address.mailbox) {
            here.ports().set_keeps_alive(address.port, false);
        }
        address
    }

    /// Closes a port of this isolate or of another.
    pub(crate) fn close(address: &Address<P>) {
        match Self::try_current() {
            Some(here) if *here.mailbox() == address.mailbox => here.ports().close(address.port),
            _ => address.mailbox.post(Event::Close(address.port)),
        }
    }
}
