//! [`Finding`]: what stands out, in words.

use std::{fmt, time::Duration};

use super::isolate::{EventInfo, IsolateInfo, State};
use crate::{
    JobInfo, PoolInfo,
    inspection::text::{Count, Wait, short, time},
};

/// From where on something stands out.
///
/// ```
/// use insula::inspect::Thresholds;
/// use std::time::Duration;
///
/// let patient = Thresholds { busy: Duration::from_secs(60), ..Thresholds::default() };
/// assert!(insula::inspect().findings_beyond(&patient).len() <= insula::inspect().findings().len());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "an application writes one with those that it sets"
)]
pub struct Thresholds {
    /// How long an event, or a job that others wait for, may take: 1 s unless told otherwise.
    pub busy: Duration,
    /// How many events may wait at an isolate: 1,000 unless told otherwise.
    pub queue: usize,
    /// By how many events a queue may grow between two inspections: 100 unless told otherwise.
    pub growth: usize,
    /// For how long messages may lie in a port that nobody waits at: 1 s unless told otherwise.
    pub unread: Duration,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            busy: Duration::from_secs(1),
            queue: 1_000,
            growth: 100,
            unread: Duration::from_secs(1),
        }
    }
}

/// What stands out, in words.
///
/// ```
/// use insula::{Isolate, Priority, inspect::Finding};
/// # insula::main(async || {
/// let nameless = Isolate::builder().paused(true).spawn(|()| (), ()).await?;
/// let findings = insula::inspect().findings();
/// assert!(findings.iter().any(|finding| matches!(finding, Finding::Unnamed { .. })));
/// # nameless.kill(Priority::Immediate);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Finding {
    /// An isolate runs an event that takes long.
    #[non_exhaustive]
    Busy {
        /// The isolate.
        isolate: u64,
        /// Its name.
        name: String,
        /// Its event.
        event: EventInfo,
        /// Whether the event waits in a blocking call.
        waits: bool,
        /// The job of a pool that it runs.
        job: Option<JobInfo>,
    },
    /// Many events wait at an isolate.
    #[non_exhaustive]
    LongQueue {
        /// The isolate.
        isolate: u64,
        /// Its name.
        name: String,
        /// How many.
        queue: usize,
    },
    /// More events wait at an isolate than at an earlier inspection.
    #[non_exhaustive]
    GrowingQueue {
        /// The isolate.
        isolate: u64,
        /// Its name.
        name: String,
        /// How many waited.
        from: usize,
        /// How many wait now.
        to: usize,
        /// How much time lies between.
        time: Duration,
        /// How many events it has handled meanwhile.
        handled: u64,
    },
    /// Events wait at an isolate that is paused.
    #[non_exhaustive]
    Paused {
        /// The isolate.
        isolate: u64,
        /// Its name.
        name: String,
        /// By how many it is paused.
        pauses: usize,
        /// How many events wait.
        queue: usize,
    },
    /// Messages lie in a port that nobody waits at.
    #[non_exhaustive]
    Unread {
        /// The isolate.
        isolate: u64,
        /// Its name.
        name: String,
        /// The number of the port in the isolate.
        port: u64,
        /// How many messages.
        messages: usize,
        /// For how long none was read.
        lasting: Duration,
    },
    /// An isolate was given no name.
    #[non_exhaustive]
    Unnamed {
        /// The isolate.
        isolate: u64,
        /// What it is called instead.
        name: String,
    },
    /// Jobs wait, and each isolate of their pool has had its job for long.
    #[non_exhaustive]
    StuckPool {
        /// The pool, with the jobs that run.
        pool: PoolInfo,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy {
                isolate,
                name,
                event,
                waits,
                job,
            } => {
                let does = if *waits {
                    "has waited in a blocking call, in an event that has run"
                } else {
                    "has been busy"
                };
                let least = if event.is_longer { "at least " } else { "" };
                let lasting = time(event.lasting);
                let what = job.as_ref().and_then(|job| job.label.as_deref());
                let what = match what {
                    Some(label) => format!("the job `{label}`"),
                    None if event.is_known() => format!("the event `{}`", event.kind),
                    None => "it does not answer".to_owned(),
                };
                let name = Name(*isolate, name);
                write!(f, "{name} {does} for {least}{lasting}: {what}")
            }
            Self::LongQueue {
                isolate,
                name,
                queue,
            } => write!(f, "{} at {}", Wait(*queue, "event"), Name(*isolate, name)),
            Self::GrowingQueue {
                isolate,
                name,
                from,
                to,
                time: lasted,
                handled,
            } => {
                let (name, lasted) = (Name(*isolate, name), time(*lasted));
                write!(
                    f,
                    "the queue of {name} has grown from {from} to {to} events in {lasted}, in which it has handled \
                     {handled}"
                )
            }
            Self::Paused {
                isolate,
                name,
                pauses,
                queue,
            } => {
                let name = Name(*isolate, name);
                write!(f, "{name} is paused, and {}; ", Wait(*queue, "event"))?;
                match pauses {
                    1 => f.write_str("one resume is missing"),
                    _ => write!(f, "{pauses} resumes are missing"),
                }
            }
            Self::Unread {
                isolate,
                name,
                port,
                messages,
                lasting,
            } => {
                let (name, lasting) = (Name(*isolate, name), time(*lasting));
                write!(
                    f,
                    "port {port} of {name} holds {}, and nobody has read one for {lasting}",
                    Count(*messages, "message")
                )
            }
            Self::Unnamed { isolate, name } => {
                let name = Name(*isolate, name);
                write!(f, "{name} was given no name: set its `debug_name`")
            }
            Self::StuckPool { pool } => write!(f, "{pool}"),
        }
    }
}

/// An isolate in a sentence.
struct Name<'a>(u64, &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(id, name) = self;
        write!(f, "isolate {id} `{}`", short(name))
    }
}

/// What stands out: pools first, as their jobs explain what their isolates do.
pub(super) fn find(
    isolates: &[IsolateInfo],
    pools: &[PoolInfo],
    thresholds: &Thresholds,
) -> Vec<Finding> {
    let pools = pools.iter().filter_map(|pool| stuck(pool, thresholds));
    let isolates = isolates.iter().flat_map(|isolate| {
        let one = [
            busy(isolate, thresholds),
            long_queue(isolate, thresholds),
            paused(isolate),
            unnamed(isolate),
        ];
        one.into_iter().flatten().chain(unread(isolate, thresholds))
    });
    pools.chain(isolates).collect()
}

fn stuck(pool: &PoolInfo, thresholds: &Thresholds) -> Option<Finding> {
    pool.is_stuck(thresholds.busy)
        .then(|| Finding::StuckPool { pool: pool.clone() })
}

fn busy(isolate: &IsolateInfo, thresholds: &Thresholds) -> Option<Finding> {
    let event = isolate.event.as_ref()?;
    (event.lasting >= thresholds.busy).then(|| Finding::Busy {
        isolate: isolate.id,
        name: isolate.name.clone(),
        event: event.clone(),
        waits: isolate.state == State::Waiting,
        job: isolate.job.clone(),
    })
}

fn long_queue(isolate: &IsolateInfo, thresholds: &Thresholds) -> Option<Finding> {
    let queue = isolate.queue.filter(|queue| *queue > thresholds.queue)?;
    Some(Finding::LongQueue {
        isolate: isolate.id,
        name: isolate.name.clone(),
        queue,
    })
}

fn paused(isolate: &IsolateInfo) -> Option<Finding> {
    let queue = isolate.queue.filter(|queue| *queue > 0)?;
    (isolate.state == State::Paused).then(|| Finding::Paused {
        isolate: isolate.id,
        name: isolate.name.clone(),
        pauses: isolate.pauses,
        queue,
    })
}

fn unnamed(isolate: &IsolateInfo) -> Option<Finding> {
    (!isolate.is_named).then(|| Finding::Unnamed {
        isolate: isolate.id,
        name: isolate.name.clone(),
    })
}

fn unread<'a>(
    isolate: &'a IsolateInfo,
    thresholds: &'a Thresholds,
) -> impl Iterator<Item = Finding> + 'a {
    let ports = isolate.unread.iter();
    let late = ports.filter(|port| port.lasting >= thresholds.unread);
    late.map(|port| Finding::Unread {
        isolate: isolate.id,
        name: isolate.name.clone(),
        port: port.port,
        messages: port.messages,
        lasting: port.lasting,
    })
}

/// The queues that have grown between two inspections.
pub(super) fn grown(
    earlier: &[IsolateInfo],
    later: &[IsolateInfo],
    time: Duration,
    thresholds: &Thresholds,
) -> Vec<Finding> {
    let both = later.iter().filter_map(|isolate| {
        let before = earlier.iter().find(|before| before.id == isolate.id)?;
        let (from, to) = (before.queue?, isolate.queue?);
        let is_grown = to >= from.saturating_add(thresholds.growth) && to >= from.saturating_mul(2);
        (is_grown && to > from).then(|| Finding::GrowingQueue {
            isolate: isolate.id,
            name: isolate.name.clone(),
            from,
            to,
            time,
            handled: isolate.events.saturating_sub(before.events),
        })
    });
    both.collect()
}
