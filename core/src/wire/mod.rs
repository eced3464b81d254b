//! The wire format: a message becomes one buffer of bytes, and a list of attachments beside it.
//!
//! Bytes are [postcard's](https://postcard.jamesmunns.com/wire-format): numbers as varints, text
//! and sequences with their length before them, structs as their fields in order, enums as the
//! number of the variant. No names and no types stand in the bytes, so both ends must read what was
//! written field by field. Two rules hold that together:
//!
//! * **What can't be read is refused when it is sent**, by name. Before the first message of a type
//!   its `Deserialize` impl is rehearsed ([`encode`] says how).
//! * **Reading trusts nothing.** Lengths, nesting and elements without bytes are bounded, all bytes
//!   and all attachments must be used, an error names type and offset, and no input makes
//!   [`decode`] panic, unless a `Deserialize` impl of the message does.
//!
//! Handles stand anywhere in a message and travel as attachments: see [`Attach`].

mod attachments;
mod byte;
mod de;
mod error;
mod handle;
#[cfg(feature = "json")]
mod json;
mod limits;
mod rehearsal;
mod rest;
mod ser;

use std::{any::type_name, fmt};

use serde::{Serialize, de::DeserializeOwned};

use attachments::Scope;
use de::Deserializer;
use rehearsal::verdict::{self, MessageType};

pub use attachments::{Attachment, AttachmentError, attach, is_rehearsing, take};
pub(crate) use attachments::{Working, replace_working, with_left};
pub use error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, relayed};
pub(crate) use handle::deserialize_handle_or;
pub use handle::{
    ATTACHMENT, Attach, deserialize_attachment, deserialize_handle, serialize_attachment,
};
#[cfg(feature = "json")]
pub use json::Json;
pub use limits::{MAX_BYTES, MAX_DEPTH, MAX_ZERO_SIZED};
pub(crate) use rest::{Items, Rest};

/// An encoded message.
pub struct Encoded {
    /// The message, without its attachments.
    pub bytes: Vec<u8>,
    /// What travels beside the bytes, by index.
    pub attachments: Vec<Attachment>,
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded")
            .field("bytes", &self.bytes.len())
            .field("attachments", &self.attachments.len())
            .finish()
    }
}

/// Encodes a message: a value of `M` → one buffer, and the attachments of the handles in it in the
/// order in which they were written.
///
/// Closures given to [`attach`] run last, after everything that can fail.
///
/// # What is checked
/// * Where panics unwind, the first message of a type is preceded by a rehearsal: `M`'s
///   `Deserialize` impl reads fabricated values, every variant of every enum, within a bound of
///   steps. A type that asks for a self-describing format there is refused, now and later. A panic
///   in that impl is caught, though the panic hook runs: see [`is_rehearsing`].
/// * If the rehearsal saw the whole type, each struct's number of fields and each variant's number
///   is compared with it, in every message.
/// * With `debug_assertions`, and wherever panics abort (there a fabricated value that makes an
///   impl panic would end the program), the first message of a type is read back from its bytes; in
///   an optimized build up to 64 KiB.
///
/// # What is not found
/// * `#[serde(skip_serializing_if)]`, before a message in which a field is left out; that message
///   is refused.
/// * A type behind a value that refuses everything fabricated (a parsed string of a rare syntax),
///   or behind a handle without [`Attach::stand_in`], until a message arrives. insula's own handles
///   all have one. A function's panics when a `Deserialize` impl calls it.
/// * `Serialize` and `Deserialize` impls that differ and fit by accident: `serialize_with` that
///   writes a `u32` where an `i32` is read; `skip_serializing` on one field with
///   `skip_deserializing` on another; a skipped variant in an enum that also has an alias.
///
/// # Errors
/// [`EncodeError`] names `M`, and the struct, field or variant that can't be sent.
pub fn encode<M: Serialize + DeserializeOwned + 'static>(
    message: &M,
) -> Result<Encoded, EncodeError> {
    encode_as(MessageType::of::<M>(), &mut |serializer| {
        message.serialize(serializer)
    })
}

/// [`encode`] without the type, so that little is compiled for each.
fn encode_as(
    message: &MessageType,
    serialize: &mut dyn FnMut(&mut ser::Serializer<'_>) -> ser::Result,
) -> Result<Encoded, EncodeError> {
    let refused = |kind| EncodeError::new(message.name(), kind);
    let verdict = verdict::of(message).map_err(refused)?;
    let (bytes, scope) =
        Scope::Encoding(Vec::new()).enter(|| ser::to_bytes(verdict.shapes(), serialize));
    let bytes = bytes.map_err(|failure| refused(failure.into_kind()))?;
    verdict.first_message(message, &bytes).map_err(refused)?;
    Ok(Encoded {
        bytes,
        attachments: scope.into_attachments(),
    })
}

/// How many bytes [`encode`] would make of a message; none when it would fail. Nothing is attached.
pub(crate) fn encoded_len<M: Serialize + DeserializeOwned + 'static>(message: &M) -> Option<usize> {
    let verdict = verdict::of(MessageType::of::<M>()).ok()?;
    let mut serialize = |serializer: &mut ser::Serializer<'_>| message.serialize(serializer);
    let (bytes, _) =
        Scope::Encoding(Vec::new()).enter(|| ser::to_bytes(verdict.shapes(), &mut serialize));
    bytes.ok().map(|bytes| bytes.len())
}

/// Runs another serializer than [`encode`]'s, for a receiver that does not read our bytes, and
/// gives back the attachments of the handles that it met.
///
/// # Errors
/// Those of `serialize`; nothing is attached then.
pub fn encode_with<R, E>(
    serialize: impl FnOnce() -> Result<R, E>,
) -> Result<(R, Vec<Attachment>), E> {
    let (outcome, scope) = Scope::Encoding(Vec::new()).enter(serialize);
    Ok((outcome?, scope.into_attachments()))
}

/// Runs another deserializer than [`decode`]'s, to which handles find their attachments. Those that
/// are left over are dropped: a value that describes itself may hold more than its reader wants.
pub fn decode_with<R>(attachments: Vec<Attachment>, deserialize: impl FnOnce() -> R) -> R {
    Scope::decoding(attachments).enter(deserialize).0
}

/// Decodes a message: the inverse of [`encode`].
///
/// # Errors
/// [`DecodeError`] when the bytes are no `M`, bytes or attachments are left over, or a `Deserialize`
/// impl refuses a value. What had been decoded is dropped.
pub fn decode<M: DeserializeOwned>(encoded: Encoded) -> Result<M, DecodeError> {
    let mut message = None;
    decode_to(encoded, &mut message)?;
    match message {
        Some(message) => Ok(message),
        None => unreachable!("what was read is there"),
    }
}

/// As [`decode`], to a place that is there.
///
/// # Errors
/// As [`decode`].
pub fn decode_to<M: DeserializeOwned>(
    encoded: Encoded,
    place: &mut Option<M>,
) -> Result<(), DecodeError> {
    decode_as(encoded, type_name::<M>, &mut |deserializer| {
        *place = Some(M::deserialize(deserializer)?);
        Ok(())
    })
}

/// [`decode`] without the type, so that little is compiled for each.
fn decode_as(
    Encoded { bytes, attachments }: Encoded,
    type_name: fn() -> &'static str,
    deserialize: &mut dyn FnMut(&mut Deserializer<'_>) -> de::Result<()>,
) -> Result<(), DecodeError> {
    let (read, scope) =
        Scope::decoding(attachments).enter(|| Deserializer::read_as(&bytes, deserialize));
    let read = read.and_then(|()| match scope.unclaimed() {
        0 => Ok(()),
        count => Err(de::Unread {
            offset: bytes.len(),
            kind: DecodeErrorKind::UnclaimedAttachments { count },
        }),
    });
    read.map_err(|unread| {
        scope.leave();
        DecodeError::new(type_name(), unread.offset, unread.kind)
    })
}
