//! The rehearsal of a type: its `Deserialize` impl reads fabricated values, to find out what it
//! would ask for.
//!
//! One run goes through the type once, taking `Some`, one element a sequence, and one variant an
//! enum; runs are repeated until every variant has been taken. Where a value is refused (a
//! `NonZeroU8` of 0, a text that must be an address) the run is repeated with another value, then
//! with the nearest `None`, empty sequence or other variant around it. A refusal is never an error:
//! only what a type *asks for* decides.

mod compound;
mod deserializer;
mod probe;
mod sandbox;
pub(super) mod shape_check;
pub(super) mod shapes;
mod trail;
mod variants;
pub(super) mod verdict;

use std::any::type_name;

use serde::de::DeserializeOwned;

use super::error::EncodeErrorKind;
use probe::Probe;
use sandbox::sandboxed;
use shapes::Shapes;

/// Rehearses `M`. The shapes are empty unless all of `M` was seen.
fn rehearse<M: DeserializeOwned>() -> Result<Shapes, EncodeErrorKind> {
    let mut probe = Probe::default();
    loop {
        probe.begin_run();
        let run = sandboxed(|| M::deserialize(&mut probe).is_ok());
        if probe.is_self_describing {
            return Err(EncodeErrorKind::SelfDescribing {
                place: probe.place(type_name::<M>()),
            });
        }
        if probe.is_exhausted() {
            return Ok(Shapes::default());
        }
        if !matches!(run.result, Ok(true)) && probe.retry(run.is_stuck) {
            continue;
        }
        if probe.variants.all_taken() {
            return Ok(probe.into_shapes());
        }
        probe.trail.clear();
    }
}
