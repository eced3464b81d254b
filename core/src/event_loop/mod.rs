//! The event loop of one isolate: a state machine without I/O and without a clock of its own.
//!
//! | when | what happens |
//! |---|---|
//! | always first | control messages, in order (M2) |
//! | not paused | one event: entry point (M4), due timer, message, job or foreign wake |
//! | after each event | microtasks until none is left (M3) |
//! | after that | nothing alive: the isolate ends (M5); paused: events wait |
//!
//! An isolate is alive while it has an open port that keeps it alive, a pending timer, or a future
//! that something can still wake.

mod blocking;
mod control;
mod current;
mod ending;
mod executor;
mod inspection;
mod locals;
mod making;
mod pauses;
mod ports;
mod rare;
mod recording;
mod rows;
mod suspended;
mod timers;

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use crate::{
    DecodeError, ExitReason, Priority,
    contract::{
        self, Address, Delivery, Event, Host, Identity, Inbox, Mailbox, Platform, PortId, TaskId,
    },
    inspection::Status,
    kind::Kind,
    panics::{self, Stopped},
};

pub(crate) use blocking::Interrupt;
pub(crate) use executor::{Executor, Microtask};
use inspection::Tally;
pub(crate) use locals::Locals;
pub(crate) use ports::{PortTable, Target};
use rare::Rare;
use recording::Drawing;
use rows::Row;
pub use suspended::Suspended;
pub(crate) use timers::{Callback, Timers};

/// What a turn of the event loop did, and when it wants the next one.
///
/// ```
/// use insula::{Timer, platform::{Embedded, Turn}};
/// use std::time::Duration;
///
/// let embedded = Embedded::new("gui", || drop(Timer::new(Duration::from_secs(3600), || {})));
/// assert_eq!(embedded.handle_event(), Turn::Worked);
/// let Turn::Idle { deadline: Some(deadline) } = embedded.handle_event() else { unreachable!() };
/// assert!(Embedded::time_until(deadline) <= Duration::from_secs(3600));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "every platform handles all three")]
pub enum Turn {
    /// One event was handled; there may be more.
    Worked,
    /// There is nothing to do before something arrives or the deadline, a `Platform::now`, has come.
    Idle {
        /// When the next timer is due.
        deadline: Option<Duration>,
    },
    /// The isolate is over: its listeners were told, its ports are closed. The platform drops it.
    Ended,
}

/// One isolate, seen from its own thread.
pub struct EventLoop<P: Platform> {
    itself: Identity<P>,
    /// Where this very loop is reached; a host may have several.
    mailbox: P::Mailbox,
    host: Option<Arc<Host<P>>>,
    inbox: RefCell<P::Inbox>,
    entry: RefCell<Option<Box<dyn FnOnce()>>>,
    ports: PortTable<P>,
    executor: Executor<P>,
    timers: Timers,
    timers_first: Cell<bool>,
    rare: OnceCell<Box<Rare<P>>>,
    errors_fatal: Cell<bool>,
    executing: Cell<bool>,
    turning: Cell<bool>,
    row: Row,
    phase: Cell<Phase>,
    /// How it comes to its end; what begins the end says so.
    reason: RefCell<ExitReason>,
    /// Whether nobody has heard the error that ends it, and who has asked for the reason is to hear it.
    is_unheard: Cell<bool>,
    has_outer_listeners: bool,
    locals: OnceCell<Box<Locals>>,
    /// What it publishes of itself, where isolates are listed; none for the host.
    status: Option<Arc<Status>>,
    tally: Tally,
}

/// How often an ending isolate clears away what destructors have added; more is a bug of theirs.
const ENDING_ROUNDS: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Set at birth.
    Running,
    /// Set by a kill, an exit or a fatal error; the loop finishes when the running event has ended.
    Ending,
    /// Set when the last destructors are about to run.
    Finishing,
    /// Set when the exit listeners are about to be told.
    Ended,
}

impl<P: Platform> std::fmt::Debug for EventLoop<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventLoop")
            .field("isolate", &self.itself)
            .field("phase", &self.phase.get())
            .finish_non_exhaustive()
    }
}

// What the parts of core see of each other.
impl<P: Platform> EventLoop<P> {
    /// Where this loop is reached.
    pub fn mailbox(&self) -> &P::Mailbox {
        &self.mailbox
    }

    /// Who the isolate is.
    pub(crate) fn identity(&self) -> &Identity<P> {
        &self.itself
    }

    /// Ends the isolate, for a platform that will not turn its loop again. Waiting events are dropped.
    pub fn shut_down(&self) {
        if self.host.is_none() && !self.is_finishing() {
            self.begin_end(ExitReason::Killed);
            self.finish();
        }
    }

    pub(crate) fn ports(&self) -> &PortTable<P> {
        &self.ports
    }

    pub(crate) fn executor(&self) -> &Executor<P> {
        &self.executor
    }

    pub(crate) fn timers(&self) -> &Timers {
        &self.timers
    }

    pub(crate) fn locals(&self) -> &Locals {
        self.locals.get_or_init(Default::default)
    }

    pub(crate) fn is_executing(&self) -> bool {
        self.executing.get()
    }

    /// What arrived and was not handled yet.
    pub fn inbox(&self) -> &RefCell<P::Inbox> {
        &self.inbox
    }

    /// Makes a child end with this isolate.
    pub(crate) fn link(&self, child: Identity<P>) {
        if self.phase.get() == Phase::Ended {
            Self::kill(&child, Priority::Immediate);
        } else {
            self.rare().linked.borrow_mut().push(child);
        }
    }

    /// Runs `callback` before the next event.
    pub(crate) fn schedule_microtask(&self, callback: Box<dyn FnOnce()>) {
        self.executor.push(Microtask::Call(callback));
        self.notice();
    }

    /// Adds a future that runs on this loop.
    pub(crate) fn spawn_local(&self, future: impl Future<Output = ()> + 'static) {
        self.executor.spawn(self.mailbox(), future);
        self.notice();
    }

    /// Asks for a turn when work was added from outside a turn.
    pub(crate) fn notice(&self) {
        if !self.executing.get() {
            self.mailbox().post(Event::Poke);
        }
    }
}

// Turning.
impl<P: Platform> EventLoop<P> {
    /// Handles control messages, then at most one event with its microtasks.
    ///
    /// Called by the platform, with this loop as the calling thread's: [`within`](Self::within) it, say.
    ///
    /// # Panics
    /// When it is called from within an event of this very loop.
    pub fn turn(&self) -> Turn {
        self.expect_no_turn();
        self.turning.set(true);
        let turn = self.take_turn();
        self.turning.set(false);
        turn
    }

    /// Turns this loop until it has nothing to do, or has handled `most` events. For a platform whose isolates share
    /// threads; this loop is the calling thread's meanwhile.
    pub fn turn_often(self: &Rc<Self>, most: u32) -> Turn {
        self.row.allow();
        self.within(|| {
            let mut turns = (0..most).map(|_| self.turn());
            turns
                .find(|turn| *turn != Turn::Worked)
                .unwrap_or(Turn::Worked)
        })
    }

    pub(crate) fn expect_no_turn(&self) {
        assert!(
            !self.turning.get(),
            "an event loop can't be turned from within one of its events"
        );
    }

    /// Whether this loop is being turned.
    pub(crate) fn is_turning(&self) -> bool {
        self.turning.get()
    }

    fn take_turn(&self) -> Turn {
        if self.is_finishing() {
            return Turn::Ended;
        }
        self.flush_deferred();
        self.drain_control();
        if self.phase.get() == Phase::Ending {
            return self.finish();
        }
        if !self.is_paused() && self.run_next() {
            if self.phase.get() == Phase::Ending || !self.is_alive() {
                return self.finish();
            }
            return Turn::Worked;
        }
        self.publish_counts();
        let deadline = if self.is_paused() {
            None
        } else {
            self.timers.deadline()
        };
        Turn::Idle { deadline }
    }

    /// Runs the next event; false when there is none.
    fn run_next(&self) -> bool {
        let entry = self.entry.borrow_mut().take();
        if let Some(entry) = entry {
            self.run_event(Kind::Start, entry);
            return true;
        }
        if self.executor.has_microtasks() {
            self.run_event(Kind::Microtasks, || {});
            return true;
        }
        // Timers and messages take turns, so that neither starves the other.
        let timers_first = self.timers_first.replace(!self.timers_first.get());
        (timers_first && self.run_timer())
            || self.run_message()
            || (!timers_first && self.run_timer())
    }

    fn run_timer(&self) -> bool {
        if self.timers.len() == 0 {
            return false;
        }
        let callback = self.timers.pop_due(P::now());
        callback
            .map(|callback| self.run_event(Kind::Timer, callback))
            .is_some()
    }

    fn run_message(&self) -> bool {
        let event = self.inbox.borrow_mut().next_event();
        let Some(event) = event else { return false };
        self.run_event(event.kind(), || self.dispatch(event));
        true
    }

    fn dispatch(&self, event: Event<P>) {
        match event {
            Event::Message { port, parcel } => self.deliver(port, parcel),
            Event::Job {
                port,
                invoke,
                parcel,
                reply,
            } => {
                if self.take_withdrawn(&reply) {
                    return;
                }
                let is_open = matches!(self.ports.target(port), Some(Target::Jobs));
                invoke(is_open.then_some(parcel), reply);
            }
            Event::Unread { port, error } => self.unread(port, &error),
            Event::Withdrawn { reply } => {
                self.take_withdrawn(&reply);
            }
            Event::Wake(task) => self.poll(task),
            Event::Close(port) | Event::Unreachable(port) => self.close_port(port),
            Event::TimerDropped(timer) => self.timers.cancel(timer),
            Event::WakerDropped | Event::Look | Event::Poke => {}
            Event::Recorded(recorded) => self.dispatch_recorded(*recorded),
        }
    }

    /// Forgets that a job was withdrawn; whether it was.
    fn take_withdrawn(&self, reply: &Address<P>) -> bool {
        let rare = self.known_rare();
        rare.is_some_and(|rare| rare.withdrawn.borrow_mut().remove(reply).is_some())
    }

    #[cold]
    fn dispatch_recorded(&self, recorded: contract::Recorded<P>) {
        self.dispatch(recorded.handle());
    }

    /// Closes a port whose messages that were sent before have arrived.
    pub(crate) fn close_port(&self, port: PortId) {
        let target = self.ports.target(port);
        self.ports.close(port);
        if let Some(Target::Shared(target)) = target {
            target.closed();
        }
    }

    /// Tells who waits at a port that its question could not be read.
    pub(crate) fn unread(&self, port: PortId, error: &DecodeError) {
        if let Some(Target::Shared(target)) = self.ports.target(port)
            && target.unread(error) == Delivery::Closed
        {
            self.ports.close(port);
        }
    }

    pub(crate) fn deliver(&self, port: PortId, parcel: P::Parcel) {
        match self.ports.target(port) {
            Some(Target::Shared(target)) => {
                if target.deliver(parcel) == Delivery::Closed {
                    self.ports.close(port);
                } else {
                    self.suspect(port);
                }
            }
            Some(Target::Handler(handler)) => (handler.borrow_mut())(parcel),
            Some(Target::Nobody | Target::Jobs) | None => {}
        }
    }

    fn poll(&self, task: TaskId) {
        let Some((ended, future)) = self.executor.poll(task, self.mailbox()) else {
            return;
        };
        let dropped = panics::catch::<P, _>(|| drop(future));
        for stopped in [ended.err(), dropped.err()].into_iter().flatten() {
            self.stopped(stopped);
        }
    }

    /// One event: `code`, then microtasks until none is left.
    fn run_event(&self, kind: Kind, code: impl FnOnce()) {
        let record = self.record(kind);
        let _span = self.span(kind);
        let drawing = self.draw(kind);
        self.publish_begin(kind);
        self.executing.set(true);
        self.row.begin();
        if let Err(stopped) = panics::catch::<P, _>(code) {
            self.stopped(stopped);
        }
        self.end_event(drawing);
        drop(record);
    }

    /// Runs the microtasks of the event whose code has run.
    fn end_event(&self, drawing: Option<Drawing>) {
        loop {
            self.drain_control();
            if self.phase.get() != Phase::Running {
                break;
            }
            match self.executor.pop() {
                Some(Microtask::Poll(task)) => self.poll(task),
                Some(Microtask::Call(callback)) => {
                    if let Err(stopped) = panics::catch::<P, _>(callback) {
                        self.stopped(stopped);
                    }
                }
                None => break,
            }
        }
        self.executing.set(false);
        self.publish_end();
        self.end_drawing(drawing);
    }

    fn stopped(&self, stopped: Stopped) {
        if let Stopped::Panic(error) = stopped {
            self.uncaught(&error);
        }
    }
}
