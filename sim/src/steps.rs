//! What happened in a run, step by step, as text that is the same for the same seed.

use std::{fmt, time::Duration};

use insula_core::{
    Control,
    contract::{Event, PortId},
};

use crate::{Sim, fault::Fault, isolate_id::IsolateId};

/// What an isolate did with a turn.
///
/// ```
/// use insula_sim::{IsolateId, Outcome, Step};
///
/// let run = insula_sim::run(0, async { insula_sim::schedule_microtask(|| {}) });
/// let works = |step: &Step| matches!(step, Step::Turn { isolate: IsolateId::HOST, outcome: Outcome::Works });
/// assert!(run.trace.steps().iter().any(works));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It handled an event.
    Works,
    /// It had nothing to do.
    Idles,
    /// It has come to a blocking call and waits there.
    Waits,
    /// It has come to a blocking call that no event of its own ends, and parks there.
    Parks,
    /// It has looked for control in the middle of an event, and waits there for a moment.
    Looks,
    /// It is over.
    Ends,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Works => "works",
            Self::Idles => "idles",
            Self::Waits => "waits",
            Self::Parks => "parks",
            Self::Looks => "looks",
            Self::Ends => "ends",
        })
    }
}

/// What has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cargo {
    /// A message for a port.
    Message(PortId),
    /// A call for a runner's port.
    Job(PortId),
    /// A port is to be closed.
    Close(PortId),
    /// What held a port's address could not be read.
    Unread(PortId),
    /// A job was withdrawn before.
    Withdrawn,
    /// No send port is left that leads to a port.
    Unreachable(PortId),
    /// A future was woken.
    Wake,
    /// The last waker of a future is gone.
    WakerDropped,
    /// What a blocking call waits for may be there.
    Look,
    /// An isolate was started, or was not.
    Started,
    /// A control message, by its name.
    Control(&'static str),
    /// Something else.
    Other,
}

impl Cargo {
    pub(crate) fn of_event(event: &Event<Sim>) -> Self {
        match event.itself() {
            Event::Message { port, .. } => Self::Message(*port),
            Event::Job { port, .. } => Self::Job(*port),
            Event::Close(port) => Self::Close(*port),
            Event::Unread { port, .. } => Self::Unread(*port),
            Event::Withdrawn { .. } => Self::Withdrawn,
            Event::Unreachable(port) => Self::Unreachable(*port),
            Event::Wake(_) => Self::Wake,
            Event::WakerDropped => Self::WakerDropped,
            Event::Look => Self::Look,
            _ => Self::Other,
        }
    }

    pub(crate) fn of_control(control: &Control<Sim>) -> Self {
        Self::Control(control.name())
    }
}

impl fmt::Display for Cargo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(PortId(port)) => write!(f, "message for port {port}"),
            Self::Job(PortId(port)) => write!(f, "job for port {port}"),
            Self::Close(PortId(port)) => write!(f, "close port {port}"),
            Self::Unread(PortId(port)) => write!(f, "unread, for port {port}"),
            Self::Withdrawn => f.write_str("withdrawn"),
            Self::Unreachable(PortId(port)) => write!(f, "nothing leads to port {port}"),
            Self::Wake => f.write_str("wake"),
            Self::WakerDropped => f.write_str("waker dropped"),
            Self::Look => f.write_str("look"),
            Self::Started => f.write_str("started"),
            Self::Control(name) => f.write_str(name),
            Self::Other => f.write_str("event"),
        }
    }
}

/// One step of a run: one of the things that could have happened next, picked by the seed.
///
/// ```
/// use insula_sim::Step;
/// use std::time::Duration;
///
/// let run = insula_sim::run(0, async { insula_sim::sleep(Duration::from_millis(5)).await });
/// let clock = Step::Clock { now: Duration::from_millis(5) };
/// assert!(run.trace.steps().contains(&clock));
/// assert_eq!(clock.to_string(), "clock 5ms");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// An isolate took a turn, or went on with one in which it had waited: `#1 works`.
    Turn {
        /// Who.
        isolate: IsolateId,
        /// And what came of it.
        outcome: Outcome,
    },
    /// The oldest event of a link arrived: `#0 -> #1 message for port 1`.
    Event {
        /// The sender.
        from: IsolateId,
        /// The receiver.
        to: IsolateId,
        /// What.
        cargo: Cargo,
    },
    /// The oldest control message of a link arrived: `#0 => #1 pause`.
    Control {
        /// The sender.
        from: IsolateId,
        /// The receiver.
        to: IsolateId,
        /// What.
        cargo: Cargo,
    },
    /// Nothing else could happen, and the clock went to the next deadline: `clock 5ms`.
    Clock {
        /// The time since the run began.
        now: Duration,
    },
    /// Something went wrong: `fault: #1 dies`.
    Fault(Fault),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Turn { isolate, outcome } => write!(f, "{isolate} {outcome}"),
            Self::Event { from, to, cargo } => write!(f, "{from} -> {to} {cargo}"),
            Self::Control { from, to, cargo } => write!(f, "{from} => {to} {cargo}"),
            Self::Clock { now } => write!(f, "clock {now:?}"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

/// The steps of a run. Its text has a line an isolate and a line a step, and is the same whenever
/// the same program runs with the same seed.
///
/// ```
/// async fn program() {
///     assert_eq!(insula_sim::compute(|n: u32| n + 1, 1).await, Ok(2));
/// }
/// let (once, again) = (insula_sim::run(1, program()).trace, insula_sim::run(1, program()).trace);
/// assert_eq!(once.to_string(), again.to_string());
/// assert_eq!(once.tail(1).to_string().lines().last(), once.to_string().lines().last());
/// assert_eq!(once.steps().len(), once.len());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Trace {
    names: Vec<String>,
    steps: Vec<Step>,
}

impl Trace {
    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How many steps were taken.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nothing has happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The isolates and the last `count` steps, as text.
    pub fn tail(&self, count: usize) -> impl fmt::Display {
        Tail {
            trace: self,
            first: self.steps.len().saturating_sub(count),
        }
    }

    pub(crate) fn name(&mut self, name: String) {
        self.names.push(name);
    }

    pub(crate) fn push(&mut self, step: Step) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    pub(crate) fn set_outcome(&mut self, step: usize, new: Outcome) {
        if let Some(Step::Turn { outcome, .. }) = self.steps.get_mut(step) {
            *outcome = new;
        }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Tail {
            trace: self,
            first: 0,
        }
        .fmt(f)
    }
}

struct Tail<'a> {
    trace: &'a Trace,
    first: usize,
}

impl fmt::Display for Tail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, number) in self.trace.names.iter().zip(0..) {
            writeln!(f, "{} `{name}`", IsolateId::new(number))?;
        }
        for (index, step) in self.trace.steps.iter().enumerate().skip(self.first) {
            writeln!(f, "{index:6}  {step}")?;
        }
        Ok(())
    }
}
