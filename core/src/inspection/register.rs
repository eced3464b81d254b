//! Which isolates and pools there are.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::status::{Entity, Status, Times};
use crate::sync::Mutex;

/// The isolates and pools of a process, or of a simulated world. It keeps none of them alive.
pub(crate) struct Register {
    isolates: Mutex<List<Status>>,
    pools: Mutex<List<Entity>>,
    last: AtomicU64,
    times: Arc<Times>,
}

impl Register {
    /// `is_timed`: whether isolates keep times although nobody has asked for them yet.
    pub(crate) fn new(is_timed: bool) -> Self {
        Self {
            isolates: Mutex::default(),
            pools: Mutex::default(),
            last: AtomicU64::new(0),
            times: Times::new(is_timed),
        }
    }

    /// Whether isolates note when their events begin and end.
    pub(crate) fn times(&self) -> &Times {
        &self.times
    }

    /// Lists a new isolate.
    pub(crate) fn add_isolate(
        &self,
        name: Arc<str>,
        is_named: bool,
        parent: Option<&Status>,
        now: Duration,
    ) -> Arc<Status> {
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let times = self.times.clone();
        let status = Arc::new(Status::new(id, times, name, is_named, parent, now));
        self.isolates.lock().add(Arc::downgrade(&status));
        status
    }

    pub(crate) fn add_pool(&self, pool: Weak<Entity>) {
        self.pools.lock().add(pool);
    }

    /// The isolates that have not ended, in the order in which they were started.
    pub(crate) fn isolates(&self) -> Vec<Arc<Status>> {
        let mut isolates = self.isolates.lock().all();
        isolates.retain(|isolate| !isolate.has_ended());
        isolates.sort_by_key(|isolate| isolate.id);
        isolates
    }

    /// The pools, in the order in which they were made.
    pub(crate) fn pools(&self) -> Vec<Arc<Entity>> {
        self.pools.lock().all()
    }
}

/// What may have gone meanwhile.
struct List<T: ?Sized> {
    items: Vec<Weak<T>>,
    /// At which length it is looked through for what has gone.
    full: usize,
}

impl<T: ?Sized> Default for List<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            full: LEAST,
        }
    }
}

/// The length below which a list is not looked through.
const LEAST: usize = 64;

impl<T: ?Sized> List<T> {
    fn add(&mut self, item: Weak<T>) {
        if self.items.len() >= self.full {
            self.items.retain(|item| item.strong_count() > 0);
            self.full = LEAST.max(2 * self.items.len());
        }
        self.items.push(item);
    }

    fn all(&self) -> Vec<Arc<T>> {
        self.items.iter().filter_map(Weak::upgrade).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_gone_takes_no_room() {
        let mut list = List::default();
        let kept: Vec<_> = (0..10).map(Arc::new).collect();
        for item in &kept {
            list.add(Arc::downgrade(item));
        }
        for n in 0..10_000 {
            list.add(Arc::downgrade(&Arc::new(n)));
        }
        assert_eq!(list.all(), kept);
        assert!(list.items.len() <= 2 * LEAST, "{}", list.items.len());
    }
}
