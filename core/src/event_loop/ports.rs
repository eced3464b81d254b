//! The open ports of an isolate.

use std::{
    cell::{Cell, RefCell},
    fmt,
    rc::Rc,
    sync::Arc,
};

use crate::{
    Platform,
    contract::{Address, Deliver, Event, Mailbox, PortId},
    event_loop::EventLoop,
    table::Table,
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

/// The number of a port without an event loop; others begin with 1.
const DIRECT: PortId = PortId(0);

struct Entry<P: Platform> {
    target: Target<P>,
    keeps_alive: bool,
}

/// Ports by number. Only the isolate's own thread sees it.
pub(crate) struct PortTable<P: Platform> {
    entries: RefCell<Table<PortId, Entry<P>>>,
    last: Cell<u64>,
    alive: Cell<usize>,
    /// Set when the isolate is over and nothing comes to a port any more.
    sealed: Cell<bool>,
}

impl<P: Platform> Default for PortTable<P> {
    fn default() -> Self {
        Self {
            entries: RefCell::default(),
            last: Cell::new(0),
            alive: Cell::new(0),
            sealed: Cell::new(false),
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
        self.last.set(P::next_port(self.last.get()));
        let port = PortId(self.last.get());
        if self.sealed.get() {
            if let Target::Shared(target) = target {
                target.closed();
            }
            return port;
        }
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
        let entry = self.entries.borrow_mut().remove(port);
        if entry.is_some_and(|entry| entry.keeps_alive) {
            self.alive.set(self.alive.get() - 1);
        }
    }

    /// What takes the parcels of a port; `None` when it is closed.
    pub(crate) fn target(&self, port: PortId) -> Option<Target<P>> {
        self.entries
            .borrow()
            .get(port)
            .map(|entry| entry.target.clone())
    }

    /// Replaces what takes the parcels of a port, from the next one on.
    pub(crate) fn set_target(&self, port: PortId, target: Target<P>) {
        let old = self
            .entries
            .borrow_mut()
            .get_mut(port)
            .map(|entry| std::mem::replace(&mut entry.target, target));
        drop(old);
    }

    /// Says whether a port keeps the isolate alive; nothing for a closed port.
    pub(crate) fn set_keeps_alive(&self, port: PortId, keeps_alive: bool) {
        if let Some(entry) = self.entries.borrow_mut().get_mut(port) {
            let before = std::mem::replace(&mut entry.keeps_alive, keeps_alive);
            self.alive
                .set(self.alive.get() + usize::from(keeps_alive) - usize::from(before));
        }
    }

    /// Whether a port keeps the isolate alive; false for a closed port.
    pub(crate) fn keeps_alive(&self, port: PortId) -> bool {
        self.entries
            .borrow()
            .get(port)
            .is_some_and(|entry| entry.keeps_alive)
    }

    /// The ports with parcels that no reader waits for, and how many each has.
    pub(crate) fn unread(&self) -> Vec<(u64, usize)> {
        let entries = self.entries.borrow();
        let unread = entries
            .iter()
            .filter_map(|(port, entry)| match &entry.target {
                Target::Shared(target) => Some((port.0, target.unread_len())),
                _ => None,
            });
        unread.filter(|(_, messages)| *messages > 0).collect()
    }

    /// Closes all. What took their parcels has to be told.
    pub(crate) fn clear(&self) -> impl Iterator<Item = Target<P>> + use<P> {
        let entries = self.entries.borrow_mut().take();
        self.alive.set(0);
        entries.map(|(_, entry)| entry.target)
    }

    /// As [`clear`](Self::clear), for good: a port that is opened later is closed.
    pub(crate) fn seal(&self) -> impl Iterator<Item = Target<P>> + use<P> {
        self.sealed.set(true);
        self.clear()
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
                port: DIRECT,
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

    /// Whether a port is of the calling thread's loop.
    pub(crate) fn is_own(address: Option<&Address<P>>) -> bool {
        let own = |address: &Address<P>| {
            Self::try_current().is_some_and(|here| *here.mailbox() == address.mailbox)
        };
        address.is_some_and(own)
    }

    /// Whether what arrives at a port is seen at once where the caller runs: it is of the calling thread's loop, or has
    /// none.
    pub(crate) fn is_reached_here(address: &Address<P>) -> bool {
        address.port == DIRECT || Self::is_own(Some(address))
    }

    /// Closes a port when what was sent to it before has arrived. False, and nothing happens, where nothing is on
    /// its way: a port without an event loop has got all.
    pub(crate) fn close_in_order(address: &Address<P>) -> bool {
        let has_queue = address.port != DIRECT;
        if has_queue {
            address.mailbox.post(Event::Close(address.port));
        }
        has_queue
    }

    /// Closes a port to which no send port is left, when what was sent to it has arrived. False, and nothing happens,
    /// where nothing is on its way.
    pub(crate) fn close_unreachable(address: &Address<P>) -> bool {
        let has_queue = address.port != DIRECT;
        if has_queue {
            address.mailbox.post(Event::Unreachable(address.port));
        }
        has_queue
    }

    /// Closes a port of this isolate or of another.
    pub(crate) fn close(address: &Address<P>) {
        match Self::try_current() {
            Some(here) if *here.mailbox() == address.mailbox => here.ports().close(address.port),
            _ => address.mailbox.post(Event::Close(address.port)),
        }
    }
}
