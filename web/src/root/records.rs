//! What workers write with `log` and `tracing`: the logger or the subscriber of the application gets it.

use insula_core::{
    apart,
    logs::{self, Facade, Record},
};

use super::record;
use crate::ids::IsolateId;

/// A worker has written a record.
pub(super) fn hear(from: IsolateId, record: &Record) {
    let Some(name) = record::with(from, |record| record.name.clone()) else {
        return;
    };
    // A logger that panics is no reason to hear no worker any more.
    apart(|| match record.facade {
        #[cfg(feature = "log")]
        Facade::Log => logs::log_record(&name, record),
        #[cfg(feature = "tracing")]
        Facade::Tracing => logs::dispatch(&name, record),
        // Both ends are one build, so nobody writes such a record.
        #[cfg(not(all(feature = "log", feature = "tracing")))]
        _ => {}
    });
}
