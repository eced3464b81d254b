//! The error inside serde calls: one pointer wide, so that results stay in registers on the hot
//! path.

use std::{
    error::Error,
    fmt::{self, Debug, Display},
};

use serde::{
    de::{self, Expected, Unexpected},
    ser,
};

use super::{decode::DecodeErrorKind, encode::EncodeErrorKind};
use crate::texts::text_of;

#[derive(Debug)]
pub(crate) struct Failure<K>(Box<K>);

impl<K> Failure<K> {
    pub(crate) fn into_kind(self) -> K {
        *self.0
    }
}

impl<K> From<K> for Failure<K> {
    #[cold]
    fn from(kind: K) -> Self {
        Self(Box::new(kind))
    }
}

impl<K: Display> Display for Failure<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl<K: Debug + Display> Error for Failure<K> {}

impl ser::Error for Failure<EncodeErrorKind> {
    fn custom<T: Display>(reason: T) -> Self {
        EncodeErrorKind::Refused(text_of(&reason)).into()
    }
}

impl de::Error for Failure<DecodeErrorKind> {
    fn custom<T: Display>(reason: T) -> Self {
        DecodeErrorKind::Refused(text_of(&reason)).into()
    }

    // serde's own would bring the code that writes floats into every program.
    #[cold]
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        unexpected("type", &found, expected)
    }

    #[cold]
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        unexpected("value", &found, expected)
    }
}

fn unexpected(
    what: &str,
    found: &Unexpected<'_>,
    expected: &dyn Expected,
) -> Failure<DecodeErrorKind> {
    let found = Found(found);
    de::Error::custom(format_args!("invalid {what}: {found}, expected {expected}"))
}

/// In serde's words, but without the value of a float.
struct Found<'a>(&'a Unexpected<'a>);

impl Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Unexpected::Bool(value) => write!(f, "boolean `{value}`"),
            Unexpected::Unsigned(value) => write!(f, "integer `{value}`"),
            Unexpected::Signed(value) => write!(f, "integer `{value}`"),
            Unexpected::Float(_) => f.write_str("floating point"),
            Unexpected::Char(value) => write!(f, "character `{value}`"),
            Unexpected::Str(value) => write!(f, "string \"{value}\""),
            Unexpected::Bytes(_) => f.write_str("byte array"),
            Unexpected::Unit => f.write_str("unit value"),
            Unexpected::Option => f.write_str("Option value"),
            Unexpected::NewtypeStruct => f.write_str("newtype struct"),
            Unexpected::Seq => f.write_str("sequence"),
            Unexpected::Map => f.write_str("map"),
            Unexpected::Enum => f.write_str("enum"),
            Unexpected::UnitVariant => f.write_str("unit variant"),
            Unexpected::NewtypeVariant => f.write_str("newtype variant"),
            Unexpected::TupleVariant => f.write_str("tuple variant"),
            Unexpected::StructVariant => f.write_str("struct variant"),
            Unexpected::Other(what) => f.write_str(what),
        }
    }
}
