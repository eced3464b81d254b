//! What a message type has to pass before its first message is sent, and the table of those that
//! have.

use std::{
    any::{TypeId, type_name},
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use serde::de::DeserializeOwned;

use super::{
    rehearse,
    sandbox::{Panicked, sandboxed},
    shapes::Shapes,
};
use crate::wire::{
    de::Deserializer,
    error::{DecodeErrorKind, EncodeErrorKind},
};

type Verdict = Result<Arc<Shapes>, EncodeErrorKind>;

static VERDICTS: RwLock<BTreeMap<TypeId, Verdict>> = RwLock::new(BTreeMap::new());

/// How long a first message may be, in bytes, to be read back in an optimized build: a caller that
/// sends 20 MB is not made to wait for twice the work.
const READ_BACK_MAX: usize = 1 << 16;

/// A message type that may be written.
pub(crate) struct Check {
    shapes: Arc<Shapes>,
    is_first: bool,
}

/// Looks up the verdict on `M`, or rehearses `M` to find it.
pub(crate) fn of<M: DeserializeOwned + 'static>() -> Result<Check, EncodeErrorKind> {
    let verdict = VERDICTS
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&TypeId::of::<M>())
        .cloned();
    if let Some(verdict) = verdict {
        return verdict.map(|shapes| Check {
            shapes,
            is_first: false,
        });
    }
    let rehearsed = if cfg!(panic = "unwind") {
        rehearse::<M>()
    } else {
        Ok(Shapes::default())
    };
    match rehearsed {
        Ok(shapes) => Ok(Check {
            shapes: Arc::new(shapes),
            is_first: true,
        }),
        Err(kind) => {
            remember::<M>(Err(kind.clone()));
            Err(kind)
        }
    }
}

impl Check {
    pub(crate) fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    /// Reads the first message of its type back. The verdict stands when it passes.
    pub(crate) fn first_message<M: DeserializeOwned + 'static>(
        &self,
        bytes: &[u8],
    ) -> Result<(), EncodeErrorKind> {
        if !self.is_first {
            return Ok(());
        }
        let bounded = cfg!(panic = "abort") && bytes.len() <= READ_BACK_MAX;
        if cfg!(debug_assertions) || bounded {
            read_back::<M>(bytes)?;
        }
        remember::<M>(Ok(Arc::clone(&self.shapes)));
        Ok(())
    }
}

fn remember<M: 'static>(verdict: Verdict) {
    VERDICTS
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(TypeId::of::<M>(), verdict);
}

fn read_back<M: DeserializeOwned>(bytes: &[u8]) -> Result<(), EncodeErrorKind> {
    let reading = sandboxed(|| Deserializer::read::<M>(bytes).err());
    let (offset, reason) = match reading.result {
        Ok(None) => return Ok(()),
        Ok(Some(error)) if *error.kind() == DecodeErrorKind::SelfDescribing => {
            return Err(EncodeErrorKind::SelfDescribing {
                place: type_name::<M>().into(),
            });
        }
        // The receiver will read the handles themselves, and may like them better.
        _ if reading.is_stuck || reading.has_stand_ins => return Ok(()),
        Ok(Some(error)) => (error.offset(), error.kind().to_string()),
        Err(Panicked) => (0, "it panicked".into()),
    };
    Err(EncodeErrorKind::NotReadBack { offset, reason })
}
