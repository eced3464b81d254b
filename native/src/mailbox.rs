//! The two queues of an isolate, and the addresses that lead to them.

use std::{
    collections::VecDeque,
    fmt,
    hash::{Hash, Hasher},
    ptr,
    sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock, atomic::AtomicU64},
    time::Duration,
};

use insula_core::{
    Control, Host, apart,
    contract::{self, Deliver, Event},
};

use crate::{
    Native, clock,
    sync::{AtomicBool, Mutex, MutexGuard, Ordering, Receiver, Sender, unbounded},
};

/// Numbers for people: what `Debug` shows of an isolate or a host's port.
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
    Direct(Arc<Direct>),
    Host,
    Nowhere,
}

/// What stands in the channel.
enum Item {
    Event(Event<Native>),
    /// Control has arrived.
    Wake,
}

struct Queues {
    number: u64,
    items: Sender<Item>,
    control: Mutex<ControlQueue>,
    /// Set while the control queue may have something; spares the isolate the lock.
    has_control: AtomicBool,
    /// What is called when something has arrived; `None` unless the loop is embedded.
    listener: OnceLock<RwLock<Listener>>,
}

/// Told of every arrival, on the thread that brings it.
pub(crate) type Listener = Box<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct ControlQueue {
    messages: VecDeque<Control<Native>>,
    closed: bool,
}

impl Queues {
    fn post(&self, item: Item) {
        // An isolate that is gone gets nothing.
        let _ = self.items.send(item);
        if let Some(listener) = self.listener.get() {
            // Its panic is not the sender's.
            apart(|| (listener.read().unwrap_or_else(PoisonError::into_inner))());
        }
    }

    fn lock(&self) -> MutexGuard<'_, ControlQueue> {
        // No code that can panic runs under this lock.
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A port outside isolates: its parcels are delivered on the sender's thread.
struct Direct {
    number: u64,
    target: Arc<dyn Deliver<Native>>,
}

/// Makes the queues of an isolate.
pub(crate) fn channel() -> (Mailbox, Inbox) {
    let (items, received) = unbounded();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let queues = Arc::new(Queues {
        number,
        items,
        control: Mutex::new(ControlQueue::default()),
        has_control: AtomicBool::new(false),
        listener: OnceLock::new(),
    });
    let inbox = Inbox {
        items: received,
        aside: VecDeque::new(),
        queues: queues.clone(),
    };
    (Mailbox(Kind::Queues(queues)), inbox)
}

impl Mailbox {
    pub(crate) fn direct(target: Arc<dyn Deliver<Native>>) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(Kind::Direct(Arc::new(Direct { number, target })))
    }

    /// Tells `listener` of every arrival from now on.
    pub(crate) fn set_listener(&self, listener: Listener) {
        if let Kind::Queues(queues) = &self.0 {
            let mut new = Some(listener);
            let place = queues
                .listener
                .get_or_init(|| RwLock::new(new.take().expect("it was put there above")));
            if let Some(listener) = new {
                *place.write().unwrap_or_else(PoisonError::into_inner) = listener;
            }
        }
    }
}

impl contract::Mailbox<Native> for Mailbox {
    fn nowhere() -> Self {
        Self(Kind::Nowhere)
    }

    fn post(&self, event: Event<Native>) {
        match (&self.0, event) {
            // The thread that would need the poke is the one that gives it.
            (Kind::Queues(_), Event::Poke) => {}
            (Kind::Queues(queues), event) => {
                queues.post(Item::Event(event));
            }
            (Kind::Direct(direct), Event::Message { parcel, .. }) => {
                direct.target.deliver(parcel);
            }
            (Kind::Direct(direct), Event::Unread { error, .. }) => {
                direct.target.unread(&error);
            }
            (Kind::Direct(_) | Kind::Host | Kind::Nowhere, _) => {}
        }
    }

    fn is_gone(&self) -> bool {
        match &self.0 {
            Kind::Queues(queues) => queues.lock().closed,
            Kind::Direct(_) | Kind::Host => false,
            Kind::Nowhere => true,
        }
    }

    fn control(&self, control: Control<Native>) {
        match &self.0 {
            Kind::Queues(queues) => {
                let mut queue = queues.lock();
                if queue.closed {
                    drop(queue);
                    return control.undeliverable();
                }
                queue.messages.push_back(control);
                // ORDERING: published by the send below, or read under the lock.
                queues.has_control.store(true, Ordering::Release);
                drop(queue);
                queues.post(Item::Wake);
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
            (Kind::Direct(a), Kind::Direct(b)) => Arc::ptr_eq(a, b),
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
            Kind::Direct(direct) => ptr::from_ref(&**direct).addr().hash(state),
            Kind::Host | Kind::Nowhere => 0_usize.hash(state),
        }
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Queues(queues) => write!(f, "#{}", queues.number),
            Kind::Direct(direct) => write!(f, "#{}", direct.number),
            Kind::Host => f.write_str("host"),
            Kind::Nowhere => f.write_str("nowhere"),
        }
    }
}

/// What arrived at an isolate.
pub struct Inbox {
    items: Receiver<Item>,
    /// Events that were taken from the channel and not handled yet; older than those in it.
    aside: VecDeque<Event<Native>>,
    queues: Arc<Queues>,
}

impl Inbox {
    /// Waits until something arrives or `deadline` has come. The channel spins before it parks.
    pub(crate) fn wait(&mut self, deadline: Option<Duration>) {
        if self.has_control() {
            return;
        }
        let item = match deadline.and_then(clock::instant_of) {
            None => self.items.recv().ok(),
            Some(deadline) => self.items.recv_deadline(deadline).ok(),
        };
        if let Some(Item::Event(event)) = item {
            self.aside.push_back(event);
        }
    }

    fn has_control(&self) -> bool {
        // ORDERING: pairs with the release in `control`, for who has not received its `Wake` yet.
        self.queues.has_control.load(Ordering::Acquire)
    }

    /// The oldest event, whatever control there is.
    fn take(&mut self) -> Option<Event<Native>> {
        if let Some(event) = self.aside.pop_front() {
            return Some(event);
        }
        loop {
            match self.items.try_recv().ok()? {
                Item::Event(event) => return Some(event),
                Item::Wake => {}
            }
        }
    }
}

impl contract::Inbox<Native> for Inbox {
    fn next_control(&mut self) -> Option<Control<Native>> {
        if !self.has_control() {
            return None;
        }
        let mut queue = self.queues.lock();
        let control = queue.messages.pop_front();
        if queue.messages.is_empty() {
            self.queues.has_control.store(false, Ordering::Release);
        }
        control
    }

    fn next_event(&mut self) -> Option<Event<Native>> {
        if let Some(event) = self.aside.pop_front() {
            return Some(event);
        }
        loop {
            match self.items.try_recv().ok()? {
                Item::Event(event) => return Some(event),
                // It came after the loop has looked, and before the events behind it: the loop looks again.
                Item::Wake if self.has_control() => return None,
                Item::Wake => {}
            }
        }
    }

    fn is_empty(&mut self) -> bool {
        if self.aside.is_empty()
            && let Some(event) = self.take()
        {
            self.aside.push_front(event);
        }
        self.aside.is_empty()
    }

    fn close(&mut self) -> (VecDeque<Event<Native>>, VecDeque<Control<Native>>) {
        let control = {
            let mut queue = self.queues.lock();
            queue.closed = true;
            std::mem::take(&mut queue.messages)
        };
        let mut events = std::mem::take(&mut self.aside);
        while let Some(event) = self.take() {
            events.push_back(event);
        }
        (events, control)
    }

    fn put_back(&mut self, events: VecDeque<Event<Native>>) {
        for event in events.into_iter().rev() {
            self.aside.push_front(event);
        }
    }
}

/// An inbox that was not closed by its isolate belonged to a host thread; control that
/// is never handled is answered for it.
impl Drop for Inbox {
    fn drop(&mut self) {
        let (events, control) = contract::Inbox::close(self);
        for event in events {
            apart(|| drop(event));
        }
        for control in control {
            control.undeliverable();
        }
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inbox(#{})", self.queues.number)
    }
}
