//! [`Kind`]: what an isolate does at a moment.

use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    const ALL: [Self; 10] = [
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

    /// The kind whose number as a `u8` this is.
    pub(crate) fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }

    /// The kind of this name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
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
