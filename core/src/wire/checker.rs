//! Comparing what is written with [`Shapes`], at the price of a few instructions a struct.

use super::serializer::Result;
use super::shapes::{Shapes, StructShape};
use crate::error::EncodeErrorKind;

/// A power of two; messages rarely hold more kinds of structs and variants.
const SLOTS: usize = 16;

/// The shapes of one message type, and a memo of what has been compared with them in this message. Comparing names is
/// slow, so what passed once is recognized by the address of its name.
pub(super) struct Checker<'s> {
    shapes: &'s Shapes,
    passed: [Passed; SLOTS],
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Passed {
    /// The address of the owner's name.
    owner: usize,
    variant: Option<u32>,
    /// How many fields, or the address of the variant's name.
    detail: usize,
}

impl<'s> Checker<'s> {
    pub(super) fn new(shapes: &'s Shapes) -> Self {
        let nothing = Passed {
            owner: 0,
            variant: None,
            detail: 0,
        };
        Self {
            shapes,
            passed: [nothing; SLOTS],
        }
    }

    /// [`Shapes::check_fields`].
    #[inline]
    pub(super) fn fields(
        &mut self,
        owner: &'static str,
        variant: Option<u32>,
        fields: usize,
    ) -> Result {
        let passing = Passed {
            owner: owner.as_ptr().addr(),
            variant,
            detail: fields,
        };
        if *self.slot(passing) == passing {
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
    pub(super) fn variant(
        &mut self,
        owner: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result {
        let passing = Passed {
            owner: owner.as_ptr().addr(),
            variant: Some(index),
            detail: variant.as_ptr().addr(),
        };
        if *self.slot(passing) == passing {
            return Ok(());
        }
        self.compare(passing, &|shapes| shapes.check_variant(owner, index, variant))
    }

    #[inline]
    fn slot(&mut self, passed: Passed) -> &mut Passed {
        &mut self.passed[(passed.owner ^ passed.owner >> 4 ^ passed.detail) % SLOTS]
    }

    #[cold]
    #[inline(never)]
    fn compare(
        &mut self,
        passing: Passed,
        check: &dyn Fn(&Shapes) -> std::result::Result<(), EncodeErrorKind>,
    ) -> Result {
        check(self.shapes)?;
        *self.slot(passing) = passing;
        Ok(())
    }
}
