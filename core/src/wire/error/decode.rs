//! Why bytes are no message.

use std::{any::type_name, borrow::Cow, error::Error, fmt};

use crate::wire::limits::{MAX_DEPTH, MAX_ZERO_SIZED};

/// Bytes that are no message of the type asked for.
///
/// ```
/// use insula::error::{DecodeError, DecodeErrorKind};
/// use insula_core::wire::{decode, encode};
///
/// let mut encoded = encode(&("seven".to_owned(), 7_u8)).unwrap();
/// encoded.bytes.pop();
/// let error: DecodeError = decode::<(String, u8)>(encoded).unwrap_err();
/// assert_eq!(error.offset(), 6); // after a length and five letters
/// assert_eq!(error.kind(), &DecodeErrorKind::UnexpectedEnd { expected: "a u8" });
/// assert!(error.type_name().ends_with("String, u8)"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(Box<Told>);

/// In a box, as errors are rare and results are moved often.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    type_name: Cow<'static, str>,
    offset: usize,
    kind: DecodeErrorKind,
}

impl DecodeError {
    /// An error of a message of the type that is called `type_name`.
    pub(crate) fn new(
        type_name: impl Into<Cow<'static, str>>,
        offset: usize,
        kind: DecodeErrorKind,
    ) -> Self {
        let type_name = type_name.into();
        Self(Box::new(Told {
            type_name,
            offset,
            kind,
        }))
    }

    /// An error of the platform's own.
    pub fn refused<M: ?Sized>(reason: impl Into<String>) -> Self {
        Self::new(type_name::<M>(), 0, DecodeErrorKind::Refused(reason.into()))
    }

    /// An error that another isolate has met, as it was sent.
    pub(crate) fn relayed(type_name: String, offset: usize, reason: String) -> Self {
        Self::new(type_name, offset, DecodeErrorKind::Refused(reason))
    }

    /// The Rust type of the whole message, as [`std::any::type_name`] spells it.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.0.type_name
    }

    /// Where the value begins that could not be read, in bytes from the start of the message.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// What stands in the way.
    #[must_use]
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.0.kind
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} can't be read at byte {}: {}",
            self.0.type_name, self.0.offset, self.0.kind
        )
    }
}

impl Error for DecodeError {}

/// Why bytes are no message of the type asked for.
///
/// ```
/// use insula::error::{DecodeError, DecodeErrorKind};
///
/// let error = DecodeError::refused::<u32>("not today");
/// assert_eq!(error.kind(), &DecodeErrorKind::Refused("not today".to_owned()));
/// assert_eq!(error.to_string(), "u32 can't be read at byte 0: not today");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The bytes end inside a value.
    UnexpectedEnd {
        /// What was being read: `bool`, `u32`, `a string`, …
        expected: &'static str,
    },
    /// The bytes are no value of the kind asked for: a `bool` of 2, text that is not UTF-8, an
    /// overlong number.
    Malformed {
        /// What was being read: `bool`, `u32`, `a string`, …
        expected: &'static str,
    },
    /// A sequence or map announces more elements than the bytes that are left can hold.
    Length {
        /// How many elements are announced.
        announced: usize,
        /// How many bytes are left.
        remaining: usize,
    },
    /// A visitor left elements of a sequence or map unread.
    UnreadElements {
        /// How many are left.
        count: usize,
    },
    /// Bytes are left after the message.
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// Attachments are left that no value of the message took.
    UnclaimedAttachments {
        /// How many.
        count: usize,
    },
    /// The type needs a format that names the type of each value; see
    /// [`EncodeErrorKind`](super::EncodeErrorKind::SelfDescribing).
    SelfDescribing,
    /// Values are nested more than [`MAX_DEPTH`] deep.
    TooDeep,
    /// Sequences and maps hold more than [`MAX_ZERO_SIZED`] elements that take no byte.
    ZeroSized,
    /// A `Deserialize` impl refused a value, in its own words.
    Refused(String),
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedEnd { expected } => write!(f, "expected {expected}, the bytes end"),
            Self::Malformed { expected } => write!(f, "expected {expected}"),
            Self::Length {
                announced,
                remaining,
            } => {
                write!(f, "{announced} elements announced, {remaining} bytes left")
            }
            Self::UnreadElements { count } => {
                write!(f, "{count} elements of a sequence or map left unread")
            }
            Self::TrailingBytes { count } => write!(f, "expected the end, {count} bytes left"),
            Self::UnclaimedAttachments { count } => {
                write!(f, "expected the end, {count} attachments left")
            }
            Self::SelfDescribing => {
                f.write_str("the type needs a self-describing format, such as Json<T>")
            }
            Self::TooDeep => write!(f, "values are nested more than {MAX_DEPTH} deep"),
            Self::ZeroSized => write!(f, "more than {MAX_ZERO_SIZED} elements take no byte"),
            Self::Refused(reason) => f.write_str(reason),
        }
    }
}
