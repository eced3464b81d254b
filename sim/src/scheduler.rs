//! The scheduler: it runs the host, gives turns to the threads of isolates, and ends the world.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
    rc::Rc,
    time::Duration,
};

use insula_core::EventLoop;

use crate::{
    Sim,
    here::{Here, Pass},
    host,
    isolate_id::IsolateId,
    isolate_thread::{IsolateThread, Next},
    limits::{ENDING_ROUNDS, ENDING_TURNS},
    spawner,
    state::{State, Stuck},
    steps::Outcome,
    turn,
};

/// What the thread of the run does. It never leaves that thread.
#[derive(Default)]
pub(crate) struct Scheduler {
    /// The host's loop.
    host: RefCell<Option<Rc<EventLoop<Sim>>>>,
    threads: RefCell<BTreeMap<IsolateId, IsolateThread>>,
    /// Whose turn is next, when the isolate that has just had one knows.
    next: Cell<Option<Next>>,
    /// Why the run can't go on.
    failure: RefCell<Option<String>>,
}

impl Scheduler {
    /// Makes the host's loop the thread's.
    pub(crate) fn open(&self, here: &Here) {
        let (host, mailbox, inbox) = host::of_the_run(here);
        let host = EventLoop::host(host, mailbox, inbox);
        *self.host.borrow_mut() = Some(host.clone());
        EventLoop::set_current(Some(host));
    }

    /// The host's loop, from `open` to `close`.
    fn host(&self) -> Rc<EventLoop<Sim>> {
        let host = self.host.borrow().clone();
        host.expect("a run steps while its host is open")
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    pub(crate) fn take_failure(&self) -> Option<String> {
        self.failure.take()
    }

    /// Notes why the run can't go on. The first reason counts.
    pub(crate) fn fail(&self, here: &Here, stuck: Stuck) {
        let (steps, waiting) = here
            .world
            .with(|state| (state.trace.len(), state.waiting()));
        let mut reason = match stuck {
            Stuck::Idle => "deadlock: nothing can wake".to_owned(),
            Stuck::Exhausted => format!("no end after {steps} steps; at last:"),
        };
        for isolate in waiting {
            reason.push_str(&format!("\n  {isolate}"));
        }
        self.failure.borrow_mut().get_or_insert(reason);
    }
}

// Turns.
impl Scheduler {
    /// Gives the next isolate its turn.
    pub(crate) fn step(&self, here: &Here) -> Result<(), Stuck> {
        match self.next(here)? {
            IsolateId::HOST => {
                let (outcome, deadline) = turn::take(here, IsolateId::HOST, &self.host());
                here.world
                    .with(|state| state.end_turn(IsolateId::HOST, outcome, deadline));
            }
            isolate => {
                self.turn(here, isolate);
            }
        }
        Ok(())
    }

    fn next(&self, here: &Here) -> Next {
        self.next.take().unwrap_or_else(|| turn::next(here))
    }

    /// Gives an isolate its turn. True when it was the last, and the thread is gone.
    fn turn(&self, here: &Here, isolate: IsolateId) -> bool {
        let thread = self.threads.borrow_mut().remove(&isolate);
        let thread = thread.or_else(|| {
            let unborn = here
                .world
                .with(|state| state.isolate(isolate)?.unborn.take())?;
            Some(IsolateThread::new(here.world.clone(), isolate, unborn))
        });
        let Some(thread) = thread else { return true };
        let next = thread.turn();
        self.next.set(next);
        if next.is_some() {
            self.threads.borrow_mut().insert(isolate, thread);
        } else if let Err(payload) = thread.join() {
            // Not the application's: its panics are caught in its isolate's loop.
            panic::resume_unwind(payload);
        }
        next.is_none()
    }
}

impl Pass for Scheduler {
    /// Gives turns to isolates while the host waits in the middle of its own.
    fn pass(&self, here: &Here, outcome: Outcome, deadline: Option<Duration>) {
        here.world
            .with(|state| state.end_turn(IsolateId::HOST, outcome, deadline));
        loop {
            match self.next(here) {
                Ok(IsolateId::HOST) => return,
                Ok(isolate) => {
                    self.turn(here, isolate);
                }
                Err(stuck) => {
                    self.fail(here, stuck);
                    // Silent: the run tells the reason.
                    panic::resume_unwind(Box::new("the simulation can't go on"));
                }
            }
        }
    }
}

// The end.
impl Scheduler {
    /// Takes the steps that are possible while the clock stands.
    pub(crate) fn settle(&self, here: &Here) {
        here.world.with(State::settle);
        while !self.has_failed() && self.step(here).is_ok() {}
    }

    /// Takes the world down: first the isolates, in order, as if killed; then what was on its way;
    /// then the host.
    pub(crate) fn close(&self, here: &Here) {
        self.next.set(None);
        for isolate in here.world.with(State::begin_end) {
            self.end(here, isolate);
        }
        spawner::answer_all(here);
        for _ in 0..ENDING_ROUNDS {
            let in_flight = here.world.with(State::take_in_flight);
            if in_flight.is_empty() {
                break;
            }
            drop_caught(in_flight);
        }
        drop_caught(here.world.with(|state| state.close(IsolateId::HOST)));
        let host = (self.host.take(), EventLoop::<Sim>::set_current(None));
        drop_caught(host);
        for _ in 0..ENDING_ROUNDS {
            // What destructors have put into a loop that no longer runs.
            let Some(nowhere) = EventLoop::<Sim>::set_current(None) else {
                break;
            };
            drop_caught(nowhere);
        }
        drop_caught(here.world.with(State::take_in_flight));
    }

    fn end(&self, here: &Here, isolate: IsolateId) {
        here.world.with(|state| state.kill(isolate));
        for _ in 0..ENDING_TURNS {
            // An isolate without a first turn still has to drop its code, where that would have run.
            if self.turn(here, isolate) {
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
