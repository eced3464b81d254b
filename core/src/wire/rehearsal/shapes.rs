//! What `Deserialize` reads: the field counts and variant numbers a message type was seen to
//! expect.

use crate::wire::error::EncodeErrorKind;

/// The structs and enums of one message type, by the names serde knows them under. Two types may
/// share a name, so a name that fits any of its entries passes; a name without entry passes too.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    pub(crate) structs: Vec<StructShape>,
    pub(crate) enums: Vec<EnumShape>,
}

/// How many fields are read for a struct, or for a variant of an enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StructShape {
    pub(crate) owner: &'static str,
    /// The number of the variant.
    pub(crate) variant: Option<u32>,
    pub(crate) fields: usize,
}

/// The variants an enum is read with, as `Deserialize` lists them: aliases stand among them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EnumShape {
    pub(crate) owner: &'static str,
    pub(crate) variants: &'static [&'static str],
}

impl Shapes {
    /// Refuses a struct, or a variant of an enum, that is written with another number of fields
    /// than it is read with.
    pub(crate) fn check_fields(&self, written: &StructShape) -> Result<(), EncodeErrorKind> {
        let mut read = self
            .structs
            .iter()
            .filter(|read| read.owner == written.owner && read.variant == written.variant)
            .peekable();
        let Some(&&StructShape { owner, fields, .. }) = read.peek() else {
            return Ok(());
        };
        if read.any(|read| read.fields == written.fields) {
            return Ok(());
        }
        Err(EncodeErrorKind::FieldCount {
            owner,
            written: written.fields,
            read: fields,
        })
    }

    /// Refuses a variant that is read under a smaller number than it is written with: a variant
    /// before it exists for `Serialize` only. (Aliases make the position in the list larger, never
    /// smaller.)
    pub(crate) fn check_variant(
        &self,
        owner: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<(), EncodeErrorKind> {
        let written = usize::try_from(index).unwrap_or(usize::MAX);
        let mut smaller = None;
        for read in self.enums.iter().filter(|read| read.owner == owner) {
            match read.variants.iter().position(|name| *name == variant) {
                Some(position) if position < written => smaller = Some(position),
                _ => return Ok(()),
            }
        }
        smaller.map_or(Ok(()), |read| {
            Err(EncodeErrorKind::VariantIndex {
                owner,
                variant,
                written,
                read,
            })
        })
    }
}
