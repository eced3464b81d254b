//! What a fabricated value holds: all fields, one element or none, one variant.

use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
    value::U32Deserializer,
};

use super::{
    probe::{Probe, Result, Stop},
    shapes::StructShape,
};

impl Probe {
    /// Reads the fields of a tuple or struct, and notes how many were asked for.
    pub(super) fn fields<'de, V: Visitor<'de>>(
        &mut self,
        names: Names,
        length: usize,
        visitor: V,
    ) -> Result<V::Value> {
        let mut read = 0;
        let value = visitor.visit_seq(Fields {
            probe: self,
            names,
            length,
            read: &mut read,
        })?;
        if let Some(owner) = names.owner {
            let shape = StructShape {
                owner,
                variant: names.variant,
                fields: read,
            };
            if !self.structs.contains(&shape) {
                self.structs.push(shape);
            }
        }
        Ok(value)
    }
}

/// The names around the fields of a tuple or struct, where there are any.
#[derive(Clone, Copy, Default)]
pub(super) struct Names {
    pub(super) owner: Option<&'static str>,
    pub(super) variant: Option<u32>,
    pub(super) fields: &'static [&'static str],
}

struct Fields<'p> {
    probe: &'p mut Probe,
    names: Names,
    length: usize,
    read: &'p mut usize,
}

impl<'de> SeqAccess<'de> for Fields<'_> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if *self.read == self.length {
            return Ok(None);
        }
        match self.names.fields.get(*self.read) {
            Some(name) => self.probe.enter_named(name),
            None => self.probe.enter_indexed(*self.read),
        }
        self.probe.step()?;
        let value = seed.deserialize(&mut *self.probe)?;
        *self.read += 1;
        Ok(Some(value))
    }
}

/// One element, or none.
pub(super) struct Element<'p> {
    probe: &'p mut Probe,
    is_left: bool,
}

impl<'p> Element<'p> {
    pub(super) fn new(probe: &'p mut Probe, is_left: bool) -> Self {
        Self { probe, is_left }
    }
}

impl<'de> SeqAccess<'de> for Element<'_> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if !std::mem::take(&mut self.is_left) {
            return Ok(None);
        }
        seed.deserialize(&mut *self.probe).map(Some)
    }
}

impl<'de> MapAccess<'de> for Element<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        SeqAccess::next_element_seed(self, seed)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        seed.deserialize(&mut *self.probe)
    }
}

/// A variant of the enum that is number `of` among those met.
pub(super) struct Variant<'p> {
    pub(super) probe: &'p mut Probe,
    pub(super) owner: &'static str,
    pub(super) name: &'static str,
    pub(super) of: usize,
    pub(super) index: usize,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Stop;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self)> {
        let number: U32Deserializer<Stop> = self.number().into_deserializer();
        let Ok(variant) = seed.deserialize(number) else {
            self.probe.variants.is_alias(self.of, self.index);
            self.probe.met_alias = true;
            return Err(Stop);
        };
        self.probe.enter_named(self.name);
        Ok((variant, self))
    }
}

impl<'p> Variant<'p> {
    fn number(&self) -> u32 {
        u32::try_from(self.index).unwrap_or(u32::MAX)
    }

    fn names(&self, fields: &'static [&'static str]) -> Names {
        Names {
            owner: Some(self.owner),
            variant: Some(self.number()),
            fields,
        }
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Stop;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.probe)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        let names = self.names(&[]);
        self.probe.fields(names, length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let names = self.names(fields);
        self.probe.fields(names, fields.len(), visitor)
    }
}
