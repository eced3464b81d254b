//! What one isolate publishes of itself.

use std::{
    any::Any,
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{kind::Kind, sync::Mutex};

/// A pool or an address, of whichever platform.
pub(crate) type Entity = dyn Any + Send + Sync;

/// Whether isolates note when their events begin and end. It is never unset.
pub(crate) struct Times(AtomicBool);

impl Times {
    pub(super) fn new(are_kept: bool) -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(are_kept)))
    }

    #[inline]
    fn are_kept(&self) -> bool {
        // ORDERING: nothing else is read on the strength of it.
        self.0.load(Ordering::Relaxed)
    }

    /// Has isolates keep times from now on.
    pub(crate) fn keep(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What one isolate publishes. Its own thread writes, and any thread may read.
pub(crate) struct Status {
    pub(crate) id: u64,
    pub(crate) name: Arc<str>,
    /// Whether the application has given the name.
    pub(crate) is_named: bool,
    /// The number and name of the isolate that has started it; none for the host.
    pub(crate) parent: Option<(u64, Arc<str>)>,
    /// When its start was asked for.
    pub(crate) started: Duration,
    times: Arc<Times>,
    mailbox: OnceLock<Box<Entity>>,
    stage: AtomicU8,
    /// The kind of the running event, as a number; 0 between two events.
    running: AtomicU8,
    /// Whether the running event waits in a blocking call.
    waits: AtomicBool,
    events: AtomicU64,
    /// When the running event began, in nanoseconds; 0 where that was not noted.
    began: AtomicU64,
    /// How long all events together have taken, in nanoseconds, of those whose begin was noted.
    busy: AtomicU64,
    errors: Count,
    pauses: Count,
    /// How many events a blocking call has taken out of the queue and will put back.
    aside: Count,
    ports: Count,
    timers: Count,
    futures: Count,
    /// Made with the first look that finds something.
    looks: Mutex<Option<Box<Looks>>>,
}

/// What looks at an isolate have found.
#[derive(Default)]
struct Looks {
    /// The event that the last look has found, by its number, and when a look found it first.
    seen: Option<(u64, Duration)>,
    unread: Vec<Unread>,
}

/// How many there are of something, or so many that it makes no difference.
#[derive(Default)]
struct Count(AtomicU32);

impl Count {
    fn set(&self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.0.store(count, Ordering::Relaxed);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed) as usize
    }
}

const STARTING: u8 = 0;
const RUNNING: u8 = 1;
const ENDING: u8 = 2;
const ENDED: u8 = 3;

/// Messages of a port that no reader waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread {
    pub(crate) port: u64,
    pub(crate) messages: usize,
    /// Since when none was read.
    pub(crate) since: Duration,
}

/// The event that an isolate runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Running {
    pub(crate) kind: Kind,
    pub(crate) lasting: Duration,
    /// Whether it may have begun before.
    pub(crate) is_longer: bool,
    pub(crate) waits: bool,
}

/// What an isolate has open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) ports: usize,
    pub(crate) timers: usize,
    pub(crate) futures: usize,
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Adds to a number that only the calling thread writes.
fn add(to: &AtomicU64, more: u64) {
    let before = to.load(Ordering::Relaxed);
    to.store(before.wrapping_add(more), Ordering::Relaxed);
}

impl Status {
    /// That of a new isolate.
    pub(super) fn new(
        id: u64,
        times: Arc<Times>,
        name: Arc<str>,
        is_named: bool,
        parent: Option<&Self>,
        now: Duration,
    ) -> Self {
        Self {
            id,
            name,
            is_named,
            parent: parent.map(|parent| (parent.id, parent.name.clone())),
            started: now,
            times,
            mailbox: OnceLock::new(),
            stage: AtomicU8::new(STARTING),
            running: AtomicU8::new(0),
            waits: AtomicBool::new(false),
            events: AtomicU64::new(0),
            began: AtomicU64::new(0),
            busy: AtomicU64::new(0),
            errors: Count::default(),
            pauses: Count::default(),
            aside: Count::default(),
            ports: Count::default(),
            timers: Count::default(),
            futures: Count::default(),
            looks: Mutex::default(),
        }
    }
}

// What the isolate's own thread says.
impl Status {
    /// The isolate has an event loop, which is reached at `mailbox`.
    pub(crate) fn has_started(&self, mailbox: Box<Entity>) {
        let _ = self.mailbox.set(mailbox);
        self.stage.store(RUNNING, Ordering::Relaxed);
    }

    pub(crate) fn is_to_end(&self) {
        self.stage.store(ENDING, Ordering::Relaxed);
    }

    /// The isolate is listed no longer.
    pub(crate) fn is_over(&self) {
        self.stage.store(ENDED, Ordering::Relaxed);
    }

    /// An event begins.
    #[inline]
    pub(crate) fn begin(&self, kind: Kind, now: fn() -> Duration) {
        if self.times.are_kept() {
            self.began.store(nanos(now()).max(1), Ordering::Relaxed);
        }
        // ORDERING: who sees that it runs sees when it began.
        self.running.store(kind as u8 + 1, Ordering::Release);
    }

    /// The running event ends.
    #[inline]
    pub(crate) fn end(&self, now: fn() -> Duration) {
        self.running.store(0, Ordering::Relaxed);
        add(&self.events, 1);
        let began = self.began.load(Ordering::Relaxed);
        if began != 0 {
            self.began.store(0, Ordering::Relaxed);
            add(&self.busy, nanos(now()).saturating_sub(began));
        }
    }

    /// The running event waits in a blocking call, or does so no longer. `aside` is how many events that call has taken out
    /// of the queue.
    pub(crate) fn wait(&self, waits: bool, aside: usize) {
        self.waits.store(waits, Ordering::Relaxed);
        self.aside.set(aside);
    }

    pub(crate) fn pause_by(&self, pauses: usize) {
        self.pauses.set(pauses);
    }

    pub(crate) fn add_error(&self) {
        self.errors.set(self.errors.get().saturating_add(1));
    }

    pub(crate) fn set_counts(&self, counts: Counts) {
        self.ports.set(counts.ports);
        self.timers.set(counts.timers);
        self.futures.set(counts.futures);
    }

    /// Whether somebody has inspected isolates, so that what costs a little is kept as well.
    pub(crate) fn is_inspected(&self) -> bool {
        self.times.are_kept()
    }

    /// A message was handed over to a port whose reader may not wait for it.
    pub(crate) fn suspect(&self, port: u64, now: Duration) {
        let mut looks = self.looks.lock();
        let unread = &mut looks.get_or_insert_default().unread;
        if unread.iter().all(|known| known.port != port) {
            unread.push(Unread {
                port,
                messages: 0,
                since: now,
            });
        }
    }

    /// Looks again at the ports that were suspected; `left` tells how many messages of a port no reader waits for.
    pub(crate) fn check_suspects(&self, left: impl Fn(u64) -> usize, now: fn() -> Duration) {
        let mut looks = self.looks.lock();
        let Some(looks) = &mut *looks else { return };
        looks.unread.retain_mut(|port| {
            let messages = left(port.port);
            if messages < port.messages {
                port.since = now();
            }
            port.messages = messages;
            messages > 0
        });
    }
}

// What anybody may ask.
impl Status {
    pub(crate) fn mailbox(&self) -> Option<&Entity> {
        self.mailbox.get().map(|mailbox| &**mailbox)
    }

    pub(crate) fn is_starting(&self) -> bool {
        self.stage.load(Ordering::Relaxed) == STARTING
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.stage.load(Ordering::Relaxed) == ENDING
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.stage.load(Ordering::Relaxed) == ENDED
    }

    /// The event that runs at `now`.
    pub(crate) fn running(&self, now: Duration) -> Option<Running> {
        let mut looks = self.looks.lock();
        let events = self.events.load(Ordering::Relaxed);
        // ORDERING: pairs with the release in `begin`.
        let kind = self.running.load(Ordering::Acquire).checked_sub(1);
        let Some(kind) = kind.and_then(Kind::of_number) else {
            if let Some(looks) = &mut *looks {
                looks.seen = None;
            }
            return None;
        };
        let seen = &mut looks.get_or_insert_default().seen;
        let first = match *seen {
            Some((known, since)) if known == events => since,
            _ => now,
        };
        *seen = Some((events, first));
        let began = self.began.load(Ordering::Relaxed);
        Some(Running {
            kind,
            lasting: match began {
                0 => now.saturating_sub(first),
                began => now.saturating_sub(Duration::from_nanos(began)),
            },
            is_longer: began == 0,
            waits: self.waits.load(Ordering::Relaxed),
        })
    }

    /// How many events were handled.
    pub(crate) fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    /// How long the events have taken that have ended, since times are kept.
    pub(crate) fn busy_time(&self) -> Duration {
        Duration::from_nanos(self.busy.load(Ordering::Relaxed))
    }

    pub(crate) fn errors(&self) -> u64 {
        self.errors.get() as u64
    }

    pub(crate) fn pauses(&self) -> usize {
        self.pauses.get()
    }

    /// How many events a blocking call has taken out of the queue.
    pub(crate) fn aside(&self) -> usize {
        self.aside.get()
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            ports: self.ports.get(),
            timers: self.timers.get(),
            futures: self.futures.get(),
        }
    }

    pub(crate) fn unread(&self) -> Vec<Unread> {
        let looks = self.looks.lock();
        let unread = looks.iter().flat_map(|looks| &looks.unread);
        unread.filter(|port| port.messages > 0).copied().collect()
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Status")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn status(is_timed: bool) -> Status {
        let status = Status::new(
            1,
            Times::new(is_timed),
            "it".into(),
            true,
            None,
            Duration::ZERO,
        );
        status.has_started(Box::new(()));
        status
    }

    #[test]
    fn an_event_lasts_from_its_begin() {
        let status = status(true);
        assert!(status.running(ms(1)).is_none());
        status.begin(Kind::Timer, || ms(2));
        let running = status.running(ms(9)).unwrap();
        assert!(running.kind == Kind::Timer && running.lasting == ms(7) && !running.is_longer);
        status.end(|| ms(12));
        assert!(status.running(ms(13)).is_none());
        assert_eq!((status.events(), status.busy_time()), (1, ms(10)));
    }

    #[test]
    fn an_event_without_a_begin_lasts_from_the_first_look_at_it() {
        let status = status(false);
        status.begin(Kind::Job, || unreachable!("nobody asked for the time"));
        status.times.keep();
        for (at, lasting) in [(3, 0), (5, 2), (9, 6)] {
            let running = status.running(ms(at)).unwrap();
            assert!(running.lasting == ms(lasting) && running.is_longer);
        }
        status.end(|| ms(10));
        assert_eq!((status.events(), status.busy_time()), (1, Duration::ZERO));
        status.begin(Kind::Job, || ms(11));
        let next = status.running(ms(12)).unwrap();
        assert!(next.lasting == ms(1) && !next.is_longer);
    }

    #[test]
    fn a_port_is_unread_since_its_last_message_was_read() {
        let status = status(true);
        let messages = |count| move |_| count;
        status.suspect(7, ms(1));
        status.suspect(7, ms(2));
        status.check_suspects(messages(3), || ms(3));
        let port = status.unread()[0];
        assert_eq!((port.port, port.messages, port.since), (7, 3, ms(1)));
        status.check_suspects(messages(2), || ms(5));
        assert_eq!(status.unread()[0].since, ms(5));
        status.check_suspects(messages(0), || ms(6));
        assert!(status.unread().is_empty());
    }
}
