//! The errors of the wire format.

mod decode;
mod encode;
mod failure;
mod relay;

pub(super) use self::failure::Failure;
pub use self::{
    decode::{DecodeError, DecodeErrorKind},
    encode::{EncodeError, EncodeErrorKind},
};
