//! The errors of the wire format as messages: the type's name, the offset, and the reason as text.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{decode::DecodeError, encode::EncodeError};

/// The error that another isolate has met, for a platform that writes its own messages.
#[must_use]
pub fn relayed(type_name: String, offset: usize, reason: String) -> DecodeError {
    DecodeError::relayed(type_name, offset, reason)
}

impl Serialize for EncodeError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.type_name(), self.kind().to_string()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EncodeError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (type_name, reason) = Deserialize::deserialize(deserializer)?;
        Ok(Self::relayed(type_name, reason))
    }
}

impl Serialize for DecodeError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.type_name(), self.offset(), self.kind().to_string()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for DecodeError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (type_name, offset, reason) = Deserialize::deserialize(deserializer)?;
        Ok(Self::relayed(type_name, offset, reason))
    }
}
