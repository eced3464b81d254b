//! Writing values that hold others: counted (sequences, maps) and fixed (tuples, structs).

use serde::ser::{self, Serialize};

use super::{Length, Result, Serializer};
use crate::wire::{
    error::{EncodeErrorKind, Failure},
    limits::MAX_ZERO_SIZED,
};

/// A sequence or map. The length announced is only a guess: what is written in the end is the
/// number of elements.
pub(crate) struct Counted<'a, 's> {
    serializer: &'a mut Serializer<'s>,
    length: Length,
    count: usize,
    element_start: usize,
}

impl<'a, 's> Counted<'a, 's> {
    #[inline]
    pub(super) fn begin(
        serializer: &'a mut Serializer<'s>,
        announced: Option<usize>,
    ) -> Result<Self> {
        serializer.descend()?;
        let length = serializer.begin_length(announced.unwrap_or(0))?;
        Ok(Self {
            element_start: serializer.position(),
            serializer,
            length,
            count: 0,
        })
    }

    /// Counts an element that has been written.
    #[inline]
    fn count(&mut self) -> Result {
        self.count += 1;
        let position = self.serializer.position();
        if position == self.element_start {
            self.serializer.zero_sized += 1;
            if self.serializer.zero_sized > MAX_ZERO_SIZED {
                return Err(EncodeErrorKind::ZeroSized.into());
            }
        }
        self.element_start = position;
        Ok(())
    }

    #[inline]
    fn finish(self) -> Result {
        self.serializer.ascend();
        self.serializer.end_length(&self.length, self.count)
    }
}

impl ser::SerializeSeq for Counted<'_, '_> {
    type Ok = ();
    type Error = Failure<EncodeErrorKind>;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        value.serialize(&mut *self.serializer)?;
        self.count()
    }

    #[inline]
    fn end(self) -> Result {
        self.finish()
    }
}

impl ser::SerializeMap for Counted<'_, '_> {
    type Ok = ();
    type Error = Failure<EncodeErrorKind>;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result {
        key.serialize(&mut *self.serializer)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        value.serialize(&mut *self.serializer)?;
        self.count()
    }

    #[inline]
    fn end(self) -> Result {
        self.finish()
    }
}

/// A tuple or struct: as many values as announced, without a length.
pub(crate) struct Fixed<'a, 's> {
    serializer: &'a mut Serializer<'s>,
    owner: &'static str,
    variant: Option<u32>,
    announced: usize,
    written: usize,
}

impl<'a, 's> Fixed<'a, 's> {
    /// Begins a value of `owner`, the name of a struct or an enum; a plain tuple has the empty
    /// name.
    #[inline]
    pub(super) fn begin(
        serializer: &'a mut Serializer<'s>,
        owner: &'static str,
        variant: Option<u32>,
        announced: usize,
    ) -> Result<Self> {
        serializer.descend()?;
        Ok(Self {
            serializer,
            owner,
            variant,
            announced,
            written: 0,
        })
    }

    #[inline]
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        self.written += 1;
        value.serialize(&mut *self.serializer)
    }

    #[cold]
    fn skipped(&self, field: &'static str) -> Result {
        Err(EncodeErrorKind::SkippedField {
            owner: self.owner,
            field,
        }
        .into())
    }

    #[inline]
    fn finish(self) -> Result {
        let Self {
            serializer,
            owner,
            variant,
            announced,
            written,
        } = self;
        if written != announced {
            return Err(wrong_length(announced, written));
        }
        serializer.shape_check.fields(owner, variant, written)?;
        serializer.ascend();
        Ok(())
    }
}

#[cold]
fn wrong_length(announced: usize, written: usize) -> Failure<EncodeErrorKind> {
    EncodeErrorKind::WrongLength { announced, written }.into()
}

macro_rules! fixed {
    ($($trait:ident: $method:ident),* $(,)?) => {
        $(
            impl ser::$trait for Fixed<'_, '_> {
                type Ok = ();
                type Error = Failure<EncodeErrorKind>;

                #[inline]
                fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
                    self.value(value)
                }

                #[inline]
                fn end(self) -> Result {
                    self.finish()
                }
            }
        )*
    };
}

fixed! {
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

macro_rules! named {
    ($($trait:ident),* $(,)?) => {
        $(
            impl ser::$trait for Fixed<'_, '_> {
                type Ok = ();
                type Error = Failure<EncodeErrorKind>;

                #[inline]
                fn serialize_field<T: Serialize + ?Sized>(
                    &mut self,
                    _: &'static str,
                    value: &T,
                ) -> Result {
                    self.value(value)
                }

                fn skip_field(&mut self, field: &'static str) -> Result {
                    self.skipped(field)
                }

                #[inline]
                fn end(self) -> Result {
                    self.finish()
                }
            }
        )*
    };
}

named!(SerializeStruct, SerializeStructVariant);
