//! What a message type has to pass before its first message is sent, and the table of those that
//! have.

use std::{
    any::{TypeId, type_name},
    sync::{Arc, PoisonError, RwLock},
};

use serde::de::DeserializeOwned;

use super::{
    rehearse,
    sandbox::{Panicked, sandboxed},
    shapes::Shapes,
};
use crate::{
    texts::text_of,
    wire::{
        de::{self, Deserializer},
        error::{DecodeErrorKind, EncodeErrorKind},
    },
};

type Verdict = Result<Arc<Shapes>, EncodeErrorKind>;

/// Sorted by type.
static VERDICTS: RwLock<Vec<(TypeId, Verdict)>> = RwLock::new(Vec::new());

/// How long a first message may be, in bytes, to be read back in an optimized build: a caller that
/// sends 20 MB is not made to wait for twice the work.
const READ_BACK_MAX: usize = 1 << 16;

/// A message type that may be written.
pub(crate) struct Check {
    shapes: Arc<Shapes>,
    is_first: bool,
}

/// What there is to know of a message's type. Functions alone, so that it needs no code where it is used.
pub(crate) struct MessageType {
    id: fn() -> TypeId,
    name: fn() -> &'static str,
    rehearse: fn() -> Result<Shapes, EncodeErrorKind>,
    read: fn(&mut Deserializer<'_>) -> de::Result<()>,
}

impl MessageType {
    pub(crate) fn of<M: DeserializeOwned + 'static>() -> &'static Self {
        &const {
            Self {
                id: TypeId::of::<M>,
                name: type_name::<M>,
                rehearse: if cfg!(panic = "unwind") {
                    rehearse::<M>
                } else {
                    || Ok(Shapes::default())
                },
                read: |deserializer| M::deserialize(deserializer).map(drop),
            }
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        (self.name)()
    }
}

/// Looks up the verdict on a type, or rehearses the type to find it.
pub(crate) fn of(message: &MessageType) -> Result<Check, EncodeErrorKind> {
    if let Some(verdict) = known((message.id)()) {
        return verdict.map(|shapes| Check {
            shapes,
            is_first: false,
        });
    }
    match (message.rehearse)() {
        Ok(shapes) => Ok(Check {
            shapes: Arc::new(shapes),
            is_first: true,
        }),
        Err(kind) => {
            remember((message.id)(), Err(kind.clone()));
            Err(kind)
        }
    }
}

impl Check {
    pub(crate) fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    /// Reads the first message of its type back. The verdict stands when it passes.
    pub(crate) fn first_message(
        &self,
        message: &MessageType,
        bytes: &[u8],
    ) -> Result<(), EncodeErrorKind> {
        if !self.is_first {
            return Ok(());
        }
        let bounded = cfg!(panic = "abort") && bytes.len() <= READ_BACK_MAX;
        if cfg!(debug_assertions) || bounded {
            read_back(message, bytes)?;
        }
        remember((message.id)(), Ok(Arc::clone(&self.shapes)));
        Ok(())
    }
}

fn known(message: TypeId) -> Option<Verdict> {
    let verdicts = VERDICTS.read().unwrap_or_else(PoisonError::into_inner);
    let place = verdicts.binary_search_by_key(&message, |(known, _)| *known);
    Some(verdicts[place.ok()?].1.clone())
}

/// The last verdict on a type counts.
fn remember(message: TypeId, verdict: Verdict) {
    let mut verdicts = VERDICTS.write().unwrap_or_else(PoisonError::into_inner);
    match verdicts.binary_search_by_key(&message, |(known, _)| *known) {
        Ok(place) => verdicts[place].1 = verdict,
        Err(place) => verdicts.insert(place, (message, verdict)),
    }
}

fn read_back(message: &MessageType, bytes: &[u8]) -> Result<(), EncodeErrorKind> {
    let read = &mut |deserializer: &mut Deserializer<'_>| (message.read)(deserializer);
    let reading = sandboxed(|| Deserializer::read_as(bytes, read).err());
    let (offset, reason) = match reading.result {
        Ok(None) => return Ok(()),
        Ok(Some(unread)) if unread.kind == DecodeErrorKind::SelfDescribing => {
            return Err(EncodeErrorKind::SelfDescribing {
                place: message.name().into(),
            });
        }
        // The receiver will read the handles themselves, and may like them better.
        _ if reading.is_stuck || reading.has_stand_ins => return Ok(()),
        Ok(Some(unread)) => (unread.offset, text_of(&unread.kind)),
        Err(Panicked) => (0, "it panicked".into()),
    };
    Err(EncodeErrorKind::NotReadBack { offset, reason })
}
