//! What isolates write with `log` and `tracing`: in a worker it is handed on to the application's logger or subscriber.

#[cfg(feature = "tracing")]
use insula_core::logs::EventForwarder;
#[cfg(feature = "log")]
use insula_core::logs::LogForwarder;

use crate::{js, worker::records};

/// In a worker that insula has started, makes a logger for `log` whose records up to the level `most` go to the logger of
/// the page. True there; then the worker needs no logger of its own.
///
/// Called where the application would set its logger, in each worker too: in the function marked
/// `#[wasm_bindgen(start)]`. A record has the worker's name in its field `isolate`, and its logger may ask
/// [`isolate`](crate::logs::isolate). A worker writes 1,000 records at once and 1,000 a second; of the others it says how many
/// they are.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// # struct Printer;
/// # impl log::Log for Printer {
/// #     fn enabled(&self, _: &log::Metadata<'_>) -> bool { true }
/// #     fn log(&self, _: &log::Record<'_>) {}
/// #     fn flush(&self) {}
/// # }
/// # static PRINTER: Printer = Printer;
/// use insula::logs;
/// use log::LevelFilter;
///
/// if !logs::forward_log(LevelFilter::Info) {
///     log::set_logger(&PRINTER).unwrap(); // natively, and on the page
///     log::set_max_level(LevelFilter::Info);
/// }
/// # }
/// ```
///
/// # Platform
/// Native: false, as one logger hears the whole process. Web: false on the page, in a worker of gloo's, and where the worker
/// has a logger.
#[cfg(feature = "log")]
#[must_use]
pub fn forward_log(most: log::LevelFilter) -> bool {
    is_worker() && LogForwarder::new(most, records::write).install().is_ok()
}

/// In a worker that insula has started, makes a subscriber for `tracing` whose events up to the level `most` go to the
/// subscriber of the page. True there; then the worker needs no subscriber of its own.
///
/// As `forward_log`, for `tracing`. An event arrives with its target, level, place and text, and with the fields `isolate`,
/// `fields` and `spans`: the worker's name, the event's own fields, and the spans around it.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// use insula::logs;
/// use tracing::{level_filters::LevelFilter, subscriber::NoSubscriber};
///
/// if !logs::forward_tracing(LevelFilter::INFO) {
///     let subscriber = NoSubscriber::new(); // the application's
///     tracing::subscriber::set_global_default(subscriber).unwrap(); // natively, and on the page
/// }
/// # }
/// ```
///
/// # Platform
/// As `forward_log`.
#[cfg(feature = "tracing")]
#[must_use]
pub fn forward_tracing(most: tracing::level_filters::LevelFilter) -> bool {
    is_worker() && EventForwarder::new(most, records::write).install().is_ok()
}

fn is_worker() -> bool {
    js::take_boot().is_some()
}
