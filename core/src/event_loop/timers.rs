//! The pending timers of an isolate. Each due timer is an event.

use std::{
    cell::{Cell, OnceCell, RefCell},
    cmp::Reverse,
    collections::BinaryHeap,
    fmt,
    rc::Rc,
    time::Duration,
};

use super::EventLoop;
use crate::{Platform, table::Table};

/// When a timer is due, and its number: timers due at the same time run in the order they were made.
type Key = (Duration, u64);

pub(crate) enum Callback {
    Once(Box<dyn FnOnce()>),
    /// Ends a wait of the library's. No application code can tell when it runs, so it also comes while the
    /// isolate waits in a blocking call.
    Limit(Box<dyn FnOnce()>),
    Periodic(Rc<RefCell<dyn FnMut()>>, Duration),
}

/// When each timer is due, and what it calls then.
type Pending = Table<u64, (Duration, Callback)>;

/// Timers in the order in which they are due. Those that are no longer pending are left out when their turn comes.
#[derive(Default)]
struct Queue(BinaryHeap<Reverse<Key>>);

/// How many timers that are no longer pending a queue may have beside as many as are.
const GONE: usize = 64;

impl Queue {
    fn add(&mut self, key: Key) {
        self.0.push(Reverse(key));
    }

    fn first(&mut self, pending: &Pending) -> Option<Key> {
        loop {
            let Reverse(key) = *self.0.peek()?;
            if is_pending(pending, key) {
                return Some(key);
            }
            self.0.pop();
        }
    }

    fn tidy(&mut self, pending: &Pending) {
        if self.0.len() > GONE + 2 * pending.len() {
            self.0.retain(|Reverse(key)| is_pending(pending, *key));
            self.0.shrink_to_fit();
        }
    }
}

/// Whole nanoseconds, for 584 years.
fn nanos(duration: Duration) -> u64 {
    let whole = duration.as_secs().saturating_mul(1_000_000_000);
    whole.saturating_add(duration.subsec_nanos().into())
}

fn is_pending(pending: &Pending, (due, id): Key) -> bool {
    pending.get(id).is_some_and(|(at, _)| *at == due)
}

/// The pending timers of an isolate. A pending timer keeps its isolate alive.
///
/// They are made with the first one, behind a trait: an application that sets no timer has no code for them.
#[derive(Default)]
pub(crate) struct Timers(OnceCell<Box<dyn Calendar>>);

/// What can be asked of timers.
trait Calendar {
    fn add(&self, due: Duration, callback: Callback) -> u64;
    fn cancel(&self, id: u64);
    fn is_pending(&self, id: u64) -> bool;
    fn deadline(&self) -> Option<Duration>;
    fn limit(&self) -> Option<Duration>;
    fn pop_limit(&self, now: Duration) -> Option<Box<dyn FnOnce()>>;
    fn pop_due(&self, now: Duration) -> Option<Box<dyn FnOnce()>>;
    fn len(&self) -> usize;
    fn clear(&self, each: &mut dyn FnMut(Callback));
}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers")
            .field("pending", &self.len())
            .finish()
    }
}

impl Timers {
    fn known(&self) -> Option<&dyn Calendar> {
        self.0.get().map(|calendar| &**calendar)
    }

    pub(crate) fn add(&self, due: Duration, callback: Callback) -> u64 {
        let calendar = self.0.get_or_init(|| Box::<Heaps>::default());
        calendar.add(due, callback)
    }

    pub(crate) fn cancel(&self, id: u64) {
        if let Some(calendar) = self.known() {
            calendar.cancel(id);
        }
    }

    pub(crate) fn is_pending(&self, id: u64) -> bool {
        self.known().is_some_and(|calendar| calendar.is_pending(id))
    }

    /// When the next timer is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.known()?.deadline()
    }

    /// When the next limit is due.
    pub(crate) fn limit(&self) -> Option<Duration> {
        self.known()?.limit()
    }

    /// Takes the oldest limit that is due at `now`.
    pub(crate) fn pop_limit(&self, now: Duration) -> Option<Box<dyn FnOnce()>> {
        self.known()?.pop_limit(now)
    }

    /// Takes the oldest timer that is due at `now`, to be run as an event.
    pub(crate) fn pop_due(&self, now: Duration) -> Option<Box<dyn FnOnce()>> {
        self.known()?.pop_due(now)
    }

    pub(crate) fn len(&self) -> usize {
        self.known().map_or(0, Calendar::len)
    }

    /// Takes everything out, and hands one after the other to `each`.
    pub(crate) fn clear(&self, each: &mut dyn FnMut(Callback)) {
        if let Some(calendar) = self.known() {
            calendar.clear(each);
        }
    }
}

impl<P: Platform> EventLoop<P> {
    /// Sets a timer of this loop.
    pub(crate) fn set_timer(&self, after: Duration, callback: Callback) -> u64 {
        let timer = self.timers.add(P::now().saturating_add(after), callback);
        self.notice();
        timer
    }
}

/// Timers by number, and heaps of when they are due.
#[derive(Default)]
struct Heaps {
    pending: RefCell<Pending>,
    due: RefCell<Queue>,
    limits: RefCell<Queue>,
    next: Cell<u64>,
}

impl Heaps {
    fn insert(&self, id: u64, due: Duration, callback: Callback) {
        if matches!(callback, Callback::Limit(_)) {
            self.limits.borrow_mut().add((due, id));
        }
        self.pending.borrow_mut().insert(id, (due, callback));
        self.due.borrow_mut().add((due, id));
    }

    fn remove(&self, id: u64) -> Option<Callback> {
        let (_, callback) = self.pending.borrow_mut().remove(id)?;
        let pending = self.pending.borrow();
        self.due.borrow_mut().tidy(&pending);
        self.limits.borrow_mut().tidy(&pending);
        Some(callback)
    }

    fn first(queue: &RefCell<Queue>, pending: &RefCell<Pending>) -> Option<Key> {
        queue.borrow_mut().first(&pending.borrow())
    }
}

impl Calendar for Heaps {
    fn add(&self, due: Duration, callback: Callback) -> u64 {
        let id = self.next.replace(self.next.get() + 1);
        self.insert(id, due, callback);
        id
    }

    fn cancel(&self, id: u64) {
        let callback = self.remove(id);
        drop(callback);
    }

    fn is_pending(&self, id: u64) -> bool {
        self.pending.borrow().get(id).is_some()
    }

    fn deadline(&self) -> Option<Duration> {
        Self::first(&self.due, &self.pending).map(|(due, _)| due)
    }

    fn limit(&self) -> Option<Duration> {
        Self::first(&self.limits, &self.pending).map(|(due, _)| due)
    }

    fn pop_limit(&self, now: Duration) -> Option<Box<dyn FnOnce()>> {
        let (_, id) = Self::first(&self.limits, &self.pending).filter(|(due, _)| *due <= now)?;
        self.limits.borrow_mut().0.pop();
        match self.remove(id)? {
            Callback::Once(callback) | Callback::Limit(callback) => Some(callback),
            Callback::Periodic(..) => None,
        }
    }

    fn pop_due(&self, now: Duration) -> Option<Box<dyn FnOnce()>> {
        let (due, id) = Self::first(&self.due, &self.pending).filter(|(due, _)| *due <= now)?;
        self.due.borrow_mut().0.pop();
        match self.remove(id)? {
            Callback::Once(callback) | Callback::Limit(callback) => Some(callback),
            Callback::Periodic(callback, period) => {
                // Ticks that were missed are not made up for, and the later ones come when they would have come.
                let late = nanos(now.saturating_sub(due)) % nanos(period).max(1);
                let late = Duration::from_nanos(late);
                let next = now.saturating_add(period).saturating_sub(late);
                self.insert(id, next, Callback::Periodic(callback.clone(), period));
                Some(Box::new(move || (callback.borrow_mut())()))
            }
        }
    }

    fn len(&self) -> usize {
        self.pending.borrow().len()
    }

    fn clear(&self, each: &mut dyn FnMut(Callback)) {
        drop(self.due.take());
        drop(self.limits.take());
        let pending = self.pending.borrow_mut().take();
        for (_, (_, callback)) in pending {
            each(callback);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// When the next tick of a timer comes that was due at 10 ms, every 10 ms, and is run at `now`.
    fn next(now: Duration) -> Option<Duration> {
        let timers = Heaps::default();
        timers.add(
            at(10),
            Callback::Periodic(Rc::new(RefCell::new(|| {})), at(10)),
        );
        assert!(timers.pop_due(now).is_some());
        timers.deadline()
    }

    #[test]
    fn a_late_tick_does_not_move_the_later_ones() {
        assert_eq!(next(at(10)), Some(at(20)));
        assert_eq!(next(at(13)), Some(at(20)));
        assert_eq!(
            next(at(34)),
            Some(at(40)),
            "the ticks at 20 and 30 are missed"
        );
        assert_eq!(next(at(40)), Some(at(50)), "the tick at 40 is this one");
    }

    #[test]
    fn a_period_of_zero_does_not_hold_up_the_rest() {
        let timers = Heaps::default();
        timers.add(
            at(1),
            Callback::Periodic(Rc::new(RefCell::new(|| {})), at(0)),
        );
        assert!(timers.pop_due(at(5)).is_some());
        assert_eq!(timers.deadline(), Some(at(5)));
    }

    fn nothing() -> Callback {
        Callback::Once(Box::new(|| {}))
    }

    #[test]
    fn timers_that_were_cancelled_leave_nothing_behind() {
        let timers = Heaps::default();
        let hour = Duration::from_secs(3600);
        let kept = timers.add(hour, nothing());
        for _ in 0..10_000 {
            let id = timers.add(2 * hour, Callback::Limit(Box::new(|| {})));
            timers.cancel(id);
        }
        assert!(timers.due.borrow().0.len() <= GONE + 3);
        assert!(timers.limits.borrow().0.len() <= GONE + 3);
        assert_eq!((timers.len(), timers.deadline()), (1, Some(hour)));
        assert_eq!(timers.limit(), None);
        assert!(timers.is_pending(kept));
    }

    #[test]
    fn the_next_deadline_is_that_of_a_pending_timer() {
        let timers = Heaps::default();
        let ids: Vec<_> = (1..=3)
            .map(|second| timers.add(Duration::from_secs(second), nothing()))
            .collect();
        timers.cancel(ids[0]);
        assert_eq!(timers.deadline(), Some(Duration::from_secs(2)));
        assert!(timers.pop_due(Duration::from_secs(1)).is_none());
        assert!(timers.pop_due(Duration::from_secs(2)).is_some());
        assert_eq!(timers.deadline(), Some(Duration::from_secs(3)));
    }
}
