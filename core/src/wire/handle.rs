//! The serde form of handles: values that travel as an attachment and leave only its index in the
//! bytes.

use std::{any::Any, fmt, marker::PhantomData};

use serde::{
    de::{self, Deserialize, Deserializer, MapAccess, Visitor},
    ser::{self, SerializeStruct, Serializer},
};

use super::attachments::{self, AttachmentError};

/// The name of the newtype struct that stands around an attachment's index. No type of an
/// application has it. In formats that describe themselves it is the one field of an object,
/// `{"insula::attachment": 0}`.
pub const ATTACHMENT: &str = "insula::attachment";

/// A value that travels beside the bytes of a message.
///
/// A handle sends it with [`serialize_attachment`] and receives it with [`deserialize_attachment`].
pub trait Attach: Any + Send {
    /// What it is, with its article, for errors: `"a port"`.
    const KIND: &'static str;

    /// Makes a value that is thrown away. With it the rehearsal of a message type reads past a
    /// handle to the fields behind it; with `None` it ends there. Making and dropping the value has
    /// no effect.
    #[must_use]
    fn stand_in() -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// Makes a second one that leads to the same place, if there can be two. The sender of a message that can't be read
    /// is then told of it (see [`ask`](crate::ask())).
    #[must_use]
    fn copy(&self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }
}

/// Serializes a handle: `attachment` is called when the whole message has been encoded, and not
/// when encoding fails.
///
/// # Errors
/// "a port can only be sent in a message", with [`Attach::KIND`], when no message is being encoded
/// on this thread.
pub fn serialize_attachment<T: Attach, S: Serializer>(
    serializer: S,
    attachment: impl FnOnce() -> T + 'static,
) -> Result<S::Ok, S::Error> {
    let index = attachments::attach(move || Box::new(attachment())).map_err(ser_error::<T, _>)?;
    if serializer.is_human_readable() {
        let mut place = serializer.serialize_struct(ATTACHMENT, 1)?;
        place.serialize_field(ATTACHMENT, &index)?;
        return place.end();
    }
    serializer.serialize_newtype_struct(ATTACHMENT, &index)
}

/// Deserializes a handle that is its attachment: takes the one whose index stands in the bytes.
///
/// # Errors
/// Those of [`attachments::take`], with [`Attach::KIND`].
pub fn deserialize_attachment<'de, T: Attach, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserialize_handle(deserializer, T::stand_in, Ok)
}

/// Deserializes a handle that is made `from` its attachment, a `T`.
///
/// In a rehearsal there are no attachments. `stand_in` then makes the handle, as
/// [`Attach::stand_in`] makes an attachment.
///
/// # Errors
/// Those of [`deserialize_attachment`], and those of `from`.
pub fn deserialize_handle<'de, T: Attach, H, D: Deserializer<'de>>(
    deserializer: D,
    stand_in: impl FnOnce() -> Option<H>,
    from: impl FnOnce(T) -> Result<H, &'static str>,
) -> Result<H, D::Error> {
    deserialize_handle_or(deserializer, stand_in, from, |_| None)
}

/// As [`deserialize_handle`], for a handle that may be made from another type of attachment: `other` is given the index
/// of one that is no `T`.
///
/// # Errors
/// Those of [`deserialize_handle`].
pub(crate) fn deserialize_handle_or<'de, T: Attach, H, D: Deserializer<'de>>(
    deserializer: D,
    stand_in: impl FnOnce() -> Option<H>,
    from: impl FnOnce(T) -> Result<H, &'static str>,
    other: impl FnOnce(u32) -> Option<H>,
) -> Result<H, D::Error> {
    let visitor = HandleVisitor {
        stand_in,
        from,
        other,
        attachment: PhantomData,
    };
    if deserializer.is_human_readable() {
        return deserializer.deserialize_struct(ATTACHMENT, &[ATTACHMENT], visitor);
    }
    deserializer.deserialize_newtype_struct(ATTACHMENT, visitor)
}

struct HandleVisitor<T, S, F, O> {
    stand_in: S,
    from: F,
    other: O,
    attachment: PhantomData<T>,
}

impl<T: Attach, H, S, F, O> HandleVisitor<T, S, F, O>
where
    S: FnOnce() -> Option<H>,
    F: FnOnce(T) -> Result<H, &'static str>,
    O: FnOnce(u32) -> Option<H>,
{
    fn at<E: de::Error>(self, index: u32) -> Result<H, E> {
        if let Some(stand_in) = attachments::stand_in(self.stand_in) {
            return Ok(stand_in);
        }
        match attachments::take_by(index, T::copy) {
            Ok(attachment) => (self.from)(attachment).map_err(E::custom),
            Err(error) => (self.other)(index).ok_or_else(|| de_error::<T, _>(error)),
        }
    }
}

impl<'de, T: Attach, H, S, F, O> Visitor<'de> for HandleVisitor<T, S, F, O>
where
    S: FnOnce() -> Option<H>,
    F: FnOnce(T) -> Result<H, &'static str>,
    O: FnOnce(u32) -> Option<H>,
{
    type Value = H;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::KIND)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<H, D::Error> {
        self.at(u32::deserialize(deserializer)?)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut place: A) -> Result<H, A::Error> {
        match place.next_entry::<String, u32>()? {
            Some((name, index)) if name == ATTACHMENT => self.at(index),
            _ => Err(de::Error::missing_field(ATTACHMENT)),
        }
    }
}

fn ser_error<T: Attach, E: ser::Error>(error: AttachmentError) -> E {
    E::custom(Described::<T>(error, PhantomData))
}

fn de_error<T: Attach, E: de::Error>(error: AttachmentError) -> E {
    E::custom(Described::<T>(error, PhantomData))
}

/// An error about an attachment, in words that name the kind of handle.
struct Described<T>(AttachmentError, PhantomData<T>);

impl<T: Attach> fmt::Display for Described<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            AttachmentError::OutsideMessage => {
                write!(f, "{} can only be sent in a message", T::KIND)
            }
            error => write!(f, "expected {}, {error}", T::KIND),
        }
    }
}
