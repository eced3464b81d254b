//! Self-describing values, as JSON text inside a message.

use std::{
    fmt,
    io::{self, Write},
    marker::PhantomData,
};

use serde::{
    de::{self, Deserialize, DeserializeOwned, Deserializer, Visitor},
    ser::{self, Serialize, Serializer},
};
use serde_json::ser::Formatter;

use super::{error::EncodeErrorKind, ser::output::Output};

/// Carries a value as JSON text: for types whose `Deserialize` asks what it is reading, such as
/// `serde_json::Value` and enums with `#[serde(untagged)]` or `#[serde(tag = "…")]` (with `content`
/// too), and structs with `#[serde(flatten)]` or `#[serde(skip_serializing_if)]`.
///
/// ```
/// # use insula_core::wire::{Json, decode, encode};
/// let message = Json(serde_json::json!({ "id": 7, "tags": ["a", "b"] }));
/// assert_eq!(decode::<Json<serde_json::Value>>(encode(&message)?)?, message);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// JSON's limits are its limits: arrays and objects are nested at most 127 deep, keys of maps are
/// strings or numbers, and numbers that are not finite become null. Ports and other handles may
/// stand in it. To a human-readable format it is transparent, so it may stand in itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a newtype to be matched")]
pub struct Json<T>(pub T);

impl<T: Serialize> Serialize for Json<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        let mut text = Output::default();
        let mut json = serde_json::Serializer::with_formatter(&mut text, Bounded::default());
        match self.0.serialize(&mut json) {
            Ok(()) => serializer.serialize_bytes(&text.into_bytes()),
            Err(_) if text.is_full() => Err(ser::Error::custom(EncodeErrorKind::TooLarge)),
            Err(error) => Err(ser::Error::custom(error)),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Json<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return T::deserialize(deserializer).map(Self);
        }
        deserializer
            .deserialize_bytes(TextVisitor(PhantomData))
            .map(Self)
    }
}

/// How deep arrays and objects may be nested: `serde_json` reads no more.
const MAX_JSON_DEPTH: usize = 127;

/// Writes JSON without white space, and refuses what is nested too deep to be read.
#[derive(Default)]
struct Bounded {
    depth: usize,
}

impl Bounded {
    fn begin<W: Write + ?Sized>(&mut self, writer: &mut W, bracket: u8) -> io::Result<()> {
        self.depth += 1;
        if self.depth > MAX_JSON_DEPTH {
            return Err(io::Error::other(format!(
                "JSON is nested more than {MAX_JSON_DEPTH} deep"
            )));
        }
        writer.write_all(&[bracket])
    }

    fn end<W: Write + ?Sized>(&mut self, writer: &mut W, bracket: u8) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(&[bracket])
    }
}

impl Formatter for Bounded {
    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b'[')
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b']')
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b'{')
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b'}')
    }
}

struct TextVisitor<T>(PhantomData<T>);

impl<T: DeserializeOwned> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON text")
    }

    fn visit_bytes<E: de::Error>(self, text: &[u8]) -> Result<T, E> {
        serde_json::from_slice(text).map_err(E::custom)
    }
}
