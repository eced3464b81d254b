//! The two queues of an isolate: [`Queues`], where others put events and control, and [`Inbox`], where it takes them.
//!
//! Senders and the isolate share one lock. The isolate takes all that has arrived at once, so it locks once for many
//! events, and looks at two flags to know that there is something. A sender wakes it only when it sleeps.

use std::{
    collections::VecDeque,
    fmt, hint, mem,
    sync::{Arc, PoisonError},
    time::Duration,
};

use insula_core::{
    Control, apart,
    contract::{self, Event, PortId},
};

use crate::{
    Native, Parcel,
    light::{Place, Running},
    sync::{
        AtomicBool, AtomicUsize, Mutex, MutexGuard, Ordering,
        thread::{self, Thread},
    },
    waiting::Patience,
};

/// Told of every arrival, on the thread that brings it.
pub(crate) type Listener = Box<dyn Fn() + Send + Sync>;

/// Who runs an isolate when something has arrived.
enum Sleeper {
    Thread(Thread),
    Light(Place),
}

impl Sleeper {
    fn wake(self) {
        match self {
            Self::Thread(thread) => thread.unpark(),
            Self::Light(place) => place.wake(),
        }
    }
}

/// Where others put what is for an isolate.
///
/// Senders write the first part of `arrived` for each event, and the isolate looks at the flags and writes `taken`: on one
/// cache line each would take it from the other. So what both seldom use lies between them.
// In this order.
#[repr(C)]
pub(crate) struct Queues {
    arrived: Mutex<Arrived>,
    /// Whether there are events in `arrived`. It changes under the lock.
    has_events: AtomicBool,
    /// Whether there is control in `arrived`. It changes under the lock.
    has_control: AtomicBool,
    /// How many events the isolate has taken from `arrived` and not handled.
    taken: AtomicUsize,
    number: u64,
}

/// What has arrived and was not taken.
#[derive(Default)]
#[repr(C)]
struct Arrived {
    /// Who is woken, while the isolate sleeps.
    sleeper: Option<Sleeper>,
    /// What is called when something has arrived; none unless the loop is embedded.
    listener: Option<Arc<Listener>>,
    closed: bool,
    events: Blocks,
    control: VecDeque<Control<Native>>,
}

/// How long a cache line is on most machines.
const CACHE_LINE: usize = 64;
const _: () = {
    let senders_end = mem::offset_of!(Arrived, events) + mem::offset_of!(Blocks, full);
    assert!(size_of::<Arrived>() - senders_end >= CACHE_LINE);
};

/// Events in the order in which they came. A long queue is not copied when it grows, and gives its memory back while
/// it is read.
#[derive(Default)]
#[repr(C)]
struct Blocks {
    /// Behind those in the full ones.
    last: VecDeque<Event<Native>>,
    full: VecDeque<VecDeque<Event<Native>>>,
}

/// How many events a block has.
const BLOCK: usize = 64;

/// Fewer events than these are few to take at once.
const FEW: usize = 16;

/// Lets some time pass: about as long as a sender needs for a few events.
fn pause() {
    let times = if cfg!(loom) { 0 } else { 16 };
    for _ in 0..times {
        hint::spin_loop();
    }
}

impl Blocks {
    fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    fn len(&self) -> usize {
        self.full.len() * BLOCK + self.last.len()
    }

    fn push(&mut self, event: Event<Native>) {
        if self.last.len() == BLOCK {
            let next = VecDeque::with_capacity(BLOCK);
            self.full.push_back(mem::replace(&mut self.last, next));
        }
        self.last.push_back(event);
    }
}

/// Drops an event for which nobody is left. What is in it may run any code.
#[cold]
fn drop_apart(event: Event<Native>) {
    apart(|| drop(event));
}

impl Queues {
    /// The queues of an isolate, and where it takes from them; the number is for people.
    pub(crate) fn new(number: u64) -> (Arc<Self>, Inbox) {
        let queues = Arc::new(Self {
            arrived: Mutex::new(Arrived::default()),
            has_events: AtomicBool::new(false),
            has_control: AtomicBool::new(false),
            taken: AtomicUsize::new(0),
            number,
        });
        let inbox = Inbox {
            taken: VecDeque::new(),
            first: VecDeque::new(),
            took_few: false,
            patience: Patience::new(),
            queues: queues.clone(),
        };
        (queues, inbox)
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// How many events wait.
    pub(crate) fn waiting(&self) -> usize {
        let arrived = self.lock();
        arrived.events.len() + self.taken.load(Ordering::Relaxed)
    }

    pub(crate) fn set_listener(&self, listener: Listener) {
        let before = self.lock().listener.replace(Arc::new(listener));
        // Its destructor may be anything: outside the lock.
        drop(before);
    }

    pub(crate) fn post(&self, event: Event<Native>) {
        let mut arrived = self.lock();
        if arrived.closed {
            drop(arrived);
            return drop_apart(event);
        }
        if arrived.events.is_empty() {
            // ORDERING: pairs with the acquire of a look without the lock.
            self.has_events.store(true, Ordering::Release);
        }
        arrived.events.push(event);
        self.tell(arrived);
    }

    /// Puts a control message in; gives it back when the isolate is gone.
    pub(crate) fn control(&self, control: Control<Native>) -> Result<(), Control<Native>> {
        let mut arrived = self.lock();
        if arrived.closed {
            return Err(control);
        }
        arrived.control.push_back(control);
        // ORDERING: as in `post`.
        self.has_control.store(true, Ordering::Release);
        self.tell(arrived);
        Ok(())
    }

    /// Says that something has arrived.
    #[inline]
    fn tell(&self, mut arrived: MutexGuard<'_, Arrived>) {
        let (sleeper, listener) = (arrived.sleeper.take(), arrived.listener.clone());
        drop(arrived);
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
        if let Some(listener) = listener {
            // Its panic is not the sender's.
            apart(move || listener());
        }
    }

    /// Has `sleeper` woken when something arrives; false when something has arrived.
    fn sleep(&self, sleeper: impl FnOnce() -> Sleeper) -> bool {
        let mut arrived = self.lock();
        let sleeps = arrived.events.is_empty() && arrived.control.is_empty();
        if sleeps {
            arrived.sleeper = Some(sleeper());
        }
        sleeps
    }

    fn lock(&self) -> MutexGuard<'_, Arrived> {
        // No code that can panic runs under this lock.
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_events(&self) -> bool {
        // ORDERING: pairs with the release in `post`.
        self.has_events.load(Ordering::Acquire)
    }

    fn has_control(&self) -> bool {
        // ORDERING: pairs with the release in `control`.
        self.has_control.load(Ordering::Acquire)
    }
}

/// What arrived at an isolate.
pub struct Inbox {
    /// Events that were taken and not handled yet, older than those that have arrived since. These come after `first`.
    taken: VecDeque<VecDeque<Event<Native>>>,
    first: VecDeque<Event<Native>>,
    /// Whether there were few events to take the last time, and no wait since.
    took_few: bool,
    patience: Patience,
    queues: Arc<Queues>,
}

impl Inbox {
    /// Waits until something arrives or `deadline` has come.
    pub(crate) fn wait(&mut self, deadline: Option<Duration>) {
        let is_done = Running::with(|light| self.wait_suspended(light, deadline));
        if is_done != Some(true) {
            self.wait_on_thread(deadline);
        }
        self.take_waited();
    }

    fn wait_on_thread(&mut self, deadline: Option<Duration>) {
        let queues = &*self.queues;
        let has_arrived = || queues.has_control() || queues.has_events();
        let sleep = || {
            queues.sleep(|| Sleeper::Thread(thread::current()));
        };
        if !self.patience.wait(deadline, has_arrived, sleep) {
            queues.lock().sleeper = None;
        }
    }

    /// Waits, and gives the thread to others meanwhile; false where that can't be.
    ///
    /// # Panics
    /// When so many wait that the system has no stack for others.
    fn wait_suspended(&self, light: &Running, deadline: Option<Duration>) -> bool {
        if let Err(error) = light.provide() {
            // A second panic would end the process.
            assert!(thread::panicking(), "a light isolate can't wait: {error}");
            return false;
        }
        if self.queues.sleep(|| Sleeper::Light(light.place().clone())) {
            light.suspend(deadline);
            self.queues.lock().sleeper = None;
        }
        true
    }

    /// Has `place` woken when something arrives; false when something has arrived that is to be looked at first.
    pub(crate) fn sleep(&mut self, place: &Place) -> bool {
        let sleeps = self.queues.sleep(|| Sleeper::Light(place.clone()));
        self.take_waited();
        sleeps
    }

    fn take_waited(&mut self) {
        self.took_few = false;
        // Also where the isolate is paused: the next wait is for something new.
        if self.queues.has_events() {
            self.take_arrived();
        }
    }

    /// Takes all events that have arrived; whether there is control, which may have come before some of them.
    fn take_arrived(&mut self) -> bool {
        if self.took_few {
            // A sender is at it: it is let put in more, as each time that one takes the lock from the other costs both.
            pause();
        }
        let mut arrived = self.queues.lock();
        self.took_few = arrived.events.len() < FEW;
        self.add_taken(arrived.events.len());
        if self.first.is_empty() && self.taken.is_empty() && arrived.events.full.is_empty() {
            // The empty block is filled next.
            mem::swap(&mut self.first, &mut arrived.events.last);
        } else {
            self.taken.append(&mut arrived.events.full);
            match self.taken.back_mut() {
                // Where events come singly to an isolate that is paused, they share a block.
                Some(block) if block.len() + arrived.events.last.len() <= BLOCK => {
                    block.append(&mut arrived.events.last);
                }
                // The block that was read last, if it is empty, is filled next.
                _ if self.first.is_empty() => {
                    let read = mem::take(&mut self.first);
                    let last = mem::replace(&mut arrived.events.last, read);
                    self.taken.push_back(last);
                }
                _ => self.taken.push_back(mem::take(&mut arrived.events.last)),
            }
        }
        self.queues.has_events.store(false, Ordering::Relaxed);
        !arrived.control.is_empty()
    }

    /// Notes that more events were taken.
    fn add_taken(&self, more: usize) {
        let taken = &self.queues.taken;
        taken.store(taken.load(Ordering::Relaxed) + more, Ordering::Relaxed);
    }

    /// Notes that one of them is handled.
    fn sub_taken(&self) {
        let taken = &self.queues.taken;
        taken.store(taken.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
    }

    /// The oldest event that was taken.
    fn front(&mut self) -> Option<&Event<Native>> {
        while self.first.is_empty() {
            self.first = self.taken.pop_front()?;
        }
        self.first.front()
    }

    /// Whether there is an event that is to be handled before the control that has come.
    fn has_next(&mut self) -> bool {
        if self.front().is_some() {
            return true;
        }
        // Control that came after the loop has looked, and before one of these events: the loop looks again.
        self.queues.has_events() && !self.take_arrived() && self.front().is_some()
    }
}

impl contract::Inbox<Native> for Inbox {
    fn at_checkpoint(&mut self) {
        let _ = Running::with(Running::at_checkpoint);
    }

    fn next_control(&mut self) -> Option<Control<Native>> {
        if !self.queues.has_control() {
            return None;
        }
        let mut arrived = self.queues.lock();
        let control = arrived.control.pop_front();
        if arrived.control.is_empty() {
            self.queues.has_control.store(false, Ordering::Relaxed);
        }
        control
    }

    fn next_event(&mut self) -> Option<Event<Native>> {
        if !self.has_next() {
            return None;
        }
        self.sub_taken();
        self.first.pop_front()
    }

    fn next_message(&mut self, port: PortId) -> Option<Parcel> {
        if self.queues.has_control() || !self.has_next() {
            return None;
        }
        match self.first.front() {
            Some(Event::Message { port: of, .. }) if *of == port => {}
            _ => return None,
        }
        self.sub_taken();
        match self.first.pop_front() {
            Some(Event::Message { parcel, .. }) => Some(parcel),
            _ => None,
        }
    }

    fn is_empty(&mut self) -> bool {
        self.front().is_none() && !self.queues.has_events()
    }

    fn len(&mut self) -> Option<usize> {
        Some(self.queues.waiting())
    }

    fn close(&mut self) -> (VecDeque<Event<Native>>, VecDeque<Control<Native>>) {
        let control = {
            let mut arrived = self.queues.lock();
            arrived.closed = true;
            arrived.sleeper = None;
            mem::take(&mut arrived.control)
        };
        self.take_arrived();
        let mut events = mem::take(&mut self.first);
        events.extend(mem::take(&mut self.taken).into_iter().flatten());
        self.queues.taken.store(0, Ordering::Relaxed);
        (events, control)
    }

    fn put_back(&mut self, events: VecDeque<Event<Native>>) {
        if events.is_empty() {
            return;
        }
        self.add_taken(events.len());
        let first = mem::replace(&mut self.first, events);
        self.taken.push_front(first);
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
