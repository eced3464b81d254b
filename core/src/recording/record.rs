//! What is kept of an event.

use std::{sync::Arc, time::Duration};

use crate::kind::Kind;

/// What a message carries while something is recorded.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// Its number in its scope; from 1.
    pub(crate) number: u64,
    /// The label of its job.
    pub(crate) label: Option<Arc<str>>,
}

/// A moment. Where time stands still, `order` tells what came first; elsewhere it is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp {
    pub(super) time: Duration,
    pub(super) order: u64,
}

/// An event, or something that happened within one.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) kind: Kind,
    pub(super) label: Option<Arc<str>>,
    pub(super) begin: Stamp,
    /// Equal to `begin` for what has no length.
    pub(super) end: Stamp,
    /// How many events waited when this one began.
    pub(super) queue: Option<usize>,
    /// The number of the message that was sent or handed over; 0 where it has none.
    pub(super) number: u64,
    /// Whether it had not ended when the trace was made.
    pub(super) is_running: bool,
}

impl Record {
    pub(super) fn new(kind: Kind, begin: Stamp) -> Self {
        Self {
            kind,
            label: None,
            begin,
            end: begin,
            queue: None,
            number: 0,
            is_running: false,
        }
    }
}
