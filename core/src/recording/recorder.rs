//! The tracks of one recording.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{
    clock::Clock,
    presence::Presence,
    track::{Common, Copied, Track},
};
use crate::sync::Mutex;

/// How many isolates that have ended a recorder still holds: the last ones.
const ENDED: usize = 1_000;

/// The name of the track of code that runs in no event.
const OUTSIDE: &str = "outside of events";

/// The tracks of the isolates of one scope.
pub(crate) struct Recorder {
    outside: Arc<Track>,
    tracks: Mutex<Vec<Arc<Track>>>,
    common: Arc<Common>,
    clock: Clock,
    _presence: Presence,
}

impl Recorder {
    pub(super) fn new(capacity: usize, clock: Clock, presence: Presence) -> Self {
        let common = Arc::new(Common {
            capacity: AtomicUsize::new(capacity.max(1)),
            order: (clock != Clock::Fine).then(|| AtomicU64::new(0)),
        });
        Self {
            outside: Arc::new(Track::new(OUTSIDE, common.clone())),
            tracks: Mutex::default(),
            common,
            clock,
            _presence: presence,
        }
    }

    /// Has tracks keep so many records at least.
    pub(super) fn keep(&self, capacity: usize) {
        self.common.capacity.fetch_max(capacity, Ordering::Relaxed);
    }

    /// The track of code that runs in no event.
    pub(super) fn outside(&self) -> &Arc<Track> {
        &self.outside
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// Whether `track` is one of these.
    pub(super) fn has(&self, track: &Track) -> bool {
        track.is_of(&self.common)
    }

    /// Adds a track.
    pub(super) fn add(&self, name: &str) -> Arc<Track> {
        let track = Arc::new(Track::new(name, self.common.clone()));
        let mut tracks = self.tracks.lock();
        // Counting takes a lock for each, so that it is not done for each new isolate.
        if tracks.len() >= 2 * ENDED {
            let ended = tracks.iter().filter(|track| track.is_over()).count();
            let mut surplus = ended.saturating_sub(ENDED);
            tracks.retain(|track| {
                let goes = surplus > 0 && track.is_over();
                surplus -= usize::from(goes);
                !goes
            });
        }
        tracks.push(track.clone());
        track
    }

    /// All tracks as they are now, that of code outside of events last.
    pub(crate) fn copy(&self, now: Duration) -> Vec<Copied> {
        let now = self.outside.stamp(now);
        let tracks = self.tracks.lock().clone();
        let outside = Some(&self.outside);
        let mut all: Vec<_> = tracks
            .iter()
            .chain(outside)
            .map(|track| track.copy(now))
            .collect();
        all.retain(|track| !track.records.is_empty());
        all
    }

    /// As [`copy`](Self::copy), where all of this memory is that of the isolate `name`.
    pub(crate) fn copy_of(&self, name: &str, now: Duration) -> Vec<Copied> {
        let mut all = self.copy(now);
        if let Some(outside) = all.pop_if(|track| track.name == OUTSIDE) {
            let name = format!("{OUTSIDE} of {name}");
            all.push(Copied { name, ..outside });
        }
        all
    }
}
