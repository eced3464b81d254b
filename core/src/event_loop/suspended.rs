//! Code that waits while its thread runs other code.

use std::mem;

use super::current::{self, Loops};
use crate::{
    departures::{self, Noted},
    panics::{self, Unwinding},
    recording::{self, Within},
    spans::{self, Entered},
    wire::{self, Working},
};

/// What a thread knows of the code that it runs, set aside while it runs other code: for a platform that suspends an
/// isolate in the middle of an event.
///
/// The thread gets it back when this is dropped.
pub struct Suspended {
    loops: Loops,
    unwinding: Unwinding,
    recorded: Within,
    entered: Entered,
    noted: Noted,
    working: Working,
}

impl Suspended {
    /// Sets aside what the calling thread knows.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "it changes what the thread knows"
    )]
    pub fn new() -> Self {
        Self {
            loops: current::replace(Loops::new()),
            unwinding: panics::replace(Unwinding::default()),
            recorded: recording::replace(Within::default()),
            entered: spans::replace(Entered::NONE),
            noted: departures::replace(Noted::default()),
            working: wire::replace_working(Working::default()),
        }
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        drop(current::replace(mem::take(&mut self.loops)));
        drop(panics::replace(mem::take(&mut self.unwinding)));
        drop(recording::replace(mem::take(&mut self.recorded)));
        self.entered = spans::replace(mem::replace(&mut self.entered, Entered::NONE));
        drop(departures::replace(mem::take(&mut self.noted)));
        drop(wire::replace_working(mem::take(&mut self.working)));
    }
}

impl std::fmt::Debug for Suspended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Suspended").finish_non_exhaustive()
    }
}
