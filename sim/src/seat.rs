//! Where an isolate's code runs when it is its turn.
//!
//! An isolate may have to wait in the middle of an event while others go on. So each has a stack of
//! its own: a thread that runs when it is let through its gate, and at no other time. The host has
//! the thread of the run. One isolate runs at a time, and the seed decides which.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, TryRecvError, channel},
    },
    thread::{self, JoinHandle},
};

use insula_core::{EventLoop, Turn};

use crate::{
    Kind, Simulated,
    here::{Here, Role},
    mailbox::Inbox,
    scheduler::{self, Next},
    spawner,
    state::{Birth, Turned},
    trace::Number,
    world::World,
};

/// How often a thread looks for its turn before it sleeps: being woken costs some 30 µs, and the
/// others' turns are mostly shorter.
const LOOKS: usize = 50;

/// Takes a turn of a loop of this thread, within the loop, with its isolate as the sender.
pub(crate) fn turn<K: Kind>(
    here: &Here<K>,
    isolate: Number,
    event_loop: &Rc<EventLoop<Simulated<K>>>,
) -> Turn {
    inside(here, isolate, Some(event_loop.clone()), || {
        spawner::tell(here);
        let turn = event_loop.turn();
        if turn == Turn::Ended {
            spawner::tell_all(here);
        }
        turn
    })
}

/// Runs `code` as `isolate`, within its loop.
pub(crate) fn inside<K: Kind, R>(
    here: &Here<K>,
    isolate: Number,
    event_loop: Option<Rc<EventLoop<Simulated<K>>>>,
    code: impl FnOnce() -> R,
) -> R {
    let _back = Back {
        here,
        isolate: here.set_isolate(isolate),
        event_loop: EventLoop::set_current(event_loop),
    };
    code()
}

/// Puts things back, also when `code` unwinds.
struct Back<'a, K: Kind> {
    here: &'a Here<K>,
    isolate: Number,
    event_loop: Option<Rc<EventLoop<Simulated<K>>>>,
}

impl<K: Kind> Drop for Back<'_, K> {
    fn drop(&mut self) {
        self.here.set_isolate(self.isolate);
        let gone = EventLoop::set_current(self.event_loop.take());
        drop(gone);
    }
}

/// An isolate's thread, seen by the scheduler.
pub(crate) struct Seat {
    turns: Sender<usize>,
    nexts: Receiver<Next>,
    handle: JoinHandle<()>,
}

impl Seat {
    /// Gives a new isolate its thread.
    pub(crate) fn new<K: Kind>(world: Arc<World<K>>, isolate: Number, birth: Birth<K>) -> Self {
        let (turns, gate_turns) = channel();
        let (gate_nexts, nexts) = channel();
        let gate = Gate {
            turns: gate_turns,
            nexts: gate_nexts,
            step: Cell::new(0),
        };
        let handle = thread::Builder::new()
            // The operating system takes no NUL in a name.
            .name(birth.launch.debug_name.replace('\0', "␀"))
            .spawn(move || run(world, isolate, birth, gate))
            .expect("the host gives an isolate the thread it needs for a stack of its own");
        Self {
            turns,
            nexts,
            handle,
        }
    }

    /// Lets the isolate take its turn, which is step number `step`, and gives back what comes next;
    /// `None` when the isolate is over.
    pub(crate) fn turn(&self, step: usize) -> Option<Next> {
        self.turns.send(step).ok()?;
        receive(&self.nexts)
    }

    /// Waits until the thread, and what it kept in `thread_local!`, is gone.
    pub(crate) fn join(self) -> thread::Result<()> {
        self.handle.join()
    }
}

/// Receives, and looks a few times before it sleeps: the other thread is about to answer.
fn receive<T>(from: &Receiver<T>) -> Option<T> {
    for _ in 0..LOOKS {
        match from.try_recv() {
            Ok(value) => return Some(value),
            Err(TryRecvError::Empty) => thread::yield_now(),
            Err(TryRecvError::Disconnected) => return None,
        }
    }
    from.recv().ok()
}

/// The isolate's side: its thread runs between a `turns` and the next `nexts`.
pub(crate) struct Gate {
    turns: Receiver<usize>,
    nexts: Sender<Next>,
    /// The step that is the running turn.
    step: Cell<usize>,
}

impl Gate {
    /// Notes what the turn came to, and returns when it is this isolate's turn again. Threads change
    /// only when it is another's.
    pub(crate) fn hand_over<K: Kind>(&self, here: &Here<K>, turned: Turned) {
        here.world.turned(here.isolate(), self.step.get(), turned);
        match scheduler::next(here) {
            Next::Turn(turn) if turn.isolate == here.isolate() => self.step.set(turn.step),
            next => {
                let _ = self.nexts.send(next);
                self.wait();
            }
        }
    }

    fn wait(&self) {
        match receive(&self.turns) {
            Some(step) => self.step.set(step),
            // The run is over and this stack can't be unwound, as panics abort: nobody will come.
            None => loop {
                thread::park();
            },
        }
    }
}

fn run<K: Kind>(world: Arc<World<K>>, isolate: Number, birth: Birth<K>, gate: Gate) {
    gate.wait();
    let here = Here::new(world.clone(), isolate, Role::Isolate(gate));
    Here::set(Some(here.clone()));
    let Role::Isolate(gate) = &here.role else {
        unreachable!("it was set above")
    };
    let inbox = Inbox::new(world.clone(), isolate);
    let event_loop = EventLoop::isolate(birth.launch, world.mailbox(isolate), inbox, birth.entry);
    loop {
        let turned = turn(&here, isolate, &event_loop);
        if turned == Turn::Ended {
            break;
        }
        gate.hand_over(&here, Turned::Turn(turned));
    }
    drop(event_loop);
    world.turned(isolate, gate.step.get(), Turned::Turn(Turn::Ended));
    Here::<K>::set(None);
}
