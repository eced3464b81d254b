//! The errors of the wire format.

mod decode;
mod encode;
mod failure;
mod relay;

pub use decode::{DecodeError, DecodeErrorKind};
pub use encode::{EncodeError, EncodeErrorKind};
pub(super) use failure::Failure;
pub use relay::relayed;
