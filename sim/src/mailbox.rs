//! Addresses, and the two queues of an isolate. Both are a number in the world of the run.

use std::{collections::VecDeque, fmt, marker::PhantomData, sync::Arc};

use insula_core::{
    Control,
    contract::{self, Event},
};

use crate::{
    Kind, Simulated,
    here::Here,
    state::Turned,
    trace::Number,
    world::{Queued, World},
};

/// The number of no run: they count from 0.
const NO_RUN: u64 = u64::MAX;

/// The address of an isolate: a run and a number. After its run it leads nowhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mailbox<K> {
    run: u64,
    isolate: Number,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Mailbox<K> {
    pub(crate) fn new(run: u64, isolate: Number) -> Self {
        Self {
            run,
            isolate,
            kind: PhantomData,
        }
    }

    /// Where the caller runs, if that is the run to which the address belongs.
    fn here(&self) -> Option<std::rc::Rc<Here<K>>> {
        Here::get().filter(|here| here.world.run == self.run)
    }
}

impl<K: Kind> contract::Mailbox<Simulated<K>> for Mailbox<K> {
    fn nowhere() -> Self {
        Self::new(NO_RUN, Number::NOBODY)
    }

    fn post(&self, event: Event<Simulated<K>>) {
        if let Some(here) = self.here() {
            here.world.post(here.isolate(), self.isolate, event);
        }
    }

    fn control(&self, control: Control<Simulated<K>>) {
        match self.here() {
            Some(here) => here.world.control(here.isolate(), self.isolate, control),
            None => control.undeliverable(),
        }
    }

    /// Web-like, only the host hears of the end of others.
    fn is_gone(&self) -> bool {
        self.here().is_none_or(|here| {
            let hears = !K::WEB_LIKE || here.isolate() == Number::HOST;
            hears && here.world.is_gone(self.isolate)
        })
    }
}

/// Shows the number alone: the run would differ each time.
impl<K> fmt::Debug for Mailbox<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.isolate.fmt(f)
    }
}

/// What arrived at an isolate.
pub struct Inbox<K: Kind> {
    world: Arc<World<K>>,
    isolate: Number,
}

impl<K: Kind> Inbox<K> {
    pub(crate) fn new(world: Arc<World<K>>, isolate: Number) -> Self {
        Self { world, isolate }
    }
}

impl<K: Kind> contract::Inbox<Simulated<K>> for Inbox<K> {
    fn next_control(&mut self) -> Option<Control<Simulated<K>>> {
        let control = self.world.next_control(self.isolate);
        if control.is_some() || !self.world.interrupts(self.isolate) {
            return control;
        }
        // What arrives meanwhile finds the isolate in the middle of an event.
        if let Some(here) = Here::<K>::get().filter(|here| here.isolate() == self.isolate) {
            here.pass(Turned::Looks);
        }
        self.world.next_control(self.isolate)
    }

    fn next_event(&mut self) -> Option<Event<Simulated<K>>> {
        self.world.next_event(self.isolate)
    }

    fn is_empty(&mut self) -> bool {
        !self.world.has_event(self.isolate)
    }

    fn put_back(&mut self, events: VecDeque<Event<Simulated<K>>>) {
        self.world.put_back(self.isolate, events);
    }

    fn close(&mut self) -> Queued<K> {
        self.world.close(self.isolate)
    }
}

impl<K: Kind> fmt::Debug for Inbox<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inbox({})", self.isolate)
    }
}
