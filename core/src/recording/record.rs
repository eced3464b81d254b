//! What is kept of an event.

use std::{sync::Arc, time::Duration};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The entry point ran.
    Start,
    /// A message was handed over.
    Message,
    /// A function ran for a runner or a pool.
    Job,
    /// A timer was due.
    Timer,
    /// A future was woken from elsewhere.
    Wake,
    /// Microtasks ran that were added outside of an event.
    Microtasks,
    /// A control message was handled.
    Control,
    /// The isolate ended: its last destructors ran.
    End,
    /// A message was sent.
    Send,
    /// Another event: a port was closed, say.
    Other,
}

impl Kind {
    /// The kind whose number as a `u8` this is.
    pub(crate) fn of_number(number: u8) -> Option<Self> {
        let all = [
            Self::Start,
            Self::Message,
            Self::Job,
            Self::Timer,
            Self::Wake,
            Self::Microtasks,
            Self::Control,
            Self::End,
            Self::Send,
            Self::Other,
        ];
        all.into_iter().find(|kind| *kind as u8 == number)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Message => "message",
            Self::Job => "job",
            Self::Timer => "timer",
            Self::Wake => "wake",
            Self::Microtasks => "microtasks",
            Self::Control => "control",
            Self::End => "end",
            Self::Send => "send",
            Self::Other => "event",
        }
    }
}

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
