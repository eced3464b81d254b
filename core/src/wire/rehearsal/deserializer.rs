//! A deserializer without input.

use std::any::type_name;

use serde::de::{self, IntoDeserializer, Visitor};

use super::{
    compound::{Element, Names, Variant},
    probe::{Probe, Result, Stop},
};
use crate::wire::handle::ATTACHMENT;

/// Texts that types which parse a text are likely to accept.
const TEXTS: &[&str] = &[
    "a",
    "",
    "1",
    "127.0.0.1",
    "127.0.0.1:80",
    "http://a.b/",
    "1970-01-01T00:00:00Z",
    "1.0.0",
];

/// Bytes that types which parse bytes are likely to accept: JSON texts, and a UUID.
const BYTES: &[&[u8]] = &[
    b"0", b"null", b"\"\"", b"[]", b"{}", b"", &[0; 16], &[0; 32],
];

macro_rules! numbers {
    ($($method:ident, $visit:ident);* $(;)?) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
                visitor.$visit(self.choose(&[1, 0, 2])?)
            }
        )*
    };
}

impl<'de> de::Deserializer<'de> for &mut Probe {
    type Error = Stop;

    fn is_human_readable(&self) -> bool {
        false
    }

    numbers! {
        deserialize_i8, visit_i8;
        deserialize_i16, visit_i16;
        deserialize_i32, visit_i32;
        deserialize_i64, visit_i64;
        deserialize_i128, visit_i128;
        deserialize_u8, visit_u8;
        deserialize_u16, visit_u16;
        deserialize_u32, visit_u32;
        deserialize_u64, visit_u64;
        deserialize_u128, visit_u128;
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_bool(self.choose(&[false, true])?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_f32(self.choose(&[1.0, 0.0])?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_f64(self.choose(&[1.0, 0.0])?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_char(self.choose(&['a', '1'])?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.choose(TEXTS)?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_bytes(self.choose(BYTES)?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.optional::<V::Value, _>(|this, is_present| {
            if is_present {
                visitor.visit_some(this)
            } else {
                visitor.visit_none()
            }
        })
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        if name == ATTACHMENT {
            self.step()?;
            return visitor.visit_newtype_struct(0_u32.into_deserializer());
        }
        self.within::<V::Value, _>(|this| visitor.visit_newtype_struct(this))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.optional::<V::Value, _>(|this, is_present| {
            visitor.visit_seq(Element::new(this, is_present))
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.optional::<V::Value, _>(|this, is_present| {
            visitor.visit_map(Element::new(this, is_present))
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        self.within::<V::Value, _>(|this| this.fields(Names::default(), length, visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        owner: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value> {
        let names = Names {
            owner: Some(owner),
            ..Names::default()
        };
        self.within::<V::Value, _>(|this| this.fields(names, length, visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        owner: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let names = Names {
            owner: Some(owner),
            variant: None,
            fields,
        };
        self.within::<V::Value, _>(|this| this.fields(names, fields.len(), visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        owner: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        if variants.is_empty() {
            return Err(Stop);
        }
        let of = self.variants.find(type_name::<V::Value>(), owner, variants);
        let preferred = self.variants.preferred(of, self.is_within::<V::Value>());
        let index = self.trail.enter_way(variants.len(), preferred);
        self.variants.begin(of, index);
        let before = self.steps;
        let value = self.within::<V::Value, _>(|probe| {
            visitor.visit_enum(Variant {
                probe,
                owner,
                name: variants[index],
                of,
                index,
            })
        })?;
        self.variants.accepted(of, index, self.steps - before);
        self.trail.leave_way();
        Ok(value)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value> {
        self.self_describing()
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value> {
        self.self_describing()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value> {
        self.self_describing()
    }
}
