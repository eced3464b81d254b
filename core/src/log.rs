//! What people read: errors that have no listener and, with the feature `tracing`, the life of isolates.

use crate::{Platform, RemoteError};

/// Tells about an error that has no listener: to `tracing` where that is on, otherwise to the platform.
#[cfg_attr(
    feature = "tracing",
    expect(
        clippy::extra_unused_type_parameters,
        reason = "`tracing` is no platform's"
    )
)]
pub(crate) fn unheard<P: Platform>(isolate: &str, error: &RemoteError) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "insula", isolate, stack = error.stack_trace(), "{error}");
    #[cfg(not(feature = "tracing"))]
    P::report(isolate, error);
}

/// An isolate's event loop was made.
pub(crate) fn started(isolate: &str) {
    #[cfg(feature = "tracing")]
    tracing::debug!(target: "insula", isolate, "started");
    #[cfg(not(feature = "tracing"))]
    let _ = isolate;
}

/// An isolate is over.
pub(crate) fn ended(isolate: &str) {
    #[cfg(feature = "tracing")]
    tracing::debug!(target: "insula", isolate, "ended");
    #[cfg(not(feature = "tracing"))]
    let _ = isolate;
}
