//! One value per isolate: [`isolate_local!`](crate::isolate_local!).

use crate::{Platform, event_loop::EventLoop};

/// A static of which every isolate has its own value, made at first use and dropped with the isolate.
///
/// Made by [`isolate_local!`](crate::isolate_local!). Only that is an isolate's own everywhere:
///
/// | | natively | in a browser |
/// |---|---|---|
/// | `static` | one for all isolates | one a worker |
/// | `thread_local!` | one a thread, which may outlive the isolate or carry several | one a worker |
/// | `isolate_local!` | one an isolate, dropped with it | one an isolate, dropped with it |
///
/// Code outside isolates has the host's value, one a thread natively.
///
/// ```
/// use std::cell::Cell;
///
/// insula::isolate_local! {
///     static VISITS: Cell<u32> = Cell::new(0);
/// }
/// fn visit() -> u32 {
///     VISITS.with(|visits| visits.replace(visits.get() + 1) + 1)
/// }
/// # insula::main(async || {
/// assert_eq!((visit(), visit()), (1, 2));
/// assert_eq!(insula::Isolate::run(visit).await?, 1); // every isolate has its own
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Debug)]
pub struct IsolateLocal<P, T: 'static> {
    make: fn() -> T,
    // Two keys without a field could share an address.
    _address: u8,
    platform: std::marker::PhantomData<fn() -> P>,
}

impl<P: Platform, T: 'static> IsolateLocal<P, T> {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(make: fn() -> T) -> Self {
        Self {
            make,
            _address: 0,
            platform: std::marker::PhantomData,
        }
    }

    /// Calls `f` with the calling isolate's value.
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        let value = EventLoop::<P>::current()
            .locals()
            .get_or_make(self, self.make);
        f(&value)
    }
}
