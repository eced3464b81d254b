//! The address of an isolate, and its queues. Both are a number in the world of the run.

use std::{collections::VecDeque, fmt, rc::Rc, sync::Arc};

use insula_core::{
    Control,
    contract::{self, Event},
};

use crate::{
    Sim, here::Here, in_flight::Envelope, isolate_id::IsolateId, likeness::Likeness,
    steps::Outcome, world::World,
};

/// The number of no run: they count from 0.
const NO_RUN: u64 = u64::MAX;

/// The address of an isolate: a run and a number. After its run it leads nowhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mailbox {
    run: u64,
    isolate: IsolateId,
}

impl Mailbox {
    pub(crate) fn new(world: &World, isolate: IsolateId) -> Self {
        Self {
            run: world.run,
            isolate,
        }
    }

    /// Where the caller runs, if that is the run to which the address belongs.
    fn here(&self) -> Option<Rc<Here>> {
        Here::try_get().filter(|here| here.world.run == self.run)
    }
}

impl contract::Mailbox<Sim> for Mailbox {
    fn nowhere() -> Self {
        Self {
            run: NO_RUN,
            isolate: IsolateId::HOST,
        }
    }

    fn post(&self, event: Event<Sim>) {
        let Some(here) = self.here() else { return };
        let (from, to) = (here.isolate(), self.isolate);
        let dead = here.world.with(|state| {
            if matches!(event, Event::Poke) {
                state.wake(to);
                return None;
            }
            state.send(from, to, Envelope::Event(event))
        });
        drop(dead);
    }

    fn control(&self, control: Control<Sim>) {
        let envelope = Envelope::Control(control);
        let dead = match self.here() {
            Some(here) => {
                let from = here.isolate();
                here.world
                    .with(|state| state.send(from, self.isolate, envelope))
            }
            None => Some(envelope),
        };
        if let Some(Envelope::Control(control)) = dead {
            control.undeliverable();
        }
    }

    /// Among workers only the host hears of the end of others.
    fn is_gone(&self) -> bool {
        self.here().is_none_or(|here| {
            let hears = match here.world.like() {
                Likeness::Threads => true,
                Likeness::Workers => here.isolate() == IsolateId::HOST,
            };
            hears
                && here
                    .world
                    .with(|state| state.living(self.isolate).is_none())
        })
    }

    fn waiting(&self) -> Option<usize> {
        let waits = |here: Rc<Here>| {
            here.world.with(|state| {
                let isolate = state.isolate(self.isolate)?;
                Some(isolate.events.len())
            })
        };
        self.here().and_then(waits)
    }
}

/// Shows the number alone: the run would differ each time.
impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.isolate.fmt(f)
    }
}

/// What arrived at an isolate.
pub struct Inbox {
    world: Arc<World>,
    isolate: IsolateId,
}

impl Inbox {
    pub(crate) fn new(world: Arc<World>, isolate: IsolateId) -> Self {
        Self { world, isolate }
    }

    fn take_control(&self) -> Option<Control<Sim>> {
        self.world
            .with(|state| state.isolate(self.isolate)?.control.pop_front())
    }
}

impl contract::Inbox<Sim> for Inbox {
    fn next_control(&mut self) -> Option<Control<Sim>> {
        let control = self.take_control();
        if control.is_some() || !self.world.with(|state| state.interrupts(self.isolate)) {
            return control;
        }
        // What arrives meanwhile finds the isolate in the middle of an event.
        if let Some(here) = Here::try_get().filter(|here| here.isolate() == self.isolate) {
            here.pass(Outcome::Looks, None);
        }
        self.take_control()
    }

    fn next_event(&mut self) -> Option<Event<Sim>> {
        self.world
            .with(|state| state.isolate(self.isolate)?.next_event())
    }

    fn len(&mut self) -> Option<usize> {
        self.world
            .with(|state| Some(state.isolate(self.isolate)?.events.len()))
    }

    fn is_empty(&mut self) -> bool {
        self.world.with(|state| {
            let isolate = state.isolate(self.isolate);
            isolate.is_none_or(|isolate| isolate.events.is_empty())
        })
    }

    fn put_back(&mut self, events: VecDeque<Event<Sim>>) {
        let unplaced = self.world.with(|state| match state.isolate(self.isolate) {
            Some(isolate) => {
                isolate.put_back(events);
                None
            }
            None => Some(events),
        });
        drop(unplaced);
    }

    fn close(&mut self) -> (VecDeque<Event<Sim>>, VecDeque<Control<Sim>>) {
        let (queues, listeners) = self.world.with(|state| {
            let queues = state.close(self.isolate);
            (queues, state.take_listeners(self.isolate))
        });
        // The isolate tells its listeners by itself.
        drop(listeners);
        queues
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inbox({})", self.isolate)
    }
}
