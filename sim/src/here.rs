//! The place of the calling thread: which world, and which isolate.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use insula_core::trace::RecordingScope;

use crate::{isolate_id::IsolateId, starts::Starts, steps::Outcome, world::World};

/// What the face says when it is used where no world is.
const OUTSIDE: &str = "a simulated platform works inside its `run`, `check`, `block_on` or `main`, and on their thread";

thread_local! {
    static HERE: RefCell<Option<Rc<Here>>> = const { RefCell::new(None) };
}

/// Lets other isolates go on in the middle of a turn.
pub(crate) trait Pass {
    /// Ends the running turn with `outcome`, and returns when it is this isolate's turn again.
    fn pass(&self, here: &Here, outcome: Outcome, deadline: Option<Duration>);
}

/// A thread's place in a world.
pub(crate) struct Here {
    pub(crate) world: Arc<World>,
    /// The starts of the isolate that were not answered yet.
    pub(crate) starts: RefCell<Starts>,
    isolate: Cell<IsolateId>,
    pass: Rc<dyn Pass>,
}

impl Here {
    /// Gives the calling thread a place.
    pub(crate) fn enter(world: Arc<World>, isolate: IsolateId, pass: Rc<dyn Pass>) -> Rc<Self> {
        let here = Rc::new(Self {
            world,
            starts: RefCell::default(),
            isolate: Cell::new(isolate),
            pass,
        });
        drop(RecordingScope::enter(Some(here.world.scope.clone())));
        HERE.set(Some(here.clone()));
        here
    }

    /// Takes the calling thread's place away.
    pub(crate) fn leave() {
        drop(HERE.take());
        drop(RecordingScope::enter(None));
    }

    /// The calling thread's place, if it has one.
    pub(crate) fn try_get() -> Option<Rc<Self>> {
        // A thread that is being torn down has none.
        HERE.try_with(|here| here.borrow().clone()).ok().flatten()
    }

    /// The calling thread's place.
    pub(crate) fn get() -> Rc<Self> {
        Self::try_get().expect(OUTSIDE)
    }

    /// Lets others go on in the middle of a turn.
    pub(crate) fn pass(&self, outcome: Outcome, deadline: Option<Duration>) {
        self.pass.pass(self, outcome, deadline);
    }

    /// The isolate whose code runs.
    pub(crate) fn isolate(&self) -> IsolateId {
        self.isolate.get()
    }

    pub(crate) fn set_isolate(&self, isolate: IsolateId) -> IsolateId {
        self.isolate.replace(isolate)
    }
}
