//! The thread of an isolate.
//!
//! An isolate may have to wait in the middle of an event while others go on. So each has a stack of
//! its own: a thread, which runs while it has the baton and at no other time. The host has the
//! thread of the run.

use std::{
    rc::Rc,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, TryRecvError, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use insula_core::EventLoop;

use crate::{
    here::{Here, Pass},
    isolate_id::IsolateId,
    isolate_state::Unborn,
    mailbox::{Inbox, Mailbox},
    state::Stuck,
    steps::Outcome,
    turn,
    world::World,
};

/// How often a thread looks for its turn before it sleeps: being woken costs some 30 µs, and the
/// others' turns are mostly shorter.
const LOOKS: usize = 50;

/// Whose turn is next.
pub(crate) type Next = Result<IsolateId, Stuck>;

/// An isolate's thread, seen by the scheduler.
pub(crate) struct IsolateThread {
    turns: Sender<()>,
    nexts: Receiver<Next>,
    handle: JoinHandle<()>,
}

impl IsolateThread {
    /// Gives a new isolate its thread.
    pub(crate) fn new(world: Arc<World>, isolate: IsolateId, unborn: Unborn) -> Self {
        let (turns, baton_turns) = channel();
        let (baton_nexts, nexts) = channel();
        let baton = Baton {
            turns: baton_turns,
            nexts: baton_nexts,
        };
        // The operating system takes no NUL in a name.
        let name = unborn.launch.debug_name.replace('\0', "␀");
        let mut builder = thread::Builder::new().name(name);
        if let Some(bytes) = unborn.launch.stack_size {
            builder = builder.stack_size(bytes);
        }
        let handle = builder
            .spawn(move || run(world, isolate, unborn, baton))
            .expect("the host gives an isolate the thread it needs for a stack of its own");
        Self {
            turns,
            nexts,
            handle,
        }
    }

    /// Lets the isolate take its turn, and answers with whose is next; `None` when the isolate is
    /// over.
    pub(crate) fn turn(&self) -> Option<Next> {
        self.turns.send(()).ok()?;
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
struct Baton {
    turns: Receiver<()>,
    nexts: Sender<Next>,
}

impl Baton {
    fn wait(&self) {
        if receive(&self.turns).is_none() {
            // The run is over, and this stack can't be unwound where panics abort.
            loop {
                thread::park();
            }
        }
    }
}

impl Pass for Baton {
    /// Changes threads only when it is another isolate's turn.
    fn pass(&self, here: &Here, outcome: Outcome, deadline: Option<Duration>) {
        let isolate = here.isolate();
        here.world
            .with(|state| state.end_turn(isolate, outcome, deadline));
        let next = turn::next(here);
        if next != Ok(isolate) {
            let _ = self.nexts.send(next);
            self.wait();
        }
    }
}

fn run(world: Arc<World>, isolate: IsolateId, unborn: Unborn, baton: Baton) {
    baton.wait();
    let here = Here::enter(world.clone(), isolate, Rc::new(baton));
    let mailbox = Mailbox::new(&world, isolate);
    let inbox = Inbox::new(world.clone(), isolate);
    let event_loop = EventLoop::isolate(unborn.launch, mailbox, inbox, unborn.entry);
    loop {
        let (outcome, deadline) = turn::take(&here, isolate, &event_loop);
        if outcome == Outcome::Ends {
            break;
        }
        here.pass(outcome, deadline);
    }
    drop(event_loop);
    world.with(|state| state.end_turn(isolate, Outcome::Ends, None));
    Here::leave();
}
