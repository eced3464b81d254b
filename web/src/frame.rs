//! What is said between two workers.

mod message;

use insula_core::{Capability, contract::Address};
use js_sys::ArrayBuffer;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

pub(crate) use message::{
    BUFFERS_FROM, Batch, Posted, destination, is_handed_on, is_ours, transfers,
};

use crate::{
    Web,
    parcel::{Buffer, Carried, Object, Parcel, ShippedFunction, address},
};

/// Marks our messages among others.
pub(crate) const TAG: &str = "insula";

/// What a message is about; without its parcels.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Head {
    Message {
        port: u64,
        parcel: ParcelHead,
    },
    Job {
        port: u64,
        reply: (u64, u64),
        parcel: ParcelHead,
    },
    Close {
        port: u64,
    },
    Pause {
        key: Option<Capability>,
        resume: Capability,
    },
    Resume {
        key: Option<Capability>,
        resume: Capability,
    },
    Ping {
        to: (u64, u64),
        before_next_event: bool,
        parcel: ParcelHead,
    },
    Kill {
        key: Option<Capability>,
        before_next_event: bool,
    },
    AddExitListener {
        to: (u64, u64),
        watch: bool,
        parcel: ParcelHead,
    },
    RemoveExitListener {
        to: (u64, u64),
    },
    AddErrorListener {
        to: (u64, u64),
    },
    RemoveErrorListener {
        to: (u64, u64),
    },
    SetErrorsFatal {
        key: Option<Capability>,
        fatal: bool,
    },
    /// To the root: start a worker. The answer is `Started`.
    Spawn {
        id: u64,
        from: u64,
        birth: Birth,
        parcel: ParcelHead,
    },
    /// From the root: whether a worker has started.
    Started {
        id: u64,
        failure: Option<Failure>,
    },
    /// To the root: this isolate is over.
    Ended {
        sent: Sent,
    },
    /// To the root: this isolate's memory can't be trusted any more.
    Lost {
        description: String,
        stack_trace: String,
        sent: Sent,
    },
    /// To the root: stop a worker at once.
    Terminate {
        id: u64,
        key: Capability,
    },
    /// From the root: a ping, whose answer the root keeps. The answer is `Pong`.
    Knock {
        number: u64,
        before_next_event: bool,
    },
    /// To the root: the ping of this number is to be answered.
    Pong {
        number: u64,
        sent: Sent,
    },
    /// To the root: this isolate is at a checkpoint, and looks for control by this URL from now on. The
    /// answer is `Heard`.
    Bell {
        url: String,
        sent: Sent,
    },
    /// From the root: all control that the root had for this isolate when it heard the bell came before.
    Heard,
    /// From the root: find out whether ports pass the page in this engine. The answer is `PortsAre`.
    TryPorts,
    /// To the root, which answers with the same.
    Echo,
    PortsAre {
        direct: bool,
    },
    /// On a link: the other end is there.
    Hello,
    /// From one worker to another, on both ways: on the link it means, wait for the one that comes by the root.
    Mark {
        from: u64,
        number: u64,
    },
    /// From the root: a worker with a link to this one is over, after so many events on it where that is known.
    Over {
        id: u64,
        sent: Option<u64>,
    },
}

/// How many events an isolate has sent on each of its links.
pub(crate) type Sent = Vec<(u64, u64)>;

/// What a worker is born with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Birth {
    pub(crate) debug_name: String,
    pub(crate) pause_capability: Capability,
    pub(crate) terminate_capability: Capability,
    pub(crate) paused: bool,
    pub(crate) errors_fatal: bool,
    pub(crate) linked: bool,
    pub(crate) on_error: Vec<(u64, u64)>,
    pub(crate) uri: String,
    pub(crate) args: Vec<String>,
    /// The URIs of the programs whose functions follow those of the entry, in pairs.
    pub(crate) programs: Vec<String>,
    /// Whether `uri` is that of a script.
    pub(crate) is_script: bool,
}

/// Why a worker has not started.
#[derive(Debug, Serialize, Deserialize)]
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
    Failed {
        description: String,
        stack_trace: String,
    },
}

/// A parcel without its bytes, functions and buffers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ParcelHead {
    carried: Vec<CarriedHead>,
    is_value: bool,
}

#[derive(Debug, Serialize, Deserialize)]
enum CarriedHead {
    Port(u64, u64),
    /// The next function.
    Function,
    /// The next buffer.
    Buffer,
    SameAs(u32),
    Gone,
}

/// A message between two workers, before it is made a JavaScript value.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) head: Head,
    pub(crate) bytes: Vec<u8>,
    pub(crate) functions: Vec<ShippedFunction>,
    pub(crate) beside: Beside,
}

/// What stands behind the bytes and functions of a message.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) value: JsValue,
    pub(crate) buffers: Vec<ArrayBuffer>,
}

impl Frame {
    pub(crate) fn new(head: Head) -> Self {
        Self {
            head,
            bytes: Vec::new(),
            functions: Vec::new(),
            beside: Beside::default(),
        }
    }

    /// A frame that carries a parcel; `head` is given the parcel's own head.
    pub(crate) fn carrying(
        parcel: Parcel,
        functions: Vec<ShippedFunction>,
        head: impl FnOnce(ParcelHead) -> Head,
    ) -> Self {
        let mut frame = Self {
            head: Head::Heard,
            bytes: parcel.bytes,
            functions,
            beside: Beside::default(),
        };
        let is_value = parcel.value.is_some();
        if let Some(value) = parcel.value {
            frame.beside.value = value.into_js();
        }
        let carried = parcel.attachments.into_iter().map(|carried| match carried {
            Carried::Port(address) => CarriedHead::Port(address.mailbox.isolate(), address.port.0),
            Carried::Function(function) => {
                frame.functions.push(function);
                CarriedHead::Function
            }
            Carried::Buffer(buffer) => {
                frame.beside.buffers.push(buffer.into_js());
                CarriedHead::Buffer
            }
            Carried::SameAs(index) => {
                CarriedHead::SameAs(u32::try_from(index).expect("wasm32 has no larger indices"))
            }
            Carried::Gone => CarriedHead::Gone,
        });
        let carried = carried.collect();
        frame.head = head(ParcelHead { carried, is_value });
        frame
    }
}

/// What comes back out of a frame: its parcel, given the functions that come before the parcel's.
pub(crate) fn parcel(
    head: ParcelHead,
    bytes: Vec<u8>,
    functions: &[ShippedFunction],
    beside: Beside,
) -> Result<Parcel, String> {
    let mut functions = functions.iter();
    let mut buffers = beside.buffers.into_iter();
    let carried = head.carried.into_iter().map(|carried| {
        Ok(match carried {
            CarriedHead::Port(isolate, port) => Carried::Port(address(isolate, port)),
            CarriedHead::Function => {
                Carried::Function(*functions.next().ok_or("a function is missing")?)
            }
            // Missing when the engine refused to transfer it.
            CarriedHead::Buffer => buffers
                .next()
                .map_or(Carried::Gone, |buffer| Carried::Buffer(Buffer::new(buffer))),
            CarriedHead::SameAs(index) => Carried::SameAs(index as usize),
            CarriedHead::Gone => Carried::Gone,
        })
    });
    Ok(Parcel {
        bytes,
        attachments: carried.collect::<Result<_, String>>()?,
        value: head.is_value.then(|| Object::new(beside.value)),
    })
}

pub(crate) fn numbers(address: &Address<Web>) -> (u64, u64) {
    (address.mailbox.isolate(), address.port.0)
}
