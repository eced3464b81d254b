//! What is kept of an event.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::kind::Kind;

/// What a message carries while something is recorded.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// Its number in its scope; not 0.
    pub(crate) number: u64,
    /// The label of its job.
    pub(crate) label: Option<Arc<str>>,
}

/// A moment. Where time does not tell what came first, `order` does; elsewhere it is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) time: Duration,
    pub(super) order: u64,
}

/// An event, or something that happened within one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) kind: Kind,
    #[serde(with = "label")]
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

/// A label as a text, as serde has shared ones only with a feature.
mod label {
    use super::*;
    use serde::{Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(
        label: &Option<Arc<str>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        label.as_deref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Arc<str>>, D::Error> {
        let label = Option::<String>::deserialize(deserializer)?;
        Ok(label.map(Arc::from))
    }
}
