//! Turns: whose is next, and what happens in one.

use std::{rc::Rc, time::Duration};

use insula_core::{EventLoop, Turn};

use crate::{
    Sim,
    fault::Fault,
    here::Here,
    in_flight::{Envelope, InFlight},
    isolate_id::IsolateId,
    spawner,
    state::{State, Stuck},
    steps::{Outcome, Step},
};

/// Takes steps until it is an isolate's turn.
pub(crate) fn next(here: &Here) -> Result<IsolateId, Stuck> {
    loop {
        let (from, to, take) = match here.world.with(State::next_step)? {
            Step::Turn { isolate, .. } => return Ok(isolate),
            Step::Clock { .. } => continue,
            Step::Fault(fault) => {
                if let Fault::Death { isolate } = fault {
                    let (mut listeners, exit) = here
                        .world
                        .with(|state| (state.take_listeners(isolate), state.death_of(isolate)));
                    let _ = inside(here, isolate, None, || listeners.notify_exit(&exit));
                }
                continue;
            }
            Step::Event { from, to, .. } => (from, to, InFlight::take_event as fn(&mut _) -> _),
            Step::Control { from, to, .. } => (from, to, InFlight::take_control as _),
        };
        match here.world.with(|state| state.arrive(from, to, take)) {
            // The answer comes from where the isolate was, after everything it had sent.
            Some(Envelope::Control(dead)) => inside(here, to, None, || dead.undeliverable()),
            dead => drop(dead),
        }
    }
}

/// Takes a turn of an isolate's loop. Answers with what it did, and when it wants the next turn at
/// the latest.
pub(crate) fn take(
    here: &Here,
    isolate: IsolateId,
    event_loop: &Rc<EventLoop<Sim>>,
) -> (Outcome, Option<Duration>) {
    inside(here, isolate, Some(event_loop.clone()), || {
        spawner::answer_started(here);
        match event_loop.turn() {
            Turn::Worked => (Outcome::Works, None),
            Turn::Idle { deadline } => (Outcome::Idles, deadline),
            Turn::Ended => {
                spawner::answer_all(here);
                (Outcome::Ends, None)
            }
        }
    })
}

/// Runs `code` as `isolate`, within its loop.
fn inside<R>(
    here: &Here,
    isolate: IsolateId,
    event_loop: Option<Rc<EventLoop<Sim>>>,
    code: impl FnOnce() -> R,
) -> R {
    let _restore = Restore {
        here,
        isolate: here.set_isolate(isolate),
        event_loop: EventLoop::set_current(event_loop),
    };
    code()
}

/// Restores the isolate and its loop, also when `code` unwinds.
struct Restore<'a> {
    here: &'a Here,
    isolate: IsolateId,
    event_loop: Option<Rc<EventLoop<Sim>>>,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        self.here.set_isolate(self.isolate);
        let gone = EventLoop::set_current(self.event_loop.take());
        drop(gone);
    }
}
