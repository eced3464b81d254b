//! What an isolate says of itself where nobody else can look at it.

use super::Counts;

/// What the event loop of one isolate says, between two events or within one.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) is_ending: bool,
    /// Whether an event runs, or the next one need not wait for anything.
    pub(crate) is_busy: bool,
    pub(crate) pauses: usize,
    pub(crate) queue: Option<usize>,
    pub(crate) events: u64,
    pub(crate) errors: u64,
    pub(crate) counts: Counts,
    /// The ports whose messages no reader waits for, and how many each has.
    pub(crate) unread: Vec<(u64, usize)>,
}
