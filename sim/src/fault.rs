//! [`Fault`]: what went wrong, as a step of the trace.

use std::{fmt, time::Duration};

use insula_core::{RemoteError, SpawnError};

use crate::{isolate_id::IsolateId, limits::START_LIMIT};

/// What went wrong in a run with [`Faults`](crate::Faults).
///
/// ```
/// use insula_sim::{Fault, IsolateId, Step};
///
/// let step = Step::Fault(Fault::MissingThread { spawner: IsolateId::HOST });
/// assert_eq!(step.to_string(), "fault: no thread for an isolate that #0 starts");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// An isolate died without a word.
    Death {
        /// Which.
        isolate: IsolateId,
    },
    /// A worker's start failed.
    FailedStart {
        /// The isolate that started it.
        spawner: IsolateId,
    },
    /// A worker's start gets no answer.
    SilentStart {
        /// The isolate that started it.
        spawner: IsolateId,
    },
    /// There was no thread for a new isolate.
    MissingThread {
        /// The isolate that started it.
        spawner: IsolateId,
    },
    /// The messages of one isolate to another come late.
    LateMessages {
        /// The sender.
        from: IsolateId,
        /// The receiver.
        to: IsolateId,
        /// When they can arrive.
        until: Duration,
    },
    /// The clock jumped forward.
    ClockJump {
        /// The time since the run began.
        now: Duration,
    },
}

impl Fault {
    /// What the spawner is told of a start that went wrong.
    pub(crate) fn spawn_error(self) -> SpawnError {
        let reason = match self {
            Self::SilentStart { .. } => {
                format!(
                    "the isolate gave no answer within {START_LIMIT:?}, a fault of the simulation"
                )
            }
            Self::MissingThread { .. } => {
                "no thread is left for the isolate, a fault of the simulation".to_owned()
            }
            _ => "the start has failed, a fault of the simulation".to_owned(),
        };
        SpawnError::Failed(RemoteError::new(reason, ""))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fault: ")?;
        match self {
            Self::Death { isolate } => write!(f, "{isolate} dies"),
            Self::FailedStart { spawner } => {
                write!(f, "the start of an isolate by {spawner} fails")
            }
            Self::SilentStart { spawner } => {
                write!(f, "the start of an isolate by {spawner} gets no answer")
            }
            Self::MissingThread { spawner } => {
                write!(f, "no thread for an isolate that {spawner} starts")
            }
            Self::LateMessages { from, to, until } => {
                write!(f, "{from} -> {to} is late until {until:?}")
            }
            Self::ClockJump { now } => write!(f, "the clock jumps to {now:?}"),
        }
    }
}
