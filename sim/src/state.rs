//! Who lives in a world, what is on its way, and the choice of what happens next.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    mem,
    time::Duration,
};

use insula_core::{
    Capability, Control, Turn,
    contract::{Event, Launch},
};

use crate::{
    Kind, Simulated,
    link::{Carried, Link},
    scheduler::STEP_LIMIT,
    trace::{Cargo, Number, Outcome, Step, Trace},
    world::{Report, Waiting},
};

/// An isolate that looks for control in the middle of an event has to wait there once in so many
/// times.
const LOOKS: u8 = 16;

/// What an isolate did with the turn it was given.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Turned {
    /// It took a turn.
    Turn(Turn),
    /// It is in the middle of one, in a blocking call.
    Waits { deadline: Option<Duration> },
    /// It is in the middle of one, and looks whether control has arrived.
    Looks,
}

/// What happens next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Choice {
    /// An isolate takes a turn, or goes on with the one it waits in.
    Turn(NextTurn),
    /// The first event of a link arrives.
    Event { from: Number, to: Number },
    /// The first control message of a link arrives.
    Control { from: Number, to: Number },
    /// The clock has advanced to the next deadline.
    Clock,
    /// Nothing can happen.
    Nothing,
    /// The run has had all its steps.
    Exhausted,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NextTurn {
    pub(crate) isolate: Number,
    /// It is in the middle of one.
    pub(crate) goes_on: bool,
    /// The number of the step.
    pub(crate) step: usize,
}

/// What became of something that has arrived.
pub(crate) enum Arrival<K: Kind> {
    /// It is in the receiver's queue.
    Queued,
    /// The receiver is gone.
    DeadLetter(Event<Simulated<K>>),
    /// The receiver of the control message is gone.
    Undeliverable(Control<Simulated<K>>),
}

/// An isolate that was started and has not had its first turn.
pub(crate) struct Birth<K: Kind> {
    pub(crate) launch: Launch<Simulated<K>>,
    pub(crate) entry: Box<dyn FnOnce() + Send>,
}

/// Where an isolate is in its life.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    /// Between two turns, or in one.
    Alive,
    /// It waits in the middle of a turn.
    Waits,
    /// Over: what arrives is dropped.
    Gone,
}

pub(crate) struct Inhabitant<K: Kind> {
    name: String,
    pub(crate) terminate: Option<Capability>,
    pub(crate) birth: Option<Birth<K>>,
    life: Life,
    alarm: Option<Duration>,
    pub(crate) events: VecDeque<Event<Simulated<K>>>,
    pub(crate) control: VecDeque<Control<Simulated<K>>>,
    /// The starts whose outcome the isolate is to learn.
    pub(crate) announced: VecDeque<u64>,
}

pub(crate) type Links<K> = BTreeMap<(Number, Number), Link<K>>;

/// Everything that a world is, under its lock.
pub(crate) struct State<K: Kind> {
    /// Decides what happens next, and nothing else: what an application draws does not shift it.
    choices: fastrand::Rng,
    pub(crate) identities: fastrand::Rng,
    pub(crate) now: Duration,
    isolates: Vec<Inhabitant<K>>,
    /// Only links that carry something.
    pub(crate) links: Links<K>,
    /// Who can take a turn.
    ready: BTreeSet<Number>,
    alarms: BTreeSet<(Duration, Number)>,
    pub(crate) trace: Trace,
    pub(crate) reports: Vec<Report>,
    /// How many steps there may be.
    pub(crate) limit: usize,
    /// Set when the future is complete: time does not pass any more.
    pub(crate) clock_stands: bool,
    /// Set when isolates are being ended: nothing is chosen and nobody is born any more.
    pub(crate) closing: bool,
}

// Who lives.
impl<K: Kind> State<K> {
    /// A world without anybody.
    pub(crate) fn new(seed: u64) -> Self {
        let mut choices = fastrand::Rng::with_seed(seed);
        let identities = choices.fork();
        Self {
            choices,
            identities,
            now: Duration::ZERO,
            isolates: Vec::new(),
            links: Links::new(),
            ready: BTreeSet::new(),
            alarms: BTreeSet::new(),
            trace: Trace::default(),
            reports: Vec::new(),
            limit: STEP_LIMIT,
            clock_stands: false,
            closing: false,
        }
    }

    pub(crate) fn add(
        &mut self,
        name: String,
        terminate: Option<Capability>,
        birth: Option<Birth<K>>,
    ) -> Number {
        let number =
            Number::new(u32::try_from(self.isolates.len()).expect("a run ends long before that"));
        self.trace.name(name.clone());
        self.isolates.push(Inhabitant {
            name,
            terminate,
            birth,
            life: Life::Alive,
            alarm: None,
            events: VecDeque::new(),
            control: VecDeque::new(),
            announced: VecDeque::new(),
        });
        self.ready.insert(number);
        number
    }

    pub(crate) fn get(&mut self, isolate: Number) -> Option<&mut Inhabitant<K>> {
        self.isolates.get_mut(isolate.index())
    }

    pub(crate) fn living(&mut self, isolate: Number) -> Option<&mut Inhabitant<K>> {
        self.get(isolate)
            .filter(|inhabitant| inhabitant.life != Life::Gone)
    }

    /// Who is not gone, in order.
    pub(crate) fn all_living(&self) -> impl Iterator<Item = Number> {
        let numbered = self.isolates.iter().zip(0..);
        let living = numbered.filter(|(inhabitant, _)| inhabitant.life != Life::Gone);
        living.map(|(_, number)| Number::new(number))
    }

    /// From now on what arrives is dropped.
    pub(crate) fn bury(&mut self, isolate: Number) {
        self.rest(isolate);
        self.ready.remove(&isolate);
        if let Some(inhabitant) = self.get(isolate) {
            inhabitant.life = Life::Gone;
        }
    }

    pub(crate) fn waiting(&self, isolate: Number) -> Option<Waiting> {
        let inhabitant = self.isolates.get(isolate.index())?;
        let place = if inhabitant.life == Life::Waits {
            "waits in a blocking call"
        } else {
            "waits for an event"
        };
        let what = if self.ready.contains(&isolate) {
            "can take a turn".to_owned()
        } else if let Some(deadline) = inhabitant.alarm {
            format!("{place} or its timer at {deadline:?}")
        } else if inhabitant.life == Life::Alive && !inhabitant.events.is_empty() {
            // An isolate that says it is idle and has events is paused.
            format!("is paused; events that wait: {}", inhabitant.events.len())
        } else {
            place.to_owned()
        };
        Some(Waiting {
            isolate,
            name: inhabitant.name.clone(),
            what,
        })
    }
}

// Queues and links.
impl<K: Kind> State<K> {
    pub(crate) fn awake(&mut self, isolate: Number) {
        if self.living(isolate).is_some() {
            self.ready.insert(isolate);
        }
    }

    /// Gives the event back when nobody takes it.
    pub(crate) fn enqueue(
        &mut self,
        to: Number,
        event: Event<Simulated<K>>,
    ) -> Option<Event<Simulated<K>>> {
        let Some(inhabitant) = self.living(to) else {
            return Some(event);
        };
        inhabitant.events.push_back(event);
        self.ready.insert(to);
        None
    }

    /// Gives the control message back when nobody takes it.
    pub(crate) fn enqueue_control(
        &mut self,
        to: Number,
        control: Control<Simulated<K>>,
    ) -> Option<Control<Simulated<K>>> {
        let Some(inhabitant) = self.living(to) else {
            return Some(control);
        };
        inhabitant.control.push_back(control);
        self.ready.insert(to);
        None
    }

    /// Lets an isolate learn the outcome of a start at its next turn.
    pub(crate) fn announce(&mut self, to: Number, ticket: u64) {
        if let Some(inhabitant) = self.living(to) {
            inhabitant.announced.push_back(ticket);
            self.ready.insert(to);
        }
    }

    pub(crate) fn link(&mut self, from: Number, to: Number) -> &mut Link<K> {
        self.links.entry((from, to)).or_default()
    }

    /// Takes something out of a link, and the link away when it is empty.
    fn unlink<R>(
        &mut self,
        from: Number,
        to: Number,
        take: impl FnOnce(&mut Link<K>) -> Option<R>,
    ) -> Option<R> {
        let link = self.links.get_mut(&(from, to))?;
        let taken = take(link);
        if link.len() == 0 {
            self.links.remove(&(from, to));
        }
        taken
    }

    /// Takes the first event from a link.
    pub(crate) fn arrive(&mut self, from: Number, to: Number) -> Arrival<K> {
        match self.unlink(from, to, Link::take_event) {
            Some(Carried::Started(ticket)) => {
                self.announce(to, ticket);
                Arrival::Queued
            }
            Some(Carried::Event(event)) => self
                .enqueue(to, event)
                .map_or(Arrival::Queued, Arrival::DeadLetter),
            None => Arrival::Queued,
        }
    }

    /// Takes the first control message from a link.
    pub(crate) fn arrive_control(&mut self, from: Number, to: Number) -> Arrival<K> {
        let control = self.unlink(from, to, Link::take_control);
        let dead = control.and_then(|control| self.enqueue_control(to, control));
        dead.map_or(Arrival::Queued, Arrival::Undeliverable)
    }
}

// Steps.
impl<K: Kind> State<K> {
    /// How many things could happen now.
    fn possible(&self) -> usize {
        let arrivals: usize = self.links.values().map(Link::choices).sum();
        self.ready.len() + arrivals
    }

    /// Decides what happens next and notes it.
    pub(crate) fn choose(&mut self) -> Choice {
        if self.closing {
            return Choice::Nothing;
        }
        if self.trace.len() >= self.limit {
            return Choice::Exhausted;
        }
        let choice = match self.possible() {
            0 if self.clock_stands => None,
            0 => self.advance(),
            possible => {
                let chosen = self.choices.usize(..possible);
                self.choice(chosen)
            }
        };
        choice.unwrap_or(Choice::Nothing)
    }

    /// One of the things that can happen, in an order that is always the same.
    fn choice(&mut self, chosen: usize) -> Option<Choice> {
        if let Some(isolate) = self.ready.iter().nth(chosen).copied() {
            return Some(Choice::Turn(self.next_turn(isolate)));
        }
        let mut left = chosen - self.ready.len();
        for (&(from, to), link) in &self.links {
            let control = link.next_control().map(Cargo::of_control);
            let event = link.next_event().map(Carried::cargo);
            let arrivals = [
                control.map(|cargo| {
                    (
                        Step::Control { from, to, cargo },
                        Choice::Control { from, to },
                    )
                }),
                event.map(|cargo| (Step::Event { from, to, cargo }, Choice::Event { from, to })),
            ];
            for (step, choice) in arrivals.into_iter().flatten() {
                if left == 0 {
                    self.trace.push(step);
                    return Some(choice);
                }
                left -= 1;
            }
        }
        None
    }

    fn next_turn(&mut self, isolate: Number) -> NextTurn {
        self.ready.remove(&isolate);
        self.rest(isolate);
        let before = self
            .get(isolate)
            .map(|inhabitant| mem::replace(&mut inhabitant.life, Life::Alive));
        let outcome = Outcome::Works;
        let step = self.trace.push(Step::Turn { isolate, outcome });
        NextTurn {
            isolate,
            goes_on: before == Some(Life::Waits),
            step,
        }
    }

    /// Advances the clock to the next deadline; `None` when there is none.
    fn advance(&mut self) -> Option<Choice> {
        let (now, _) = *self.alarms.first()?;
        self.now = now;
        while let Some((_, isolate)) = self.alarms.first().copied().filter(|(due, _)| *due <= now) {
            self.rest(isolate);
            self.awake(isolate);
        }
        self.trace.push(Step::Clock { now });
        Some(Choice::Clock)
    }

    /// Notes what an isolate did with its turn, which was step number `step`.
    pub(crate) fn turned(&mut self, isolate: Number, step: usize, turned: Turned) {
        let (outcome, deadline) = match turned {
            Turned::Turn(Turn::Worked) => (Outcome::Works, None),
            Turned::Turn(Turn::Idle { deadline }) => (Outcome::Idles, deadline),
            Turned::Turn(Turn::Ended) => (Outcome::Ends, None),
            Turned::Waits { deadline } => (Outcome::Waits, deadline),
            Turned::Looks => (Outcome::Looks, None),
        };
        self.trace.set_outcome(step, outcome);
        match outcome {
            Outcome::Works | Outcome::Looks => self.awake(isolate),
            Outcome::Idles => {
                self.ready.remove(&isolate);
                // It was told in the middle of the turn, and hears at the next.
                if self
                    .living(isolate)
                    .is_some_and(|it| !it.announced.is_empty())
                {
                    self.awake(isolate);
                }
            }
            // What has arrived during the turn ends the wait.
            Outcome::Waits | Outcome::Ends => {}
        }
        if let Some(inhabitant) = self.living(isolate)
            && matches!(outcome, Outcome::Waits | Outcome::Looks)
        {
            inhabitant.life = Life::Waits;
        }
        if let Some(deadline) = deadline {
            self.set_alarm(isolate, deadline);
        }
    }

    /// Whether an isolate that looks for control has to wait for a moment, in which others go on.
    pub(crate) fn interrupts(&mut self, isolate: Number) -> bool {
        !self.closing
            && self.possible() > 0
            && self.living(isolate).is_some()
            && self.choices.u8(..LOOKS) == 0
    }

    fn set_alarm(&mut self, isolate: Number, deadline: Duration) {
        if deadline <= self.now {
            self.awake(isolate);
        } else if let Some(inhabitant) = self.get(isolate) {
            inhabitant.alarm = Some(deadline);
            self.alarms.insert((deadline, isolate));
        }
    }

    fn rest(&mut self, isolate: Number) {
        let alarm = self
            .get(isolate)
            .and_then(|inhabitant| inhabitant.alarm.take());
        if let Some(deadline) = alarm {
            self.alarms.remove(&(deadline, isolate));
        }
    }
}
