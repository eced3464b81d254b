//! [`Carrier`]: one thread of light isolates.

use std::{
    collections::{BTreeSet, VecDeque},
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use insula_core::Turn;

use super::{
    fiber::{Fiber, Pause, SLICE, Stack, Step},
    ready::{Place, Ready},
    unbegun::Unbegun,
};
use crate::{EventLoop, clock::now, waiting::Patience};

/// How many events an isolate may handle before the others of its thread have their turn.
const EVENTS: u32 = 16;

/// How often the oldest isolate that has not begun comes before all others. Otherwise the newest comes, and only when no other
/// has anything to do: then those that wait for what they have started, and so their stacks, are few.
const OLDEST_EVERY: u32 = 16;
/// How often that is where so many wait that their stacks are a burden.
const OLDEST_AT_LEAST_EVERY: u32 = 1024;
/// How many may wait before that.
const MANY: usize = 64;

/// For how long a thread without isolates stays.
const STAYS: Duration = Duration::from_millis(100);

/// What others see of a thread.
pub(super) struct Carrier {
    ready: Arc<Ready>,
    unbegun: Mutex<VecDeque<Box<Unbegun>>>,
}

impl Carrier {
    pub(super) fn new() -> Self {
        Self {
            ready: Arc::new(Ready::new()),
            unbegun: Mutex::default(),
        }
    }

    fn unbegun(&self) -> MutexGuard<'_, VecDeque<Box<Unbegun>>> {
        // No code that can panic runs under this lock.
        self.unbegun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the thread an isolate, which another may take before it begins; whether the thread slept.
    pub(super) fn add(&self, unbegun: Box<Unbegun>) -> bool {
        self.unbegun().push_back(unbegun);
        self.notify()
    }

    /// Has the thread look for work; whether it slept.
    pub(super) fn notify(&self) -> bool {
        self.ready.notify()
    }

    /// Whether the thread sleeps.
    pub(super) fn is_asleep(&self) -> bool {
        self.ready.is_asleep()
    }

    /// Takes the isolate that has waited longest.
    pub(super) fn take_oldest(&self) -> Option<Box<Unbegun>> {
        self.unbegun().pop_front()
    }

    fn take_newest(&self) -> Option<Box<Unbegun>> {
        self.unbegun().pop_back()
    }

    /// Whether it has isolates that have not begun.
    pub(super) fn has_unbegun(&self) -> bool {
        !self.unbegun().is_empty()
    }
}

/// What a thread can ask of the others.
pub(super) trait Others {
    /// An isolate that has not begun, from a thread that has more to do.
    fn take_unbegun(&self) -> Option<Box<Unbegun>>;
    /// Whether there is one.
    fn have_unbegun(&self) -> bool;
    /// Leaves them for good; false when work has come.
    fn leave(&self) -> bool;
}

/// What has come to an end of its turns.
type Turned = (Rc<EventLoop>, Turn);

/// An isolate that does not run at the moment.
enum Isolate {
    /// Between events.
    Idle(Rc<EventLoop>),
    /// In a blocking wait, or at a checkpoint.
    Waits(Box<Fiber<Option<Turned>>>),
}

struct Slot {
    isolate: Isolate,
    deadline: Option<Duration>,
}

/// What the thread alone sees.
pub(super) struct Schedule<O> {
    carrier: Arc<Carrier>,
    others: O,
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    ready: VecDeque<u32>,
    /// Those that let others run at a checkpoint.
    passing: VecDeque<u32>,
    /// When the last of these ran.
    passed: Duration,
    deadlines: BTreeSet<(Duration, u32)>,
    /// How many keep a stack.
    waiting: usize,
    picks: u32,
}

impl<O: Others> Schedule<O> {
    pub(super) fn new(carrier: Arc<Carrier>, others: O) -> Self {
        Self {
            carrier,
            others,
            slots: Vec::new(),
            free: Vec::new(),
            ready: VecDeque::new(),
            passing: VecDeque::new(),
            passed: Duration::ZERO,
            deadlines: BTreeSet::new(),
            waiting: 0,
            picks: 0,
        }
    }

    /// Runs isolates until there has been none for a while.
    pub(super) fn run(mut self) {
        let mut patience = Patience::new();
        loop {
            if self.run_next() {
                continue;
            }
            let is_needed = self.free.len() < self.slots.len();
            let deadline = if is_needed {
                self.deadlines.first().map(|(deadline, _)| *deadline)
            } else {
                Some(now() + STAYS)
            };
            let others = &self.others;
            let found = || others.have_unbegun();
            self.carrier
                .ready
                .wait(&mut patience, deadline, || false, found);
            let is_late = deadline.is_some_and(|deadline| deadline <= now());
            if !is_needed && is_late && self.others.leave() {
                return;
            }
        }
    }

    /// Runs the isolate whose turn it is; false when none has anything to do.
    fn run_next(&mut self) -> bool {
        // Busy ones get half of the time.
        if !self.passing.is_empty() && now() - self.passed >= SLICE {
            return self.run_passing();
        }
        self.picks = self.picks.wrapping_add(1);
        let every = if self.waiting < MANY {
            OLDEST_EVERY
        } else {
            OLDEST_AT_LEAST_EVERY
        };
        if self.picks.is_multiple_of(every)
            && let Some(unbegun) = self.carrier.take_oldest()
        {
            self.begin(unbegun);
            return true;
        }
        self.carrier.ready.take(&mut self.ready);
        self.take_due();
        if let Some(slot) = self.ready.pop_front() {
            self.go_on(slot);
            return true;
        }
        let unbegun = self.carrier.take_newest();
        let Some(unbegun) = unbegun.or_else(|| self.others.take_unbegun()) else {
            return self.run_passing();
        };
        self.begin(unbegun);
        true
    }

    /// Goes on with one that has let others run; false when there is none.
    fn run_passing(&mut self) -> bool {
        let Some(slot) = self.passing.pop_front() else {
            return false;
        };
        self.go_on(slot);
        self.passed = now();
        true
    }

    /// Makes those ready whose time has come.
    fn take_due(&mut self) {
        if self.deadlines.is_empty() {
            return;
        }
        let now = now();
        while let Some((deadline, slot)) = self.deadlines.first().copied()
            && deadline <= now
        {
            self.deadlines.pop_first();
            if let Some(Some(sleeping)) = self.slots.get_mut(slot as usize) {
                sleeping.deadline = None;
            }
            self.ready.push_back(slot);
        }
    }

    /// Runs an isolate for the first time.
    fn begin(&mut self, unbegun: Box<Unbegun>) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).expect("memory has no room for so many isolates")
        });
        let fiber = self.fiber(slot, move || turn(unbegun.begin()));
        self.resume(slot, fiber);
    }

    /// Runs an isolate that has something to do. It may have ended since, or have nothing to do any more.
    fn go_on(&mut self, slot: u32) {
        let place = self.slots.get_mut(slot as usize);
        let Some(sleeping) = place.and_then(Option::take) else {
            return;
        };
        if let Some(deadline) = sleeping.deadline {
            self.deadlines.remove(&(deadline, slot));
        }
        let fiber = match sleeping.isolate {
            Isolate::Idle(event_loop) => self.fiber(slot, move || turn(event_loop)),
            Isolate::Waits(fiber) => {
                self.waiting -= 1;
                *fiber
            }
        };
        self.resume(slot, fiber);
    }

    fn place(&self, slot: u32) -> Place {
        Place {
            ready: self.carrier.ready.clone(),
            slot,
        }
    }

    fn fiber(
        &self,
        slot: u32,
        code: impl FnOnce() -> Option<Turned> + 'static,
    ) -> Fiber<Option<Turned>> {
        let stack = Stack::kept().expect("whoever waits provides a stack for the next");
        Fiber::new(stack, self.place(slot), code)
    }

    fn resume(&mut self, slot: u32, fiber: Fiber<Option<Turned>>) {
        match fiber.resume() {
            Step::Suspended(pause, fiber) => {
                self.waiting += 1;
                let deadline = match pause {
                    Pause::Asleep(deadline) => deadline,
                    Pause::Passing => {
                        self.passing.push_back(slot);
                        None
                    }
                };
                self.put(slot, Isolate::Waits(Box::new(fiber)), deadline);
            }
            Step::Returned(turned, stack) => {
                stack.keep();
                match turned {
                    Some((event_loop, turn)) => self.put_idle(slot, event_loop, turn),
                    None => self.free.push(slot),
                }
            }
        }
    }

    fn put_idle(&mut self, slot: u32, event_loop: Rc<EventLoop>, turn: Turn) {
        let deadline = match turn {
            Turn::Idle { deadline } if event_loop.inbox().borrow_mut().sleep(&self.place(slot)) => {
                deadline
            }
            _ => {
                self.ready.push_back(slot);
                None
            }
        };
        self.put(slot, Isolate::Idle(event_loop), deadline);
    }

    fn put(&mut self, slot: u32, isolate: Isolate, deadline: Option<Duration>) {
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, slot));
        }
        self.slots[slot as usize] = Some(Slot { isolate, deadline });
    }
}

/// Turns an isolate's event loop; `None` when the isolate has ended.
fn turn(event_loop: Rc<EventLoop>) -> Option<Turned> {
    match event_loop.turn_often(EVENTS) {
        Turn::Ended => None,
        turn => Some((event_loop, turn)),
    }
}
