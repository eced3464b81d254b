//! Comparing what is written with [`Shapes`], at the price of a few instructions a struct.

use super::shapes::{Shapes, StructShape};
use crate::wire::error::{EncodeErrorKind, Failure};

type Result = std::result::Result<(), Failure<EncodeErrorKind>>;

/// Nothing is rehearsed where panics abort, so there are no shapes to compare with.
const REHEARSES: bool = cfg!(panic = "unwind");

/// A power of two; messages rarely hold more kinds of structs and variants.
const SLOTS: usize = if REHEARSES { 32 } else { 2 };

/// The shapes of one message type, and a memo of what has been compared with them in this message.
/// Comparing names is slow, so what passed once is recognized by the address of its name.
pub(crate) struct ShapeCheck<'s> {
    shapes: &'s Shapes,
    passed: [Passed; SLOTS],
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Passed {
    /// Compared by address and length.
    owner: *const str,
    variant: Option<u32>,
    /// How many fields, or the address of the variant's name.
    detail: usize,
}

impl Passed {
    /// Fibonacci hashing (Knuth, The Art of Computer Programming, volume 3, 6.4): the upper bits of
    /// a product.
    #[inline]
    fn slot(self) -> usize {
        let key = self.owner.addr().rotate_left(5) ^ self.detail;
        let product = (key as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (product >> (u64::BITS - SLOTS.ilog2())) as usize
    }
}

impl<'s> ShapeCheck<'s> {
    pub(crate) fn new(shapes: &'s Shapes) -> Self {
        let nothing = Passed {
            owner: "",
            variant: None,
            detail: usize::MAX,
        };
        Self {
            shapes,
            passed: [nothing; SLOTS],
        }
    }

    /// [`Shapes::check_fields`].
    #[inline]
    pub(crate) fn fields(
        &mut self,
        owner: &'static str,
        variant: Option<u32>,
        fields: usize,
    ) -> Result {
        if !REHEARSES {
            return Ok(());
        }
        let passing = Passed {
            owner,
            variant,
            detail: fields,
        };
        if self.passed[passing.slot()] == passing {
            return Ok(());
        }
        self.compare(passing, &|shapes| {
            shapes.check_fields(&StructShape {
                owner,
                variant,
                fields,
            })
        })
    }

    /// [`Shapes::check_variant`].
    #[inline]
    pub(crate) fn variant(
        &mut self,
        owner: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result {
        if !REHEARSES {
            return Ok(());
        }
        let passing = Passed {
            owner,
            variant: Some(index),
            detail: variant.as_ptr().addr(),
        };
        if self.passed[passing.slot()] == passing {
            return Ok(());
        }
        self.compare(passing, &|shapes| {
            shapes.check_variant(owner, index, variant)
        })
    }

    #[cold]
    #[inline(never)]
    fn compare(
        &mut self,
        passing: Passed,
        check: &dyn Fn(&Shapes) -> std::result::Result<(), EncodeErrorKind>,
    ) -> Result {
        check(self.shapes)?;
        self.passed[passing.slot()] = passing;
        Ok(())
    }
}
