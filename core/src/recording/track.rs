//! The last records of one isolate.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::record::{Mark, Record, Stamp};
use crate::{kind::Kind, sync::Mutex};

/// What all tracks of a recorder share.
pub(super) struct Common {
    /// How many records a track keeps.
    pub(super) capacity: AtomicUsize,
    /// The number of the last moment; none where time tells the order.
    pub(super) order: Option<AtomicU64>,
}

/// The last records of one isolate. Its thread writes them, and any thread may read them.
pub(crate) struct Track {
    name: String,
    common: Arc<Common>,
    ring: Mutex<Ring>,
}

#[derive(Default)]
struct Ring {
    ended: VecDeque<Record>,
    /// The running event, and those that it hands over while it waits.
    running: Vec<Record>,
    /// How many older records had to go.
    lost: u64,
    is_over: bool,
}

/// A track as it was at one moment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Copied {
    pub(super) name: String,
    pub(super) records: Vec<Record>,
    pub(super) lost: u64,
}

impl Track {
    pub(super) fn new(name: &str, common: Arc<Common>) -> Self {
        Self {
            name: name.to_owned(),
            common,
            ring: Mutex::default(),
        }
    }

    pub(super) fn is_of(&self, common: &Arc<Common>) -> bool {
        Arc::ptr_eq(&self.common, common)
    }

    pub(super) fn stamp(&self, time: Duration) -> Stamp {
        let order = self.common.order.as_ref();
        Stamp {
            time,
            order: order.map_or(0, |order| order.fetch_add(1, Ordering::Relaxed) + 1),
        }
    }

    /// An event begins.
    pub(crate) fn begin(&self, kind: Kind, queue: Option<usize>, now: Duration) {
        let mut record = Record::new(kind, self.stamp(now));
        record.queue = queue;
        self.ring.lock().running.push(record);
    }

    /// Says what the event is that began last.
    pub(super) fn describe(&self, kind: Kind, mark: Option<&Mark>) {
        if let Some(record) = self.ring.lock().running.last_mut() {
            record.kind = kind;
            if let Some(mark) = mark {
                record.number = mark.number;
                record.label.clone_from(&mark.label);
            }
        }
    }

    /// The event ends that began last.
    pub(crate) fn end(&self, now: Duration) {
        let end = self.stamp(now);
        let mut ring = self.ring.lock();
        if let Some(mut record) = ring.running.pop() {
            record.end = end;
            ring.is_over |= record.kind == Kind::End;
            ring.push(record, self.capacity());
        }
    }

    pub(super) fn push(&self, record: Record) {
        self.ring.lock().push(record, self.capacity());
    }

    fn capacity(&self) -> usize {
        self.common.capacity.load(Ordering::Relaxed)
    }

    pub(super) fn is_over(&self) -> bool {
        self.ring.lock().is_over
    }

    /// What there is now. Events that run last until `now`.
    pub(super) fn copy(&self, now: Stamp) -> Copied {
        let ring = self.ring.lock();
        let running = ring.running.iter().map(|record| Record {
            end: now,
            is_running: true,
            ..record.clone()
        });
        Copied {
            name: self.name.clone(),
            records: ring.ended.iter().cloned().chain(running).collect(),
            lost: ring.lost,
        }
    }
}

impl Ring {
    fn push(&mut self, record: Record, capacity: usize) {
        while self.ended.len() >= capacity {
            self.ended.pop_front();
            self.lost += 1;
        }
        self.ended.push_back(record);
    }
}
