//! How a run is set up, besides its seed.

use crate::{faults::Faults, likeness::Likeness};

/// How a run is set up, besides its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) like: Likeness,
    pub(crate) faults: Faults,
}

impl Setting {
    /// Isolates are threads.
    pub(crate) const fn threads(faults: Faults) -> Self {
        let like = Likeness::Threads;
        Self { like, faults }
    }

    /// Isolates are Web Workers.
    pub(crate) const fn workers(faults: Faults) -> Self {
        let like = Likeness::Workers;
        Self { like, faults }
    }
}
