//! [`Drawn`]: what a platform shows in the developer tools of its host.

use std::time::Duration;

/// An event of an isolate, or a job of a pool, that has ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Drawn<'a> {
    /// The debug name of the isolate.
    pub isolate: &'a str,
    /// What it is: `job`, `message`, `timer` …
    pub kind: &'static str,
    /// The label of a pool's job.
    pub label: Option<&'a str>,
    /// How long a pool's job had waited before it began; `None` for an event.
    pub waited: Option<Duration>,
    /// When it began, a [`Platform::now`](super::Platform::now) of the calling thread.
    pub begin: Duration,
    /// When it ended.
    pub end: Duration,
}
