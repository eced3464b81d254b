//! Everything in a world, and the choice of what happens next.

mod injection;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use insula_core::{Control, Priority, contract::Event};

use crate::{
    chances::Chances,
    faults::Faults,
    in_flight::{Envelope, InFlight},
    isolate_id::IsolateId,
    isolate_state::{IsolateState, Life, Queues, Unborn},
    limits::{CHECKPOINTS, SETTLE_LIMIT, STEP_LIMIT, TICK, TICKS},
    report::{Report, Waiting},
    steps::{Outcome, Step, Trace},
};

/// Why no step was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// Nothing can happen.
    Idle,
    /// The run has had all its steps.
    Exhausted,
}

/// Everything in a world.
pub(crate) struct State {
    /// Decides what happens next, and nothing else: what an application draws does not shift it.
    choices: fastrand::Rng,
    pub(crate) identities: fastrand::Rng,
    pub(crate) now: Duration,
    isolates: Vec<IsolateState>,
    /// By sender and receiver; only where something is on its way.
    in_flight: BTreeMap<(IsolateId, IsolateId), InFlight>,
    /// How many envelopes have been sent.
    sent: u64,
    /// The isolates that can take a turn.
    ready: BTreeSet<IsolateId>,
    alarms: BTreeSet<(Duration, IsolateId)>,
    /// The links whose events are late, and until when.
    late: BTreeSet<(Duration, IsolateId, IsolateId)>,
    /// Decides on faults, and on nothing else.
    chances: Chances,
    /// The isolates that have died without a word.
    died: Vec<IsolateId>,
    pub(crate) trace: Trace,
    pub(crate) reports: Vec<Report>,
    /// How many steps there may be.
    limit: usize,
    /// Set when the future is complete: time does not pass any more.
    clock_stands: bool,
    /// Set when isolates are being ended: nothing is chosen and no isolate starts any more.
    pub(crate) closing: bool,
}

// Isolates.
impl State {
    /// A world in which only the host lives.
    pub(crate) fn new(seed: u64, faults: Faults) -> Self {
        let mut choices = fastrand::Rng::with_seed(seed);
        let identities = choices.fork();
        let mut state = Self {
            choices,
            identities,
            now: Duration::ZERO,
            isolates: Vec::new(),
            in_flight: BTreeMap::new(),
            sent: 0,
            ready: BTreeSet::new(),
            alarms: BTreeSet::new(),
            late: BTreeSet::new(),
            chances: Chances::new(seed, faults),
            died: Vec::new(),
            trace: Trace::default(),
            reports: Vec::new(),
            limit: STEP_LIMIT,
            clock_stands: false,
            closing: false,
        };
        state.add("main".to_owned(), None);
        state
    }

    fn add(&mut self, name: String, unborn: Option<Unborn>) -> IsolateId {
        let number = u32::try_from(self.isolates.len()).expect("a run ends long before that");
        let isolate = IsolateId::new(number);
        self.trace.name(name.clone());
        self.isolates.push(IsolateState::new(name, unborn));
        self.ready.insert(isolate);
        isolate
    }

    /// Adds an isolate. Its first turn comes when it is chosen.
    pub(crate) fn start(&mut self, spawner: IsolateId, unborn: Unborn) -> IsolateId {
        let linked = unborn.launch.linked;
        let isolate = self.add(unborn.launch.debug_name.to_string(), Some(unborn));
        if linked && let Some(spawner) = self.isolate(spawner) {
            spawner.linked.push(isolate);
        }
        isolate
    }

    pub(crate) fn isolate(&mut self, isolate: IsolateId) -> Option<&mut IsolateState> {
        self.isolates.get_mut(isolate.index())
    }

    pub(crate) fn living(&mut self, isolate: IsolateId) -> Option<&mut IsolateState> {
        self.isolate(isolate).filter(|state| !state.is_gone())
    }

    fn all_living(&self) -> impl Iterator<Item = (IsolateId, &IsolateState)> {
        let numbers = (0..).map(IsolateId::new);
        numbers
            .zip(&self.isolates)
            .filter(|(_, state)| !state.is_gone())
    }

    /// The isolates that are alive, and what each waits for.
    pub(crate) fn waiting(&self) -> Vec<Waiting> {
        self.all_living()
            .map(|(isolate, state)| state.waiting(isolate, self.ready.contains(&isolate)))
            .collect()
    }

    /// Marks an isolate as gone and gives back what it has not handled.
    pub(crate) fn close(&mut self, isolate: IsolateId) -> Queues {
        self.cancel_alarm(isolate);
        self.ready.remove(&isolate);
        let Some(state) = self.isolate(isolate) else {
            return Queues::default();
        };
        state.life = Life::Gone;
        state.take_queues()
    }
}

// Messages.
impl State {
    /// Sends to another isolate; to itself at once. Gives the envelope back when the isolate is gone.
    pub(crate) fn send(
        &mut self,
        from: IsolateId,
        to: IsolateId,
        envelope: Envelope,
    ) -> Option<Envelope> {
        // That nothing leads to a port any more is known when what others have sent there has arrived.
        let waits = matches!(envelope, Envelope::Event(Event::Unreachable(_)));
        if from == to && !waits {
            return self.enqueue(to, envelope);
        }
        self.sent += 1;
        let in_flight = self.in_flight.entry((from, to)).or_default();
        in_flight.send(self.sent, envelope);
        None
    }

    fn enqueue(&mut self, to: IsolateId, envelope: Envelope) -> Option<Envelope> {
        let Some(receiver) = self.living(to) else {
            return Some(envelope);
        };
        receiver.enqueue(envelope);
        if receiver.life != Life::Parks {
            self.ready.insert(to);
        }
        None
    }

    /// Lets what `take` takes arrive. Gives it back when the receiver is gone.
    pub(crate) fn arrive(
        &mut self,
        from: IsolateId,
        to: IsolateId,
        take: fn(&mut InFlight) -> Option<Envelope>,
    ) -> Option<Envelope> {
        let in_flight = self.in_flight.get_mut(&(from, to))?;
        let envelope = take(in_flight);
        if in_flight.len() == 0 {
            self.in_flight.remove(&(from, to));
        }
        self.enqueue(to, envelope?)
    }

    /// How many messages have not arrived.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.values().map(InFlight::len).sum()
    }

    /// Takes everything that is on its way, to be dropped.
    pub(crate) fn take_in_flight(&mut self) -> Vec<InFlight> {
        std::mem::take(&mut self.in_flight).into_values().collect()
    }
}

// Steps.
impl State {
    /// How many things could happen now.
    fn possible(&self) -> usize {
        self.ready.len() + self.arrivals().count()
    }

    /// Chooses the next step and notes it. A chosen isolate has the turn when this returns.
    pub(crate) fn next_step(&mut self) -> Result<Step, Stuck> {
        if self.closing {
            return Err(Stuck::Idle);
        }
        if self.trace.len() >= self.limit {
            return Err(Stuck::Exhausted);
        }
        if let Some(fault) = self.fault() {
            return Ok(Step::Fault(fault));
        }
        let step = match self.possible() {
            0 if self.clock_stands => None,
            0 => self.advance_clock(),
            possible => {
                let chosen = self.choices.usize(..possible);
                self.choice(chosen)
            }
        };
        let step = step.ok_or(Stuck::Idle)?;
        if let Step::Turn { isolate, .. } = step {
            self.begin_turn(isolate);
        }
        self.trace.push(step);
        Ok(step)
    }

    /// One of the things that can happen, in an order that is always the same.
    fn choice(&self, chosen: usize) -> Option<Step> {
        let turns = self.ready.iter().map(|&isolate| Step::Turn {
            isolate,
            outcome: Outcome::Works,
        });
        turns.chain(self.arrivals()).nth(chosen)
    }

    /// What can arrive now.
    fn arrivals(&self) -> impl Iterator<Item = Step> {
        let arrivals = self.in_flight.iter().flat_map(|(&(from, to), in_flight)| {
            let control = in_flight.next_control();
            let event = in_flight
                .next_event()
                .filter(|_| !self.is_reachable_yet(to, in_flight));
            [
                control.map(|cargo| Step::Control { from, to, cargo }),
                event.map(|cargo| Step::Event { from, to, cargo }),
            ]
        });
        arrivals.flatten()
    }

    /// Whether the next event says that nothing leads to a port of `to`, and something is on its way there.
    fn is_reachable_yet(&self, to: IsolateId, in_flight: &InFlight) -> bool {
        let Some((number, port)) = in_flight.next_is_unreachable() else {
            return false;
        };
        let mut links = self.in_flight.iter().filter(|((_, of), _)| *of == to);
        links.any(|(_, link)| link.has_older(number, port))
    }

    fn begin_turn(&mut self, isolate: IsolateId) {
        self.ready.remove(&isolate);
        self.cancel_alarm(isolate);
        let step = self.trace.len();
        if let Some(state) = self.isolate(isolate) {
            state.life = Life::Alive;
            state.step = Some(step);
            state.has_handled = false;
        }
    }

    /// Advances the clock to the next deadline; `None` when there is none.
    fn advance_clock(&mut self) -> Option<Step> {
        let alarm = self.alarms.first().map(|(due, _)| *due);
        let late = self.late.first().map(|(until, ..)| *until);
        let now = alarm.into_iter().chain(late).min()?;
        self.set_clock(now);
        Some(Step::Clock { now })
    }

    /// Advances the clock, and lets happen what was to happen by then.
    fn set_clock(&mut self, now: Duration) {
        self.now = now;
        self.release(now);
        while let Some((_, isolate)) = self.alarms.first().copied().filter(|(due, _)| *due <= now) {
            self.cancel_alarm(isolate);
            self.wake(isolate);
        }
    }

    /// Notes what an isolate did with its turn, and when it wants the next one at the latest.
    pub(crate) fn end_turn(
        &mut self,
        isolate: IsolateId,
        outcome: Outcome,
        deadline: Option<Duration>,
    ) {
        let step = self.isolate(isolate).and_then(|state| state.step);
        if let Some(step) = step {
            self.trace.set_outcome(step, outcome);
        }
        match outcome {
            Outcome::Works if self.ticks_for_ever(isolate) => {
                self.set_alarm(isolate, self.now + TICK);
            }
            Outcome::Works | Outcome::Looks => self.wake(isolate),
            Outcome::Idles => {
                if let Some(state) = self.isolate(isolate) {
                    state.ticks = 0;
                }
                self.ready.remove(&isolate);
                // It hears at its next turn what it was told during this one.
                if self
                    .living(isolate)
                    .is_some_and(|state| !state.started.is_empty())
                {
                    self.wake(isolate);
                }
            }
            // What has arrived during the turn ends the wait.
            Outcome::Waits | Outcome::Ends => {}
            // Only its waker does.
            Outcome::Parks => {}
        }
        if let Some(state) = self.living(isolate) {
            match outcome {
                Outcome::Waits | Outcome::Looks => state.life = Life::Waits,
                Outcome::Parks => state.life = Life::Parks,
                Outcome::Works | Outcome::Idles | Outcome::Ends => {}
            }
        }
        if let Some(deadline) = deadline {
            self.set_alarm(isolate, deadline);
        }
    }

    /// Whether an isolate has handled nothing but due timers for so long that the clock has to go on.
    fn ticks_for_ever(&mut self, isolate: IsolateId) -> bool {
        let Some(state) = self.living(isolate) else {
            return false;
        };
        if state.has_handled || !state.events.is_empty() {
            state.ticks = 0;
        } else {
            state.ticks += 1;
        }
        let for_ever = state.ticks > TICKS;
        if for_ever {
            self.ready.remove(&isolate);
        }
        for_ever
    }

    /// Whether others go on while an isolate checks for control in the middle of an event.
    pub(crate) fn interrupts(&mut self, isolate: IsolateId) -> bool {
        !self.closing
            && self.possible() > 0
            && self.living(isolate).is_some()
            && self.choices.u8(..CHECKPOINTS) == 0
    }

    /// Gives an isolate a turn, although nothing may have arrived.
    pub(crate) fn wake(&mut self, isolate: IsolateId) {
        if self.living(isolate).is_some() {
            self.ready.insert(isolate);
        }
    }

    fn set_alarm(&mut self, isolate: IsolateId, deadline: Duration) {
        if deadline <= self.now {
            self.wake(isolate);
        } else if let Some(state) = self.isolate(isolate) {
            state.alarm = Some(deadline);
            self.alarms.insert((deadline, isolate));
        }
    }

    fn cancel_alarm(&mut self, isolate: IsolateId) {
        let alarm = self.isolate(isolate).and_then(|state| state.alarm.take());
        if let Some(deadline) = alarm {
            self.alarms.remove(&(deadline, isolate));
        }
    }
}

// The end.
impl State {
    /// Stops the clock and allows the last steps.
    pub(crate) fn settle(&mut self) {
        self.clock_stands = true;
        self.release(Duration::MAX);
        self.limit = self.trace.len() + SETTLE_LIMIT;
    }

    /// Starts no isolate and takes no step from now on; gives back the isolates besides the host that have a stack.
    pub(crate) fn begin_end(&mut self) -> Vec<IsolateId> {
        self.closing = true;
        let living = self.all_living().map(|(isolate, _)| isolate);
        let mut all: Vec<_> = living
            .filter(|isolate| *isolate != IsolateId::HOST)
            .chain(self.died.iter().copied())
            .collect();
        all.sort_unstable();
        all
    }

    /// Puts a kill in front of everything in an isolate's queue. Its turns are no steps any more.
    pub(crate) fn kill(&mut self, isolate: IsolateId) {
        if let Some(state) = self.isolate(isolate) {
            state.step = None;
            state.control.push_front(Control::Kill {
                key: state.terminate,
                priority: Priority::Immediate,
            });
        }
    }
}
