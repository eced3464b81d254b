//! What happens next: one step after the other, and whose turn it is.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
    rc::Rc,
    sync::Arc,
};

use insula_core::{EventLoop, Host};

use crate::{
    Kind, Simulated,
    here::Here,
    mailbox::{Inbox, Mailbox},
    seat::{self, Seat},
    spawner,
    state::{Arrival, Choice, NextTurn, Turned},
    trace::Number,
};

/// After this many steps a run is given up: the program never ends.
pub const STEP_LIMIT: usize = 1_000_000;

/// How many steps the rest of the world is given, without time passing, when the future of a run is
/// complete. What lives after that is left over.
pub const SETTLE_LIMIT: usize = 10_000;

/// How often destructors may put something new into a world that is taken down.
const ENDING_ROUNDS: usize = 64;

/// How often an ending isolate may wait in its destructors.
const ENDING_TURNS: usize = 1_000;

/// The step of a turn that nobody has chosen.
const NO_STEP: usize = usize::MAX;

/// What only the thread of the run can do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    /// It is somebody's turn.
    Turn(NextTurn),
    /// Nothing can happen.
    Nothing,
    /// The run has had all its steps.
    Exhausted,
}

/// Lets things happen until it is somebody's turn. Called by whoever has just taken one.
pub(crate) fn next<K: Kind>(here: &Here<K>) -> Next {
    loop {
        let (to, arrival) = match here.world.choose() {
            Choice::Turn(turn) => return Next::Turn(turn),
            Choice::Nothing => return Next::Nothing,
            Choice::Exhausted => return Next::Exhausted,
            Choice::Clock => continue,
            Choice::Event { from, to } => (to, here.world.arrive(from, to)),
            Choice::Control { from, to } => (to, here.world.arrive_control(from, to)),
        };
        match arrival {
            Arrival::Queued => {}
            Arrival::DeadLetter(event) => drop(event),
            // The answer comes from where the isolate was, after everything it had sent.
            Arrival::Undeliverable(control) => {
                seat::inside(here, to, None, || control.undeliverable());
            }
        }
    }
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Somebody took a turn.
    Stepped,
    /// The host goes on with the turn in which it waits.
    HostGoesOn,
    /// Nothing can happen.
    Stuck,
}

/// Gives turns to isolates. It lives on the thread of the run.
pub(crate) struct Scheduler<K: Kind> {
    host: RefCell<Option<Rc<EventLoop<Simulated<K>>>>>,
    seats: RefCell<BTreeMap<Number, Seat>>,
    /// The step that is the host's running turn, or the part of it since it last waited.
    host_step: Cell<usize>,
    /// What the isolate that has just taken a turn leaves to be done.
    next: Cell<Option<Next>>,
    /// Why the run can't go on.
    doom: RefCell<Option<String>>,
}

impl<K: Kind> Scheduler<K> {
    pub(crate) fn new() -> Self {
        Self {
            host: RefCell::default(),
            seats: RefCell::default(),
            host_step: Cell::new(NO_STEP),
            next: Cell::new(None),
            doom: RefCell::default(),
        }
    }

    /// Makes the host's loop the thread's.
    pub(crate) fn open(&self, here: &Here<K>) {
        let (host, mailbox, inbox) = host_parts(here, Number::HOST);
        let host = EventLoop::host(host, mailbox, inbox);
        *self.host.borrow_mut() = Some(host.clone());
        EventLoop::set_current(Some(host));
    }

    /// The host's loop, from `open` to `close`.
    fn host(&self) -> Rc<EventLoop<Simulated<K>>> {
        let host = self.host.borrow().clone();
        host.expect("a run steps while its host is open")
    }

    /// Notes why the run can't go on; the first reason counts.
    pub(crate) fn doom(&self, reason: String) {
        self.doom.borrow_mut().get_or_insert(reason);
    }

    pub(crate) fn is_doomed(&self) -> bool {
        self.doom.borrow().is_some()
    }

    pub(crate) fn take_doom(&self) -> Option<String> {
        self.doom.take()
    }
}

/// What the event loop of a host is made of.
type HostParts<K> = (Arc<Host<Simulated<K>>>, Mailbox<K>, Inbox<K>);

fn host_parts<K: Kind>(here: &Here<K>, isolate: Number) -> HostParts<K> {
    let inbox = Inbox::new(here.world.clone(), isolate);
    let mailbox = here.world.mailbox(isolate);
    (Host::new(mailbox), mailbox, inbox)
}

/// A host where there is none, for destructors: what is posted there is dropped.
pub(crate) fn nowhere<K: Kind>(here: &Here<K>) -> HostParts<K> {
    host_parts(here, Number::NOBODY)
}

// Stepping.
impl<K: Kind> Scheduler<K> {
    /// Gives somebody a turn.
    pub(crate) fn step(&self, here: &Here<K>) -> Progress {
        match self.next.take().unwrap_or_else(|| next(here)) {
            Next::Turn(turn) if turn.isolate == Number::HOST => {
                self.host_step.set(turn.step);
                if turn.goes_on {
                    return Progress::HostGoesOn;
                }
                let turned = seat::turn(here, Number::HOST, &self.host());
                // It may have waited meanwhile, and gone on in another step.
                let step = self.host_step.get();
                here.world.turned(Number::HOST, step, Turned::Turn(turned));
            }
            Next::Turn(turn) => {
                self.turn(here, turn.isolate, turn.step);
            }
            Next::Nothing => return Progress::Stuck,
            Next::Exhausted => {
                let steps = here.world.steps();
                self.doom(format!(
                    "no end after {steps} steps; at last:{}",
                    living(here)
                ));
                return Progress::Stuck;
            }
        }
        Progress::Stepped
    }

    /// Gives an isolate its turn; takes its place away, and is true, when it was the last.
    fn turn(&self, here: &Here<K>, isolate: Number, step: usize) -> bool {
        let seat = self.seats.borrow_mut().remove(&isolate);
        let seat = seat.or_else(|| {
            let birth = here.world.take_birth(isolate)?;
            Some(Seat::new(here.world.clone(), isolate, birth))
        });
        let Some(seat) = seat else { return true };
        let next = seat.turn(step);
        self.next.set(next);
        if next.is_some() {
            self.seats.borrow_mut().insert(isolate, seat);
        } else if let Err(payload) = seat.join() {
            // Not the application's: its panics are caught in its isolate's loop.
            panic::resume_unwind(payload);
        }
        next.is_none()
    }

    /// Lets things happen while the host waits in the middle of a turn.
    pub(crate) fn wait(&self, here: &Here<K>, turned: Turned) {
        here.world
            .turned(Number::HOST, self.host_step.get(), turned);
        loop {
            match self.step(here) {
                Progress::Stepped => {}
                Progress::HostGoesOn => return,
                Progress::Stuck => {
                    self.doom(deadlock(here));
                    // Silent: the run says it.
                    panic::resume_unwind(Box::new("the simulation can't go on"));
                }
            }
        }
    }
}

/// What is said when nothing can happen any more.
pub(crate) fn deadlock<K: Kind>(here: &Here<K>) -> String {
    format!("deadlock: nothing can wake{}", living(here))
}

fn living<K: Kind>(here: &Here<K>) -> String {
    let waiting = here.world.waiting();
    waiting
        .iter()
        .map(|waiting| format!("\n  {waiting}"))
        .collect()
}

// The end.
impl<K: Kind> Scheduler<K> {
    /// Lets what can happen happen, without time passing.
    pub(crate) fn settle(&self, here: &Here<K>) {
        here.world.settle();
        while !self.is_doomed() && self.step(here) == Progress::Stepped {}
    }

    /// Takes the world down: isolates end as if killed, in order, and then what was on its way and
    /// the host go.
    pub(crate) fn close(&self, here: &Here<K>) {
        self.next.set(None);
        for isolate in here.world.begin_end() {
            self.end(here, isolate);
        }
        spawner::tell_all(here);
        for _ in 0..ENDING_ROUNDS {
            let Some(in_flight) = here.world.take_in_flight() else {
                break;
            };
            drop_caught(in_flight);
        }
        drop_caught(here.world.close(Number::HOST));
        let host = (
            self.host.take(),
            EventLoop::<Simulated<K>>::set_current(None),
        );
        drop_caught(host);
        for _ in 0..ENDING_ROUNDS {
            // What destructors have put into a loop that nobody runs.
            let Some(nowhere) = EventLoop::<Simulated<K>>::set_current(None) else {
                break;
            };
            drop_caught(nowhere);
        }
        drop_caught(here.world.take_in_flight());
    }

    fn end(&self, here: &Here<K>, isolate: Number) {
        here.world.kill(isolate);
        for _ in 0..ENDING_TURNS {
            // Without a first turn it still has to drop its code, where that would have run.
            if self.turn(here, isolate, NO_STEP) {
                return;
            }
        }
    }
}

/// Drops a value whose destructors may panic: the rest of the world still has to go.
fn drop_caught(value: impl Sized) {
    // The hook has told about the panic.
    let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(value)));
}
