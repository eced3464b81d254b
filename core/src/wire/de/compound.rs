//! Reading values that hold others: elements (sequences, maps), fields (tuples, structs), variants.

use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
    value::U32Deserializer,
};

use super::{Deserializer, Result};
use crate::wire::error::{DecodeErrorKind, Failure};

/// The elements of a sequence, or the entries of a map.
pub(crate) struct Elements<'a, 'de> {
    deserializer: &'a mut Deserializer<'de>,
    left: usize,
    /// How many bytes were left where the entry being read begins.
    start: usize,
}

impl<'a, 'de> Elements<'a, 'de> {
    #[inline]
    pub(super) fn new(length: usize, deserializer: &'a mut Deserializer<'de>) -> Self {
        Self {
            deserializer,
            left: length,
            start: 0,
        }
    }

    /// Refuses elements that the visitor left unread: what follows would be read in their place.
    #[inline]
    pub(super) fn finish(self) -> Result<()> {
        match self.left {
            0 => Ok(()),
            count => Err(DecodeErrorKind::UnreadElements { count }.into()),
        }
    }

    #[inline]
    fn begin(&mut self) -> bool {
        self.start = self.deserializer.remaining();
        let more = self.left > 0;
        self.left -= usize::from(more);
        more
    }

    #[inline]
    fn end(&mut self) -> Result<()> {
        if self.deserializer.remaining() == self.start {
            self.deserializer.count_zero_sized()?;
        }
        Ok(())
    }

    /// A visitor may allocate what it is told here, so it is told no more than there are bytes.
    #[inline]
    fn hint(&self) -> usize {
        self.left.min(self.deserializer.remaining())
    }
}

impl<'de> SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = Failure<DecodeErrorKind>;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if !self.begin() {
            return Ok(None);
        }
        let element = seed.deserialize(&mut *self.deserializer)?;
        self.end()?;
        Ok(Some(element))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.hint())
    }
}

impl<'de> MapAccess<'de> for &mut Elements<'_, 'de> {
    type Error = Failure<DecodeErrorKind>;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.begin() {
            return Ok(None);
        }
        seed.deserialize(&mut *self.deserializer).map(Some)
    }

    #[inline]
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        let value = seed.deserialize(&mut *self.deserializer)?;
        self.end()?;
        Ok(value)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.hint())
    }
}

/// The fields of a tuple or struct. A visitor may leave some unread: serde lists a field's aliases
/// among them.
pub(crate) struct Fields<'a, 'de> {
    deserializer: &'a mut Deserializer<'de>,
    left: usize,
}

impl<'a, 'de> Fields<'a, 'de> {
    #[inline]
    pub(super) fn new(length: usize, deserializer: &'a mut Deserializer<'de>) -> Self {
        Self {
            deserializer,
            left: length,
        }
    }
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = Failure<DecodeErrorKind>;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.deserializer).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.left.min(self.deserializer.remaining()))
    }
}

/// The variant of an enum, and what it holds.
pub(crate) struct Variant<'a, 'de>(pub(super) &'a mut Deserializer<'de>);

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Failure<DecodeErrorKind>;
    type Variant = Self;

    #[inline]
    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self)> {
        let index: u32 = self.0.primitive("a variant")?;
        let number: U32Deserializer<Self::Error> = index.into_deserializer();
        let variant = seed.deserialize(number)?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Failure<DecodeErrorKind>;

    #[inline]
    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        self.0.nested(|deserializer| seed.deserialize(deserializer))
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        self.0
            .nested(|deserializer| visitor.visit_seq(Fields::new(length, deserializer)))
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.tuple_variant(fields.len(), visitor)
    }
}
