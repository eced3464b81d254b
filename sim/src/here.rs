//! Where the calling thread is: in which world, and as which isolate.

use std::{
    cell::{Cell, RefCell},
    fmt,
    rc::Rc,
    sync::Arc,
};

use crate::{
    Kind, scheduler::Scheduler, seat::Gate, spawner::Starts, state::Turned, trace::Number,
    world::World,
};

/// What the face says when it is used where no world is.
pub(crate) const OUTSIDE: &str = "a simulated platform works inside its `run`, `check`, `block_on` or `main`, and on their thread";

/// A thread's place in a world.
pub struct Here<K: Kind> {
    pub(crate) world: Arc<World<K>>,
    pub(crate) role: Role<K>,
    /// What the isolate has started and not heard of.
    pub(crate) starts: RefCell<Starts<K>>,
    isolate: Cell<Number>,
}

/// What a thread does in its world.
pub(crate) enum Role<K: Kind> {
    /// It runs the host, lets things happen, and gives turns to isolates.
    Scheduler(Scheduler<K>),
    /// It runs one isolate, whenever it is let through the gate.
    Isolate(Gate),
}

impl<K: Kind> Here<K> {
    pub(crate) fn new(world: Arc<World<K>>, isolate: Number, role: Role<K>) -> Rc<Self> {
        Rc::new(Self {
            world,
            role,
            starts: RefCell::default(),
            isolate: Cell::new(isolate),
        })
    }

    /// The calling thread's place, if it has one.
    pub(crate) fn get() -> Option<Rc<Self>> {
        // A thread that is being torn down has none.
        K::here()
            .try_with(|here| here.borrow().clone())
            .ok()
            .flatten()
    }

    /// Gives the calling thread a place, or takes it away; gives back the earlier one.
    pub(crate) fn set(here: Option<Rc<Self>>) -> Option<Rc<Self>> {
        K::here().replace(here)
    }

    /// Waits in the middle of a turn, in which others go on.
    pub(crate) fn pass(&self, turned: Turned) {
        match &self.role {
            Role::Scheduler(scheduler) => scheduler.wait(self, turned),
            Role::Isolate(gate) => gate.hand_over(self, turned),
        }
    }

    /// The isolate whose code runs.
    pub(crate) fn isolate(&self) -> Number {
        self.isolate.get()
    }

    pub(crate) fn set_isolate(&self, isolate: Number) -> Number {
        self.isolate.replace(isolate)
    }
}

impl<K: Kind> fmt::Debug for Here<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Here")
            .field("world", &self.world)
            .field("isolate", &self.isolate.get())
            .finish_non_exhaustive()
    }
}
