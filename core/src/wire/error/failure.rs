//! The error inside serde calls: one pointer wide, so that results stay in registers on the hot
//! path.

use std::{
    error::Error,
    fmt::{self, Debug, Display},
};

use serde::{de, ser};

use super::{decode::DecodeErrorKind, encode::EncodeErrorKind};

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
        EncodeErrorKind::Refused(reason.to_string()).into()
    }
}

impl de::Error for Failure<DecodeErrorKind> {
    fn custom<T: Display>(reason: T) -> Self {
        DecodeErrorKind::Refused(reason.to_string()).into()
    }
}
