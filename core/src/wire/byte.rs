//! Bytes in a row. serde hands them over one by one, and has no word by which a format could ask for all at once.
//!
//! So types are asked for by their names. The compiler spells no other type's like it; should it or serde spell one of them
//! otherwise one day, the bytes take longer.

use std::{any::type_name, fmt, slice};

use serde::{
    de::{DeserializeSeed, IntoDeserializer, SeqAccess, value::U8Deserializer},
    ser::{Impossible, Serialize, Serializer},
};

use super::error::{DecodeErrorKind, Failure};

/// Whether a sequence of `T` is one of bytes.
#[inline]
pub(super) fn is_byte<T>() -> bool {
    type_name::<T>() == "&u8"
}

/// Whether `V` is the visitor with which serde reads a vector of bytes. That of an application may give such a vector too, and
/// read it from something else.
#[inline]
pub(super) fn reads_bytes<V>() -> bool {
    let name = type_name::<V>();
    let is_serde =
        name.starts_with("serde_core::de::impls::") || name.starts_with("serde::de::impls::");
    is_serde && name.ends_with("::VecVisitor<u8>")
}

/// The byte that a value writes, if that is what it writes.
#[inline]
pub(super) fn of<T: Serialize>(value: &T) -> Option<u8> {
    value.serialize(Byte).ok()
}

/// Bytes to be read.
pub(super) struct Bytes<'de>(slice::Iter<'de, u8>);

impl<'de> Bytes<'de> {
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self(bytes.iter())
    }

    /// How many were not read.
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }
}

impl<'de> SeqAccess<'de> for &mut Bytes<'de> {
    type Error = Failure<DecodeErrorKind>;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Self::Error> {
        let Some(byte) = self.0.next() else {
            return Ok(None);
        };
        let byte: U8Deserializer<Self::Error> = (*byte).into_deserializer();
        seed.deserialize(byte).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.left())
    }
}

/// Takes a byte, and refuses all else.
struct Byte;

type No = Impossible<u8, fmt::Error>;

macro_rules! refuse {
    ($($method:ident($($type:ty),*) -> $ok:ty;)*) => {
        $(
            fn $method(self, $(_: $type),*) -> Result<$ok, fmt::Error> {
                Err(fmt::Error)
            }
        )*
    };
}

impl Serializer for Byte {
    type Ok = u8;
    type Error = fmt::Error;
    type SerializeSeq = No;
    type SerializeTuple = No;
    type SerializeTupleStruct = No;
    type SerializeTupleVariant = No;
    type SerializeMap = No;
    type SerializeStruct = No;
    type SerializeStructVariant = No;

    #[inline]
    fn serialize_u8(self, byte: u8) -> Result<u8, fmt::Error> {
        Ok(byte)
    }

    refuse! {
        serialize_bool(bool) -> u8;
        serialize_i8(i8) -> u8;
        serialize_i16(i16) -> u8;
        serialize_i32(i32) -> u8;
        serialize_i64(i64) -> u8;
        serialize_u16(u16) -> u8;
        serialize_u32(u32) -> u8;
        serialize_u64(u64) -> u8;
        serialize_f32(f32) -> u8;
        serialize_f64(f64) -> u8;
        serialize_char(char) -> u8;
        serialize_str(&str) -> u8;
        serialize_bytes(&[u8]) -> u8;
        serialize_none() -> u8;
        serialize_unit() -> u8;
        serialize_unit_struct(&'static str) -> u8;
        serialize_unit_variant(&'static str, u32, &'static str) -> u8;
        serialize_seq(Option<usize>) -> No;
        serialize_tuple(usize) -> No;
        serialize_tuple_struct(&'static str, usize) -> No;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> No;
        serialize_map(Option<usize>) -> No;
        serialize_struct(&'static str, usize) -> No;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> No;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<u8, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<u8, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<u8, fmt::Error> {
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::{self, Deserialize, Visitor, value};

    use super::*;

    /// Tells of which type the visitor of a sequence is.
    struct Asked;

    impl<'de> de::Deserializer<'de> for Asked {
        type Error = value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, value::Error> {
            unreachable!("a sequence is asked for")
        }

        fn deserialize_seq<V: Visitor<'de>>(self, _: V) -> Result<V::Value, value::Error> {
            Err(de::Error::custom(reads_bytes::<V>()))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
            tuple tuple_struct map struct enum identifier ignored_any
        }
    }

    #[test]
    fn vectors_of_bytes_are_known() {
        let of_bytes = Vec::<u8>::deserialize(Asked).map_err(|error| error.to_string());
        assert_eq!(of_bytes, Err("true".into()));
        let of_others = Vec::<i8>::deserialize(Asked).map_err(|error| error.to_string());
        assert_eq!(of_others, Err("false".into()));
    }
}
