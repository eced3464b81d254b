//! Numbers that name isolates and ports in every worker of an application.

use std::{cell::Cell, fmt};

use insula_core::table::Number;

use crate::clock;

/// The number of an isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct IsolateId(u64);

/// The isolate that owns all workers: the page, or the worker that an application began in.
pub(crate) const ROOT: IsolateId = IsolateId(0);

/// Where a worker answers the pings that the root keeps for it: the port is the number of the ping.
pub(crate) const PONGS: IsolateId = IsolateId(2);

/// The number of no isolate: messages for it go nowhere.
pub(crate) const NOWHERE: IsolateId = IsolateId(4);

/// The bits that the number of every worker's isolate has.
const WORKER: u64 = 1;
/// The bits of those that are scripts. Messages for them are JavaScript values.
const SCRIPT: u64 = 3;

impl IsolateId {
    /// A number that no other isolate has: 52 random bits, which a JavaScript number holds exactly.
    pub(crate) fn random(is_script: bool) -> Self {
        let kind = if is_script { SCRIPT } else { WORKER };
        Self(clock::random_number() & !SCRIPT | kind)
    }

    /// The isolate of a number that another worker has sent.
    pub(crate) fn from_number(number: u64) -> Self {
        Self(number)
    }

    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// As a number of JavaScript's, which holds it exactly.
    #[expect(clippy::cast_precision_loss, reason = "it has 52 bits")]
    pub(crate) fn as_f64(self) -> f64 {
        self.0 as f64
    }

    /// Whether it can be that of an isolate: the root's, or a worker's.
    pub(crate) fn is_of_an_isolate(self) -> bool {
        self == ROOT || self.0 & WORKER != 0
    }

    pub(crate) fn is_script(self) -> bool {
        self.0 & SCRIPT == SCRIPT
    }
}

impl Number for IsolateId {
    fn number(self) -> u64 {
        self.0
    }
}

/// As in JavaScript, and in the name of a worker's lock.
impl fmt::Display for IsolateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A port of an isolate. `Address` is the same for core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PortAddress {
    pub(crate) isolate: IsolateId,
    pub(crate) port: u64,
}

thread_local! {
    static OWN: Cell<IsolateId> = const { Cell::new(ROOT) };
}

/// The isolate of this thread: the root, until this worker becomes another.
pub(crate) fn own() -> IsolateId {
    OWN.get()
}

/// Makes this thread that of an isolate, or the root's again.
pub(crate) fn set_own(isolate: IsolateId) {
    OWN.set(isolate);
}
