//! The table of workers, and what is known of each.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    panic::UnwindSafe,
    rc::Rc,
    time::Duration,
};

use insula_core::{Listeners, Priority, RemoteError, contract::Address, table::Table};
use wasm_bindgen::prelude::*;

use super::{guest::Guest, way::Way};
use crate::{Capability, Parcel, Web, ids::IsolateId, js};

pub(crate) struct Record {
    pub(super) way: Way,
    pub(super) guest: Box<dyn Guest>,
    /// Kept as long as the isolate has this worker, and then dropped.
    pub(super) _worker: Box<dyn std::any::Any>,
    /// What it is, as the application has named it: a script, or a program.
    pub(super) uri: String,
    /// What it is called where an error names it.
    pub(super) name: String,
    /// Whether that was given to it.
    pub(super) is_named: bool,
    /// How many were started before it, and itself.
    pub(super) number: u32,
    /// The isolate that has asked for it.
    pub(super) parent: IsolateId,
    /// When it was asked for.
    pub(super) since: Duration,
    /// How many messages of events were posted to it.
    pub(super) posted: u32,
    pub(super) terminate: Capability,
    pub(super) listeners: Listeners<Web>,
    /// The isolate with which it ends.
    pub(super) linked_to: Option<IsolateId>,
    pub(super) phase: Phase,
    /// What the phase waits for; one at a time.
    pub(super) timeout: Timeout,
    /// The pings that it was asked to answer, and has not.
    pub(super) pings: Pings,
    /// The URL by which it looks for control in the middle of its work.
    pub(super) control_signal: Option<String>,
    /// The workers that it talks to.
    pub(super) channels: Table<IsolateId, ChannelRecord>,
    /// How many messages it has sent.
    pub(super) received: Rc<Cell<u32>>,
    /// How many it had sent when that was last asked.
    pub(super) known: u32,
}

pub(super) enum Phase {
    Starting(Starting),
    Running,
    /// It is about to be terminated, when it has answered the pings that were sent before.
    Doomed,
    /// It gives no sign of life; what it has sent before may still be on its way.
    Silent {
        cause: RemoteError,
    },
}

/// A worker that has not come up.
pub(super) struct Starting {
    /// The isolate that asked for it.
    pub(super) from: IsolateId,
    pub(super) is_late: bool,
    pub(super) script: FirstScript,
    /// What it said meanwhile.
    pub(super) error: Option<RemoteError>,
}

/// What is heard of what a worker posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// That it is ready, or has failed. It has not shown yet what it is.
    Starting,
    /// Plain messages for a script.
    Script,
    /// Frames too: it has shown that it is a program of this build.
    Program,
}

/// What has to be fetched before a worker is up.
pub(super) enum FirstScript {
    /// The loader, from where the glue or the bundler has it.
    Loader,
    /// What [`Options::worker_url`](super::options::Options::worker_url) names.
    WorkerUrl(String),
    /// The script that is the isolate, by a URL that is not relative.
    Isolate(String),
}

/// What the root knows of a worker and another.
#[derive(Default)]
pub(super) struct ChannelRecord {
    /// How many events of the one for the other have passed the root.
    pub(super) talks: u32,
    /// Whether there is a channel.
    pub(super) is_made: bool,
    /// How many events the one has said to have sent on the channel.
    pub(super) sent: u64,
}

/// The answer to a ping, and where it goes.
pub(super) type Answer = (Address<Web>, Parcel);

/// The pings that a worker has not answered, oldest first.
#[derive(Default)]
pub(super) struct Pings {
    last: u64,
    kept: VecDeque<(u64, Priority, Answer)>,
}

impl Pings {
    pub(super) fn keep(&mut self, to: Address<Web>, response: Parcel, priority: Priority) -> u64 {
        self.last += 1;
        self.kept.push_back((self.last, priority, (to, response)));
        self.last
    }

    pub(super) fn take(&mut self, number: u64) -> Option<Answer> {
        let at = self.kept.iter().position(|ping| ping.0 == number)?;
        self.kept.remove(at).map(|(.., answer)| answer)
    }

    pub(super) fn take_immediate(&mut self) -> Vec<Answer> {
        let mut taken = Vec::new();
        for ping in std::mem::take(&mut self.kept) {
            match ping {
                (_, Priority::Immediate, answer) => taken.push(answer),
                later => self.kept.push_back(later),
            }
        }
        taken
    }

    pub(super) fn has_delayed(&self) -> bool {
        self.kept
            .iter()
            .any(|ping| ping.1 == Priority::BeforeNextEvent)
    }
}

/// A timeout that can be set again and again.
pub(super) struct Timeout {
    handle: JsValue,
    call: Closure<dyn FnMut()>,
}

impl Timeout {
    /// Calls `call` after a while.
    pub(super) fn new(after: Duration, call: impl FnMut() + UnwindSafe + 'static) -> Self {
        let mut timeout = Self {
            handle: JsValue::UNDEFINED,
            call: Closure::new(call),
        };
        timeout.set(after);
        timeout
    }

    /// Calls it after a while, and not when it was to be called before.
    pub(super) fn set(&mut self, after: Duration) {
        self.clear();
        let after_ms = i32::try_from(after.as_millis()).unwrap_or(i32::MAX);
        self.handle = js::set_timeout(self.call.as_ref().unchecked_ref(), after_ms);
    }

    pub(super) fn clear(&self) {
        js::clear_timeout(&self.handle);
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.signal_control();
    }
}

impl Record {
    /// Whether it can have channels: it runs a program of this build, and a port can be posted to it.
    pub(super) fn can_have_channels(&self) -> bool {
        self.guest.has_frames() && self.way.endpoint.transfers()
    }

    /// What is heard of what its worker posts.
    pub(super) fn trust(&self) -> Trust {
        match self.phase {
            Phase::Starting(_) => Trust::Starting,
            _ if self.guest.has_frames() => Trust::Program,
            _ => Trust::Script,
        }
    }

    /// The isolate that asked for it and was not answered yet.
    pub(super) fn starting(&self) -> Option<IsolateId> {
        match &self.phase {
            Phase::Starting(starting) => Some(starting.from),
            _ => None,
        }
    }

    /// Tells the worker, should it be busy, that there is control for it.
    pub(super) fn signal_control(&mut self) {
        if let Some(url) = self.control_signal.take() {
            js::revoke_url(&url);
        }
    }

    /// Notes that a message was posted to it, if it is one of events.
    pub(super) fn has_posted(&mut self, is_event: bool) {
        self.posted = self.posted.wrapping_add(is_event.into());
    }

    /// Notes how many messages have come from it. Whether some have since that was noted last.
    pub(super) fn has_said_more(&mut self) -> bool {
        let received = self.received.get();
        std::mem::replace(&mut self.known, received) != received
    }
}

/// Each in a box, as a record is large where it is moved.
type Workers = Table<IsolateId, Box<Record>>;

thread_local! {
    static LAST: Cell<u32> = const { Cell::new(0) };
    static WORKERS: RefCell<Workers> = const { RefCell::new(Table::new()) };
}

/// The number of the next worker.
pub(super) fn next_number() -> u32 {
    LAST.set(LAST.get() + 1);
    LAST.get()
}

/// Looks at all workers. Nothing else may look at them meanwhile.
pub(super) fn with_all<R>(look: impl FnOnce(&mut Workers) -> R) -> R {
    WORKERS.with_borrow_mut(look)
}

/// Looks at a worker, if there is one.
pub(super) fn with<R>(id: IsolateId, look: impl FnOnce(&mut Record) -> R) -> Option<R> {
    with_all(|workers| workers.get_mut(id).map(|record| look(record)))
}

/// As [`with`], for a look that may find nothing.
pub(super) fn find<R>(id: IsolateId, look: impl FnOnce(&mut Record) -> Option<R>) -> Option<R> {
    with(id, look).flatten()
}

/// The record of a worker that is over.
pub(super) fn take(id: IsolateId) -> Option<Box<Record>> {
    with_all(|workers| workers.remove(id))
}

/// Whether an isolate has a worker.
pub(crate) fn is_alive(isolate: IsolateId) -> bool {
    with(isolate, |_| ()).is_some()
}

/// How many workers there are now.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// assert_eq!(insula::web::worker_count(), 0); // none was started yet
/// # }
/// ```
#[must_use]
pub fn worker_count() -> usize {
    with_all(|workers| workers.len())
}
