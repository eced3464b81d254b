//! Reading: one buffer → serde's data model. Primitives are postcard's; what bounds them stands
//! here.

mod compound;

use std::mem;

use serde::de::{self, Deserialize, Visitor};

use super::{
    byte::{self, Bytes},
    error::{DecodeErrorKind, Failure},
    limits::{MAX_DEPTH, MAX_ZERO_SIZED},
};
use compound::{Elements, Fields, Variant};

/// The name of the newtype struct around a sequence that ends a message and is given as bytes. No type of an application
/// has it.
pub(super) const REST: &str = "insula::rest";

pub(super) type Result<T> = std::result::Result<T, Failure<DecodeErrorKind>>;

pub(super) struct Deserializer<'de> {
    rest: &'de [u8],
    /// How many bytes were left where the value being read begins.
    start: usize,
    depth: usize,
    zero_sized: usize,
}

/// Why bytes are no message, without the type of that.
pub(super) struct Unread {
    pub(super) offset: usize,
    pub(super) kind: DecodeErrorKind,
}

impl<'de> Deserializer<'de> {
    /// Reads a value that takes all of `bytes`.
    pub(super) fn read_as(
        bytes: &'de [u8],
        deserialize: &mut dyn FnMut(&mut Self) -> Result<()>,
    ) -> std::result::Result<(), Unread> {
        let mut deserializer = Self {
            rest: bytes,
            start: bytes.len(),
            depth: 0,
            zero_sized: 0,
        };
        if let Err(failure) = deserialize(&mut deserializer) {
            return Err(deserializer.failed(bytes.len(), failure));
        }
        deserializer.end(bytes.len())
    }

    /// Reads elements of the sequence that begins or goes on with `bytes`, until `goes_on` refuses, and nothing follows the
    /// last. `read` is told how many are left. Gives how many bytes were read.
    pub(super) fn read_some(
        bytes: &'de [u8],
        left: &mut Option<usize>,
        zero_sized: &mut usize,
        goes_on: &mut dyn FnMut(usize) -> bool,
        read: &mut dyn FnMut(&mut Self, usize) -> Result<()>,
    ) -> std::result::Result<usize, Unread> {
        let mut deserializer = Self {
            rest: bytes,
            start: bytes.len(),
            depth: 0,
            zero_sized: *zero_sized,
        };
        let mut read_all = || -> Result<()> {
            let this = &mut deserializer;
            let mut count = match *left {
                Some(count) => count,
                None => this.length()?,
            };
            while count > 0 {
                let before = this.remaining();
                read(this, count)?;
                count -= 1;
                let took = before - this.remaining();
                if took == 0 {
                    this.count_zero_sized()?;
                }
                if !goes_on(took) {
                    break;
                }
            }
            *left = Some(count);
            Ok(())
        };
        if let Err(failure) = read_all() {
            return Err(deserializer.failed(bytes.len(), failure));
        }
        if *left == Some(0) {
            deserializer.end(bytes.len())?;
        }
        *zero_sized = deserializer.zero_sized;
        Ok(bytes.len() - deserializer.remaining())
    }

    /// Refuses bytes that follow what was to be read from so many.
    fn end(&self, length: usize) -> std::result::Result<(), Unread> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(Unread {
                offset: length - count,
                kind: DecodeErrorKind::TrailingBytes { count },
            }),
        }
    }

    #[cold]
    fn failed(&self, length: usize, failure: Failure<DecodeErrorKind>) -> Unread {
        Unread {
            offset: length - self.start,
            kind: failure.into_kind(),
        }
    }

    /// How many bytes are left.
    #[inline]
    pub(super) fn remaining(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    pub(super) fn primitive<T: Deserialize<'de>>(&mut self, expected: &'static str) -> Result<T> {
        self.start = self.rest.len();
        match postcard::take_from_bytes(self.rest) {
            Ok((value, rest)) => {
                self.rest = rest;
                Ok(value)
            }
            Err(error) => Err(unreadable(&error, expected)),
        }
    }

    /// Reads the length of a sequence or map. An element takes a byte at least, or is one of the
    /// few that take none.
    #[inline]
    fn length(&mut self) -> Result<usize> {
        let announced = self.primitive("a length")?;
        let remaining = self.remaining();
        if announced > remaining.max(MAX_ZERO_SIZED) {
            return Err(DecodeErrorKind::Length {
                announced,
                remaining,
            }
            .into());
        }
        Ok(announced)
    }

    /// Reads what lies one level deeper.
    #[inline]
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    /// Counts an element without bytes.
    pub(super) fn count_zero_sized(&mut self) -> Result<()> {
        self.zero_sized += 1;
        if self.zero_sized > MAX_ZERO_SIZED {
            return Err(DecodeErrorKind::ZeroSized.into());
        }
        Ok(())
    }

    #[cold]
    fn self_describing(&mut self) -> Failure<DecodeErrorKind> {
        self.start = self.rest.len();
        DecodeErrorKind::SelfDescribing.into()
    }

    #[inline]
    fn elements<T>(&mut self, read: impl FnOnce(&mut Elements<'_, 'de>) -> Result<T>) -> Result<T> {
        self.nested(|this| {
            let mut elements = Elements::new(this.length()?, this);
            let value = read(&mut elements)?;
            elements.finish()?;
            Ok(value)
        })
    }

    /// Reads a sequence of bytes, as [`elements`](Self::elements) would.
    #[inline]
    fn bytes<T>(&mut self, read: impl FnOnce(&mut Bytes<'de>) -> Result<T>) -> Result<T> {
        self.nested(|this| {
            let length = this.length()?;
            let Some((bytes, rest)) = this.rest.split_at_checked(length) else {
                // Where the first one that is missing would begin.
                this.start = 0;
                return Err(DecodeErrorKind::UnexpectedEnd { expected: "a u8" }.into());
            };
            this.rest = rest;
            let mut bytes = Bytes::new(bytes);
            let value = read(&mut bytes)?;
            match bytes.left() {
                0 => Ok(value),
                count => Err(DecodeErrorKind::UnreadElements { count }.into()),
            }
        })
    }
}

#[cold]
fn too_deep() -> Failure<DecodeErrorKind> {
    DecodeErrorKind::TooDeep.into()
}

#[cold]
fn unreadable(error: &postcard::Error, expected: &'static str) -> Failure<DecodeErrorKind> {
    match error {
        postcard::Error::DeserializeUnexpectedEnd => DecodeErrorKind::UnexpectedEnd { expected },
        _ => DecodeErrorKind::Malformed { expected },
    }
    .into()
}

macro_rules! primitives {
    ($($method:ident: $type:ty, $expected:literal, $visit:ident);* $(;)?) => {
        $(
            #[inline]
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
                visitor.$visit(self.primitive::<$type>($expected)?)
            }
        )*
    };
}

impl<'de> de::Deserializer<'de> for &mut Deserializer<'de> {
    type Error = Failure<DecodeErrorKind>;

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    primitives! {
        deserialize_bool: bool, "a bool", visit_bool;
        deserialize_i8: i8, "an i8", visit_i8;
        deserialize_i16: i16, "an i16", visit_i16;
        deserialize_i32: i32, "an i32", visit_i32;
        deserialize_i64: i64, "an i64", visit_i64;
        deserialize_i128: i128, "an i128", visit_i128;
        deserialize_u8: u8, "a u8", visit_u8;
        deserialize_u16: u16, "a u16", visit_u16;
        deserialize_u32: u32, "a u32", visit_u32;
        deserialize_u64: u64, "a u64", visit_u64;
        deserialize_u128: u128, "a u128", visit_u128;
        deserialize_f32: f32, "an f32", visit_f32;
        deserialize_f64: f64, "an f64", visit_f64;
        deserialize_char: char, "a char", visit_char;
        deserialize_str: &'de str, "a string", visit_borrowed_str;
        deserialize_string: &'de str, "a string", visit_borrowed_str;
        deserialize_bytes: &'de [u8], "bytes", visit_borrowed_bytes;
        deserialize_byte_buf: &'de [u8], "bytes", visit_borrowed_bytes;
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.primitive("an option")? {
            self.nested(|this| visitor.visit_some(this))
        } else {
            visitor.visit_none()
        }
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        if name == REST {
            return visitor.visit_borrowed_bytes(mem::take(&mut self.rest));
        }
        self.nested(|this| visitor.visit_newtype_struct(this))
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if byte::reads_bytes::<V>() {
            return self.bytes(|bytes| visitor.visit_seq(bytes));
        }
        self.elements(|elements| visitor.visit_seq(elements))
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.elements(|elements| visitor.visit_map(elements))
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        self.nested(|this| visitor.visit_seq(Fields::new(length, this)))
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_tuple(length, visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_tuple(fields.len(), visitor)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(Variant(self))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value> {
        Err(self.self_describing())
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value> {
        Err(self.self_describing())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value> {
        Err(self.self_describing())
    }
}
