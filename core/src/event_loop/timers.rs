//! The pending timers of an isolate. Each due timer is an event.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    fmt,
    rc::Rc,
    time::Duration,
};

use crate::table::Table;

/// When a timer is due, and its number: timers due at the same time run in the order they were made.
type Key = (Duration, u64);

pub(crate) enum Callback {
    Once(Box<dyn FnOnce()>),
    /// Ends a wait of the library's. No application code can tell when it runs, so it also comes while the
    /// isolate waits in a blocking call.
    Limit(Box<dyn FnOnce()>),
    Periodic(Rc<RefCell<dyn FnMut()>>, Duration),
}

/// The pending timers of an isolate. A pending timer keeps its isolate alive.
#[derive(Default)]
pub(crate) struct Timers {
    pending: RefCell<Table<u64, (Duration, Callback)>>,
    due: RefCell<BTreeSet<Key>>,
    limits: RefCell<BTreeSet<Key>>,
    next: Cell<u64>,
}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers")
            .field("pending", &self.len())
            .finish()
    }
}

impl Timers {
    pub(crate) fn add(&self, due: Duration, callback: Callback) -> u64 {
        let id = self.next.replace(self.next.get() + 1);
        self.insert(id, due, callback);
        id
    }

    fn insert(&self, id: u64, due: Duration, callback: Callback) {
        if matches!(callback, Callback::Limit(_)) {
            self.limits.borrow_mut().insert((due, id));
        }
        self.pending.borrow_mut().insert(id, (due, callback));
        self.due.borrow_mut().insert((due, id));
    }

    pub(crate) fn cancel(&self, id: u64) {
        let callback = self.remove(id);
        drop(callback);
    }

    fn remove(&self, id: u64) -> Option<Callback> {
        let (due, callback) = self.pending.borrow_mut().remove(id)?;
        self.limits.borrow_mut().remove(&(due, id));
        self.due.borrow_mut().remove(&(due, id));
        Some(callback)
    }

    pub(crate) fn is_pending(&self, id: u64) -> bool {
        self.pending.borrow().get(id).is_some()
    }

    /// When the next timer is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.due.borrow().first().map(|(due, _)| *due)
    }

    /// When the next limit is due.
    pub(crate) fn limit(&self) -> Option<Duration> {
        self.limits.borrow().first().map(|(due, _)| *due)
    }

    /// Takes the oldest limit that is due at `now`.
    pub(crate) fn pop_limit(&self, now: Duration) -> Option<Box<dyn FnOnce()>> {
        let id = {
            let limits = self.limits.borrow();
            let (_, id) = limits.first().filter(|(due, _)| *due <= now)?;
            *id
        };
        match self.remove(id)? {
            Callback::Once(callback) | Callback::Limit(callback) => Some(callback),
            Callback::Periodic(..) => None,
        }
    }

    /// Takes the oldest timer that is due at `now`, to be run as an event.
    pub(crate) fn pop_due(&self, now: Duration) -> Option<Box<dyn FnOnce()>> {
        let (due, id) = *self.due.borrow().first().filter(|(due, _)| *due <= now)?;
        match self.remove(id)? {
            Callback::Once(callback) | Callback::Limit(callback) => Some(callback),
            Callback::Periodic(callback, period) => {
                // Ticks that were missed are not made up for, and the later ones come when they would have come.
                let late = now.saturating_sub(due).as_nanos() % period.as_nanos().max(1);
                let late = Duration::from_nanos(u64::try_from(late).unwrap_or(u64::MAX));
                let next = now.saturating_add(period).saturating_sub(late);
                self.insert(id, next, Callback::Periodic(callback.clone(), period));
                Some(Box::new(move || (callback.borrow_mut())()))
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.pending.borrow().len()
    }

    /// Takes everything out, to be dropped one by one.
    pub(crate) fn clear(&self) -> impl Iterator<Item = impl Sized + use<>> + use<> {
        self.due.borrow_mut().clear();
        self.limits.borrow_mut().clear();
        self.pending.borrow_mut().take()
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc, time::Duration};

    use super::{Callback, Timers};

    const fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// When the next tick of a timer comes that was due at 10 ms, every 10 ms, and is run at `now`.
    fn next(now: Duration) -> Option<Duration> {
        let timers = Timers::default();
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
        let timers = Timers::default();
        timers.add(
            at(1),
            Callback::Periodic(Rc::new(RefCell::new(|| {})), at(0)),
        );
        assert!(timers.pop_due(at(5)).is_some());
        assert_eq!(timers.deadline(), Some(at(5)));
    }
}
