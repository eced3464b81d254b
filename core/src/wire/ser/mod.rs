//! Writing: serde's data model → one buffer. Primitives are postcard's; what holds other values is
//! counted here.

mod compound;
pub(crate) mod output;

use std::fmt::{Display, Write as _};

use serde::ser::{Serialize, SerializeSeq};

use super::{
    byte,
    error::{EncodeErrorKind, Failure},
    limits::MAX_DEPTH,
    rehearsal::{shape_check::ShapeCheck, shapes::Shapes},
};
use compound::{Counted, Fixed};
use output::{Full, Output};

pub(super) type Result<T = ()> = std::result::Result<T, Failure<EncodeErrorKind>>;

/// What `serialize` writes, with its structs and enums compared with `shapes`.
pub(super) fn to_bytes(
    shapes: &Shapes,
    serialize: &mut dyn FnMut(&mut Serializer<'_>) -> Result,
) -> Result<Vec<u8>> {
    let postcard = postcard::Serializer {
        output: Output::default(),
    };
    let mut serializer = Serializer {
        postcard,
        shape_check: ShapeCheck::new(shapes),
        depth: 0,
        zero_sized: 0,
    };
    serialize(&mut serializer)?;
    Ok(serializer.postcard.output.into_bytes())
}

pub(super) struct Serializer<'s> {
    postcard: postcard::Serializer<Output>,
    pub(super) shape_check: ShapeCheck<'s>,
    depth: usize,
    pub(super) zero_sized: usize,
}

impl Serializer<'_> {
    /// How many bytes have been written.
    #[inline]
    pub(super) fn position(&self) -> usize {
        self.postcard.output.len()
    }

    /// Enters one level of nesting.
    #[inline]
    pub(super) fn descend(&mut self) -> Result {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep());
        }
        Ok(())
    }

    /// Leaves one level of nesting. A failure ends the message, so it need not be called then.
    #[inline]
    pub(super) fn ascend(&mut self) {
        self.depth -= 1;
    }

    #[inline]
    fn primitive<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        value.serialize(&mut self.postcard).map_err(refused)
    }

    #[inline]
    fn nested<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        self.descend()?;
        value.serialize(&mut *self)?;
        self.ascend();
        Ok(())
    }

    /// Writes a sequence of bytes; one of them may prove to be none.
    #[inline]
    fn bytes(&mut self, announced: usize, bytes: impl Iterator<Item = Option<u8>>) -> Result {
        self.descend()?;
        let length = self.begin_length(announced)?;
        let mut are_all = true;
        let bytes = bytes.map(|byte| {
            are_all &= byte.is_some();
            byte.unwrap_or_default()
        });
        if let Err(Full) = self.postcard.output.extend_by(announced, bytes) {
            return Err(EncodeErrorKind::TooLarge.into());
        }
        if !are_all {
            return Err(EncodeErrorKind::Refused("a byte that is none".into()).into());
        }
        self.ascend();
        let written = self.position() - length.end;
        self.end_length(&length, written)
    }

    #[inline]
    fn variant(&mut self, owner: &'static str, index: u32, variant: &'static str) -> Result {
        self.shape_check.variant(owner, index, variant)?;
        self.primitive(&index)
    }

    /// Writes a length that may prove wrong, and returns where it stands.
    #[inline]
    pub(super) fn begin_length(&mut self, announced: usize) -> Result<Length> {
        let start = self.position();
        self.primitive(&announced)?;
        Ok(Length {
            announced,
            start,
            end: self.position(),
        })
    }

    /// Puts the true length in the place of the one announced. What follows it moves only if their
    /// sizes differ.
    #[inline]
    pub(super) fn end_length(&mut self, length: &Length, actual: usize) -> Result {
        if length.announced == actual {
            return Ok(());
        }
        let (mut varint, mut count, mut left) = ([0; 10], 0, actual);
        loop {
            let more = left >= 0x80;
            varint[count] = left as u8 & 0x7f | u8::from(more) << 7;
            count += 1;
            left >>= 7;
            if !more {
                break;
            }
        }
        self.postcard
            .output
            .replace(length.start, length.end, &varint[..count])
            .map_err(|Full| EncodeErrorKind::TooLarge.into())
    }
}

/// A length in the output.
pub(super) struct Length {
    announced: usize,
    start: usize,
    end: usize,
}

#[cold]
fn too_deep() -> Failure<EncodeErrorKind> {
    EncodeErrorKind::TooDeep.into()
}

#[cold]
fn refused(error: postcard::Error) -> Failure<EncodeErrorKind> {
    match error {
        postcard::Error::SerializeBufferFull => EncodeErrorKind::TooLarge,
        // It refuses no primitive for another reason.
        _ => EncodeErrorKind::Refused("postcard refuses it".into()),
    }
    .into()
}

macro_rules! primitives {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(
            #[inline]
            fn $method(self, value: $type) -> Result {
                self.postcard.$method(value).map_err(refused)
            }
        )*
    };
}

impl<'a, 's> serde::Serializer for &'a mut Serializer<'s> {
    type Ok = ();
    type Error = Failure<EncodeErrorKind>;
    type SerializeSeq = Counted<'a, 's>;
    type SerializeMap = Counted<'a, 's>;
    type SerializeTuple = Fixed<'a, 's>;
    type SerializeTupleStruct = Fixed<'a, 's>;
    type SerializeTupleVariant = Fixed<'a, 's>;
    type SerializeStruct = Fixed<'a, 's>;
    type SerializeStructVariant = Fixed<'a, 's>;

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    primitives! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char,
        serialize_str: &str,
        serialize_bytes: &[u8],
        serialize_unit_struct: &'static str,
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result {
        let length = self.begin_length(0)?;
        if write!(self.postcard.output, "{value}").is_err() {
            return Err(match self.postcard.output.is_full() {
                true => EncodeErrorKind::TooLarge,
                false => EncodeErrorKind::Refused("a Display impl failed".into()),
            }
            .into());
        }
        let written = self.position() - length.end;
        self.end_length(&length, written)
    }

    #[inline]
    fn serialize_unit(self) -> Result {
        Ok(())
    }

    #[inline]
    fn serialize_none(self) -> Result {
        self.postcard.serialize_none().map_err(refused)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        self.primitive(&1_u8)?;
        self.nested(value)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result {
        self.nested(value)
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        owner: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result {
        self.variant(owner, index, variant)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        owner: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result {
        self.variant(owner, index, variant)?;
        self.nested(value)
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Counted<'a, 's>> {
        Counted::begin(self, length)
    }

    #[inline]
    fn collect_seq<I: IntoIterator<Item: Serialize>>(self, elements: I) -> Result {
        let elements = elements.into_iter();
        let length = match elements.size_hint() {
            (least, Some(most)) if least == most => Some(least),
            _ => None,
        };
        if let Some(length) = length.filter(|_| byte::is_byte::<I::Item>()) {
            return self.bytes(length, elements.map(|element| byte::of(&element)));
        }
        let mut sequence = self.serialize_seq(length)?;
        for element in elements {
            sequence.serialize_element(&element)?;
        }
        sequence.end()
    }

    #[inline]
    fn serialize_map(self, length: Option<usize>) -> Result<Counted<'a, 's>> {
        Counted::begin(self, length)
    }

    #[inline]
    fn serialize_tuple(self, length: usize) -> Result<Fixed<'a, 's>> {
        Fixed::begin(self, "", None, length)
    }

    #[inline]
    fn serialize_tuple_struct(self, owner: &'static str, length: usize) -> Result<Fixed<'a, 's>> {
        Fixed::begin(self, owner, None, length)
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        owner: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Fixed<'a, 's>> {
        self.serialize_struct_variant(owner, index, variant, length)
    }

    #[inline]
    fn serialize_struct(self, owner: &'static str, length: usize) -> Result<Fixed<'a, 's>> {
        Fixed::begin(self, owner, None, length)
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        owner: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Fixed<'a, 's>> {
        self.variant(owner, index, variant)?;
        Fixed::begin(self, owner, Some(index), length)
    }
}
