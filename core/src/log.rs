//! What people read: errors that have no listener and, with the feature `tracing`, the life of isolates.

use crate::{Platform, RemoteError};

/// Tells about an error that has no listener: to the application's subscriber of `tracing` or logger of `log`, with these
/// features and where one of the two wants errors, otherwise to the platform.
pub(crate) fn unheard<P: Platform>(isolate: &str, error: &RemoteError) {
    if !is_heard(isolate, error) {
        P::report(isolate, error);
    }
}

/// Tells about an error that has no listener, of another isolate than the calling one.
pub fn unheard_of<P: Platform>(isolate: &str, error: &RemoteError) {
    #[cfg(any(feature = "log", feature = "tracing"))]
    crate::forwarding::written_by(isolate, || unheard::<P>(isolate, error));
    #[cfg(not(any(feature = "log", feature = "tracing")))]
    unheard::<P>(isolate, error);
}

fn is_heard(isolate: &str, error: &RemoteError) -> bool {
    #[cfg(feature = "tracing")]
    if tracing::event_enabled!(target: "insula", tracing::Level::ERROR) {
        tracing::error!(target: "insula", isolate, stack = error.stack_trace(), "{error}");
        return true;
    }
    #[cfg(feature = "log")]
    if log::log_enabled!(target: "insula", log::Level::Error) {
        let stack = error.stack_trace();
        log::error!(target: "insula", isolate; "Unhandled error in isolate `{isolate}`: {error}\n{stack}");
        return true;
    }
    let _ = (isolate, error);
    false
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
