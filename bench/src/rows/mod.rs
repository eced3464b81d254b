//! The rows: one file a row, or a family of rows.

mod alive;
mod allocations;
mod bytes;
mod fibonacci;
mod idle;
mod jobs;
mod light;
mod map;
mod memory;
mod peers;
mod photos;
mod run;
mod skewed;
mod streams;
mod talk;
mod ticker;
mod web;
mod work;

use crate::contest::{Row, Sample};

/// Makes a row of its name.
pub(crate) type Make = fn(&'static str) -> Row;
/// Has one go.
type Go = fn() -> Sample;

/// All rows.
pub(crate) fn all() -> impl Iterator<Item = &'static (&'static str, Make)> {
    native().chain(web::ROWS)
}

/// Those that need no browser.
pub(crate) fn native() -> impl Iterator<Item = &'static (&'static str, Make)> {
    NATIVE.iter()
}

/// Those that start thousands of threads come last: the system needs a while to forget them.
const NATIVE: &[(&str, Make)] = &[
    ("N1", run::row),
    ("N2", talk::round_trips),
    ("N2-ask", talk::ask),
    ("N3", talk::one_way),
    ("N6", photos::row),
    ("N7", bytes::row),
    ("N8-1us", jobs::microsecond),
    ("N8-100us", jobs::hundred_microseconds),
    ("N8-10ms", jobs::ten_milliseconds),
    ("N8-skewed", skewed::row),
    ("N9-idle", ticker::idle),
    ("N9-one-busy", ticker::one_busy),
    ("N9-two-busy", ticker::two_busy),
    ("stream", streams::row),
    ("map", map::row),
    ("allocations-message", allocations::message),
    ("allocations-job", allocations::job),
    ("allocations-run", allocations::run),
    ("memory", memory::row),
    ("light-alive", light::row),
    ("N10", idle::row),
    ("N4", alive::row),
    ("N5", fibonacci::row),
];

/// Goes in a process of their own, by name.
pub(crate) const CHILDREN: &[(&str, Go)] = &[
    ("alive-insula", alive::insula),
    ("alive-threads", alive::threads),
    ("fibonacci-insula", fibonacci::insula),
    ("fibonacci-light", fibonacci::light),
    ("fibonacci-threads", fibonacci::threads),
    ("idle-insula", idle::insula),
    ("idle-threads", idle::threads),
    ("light-10", light::ten),
    ("light-1000", light::thousand),
    ("light-100000", light::hundred_thousand),
    ("light-1000000", light::million),
    ("light-tokio", light::tokio_tasks),
    ("memory-pool", memory::pool),
    ("memory-balancer", memory::balancer),
    ("memory-rayon", memory::rayon),
    ("memory-tokio", memory::tokio),
];

/// The threads of each pool, ours and the peers'.
const THREADS: usize = 2;
