//! Self-describing values, as JSON text inside a message.

use std::{fmt, marker::PhantomData};

use serde::{
    de::{self, Deserialize, DeserializeOwned, Deserializer, Visitor},
    ser::{self, Serialize, Serializer},
};

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
/// JSON's limits are its limits: keys of maps are strings or numbers, and numbers that are not
/// finite become null. Ports and other handles may stand in it. To a human-readable format it is
/// transparent, so it may stand in itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a newtype to be matched")]
pub struct Json<T>(pub T);

impl<T: Serialize> Serialize for Json<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        let text = serde_json::to_vec(&self.0).map_err(ser::Error::custom)?;
        serializer.serialize_bytes(&text)
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
