//! What isolates write with `log` and `tracing`, and by which of them.
//!
//! Natively isolates are threads of one process, so the application's logger or subscriber hears them all. In a browser each
//! worker has a memory of its own: there the platform forwards what isolates write.

#[doc(inline)]
pub use crate::forwarding::{AT_ONCE, Budget, Facade, Level, PER_SECOND, Record, written_by};
#[cfg(feature = "tracing")]
#[doc(inline)]
pub use crate::forwarding::{EventForwarder, dispatch};
#[cfg(feature = "log")]
#[doc(inline)]
pub use crate::forwarding::{LogForwarder, log_record};

pub use crate::log::unheard_of;

use crate::{EventLoop, Platform, forwarding};

/// The name of the isolate that has written the record which the calling code handles; `None` for code outside isolates.
///
/// For loggers and subscribers. It is the debug name of the calling isolate, except where a record has come from the memory of
/// another isolate: then it is the name of that one.
///
/// ```
/// # insula::main(async || {
/// use insula::{Isolate, logs};
///
/// assert_eq!(logs::isolate(), None);
/// let photos = Isolate::builder().debug_name("photos");
/// assert_eq!(photos.run(logs::isolate).await?, Some("photos".to_owned()));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[must_use]
pub fn isolate<P: Platform>() -> Option<String> {
    forwarding::author().or_else(|| {
        let here = EventLoop::<P>::try_current().filter(|here| !here.is_of_host());
        here.map(|here| here.identity().debug_name.to_string())
    })
}
