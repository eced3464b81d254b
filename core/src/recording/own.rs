//! The track of an event loop, and its running event.

use std::{cell::RefCell, sync::Arc, time::Duration};

use super::{presence, scope, track::Track};
use crate::kind::Kind;

/// The track of an event loop, and the generation of recorders in which it was asked for.
#[derive(Default)]
pub(crate) struct OwnTrack(RefCell<Option<(u64, Option<Arc<Track>>)>>);

/// An event that is being recorded; it ends when this is dropped.
pub(crate) struct Running(fn());

impl Drop for Running {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl OwnTrack {
    /// An event of the isolate `name` begins, while so many wait. `end` is called when it ends.
    pub(crate) fn begin(
        &self,
        name: &str,
        kind: Kind,
        queue: Option<usize>,
        now: Duration,
        end: fn(),
    ) -> Option<Running> {
        scope::begin(self.get(name)?, kind, queue, now);
        Some(Running(end))
    }

    /// Something has happened in the isolate `name`, in an event or between two.
    pub(crate) fn note(&self, name: &str, kind: Kind, label: &str, now: Duration) {
        if let Some(track) = self.get(name) {
            scope::note(&track, kind, label, now);
        }
    }

    /// The track, where the calling thread's scope is recorded.
    fn get(&self, name: &str) -> Option<Arc<Track>> {
        let generation = presence::generation();
        let mut known = self.0.borrow_mut();
        match &*known {
            Some((of, track)) if *of == generation => track.clone(),
            _ => {
                let track = known.take().and_then(|(_, track)| track);
                let track = scope::track(track, name);
                *known = Some((generation, track.clone()));
                track
            }
        }
    }
}
