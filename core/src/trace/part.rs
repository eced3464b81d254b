//! [`Part`]: what an isolate has recorded, where isolates share no memory.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Local, picture::Trace};
use crate::{
    contract::Platform,
    recording::{self, Clock, Copied},
};

/// What an isolate has recorded. For a platform whose isolates share no memory: it asks each of them for this, and
/// [puts](put_together) all of them together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    name: String,
    tracks: Vec<Copied>,
}

impl Part {
    /// Nothing of the isolate `name`.
    #[must_use]
    pub fn nothing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            tracks: Vec::new(),
        }
    }

    /// What was recorded so far in this memory, which is that of the isolate `name`.
    #[must_use]
    pub fn of<P: Platform>(local: &Local, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            tracks: local.recorder.copy_of(name, P::now()),
        }
    }

    /// Moves all moments by so many nanoseconds: into the time of another isolate.
    pub fn shift(&mut self, nanoseconds: i64) {
        recording::shift(&mut self.tracks, nanoseconds);
    }

    /// The isolate has ended, so no event of it runs.
    pub fn close(&mut self) {
        recording::close(&mut self.tracks);
    }

    /// Adds what is known of the isolate and not recorded by itself: from when to when, and whether that goes on.
    pub fn note(&mut self, what: &str, between: (Duration, Duration), is_running: bool) {
        recording::note(&mut self.tracks, &self.name, what, between, is_running);
    }
}

/// One picture of all isolates, whose moments are of one time.
#[must_use]
pub fn put_together(parts: Vec<Part>) -> Trace {
    let tracks = parts.into_iter().flat_map(|part| part.tracks);
    let mut tracks: Vec<_> = tracks.collect();
    recording::renumber(&mut tracks);
    Trace::new(tracks, Clock::Coarse)
}
