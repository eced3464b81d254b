//! The world of one run: who lives in it, what is on its way, and what can happen next.
//!
//! Everything in it is in one place, under one lock that nobody ever waits for: one isolate runs at
//! a time. Code of the application never runs under the lock, not even a destructor.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use insula_core::{
    Control, Priority, RemoteError, SpawnError,
    contract::{Event, Launch},
};

use crate::{
    Kind, Simulated,
    link::Carried,
    mailbox::Mailbox,
    scheduler::SETTLE_LIMIT,
    state::{Arrival, Birth, Choice, State, Turned},
    trace::{Number, Trace},
};

/// Tells runs apart, so that a handle of an earlier run leads nowhere.
static RUNS: AtomicU64 = AtomicU64::new(0);

/// What was in an isolate's queues.
pub(crate) type Queued<K> = (
    VecDeque<Event<Simulated<K>>>,
    VecDeque<Control<Simulated<K>>>,
);

/// The world of one run.
pub(crate) struct World<K: Kind> {
    pub(crate) run: u64,
    pub(crate) seed: u64,
    state: Mutex<State<K>>,
}

/// An error that no listener heard.
///
/// ```
/// let run = insula_sim::run(0, async {
///     insula_sim::schedule_microtask(|| panic!("boom"));
///     insula_sim::sleep(std::time::Duration::ZERO).await;
/// });
/// assert_eq!(run.reports[0].isolate, "main");
/// assert!(run.reports[0].to_string().starts_with("unhandled error in isolate `main`: boom at "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The name of the isolate in which it happened.
    pub isolate: String,
    /// What happened.
    pub error: RemoteError,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unhandled error in isolate `{}`: {}",
            self.isolate, self.error
        )?;
        match self.error.stack_trace().lines().next() {
            Some(location) if !location.is_empty() => write!(f, " {location}"),
            _ => Ok(()),
        }
    }
}

/// An isolate that lives and waits, and what for.
///
/// ```
/// use insula_sim::{Isolate, ReceivePort};
///
/// let run = insula_sim::run(0, async {
///     let idle = Isolate::builder().debug_name("idle");
///     drop(idle.spawn(|()| ReceivePort::<()>::new().detach(), ()).await);
/// });
/// assert_eq!(run.left[0].name, "idle");
/// println!("{}", run.left[0]); // what it waits for
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiting {
    /// The isolate.
    pub isolate: Number,
    /// Its name.
    pub name: String,
    /// What it waits for.
    pub what: String,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` {}", self.isolate, self.name, self.what)
    }
}

/// What a run leaves behind in its world.
#[derive(Debug)]
pub(crate) struct Remains {
    pub(crate) trace: Trace,
    pub(crate) reports: Vec<Report>,
    pub(crate) elapsed: Duration,
}

impl<K: Kind> World<K> {
    /// A world in which the host lives alone.
    pub(crate) fn new(seed: u64) -> Self {
        let mut state = State::new(seed);
        state.add("main".to_owned(), None, None);
        Self {
            run: RUNS.fetch_add(1, Ordering::Relaxed),
            seed,
            state: Mutex::new(state),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<K>> {
        // No code that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn mailbox(&self, isolate: Number) -> Mailbox<K> {
        Mailbox::new(self.run, isolate)
    }

    pub(crate) fn now(&self) -> Duration {
        self.lock().now
    }

    pub(crate) fn random(&self) -> u128 {
        self.lock().identities.u128(..)
    }

    pub(crate) fn report(&self, isolate: &str, error: &RemoteError) {
        self.lock().reports.push(Report {
            isolate: isolate.to_owned(),
            error: error.clone(),
        });
    }

    /// How many steps were taken.
    pub(crate) fn steps(&self) -> usize {
        self.lock().trace.len()
    }
}

// Sending.
impl<K: Kind> World<K> {
    /// Sends an event. What an isolate posts to itself is there at once.
    pub(crate) fn post(&self, from: Number, to: Number, event: Event<Simulated<K>>) {
        let mut state = self.lock();
        if matches!(event, Event::Poke) {
            state.awake(to);
        } else if from == to {
            let dead = state.enqueue(to, event);
            drop(state);
            drop(dead);
        } else {
            state.link(from, to).send(Carried::Event(event));
        }
    }

    /// Sends a control message; to itself as an event.
    pub(crate) fn control(&self, from: Number, to: Number, control: Control<Simulated<K>>) {
        let mut state = self.lock();
        if from == to {
            let dead = state.enqueue_control(to, control);
            drop(state);
            if let Some(dead) = dead {
                dead.undeliverable();
            }
        } else {
            state.link(from, to).send_control(control);
        }
    }

    /// Tells `parent` what became of a start, as the first message of the new isolate.
    pub(crate) fn announce(&self, from: Number, parent: Number, ticket: u64) {
        let mut state = self.lock();
        if from == parent {
            state.announce(parent, ticket);
        } else {
            state.link(from, parent).send(Carried::Started(ticket));
        }
    }

    /// The next start whose outcome the isolate is to learn.
    pub(crate) fn next_announced(&self, isolate: Number) -> Option<u64> {
        self.lock().get(isolate)?.announced.pop_front()
    }

    /// Adds an isolate, whose first turn comes when it is chosen.
    pub(crate) fn admit(
        &self,
        launch: Launch<Simulated<K>>,
        entry: Box<dyn FnOnce() + Send>,
    ) -> Result<Number, SpawnError> {
        let mut state = self.lock();
        if state.closing {
            drop(state);
            return Err(SpawnError::Failed(RemoteError::new(
                "the simulation has ended",
                "",
            )));
        }
        let name = launch.debug_name.clone();
        Ok(state.add(
            name,
            Some(launch.terminate_capability),
            Some(Birth { launch, entry }),
        ))
    }

    pub(crate) fn is_gone(&self, isolate: Number) -> bool {
        self.lock().living(isolate).is_none()
    }

    pub(crate) fn take_birth(&self, isolate: Number) -> Option<Birth<K>> {
        self.lock().get(isolate)?.birth.take()
    }
}

// What an inbox sees.
impl<K: Kind> World<K> {
    pub(crate) fn next_event(&self, isolate: Number) -> Option<Event<Simulated<K>>> {
        self.lock().get(isolate)?.events.pop_front()
    }

    pub(crate) fn next_control(&self, isolate: Number) -> Option<Control<Simulated<K>>> {
        self.lock().get(isolate)?.control.pop_front()
    }

    pub(crate) fn has_event(&self, isolate: Number) -> bool {
        self.lock()
            .get(isolate)
            .is_some_and(|inhabitant| !inhabitant.events.is_empty())
    }

    pub(crate) fn put_back(&self, isolate: Number, mut events: VecDeque<Event<Simulated<K>>>) {
        let mut state = self.lock();
        if let Some(inhabitant) = state.get(isolate) {
            events.append(&mut inhabitant.events);
            inhabitant.events = std::mem::take(&mut events);
        }
        drop(state);
    }

    /// Marks an isolate as gone and gives back what it has not handled.
    pub(crate) fn close(&self, isolate: Number) -> Queued<K> {
        let mut state = self.lock();
        state.bury(isolate);
        let inhabitant = state.get(isolate);
        inhabitant.map_or_else(Default::default, |inhabitant| {
            (
                std::mem::take(&mut inhabitant.events),
                std::mem::take(&mut inhabitant.control),
            )
        })
    }
}

// Stepping.
impl<K: Kind> World<K> {
    /// Decides what happens next and notes it.
    pub(crate) fn choose(&self) -> Choice {
        self.lock().choose()
    }

    /// Takes the first event from a link.
    pub(crate) fn arrive(&self, from: Number, to: Number) -> Arrival<K> {
        self.lock().arrive(from, to)
    }

    /// Takes the first control message from a link.
    pub(crate) fn arrive_control(&self, from: Number, to: Number) -> Arrival<K> {
        self.lock().arrive_control(from, to)
    }

    /// Notes what an isolate did with its turn, which was step number `step`.
    pub(crate) fn turned(&self, isolate: Number, step: usize, turned: Turned) {
        self.lock().turned(isolate, step, turned);
    }

    /// Whether an isolate that looks for control has to wait for a moment, in which others go on.
    pub(crate) fn interrupts(&self, isolate: Number) -> bool {
        self.lock().interrupts(isolate)
    }

    /// Who lives and what each waits for.
    pub(crate) fn waiting(&self) -> Vec<Waiting> {
        let state = self.lock();
        let waiting = state.all_living();
        waiting
            .filter_map(|isolate| state.waiting(isolate))
            .collect()
    }

    /// How many messages have not arrived.
    pub(crate) fn in_flight(&self) -> usize {
        self.lock().links.values().map(crate::link::Link::len).sum()
    }
}

// The end.
impl<K: Kind> World<K> {
    /// Stops the clock and gives the world its last steps.
    pub(crate) fn settle(&self) {
        let mut state = self.lock();
        state.clock_stands = true;
        state.limit = state.trace.len() + SETTLE_LIMIT;
    }

    /// Lets nobody be born from now on, and gives back who lives; the host is not among them.
    pub(crate) fn begin_end(&self) -> Vec<Number> {
        let mut state = self.lock();
        state.closing = true;
        let isolates = state.all_living();
        isolates
            .filter(|isolate| *isolate != Number::HOST)
            .collect()
    }

    /// Puts a kill that nothing can overtake into an isolate's queue.
    pub(crate) fn kill(&self, isolate: Number) {
        let mut state = self.lock();
        if let Some(inhabitant) = state.get(isolate) {
            let key = inhabitant.terminate;
            inhabitant.control.push_front(Control::Kill {
                key,
                priority: Priority::Immediate,
            });
        }
    }

    /// Takes everything that is on its way, to be dropped.
    pub(crate) fn take_in_flight(&self) -> Option<impl Sized + use<K>> {
        let links = std::mem::take(&mut self.lock().links);
        (!links.is_empty()).then_some(links)
    }

    /// Takes what a run is told about its world.
    pub(crate) fn remains(&self) -> Remains {
        let mut state = self.lock();
        Remains {
            trace: std::mem::take(&mut state.trace),
            reports: std::mem::take(&mut state.reports),
            elapsed: state.now,
        }
    }
}

impl<K: Kind> fmt::Debug for World<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("seed", &self.seed)
            .field("steps", &self.steps())
            .finish_non_exhaustive()
    }
}
