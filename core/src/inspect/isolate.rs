//! [`IsolateInfo`]: what one isolate does.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    JobInfo,
    inspection::{Counts, Running, Status, Unread},
    kind::Kind,
};

/// What an isolate does; see [`IsolateInfo::state`].
///
/// ```
/// use insula::inspect::State;
/// # insula::main(async || {
/// let isolate = insula::Isolate::builder().debug_name("later").paused(true).spawn(|()| (), ()).await?;
/// let now = insula::inspect();
/// let later = now.isolates.iter().find(|isolate| isolate.name == "later");
/// // A thread that was asked for takes a moment to start.
/// assert!(later.is_some_and(|later| matches!(later.state, State::Paused | State::Starting)));
/// # isolate.kill(insula::Priority::Immediate);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum State {
    /// It was asked for, and its entry point has not begun.
    Starting,
    /// It runs no event.
    Idle,
    /// It runs an event, or one waits that it is about to run. An isolate that does not answer counts as busy.
    Busy,
    /// It waits in a blocking call, within an event.
    Waiting,
    /// It runs no event, and begins none before it is resumed.
    Paused,
    /// It ends when the running event does, or its last destructors run.
    Ending,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Starting => "starting",
            Self::Idle => "idle",
            Self::Busy => "busy",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Ending => "ending",
        })
    }
}

/// The event that an isolate runs.
///
/// ```
/// # insula::main(async || {
/// insula::inspect(); // from now on isolates note when events begin
/// let seen = insula::Isolate::run(|| {
///     let now = insula::inspect();
///     now.isolates.into_iter().find_map(|isolate| isolate.event)
/// });
/// assert!(seen.await?.is_some_and(|event| event.kind == "start" && !event.is_longer));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EventInfo {
    /// What it is: `start`, `message`, `job`, `timer`, `wake`, `microtasks`, `end`, `event` for another, or `?` where that is
    /// not known.
    pub kind: &'static str,
    /// How long it has run. As long as it is known to where `is_longer` is set.
    pub lasting: Duration,
    /// Whether it began before isolates noted the time, or before the isolate was asked, so that it may have run for longer.
    pub is_longer: bool,
}

/// A port whose messages no reader waits for.
///
/// ```
/// use insula::{Isolate, ReceivePort, SendPort};
/// use std::time::Duration;
/// # insula::main(async || {
/// insula::inspect(); // messages that came before are not looked at
/// fn forget(to: SendPort<SendPort<u32>>) {
///     let port = ReceivePort::new();
///     let _ = to.send(port.send_port());
///     port.detach(); // nobody can read it any more
/// }
/// let mut ready = ReceivePort::new();
/// let isolate = Isolate::spawn(forget, ready.send_port()).await?;
/// let to = ready.next().await.ok_or(insula::Error::Closed)?;
/// to.send(1)?;
/// let is_found = || insula::inspect().isolates.iter().any(|isolate| isolate.unread.iter().any(|port| port.messages == 1));
/// while !is_found() {
///     insula::sleep(Duration::from_millis(1)).await;
/// }
/// # isolate.kill(insula::Priority::Immediate);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnreadPort {
    /// Its number in the isolate.
    pub port: u64,
    /// How many messages it holds.
    pub messages: usize,
    /// For how long none was read.
    pub lasting: Duration,
}

impl UnreadPort {
    pub(super) fn new(unread: &Unread, at: Duration) -> Self {
        Self {
            port: unread.port,
            messages: unread.messages,
            lasting: at.saturating_sub(unread.since),
        }
    }
}

/// The kind of an event that is not known.
const UNKNOWN: &str = "?";

/// An [`EventInfo`] as it is read: its kind may be any text.
#[derive(Deserialize)]
struct ReadEvent {
    kind: String,
    lasting: Duration,
    is_longer: bool,
}

impl<'de> Deserialize<'de> for EventInfo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = ReadEvent::deserialize(deserializer)?;
        Ok(Self {
            kind: Kind::of_name(&read.kind).map_or(UNKNOWN, Kind::name),
            lasting: read.lasting,
            is_longer: read.is_longer,
        })
    }
}

impl EventInfo {
    /// The event of an isolate that has not answered for so long.
    pub(super) fn unknown(lasting: Duration) -> Self {
        Self {
            kind: UNKNOWN,
            lasting,
            is_longer: true,
        }
    }

    /// Whether it is known what it is.
    pub(super) fn is_known(&self) -> bool {
        self.kind != UNKNOWN
    }
}

/// What one isolate does.
///
/// Numbers of what is open are as old as the last moment at which the isolate had nothing to do.
///
/// ```
/// # insula::main(async || {
/// let runner = insula::IsolateRunner::builder().debug_name("sums").spawn().await?;
/// for n in 0..3 {
///     runner.run(|n: u32| n + 1, n).await?;
/// }
/// let now = insula::inspect();
/// let sums = now.isolates.iter().find(|isolate| isolate.name == "sums").expect("it lives");
/// assert!(sums.events >= 3 && sums.is_named && sums.parent.is_none());
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IsolateInfo {
    /// Its number among the isolates of the process or the simulated run; from 1, in the order of their starts. Code outside
    /// isolates has 0, where it is listed.
    pub id: u64,
    /// Its debug name.
    pub name: String,
    /// Whether the application or the library has named it. Otherwise the name is that of its entry point.
    pub is_named: bool,
    /// The isolate that has started it; `None` where that was code outside isolates.
    pub parent: Option<u64>,
    /// The name of the isolate that has started it; `main` for code outside isolates. Web: `?` where that one has ended.
    pub parent_name: String,
    /// How long ago its start was asked for.
    pub age: Duration,
    /// What it does.
    pub state: State,
    /// The event that it runs.
    pub event: Option<EventInfo>,
    /// The job of a pool that it runs. A job that awaits is one also between its events.
    pub job: Option<JobInfo>,
    /// By how many it is paused. A pause takes effect when the running event ends.
    pub pauses: usize,
    /// How many events wait; `None` where that is not known. Of an isolate that has not answered: as many at least.
    pub queue: Option<usize>,
    /// How many events it has handled.
    pub events: u64,
    /// How long the events have taken that have ended: natively since the first inspection of the process, in a browser since
    /// the start.
    pub busy_time: Duration,
    /// How many ports are open that keep it alive.
    pub ports: usize,
    /// How many timers are pending.
    pub timers: usize,
    /// How many futures it has that have not completed.
    pub futures: usize,
    /// How many of its errors nothing has caught.
    pub errors: u64,
    /// Its ports whose messages no reader waits for. Natively those that got a message since the first inspection of the
    /// process.
    pub unread: Vec<UnreadPort>,
    /// For how long it has not answered, where isolates are asked; its other values are then those of its last answer.
    /// `None` when it has answered, and where it need not be asked.
    pub silent: Option<Duration>,
}

impl IsolateInfo {
    /// An isolate of which nothing is known but its number and its name.
    pub(super) fn new(id: u64, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            is_named: true,
            parent: None,
            parent_name: "main".to_owned(),
            age: Duration::ZERO,
            state: State::Starting,
            event: None,
            job: None,
            pauses: 0,
            queue: None,
            events: 0,
            busy_time: Duration::ZERO,
            ports: 0,
            timers: 0,
            futures: 0,
            errors: 0,
            unread: Vec::new(),
            silent: None,
        }
    }

    /// The isolate has not answered for so long, so it is busy.
    pub(super) fn set_silent(&mut self, lasting: Duration) {
        self.state = State::Busy;
        self.event = Some(EventInfo::unknown(lasting));
        self.silent = Some(lasting);
    }

    pub(super) fn set_counts(&mut self, counts: Counts) {
        self.ports = counts.ports;
        self.timers = counts.timers;
        self.futures = counts.futures;
    }

    pub(super) fn of_status(status: &Status, queue: Option<usize>, at: Duration) -> Self {
        let running = status.running(at);
        let parent = status.parent.as_ref();
        let unread = status.unread();
        let mut info = Self {
            is_named: status.is_named,
            parent: parent.map(|(id, _)| *id),
            parent_name: parent.map_or("main", |(_, name)| name).to_owned(),
            age: at.saturating_sub(status.started),
            state: state(status, running),
            event: running.map(|running| EventInfo {
                kind: running.kind.name(),
                lasting: running.lasting,
                is_longer: running.is_longer,
            }),
            pauses: status.pauses(),
            queue: queue.map(|queue| queue + status.aside()),
            events: status.events(),
            busy_time: status.busy_time(),
            errors: status.errors(),
            unread: unread
                .iter()
                .map(|port| UnreadPort::new(port, at))
                .collect(),
            ..Self::new(status.id, &status.name)
        };
        info.set_counts(status.counts());
        info
    }
}

fn state(status: &Status, running: Option<Running>) -> State {
    match running {
        _ if status.is_starting() => State::Starting,
        _ if status.is_ending() => State::Ending,
        Some(running) if running.waits => State::Waiting,
        Some(_) => State::Busy,
        None if status.pauses() > 0 => State::Paused,
        None if status.events() == 0 => State::Starting,
        None => State::Idle,
    }
}
