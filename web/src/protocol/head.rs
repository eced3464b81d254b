//! Every message between workers. `worker.js` and `isolate.js` follow the second table.
//!
//! Each message is a JavaScript array that begins with `"insula"` and the number of the isolate it is for; 0 is the
//! root. There are two kinds:
//!
//! **Frames** go between programs of one build. Their third value is a number, and `batch.rs` tells what follows. What a
//! frame says is its [`Head`]:
//!
//! | head | from, to | what it says |
//! |---|---|---|
//! | `Message` `Job` `Unread` `Withdrawn` `Close` | any, any | an event for a port |
//! | `Pause` `Resume` `Ping` `Kill` `AddExitListener` `RemoveExitListener` `AddErrorListener` `RemoveErrorListener` `Withdraw` `SetErrorsFatal` | any, any | control; the root reads it on its way |
//! | `Spawn` → `Started` | any, root | start a worker → it has started, or why not |
//! | `Ended` `Lost` | worker, root | this isolate is over |
//! | `Log` | worker, root | my code has written this with `log` or `tracing` |
//! | `Terminate` | any, root | stop a worker at once |
//! | `PingRequest` → `Pong` | root, worker | the root keeps a ping for you → answer it now |
//! | `ControlSignal` → `ControlSignalSeen` | worker, root | I am at a checkpoint; revoke this URL when there is control for me → I know it |
//! | `TryPorts` → `Echo` → `Echo` → `PortsAre` | root, worker | find out whether ports pass the page |
//! | `Hello` | worker, worker | on a channel: this end is there |
//! | `Fence` | worker, worker | on a channel and by the root: what follows on the channel comes after what went before by the root |
//! | `ChannelOver` | root, worker | the worker at the other end of a channel is over |
//! | `Numbered` | any, any | an event for a port, and its number in a recording (`recording/numbered.rs`) |
//! | `Call` | root, worker; worker, root | call the function beside this with these bytes (`call.rs`) |
//!
//! **Plain messages** ([`Kind`]) are for code that has no frames: another build, `worker.js`, scripts. Their third value is
//! a text:
//!
//! | kind | from, to | what follows |
//! |---|---|---|
//! | `boot` | root, `worker.js` | an object that says what to run. All: `base`. Program: `glue module table entry build spawn`. Script: `script name args value handles buffers paused`. Worker of gloo's: `build spawn` |
//! | `ready` | worker, root | the identity of its build, whether it holds its lock, in a worker of gloo's its life signal |
//! | `failed` | worker, root | what went wrong, a stack trace behind the first line |
//! | `channel` | root, worker | an isolate, a port that leads to it |
//! | `on-behalf-of` | root, worker | an isolate, after how many of its events on the channel or `null`, the message that the root sends in its name |
//! | `kill` | root, worker of gloo's | |
//! | `load` | root, script | |
//! | `ping` → `pong` | root, script | the number of a ping |
//! | `value` | any, script and back | a port, a value, its handles, its buffers (`value.rs`) |
//! | `close` | any, script | a port |
//! | `error` | script, root | a description, a stack trace |
//! | `ended` | script, root | |

use insula_core::{DecodeError, RemoteError, SpawnError, Unsupported, contract::Exit};

use super::coded::coded;
use crate::{
    Capability,
    ids::{IsolateId, PortAddress},
};

/// Marks our messages among others.
pub(crate) const TAG: &str = "insula";

/// What a plain message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Boot,
    Ready,
    Failed,
    Channel,
    OnBehalfOf,
    Kill,
    Load,
    Ping,
    Pong,
    Value,
    Close,
    Error,
    Ended,
}

impl Kind {
    const ALL: [Self; 13] = [
        Self::Boot,
        Self::Ready,
        Self::Failed,
        Self::Channel,
        Self::OnBehalfOf,
        Self::Kill,
        Self::Load,
        Self::Ping,
        Self::Pong,
        Self::Value,
        Self::Close,
        Self::Error,
        Self::Ended,
    ];

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Channel => "channel",
            Self::OnBehalfOf => "on-behalf-of",
            Self::Kill => "kill",
            Self::Load => "load",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Value => "value",
            Self::Close => "close",
            Self::Error => "error",
            Self::Ended => "ended",
        }
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.text() == text)
    }
}

/// The name of the lock that an isolate's worker holds as long as it lives.
pub(crate) fn lock_name(isolate: IsolateId) -> String {
    format!("{TAG} {isolate}")
}

/// Whose lock has this name.
pub(crate) fn isolate_of_lock(name: &str) -> Option<IsolateId> {
    let number = name.strip_prefix(TAG)?.strip_prefix(' ')?.parse().ok()?;
    Some(IsolateId::from_number(number))
}

coded! {
    /// What a frame says; without its parcels.
    #[derive(Debug)]
    pub(crate) enum Head {
        Message {
            port: u64,
            parcel: ParcelHead,
        },
        Job {
            port: u64,
            reply: PortAddress,
            parcel: ParcelHead,
        },
        Unread {
            port: u64,
            error: DecodeError,
        },
        Withdrawn {
            reply: PortAddress,
        },
        Close {
            port: u64,
        },
        /// The function beside it takes an event out of it, with its number in a recording.
        Numbered,
        Pause {
            key: Option<Capability>,
            resume: Capability,
        },
        Resume {
            key: Option<Capability>,
            resume: Capability,
        },
        Ping {
            to: PortAddress,
            before_next_event: bool,
            parcel: ParcelHead,
        },
        Kill {
            key: Option<Capability>,
            before_next_event: bool,
        },
        AddExitListener {
            to: PortAddress,
            watch: bool,
            message: ExitMessageHead,
        },
        RemoveExitListener {
            to: PortAddress,
        },
        AddErrorListener {
            to: PortAddress,
        },
        RemoveErrorListener {
            to: PortAddress,
        },
        Withdraw {
            reply: PortAddress,
        },
        SetErrorsFatal {
            key: Option<Capability>,
            fatal: bool,
        },
        /// To the root: start a worker. The answer is `Started`.
        Spawn {
            id: IsolateId,
            from: IsolateId,
            launch: LaunchWire,
            parcel: ParcelHead,
        },
        /// From the root: whether a worker has started.
        Started {
            id: IsolateId,
            failure: Option<Failure>,
        },
        /// To the root: this isolate is over.
        Ended {
            exit: Exit,
            sent: Sent,
        },
        /// To the root: this isolate's memory can't be trusted any more.
        Lost {
            description: String,
            stack_trace: String,
            sent: Sent,
        },
        /// To the root: the isolate has written this.
        [any(feature = "log", feature = "tracing")]
        Log {
            record: insula_core::logs::Record,
        },
        /// To the root: stop a worker at once.
        Terminate {
            id: IsolateId,
            key: Capability,
        },
        /// From the root, which keeps a ping for this isolate. The answer is `Pong`.
        PingRequest {
            number: u64,
            before_next_event: bool,
        },
        /// To the root: the ping of this number is to be answered.
        Pong {
            number: u64,
            sent: Sent,
        },
        /// To the root: this isolate is at a checkpoint, and looks for control by this URL from now on. The
        /// answer is `ControlSignalSeen`.
        ControlSignal {
            url: String,
            sent: Sent,
        },
        /// From the root: all control that the root had for this isolate when it saw the signal came before.
        ControlSignalSeen,
        /// From the root: find out whether ports pass the page in this engine. The answer is `PortsAre`.
        TryPorts,
        /// To the root, which answers with the same.
        Echo,
        PortsAre {
            direct: bool,
        },
        /// On a channel: this end is there.
        Hello,
        /// On a channel and by the root: what follows on the channel waits for the one that comes by the root.
        Fence {
            from: IsolateId,
            number: u64,
        },
        /// From the root: the worker at the other end of a channel is over, after so many events on it where that is known.
        ChannelOver {
            id: IsolateId,
            sent: Option<u64>,
        },
        /// To the root or from it: the function beside it is to be called.
        Call,

    }
}

impl Head {
    /// Whether it is an event.
    pub(crate) fn is_event(&self) -> bool {
        matches!(
            self,
            Self::Message { .. }
                | Self::Job { .. }
                | Self::Unread { .. }
                | Self::Withdrawn { .. }
                | Self::Close { .. }
                | Self::Numbered
        )
    }

    /// Whether the root hands it on unread: an event, or a fence that keeps the order of events.
    pub(crate) fn is_handed_on(&self) -> bool {
        self.is_event() || matches!(self, Self::Fence { .. })
    }
}

/// How many events an isolate has sent on each of its channels.
pub(crate) type Sent = Vec<(IsolateId, u64)>;

coded! {
    /// What an isolate starts with: core's `Launch`, and what to run.
    #[derive(Clone, Debug)]
    pub(crate) struct LaunchWire {
        pub(crate) debug_name: String,
        pub(crate) is_named: bool,
        pub(crate) pause_capability: Capability,
        pub(crate) terminate_capability: Capability,
        pub(crate) paused: bool,
        pub(crate) errors_fatal: bool,
        pub(crate) linked: bool,
        pub(crate) on_error: Vec<PortAddress>,
        pub(crate) uri: String,
        pub(crate) args: Vec<String>,
        /// The URIs of the programs whose functions follow those of the entry, in pairs.
        pub(crate) programs: Vec<String>,
        /// Whether `uri` is that of a script.
        pub(crate) is_script: bool,
    }
}

coded! {
    /// Why a worker has not started.
    #[derive(Clone, Debug)]
    pub(crate) enum Failure {
        NotFound {
            uri: String,
            reason: String,
        },
        BuildMismatch {
            expected: String,
            found: String,
        },
        TimedOut {
            what: String,
        },
        /// The host has no workers.
        NoWorkers,
        Failed {
            description: String,
            stack_trace: String,
        },
    }
}

impl Failure {
    pub(crate) fn failed(reason: &str) -> Self {
        Self::Failed {
            description: reason.to_owned(),
            stack_trace: String::new(),
        }
    }
}

impl From<&RemoteError> for Failure {
    fn from(error: &RemoteError) -> Self {
        Self::Failed {
            description: error.description().to_owned(),
            stack_trace: error.stack_trace().to_owned(),
        }
    }
}

impl From<Failure> for SpawnError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotFound { uri, reason } => Self::NotFound { uri, reason },
            Failure::BuildMismatch { expected, found } => Self::BuildMismatch { expected, found },
            Failure::TimedOut { what } => Self::TimedOut { what },
            Failure::NoWorkers => Self::Unsupported(Unsupported {
                operation: "starting an isolate",
                reason: "the host has no Web Workers: `Worker` is not defined. `compute` runs here, on the caller's event \
                         loop; docs/hosts.md lists the hosts that have workers",
            }),
            Failure::Failed {
                description,
                stack_trace,
            } => Self::Failed(RemoteError::new(description, stack_trace)),
        }
    }
}

coded! {
    /// What a port is told at an isolate's end.
    #[derive(Debug)]
    pub(crate) enum ExitMessageHead {
        Response {
            parcel: ParcelHead,
        },
        Reason,
        Exit,
    }
}

coded! {
    /// A parcel without its bytes, functions and buffers.
    #[derive(Debug, Default)]
    pub(crate) struct ParcelHead {
        pub(crate) carried: Vec<CarriedHead>,
        pub(crate) is_value: bool,
    }
}

coded! {
    /// What travels beside the bytes of a parcel.
    #[derive(Debug)]
    pub(crate) enum CarriedHead {
        Port {
            address: PortAddress,
        },
        /// What is sent when the parcel is dropped unread.
        Will {
            address: PortAddress,
            message: Option<Vec<u8>>,
        },
        /// The next function.
        Function,
        /// The next buffer.
        Buffer,
        SameAs {
            index: usize,
        },
        Gone,
    }
}
