//! Which isolates are recorded and listed together: those of the process, or those of one simulated world.

use std::{
    cell::RefCell,
    fmt,
    sync::{
        Arc, LazyLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    clock::Clock,
    presence,
    record::{Mark, Record},
    recorder::Recorder,
    track::Track,
};
use crate::{inspection::Register, kind::Kind, sync::Mutex};

static PROCESS: LazyLock<Arc<RecordingScope>> =
    LazyLock::new(|| Arc::new(RecordingScope::new(false)));

thread_local! {
    static SCOPE: RefCell<Option<Arc<RecordingScope>>> = const { RefCell::new(None) };
    /// The tracks of the events that this thread runs, one within the other, the innermost last.
    static RUNNING: RefCell<Within> = const { RefCell::new(Within::NOTHING) };
}

/// The tracks of events that a thread runs, one within the other.
#[derive(Default)]
pub(crate) struct Within(Vec<Arc<Track>>);

impl Within {
    const NOTHING: Self = Self(Vec::new());
}

/// Isolates that are recorded together, and [listed](crate::inspect) together. Those of a process share one; a platform that
/// runs several worlds in a process makes one for each.
pub struct RecordingScope {
    recorder: Mutex<Weak<Recorder>>,
    messages: AtomicU64,
    register: Arc<Register>,
    is_virtual: bool,
}

impl fmt::Debug for RecordingScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingScope").finish_non_exhaustive()
    }
}

impl RecordingScope {
    fn new(is_virtual: bool) -> Self {
        Self {
            recorder: Mutex::new(Weak::new()),
            messages: AtomicU64::new(0),
            // Where time is virtual, it costs nothing to ask for it.
            register: Arc::new(Register::new(is_virtual)),
            is_virtual,
        }
    }

    /// The scope of a world whose time stands still while its isolates run.
    #[must_use]
    pub fn of_virtual_time() -> Arc<Self> {
        Arc::new(Self::new(true))
    }

    /// Makes `scope` that of the calling thread, instead of the process's; gives back the one before.
    pub fn enter(scope: Option<Arc<Self>>) -> Option<Arc<Self>> {
        SCOPE
            .try_with(|place| place.replace(scope))
            .unwrap_or_default()
    }

    /// The scope of the calling thread.
    fn here() -> Arc<Self> {
        let entered = SCOPE.try_with(|place| place.borrow().clone());
        entered.ok().flatten().unwrap_or_else(|| PROCESS.clone())
    }

    fn recorder(&self, capacity: usize, clock: Clock) -> Arc<Recorder> {
        let mut place = self.recorder.lock();
        if let Some(recorder) = place.upgrade() {
            recorder.keep(capacity);
            return recorder;
        }
        let clock = if self.is_virtual {
            Clock::Virtual
        } else {
            clock
        };
        let recorder = Recorder::new(capacity, clock, presence::Presence::new());
        let recorder = Arc::new(recorder);
        *place = Arc::downgrade(&recorder);
        drop(place);
        // After it can be found.
        presence::changed();
        recorder
    }

    fn running(&self) -> Option<Arc<Recorder>> {
        self.recorder.lock().upgrade()
    }
}

/// The recorder of the calling thread's scope, made where there is none. It keeps so many records an isolate at least.
/// `clock`: that of the process.
pub(crate) fn start(capacity: usize, clock: Clock) -> Arc<Recorder> {
    RecordingScope::here().recorder(capacity, clock)
}

/// Has the messages of the calling thread's scope numbered from here on, if they are not beyond that.
pub(crate) fn number_from(number: u64) {
    let messages = &RecordingScope::here().messages;
    messages.fetch_max(number, Ordering::Relaxed);
}

/// The isolates and pools of the calling thread's scope.
pub(crate) fn register() -> Arc<Register> {
    RecordingScope::here().register.clone()
}

/// The track of the isolate `name`, where the calling thread's scope is recorded: `known`, if it belongs to that recording.
pub(crate) fn track(known: Option<Arc<Track>>, name: &str) -> Option<Arc<Track>> {
    let recorder = RecordingScope::here().running()?;
    Some(match known {
        Some(track) if recorder.has(&track) => track,
        _ => recorder.add(name),
    })
}

/// Begins an event of `track` on this thread.
pub(crate) fn begin(track: Arc<Track>, kind: Kind, queue: Option<usize>, now: Duration) {
    track.begin(kind, queue, now);
    let _ = RUNNING.try_with(|running| running.borrow_mut().0.push(track));
}

/// Ends the event that this thread has begun last.
pub(crate) fn end(now: Duration) {
    let track = RUNNING.try_with(|running| running.borrow_mut().0.pop());
    if let Ok(Some(track)) = track {
        track.end(now);
    }
}

/// Sets aside the events that this thread runs, and takes up `others`.
pub(crate) fn replace(others: Within) -> Within {
    RUNNING
        .try_with(|running| running.replace(others))
        .unwrap_or_default()
}

/// The track of the running event; otherwise that of code outside of events.
fn here(recorder: &Recorder) -> Arc<Track> {
    let running = RUNNING.try_with(|running| running.borrow().0.last().cloned());
    running
        .ok()
        .flatten()
        .filter(|track| recorder.has(track))
        .unwrap_or_else(|| recorder.outside().clone())
}

/// A message is about to be sent. It gets a number where the calling thread's scope is recorded, or where `is_numbered` asks
/// for one.
pub(crate) fn sent(
    label: Option<Arc<str>>,
    is_numbered: bool,
    now: fn() -> Duration,
) -> Option<Mark> {
    let scope = RecordingScope::here();
    let recorder = scope.running();
    if recorder.is_none() && !is_numbered {
        return None;
    }
    let number = scope.messages.fetch_add(1, Ordering::Relaxed) + 1;
    if let Some(recorder) = recorder {
        let track = here(&recorder);
        let at = track.stamp(now());
        let mut record = Record::new(Kind::Send, at);
        record.number = number;
        record.label.clone_from(&label);
        track.push(record);
    }
    Some(Mark { number, label })
}

/// A message was handed over on the sender's thread, to a port that has no event loop.
pub(crate) fn delivered(mark: Mark, now: fn() -> Duration) {
    let Some(recorder) = RecordingScope::here().running() else {
        return;
    };
    let track = recorder.outside();
    let mut record = Record::new(Kind::Message, track.stamp(now()));
    record.number = mark.number;
    record.label = mark.label;
    track.push(record);
}

/// Something has happened in an isolate, in an event or between two.
pub(crate) fn note(track: &Track, kind: Kind, label: &str, now: Duration) {
    let mut record = Record::new(kind, track.stamp(now));
    record.label = Some(label.into());
    track.push(record);
}

/// Says what the running event is.
pub(crate) fn describe(kind: Kind, mark: Option<&Mark>) {
    let _ = RUNNING.try_with(|running| {
        if let Some(track) = running.borrow().0.last() {
            track.describe(kind, mark);
        }
    });
}
