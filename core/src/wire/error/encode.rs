//! Why a message could not be sent.

use std::{any::type_name, borrow::Cow, error::Error, fmt};

use crate::wire::limits::{MAX_BYTES, MAX_DEPTH, MAX_ZERO_SIZED};

/// A message that could not be encoded. Nothing was sent, and nothing the message holds was given
/// away.
///
/// ```
/// use insula::error::{EncodeError, EncodeErrorKind};
/// # use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// #[serde(untagged)] // which one it is can only be seen in a format that names its types
/// enum Id {
///     Number(u32),
///     Name(String),
/// }
/// let error: EncodeError = insula_core::wire::encode(&Id::Number(7)).unwrap_err();
/// assert!(error.type_name().ends_with("Id"));
/// assert!(matches!(error.kind(), EncodeErrorKind::SelfDescribing { .. }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError(Box<Told>);

/// In a box, as errors are rare and results are moved often.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    type_name: Cow<'static, str>,
    kind: EncodeErrorKind,
}

impl EncodeError {
    /// An error of a message of the type that is called `type_name`.
    pub(crate) fn new(type_name: impl Into<Cow<'static, str>>, kind: EncodeErrorKind) -> Self {
        let type_name = type_name.into();
        Self(Box::new(Told { type_name, kind }))
    }

    /// An error of the platform's own.
    pub fn refused<M: ?Sized>(reason: impl Into<String>) -> Self {
        Self::new(type_name::<M>(), EncodeErrorKind::Refused(reason.into()))
    }

    /// An error that another isolate has met, as it was sent.
    pub(crate) fn relayed(type_name: String, reason: String) -> Self {
        Self::new(type_name, EncodeErrorKind::Refused(reason))
    }

    /// The Rust type of the whole message, as [`std::any::type_name`] spells it.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.0.type_name
    }

    /// What stands in the way.
    #[must_use]
    pub fn kind(&self) -> &EncodeErrorKind {
        &self.0.kind
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} can't be sent: {}", self.0.type_name, self.0.kind)
    }
}

impl Error for EncodeError {}

/// Why a message could not be encoded. An `owner` is a struct or an enum, by the name serde knows
/// it under.
///
/// ```
/// use insula::error::{EncodeError, EncodeErrorKind};
///
/// let error = EncodeError::refused::<u32>("not today");
/// assert_eq!(error.kind(), &EncodeErrorKind::Refused("not today".to_owned()));
/// assert_eq!(error.to_string(), "u32 can't be sent: not today");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// Reading it back needs a format that names the type of each value: a `serde_json::Value`, or
    /// `#[serde(untagged)]`, `#[serde(flatten)]`, `#[serde(tag = "…")]`. `Json<T>` carries such
    /// types.
    SelfDescribing {
        /// The type, and where there is one the field, that asks for it: `app::Job.extra`.
        place: String,
    },
    /// `#[serde(skip_serializing_if)]` left a field out, and the receiver would read the next one
    /// in its place.
    SkippedField {
        /// The struct, or the enum of the variant.
        owner: &'static str,
        /// The field.
        field: &'static str,
    },
    /// `Serialize` writes more fields than `Deserialize` reads, or fewer:
    /// `#[serde(skip_serializing)]` without `skip_deserializing`, or the reverse.
    FieldCount {
        /// The struct, or the enum of the variant.
        owner: &'static str,
        /// How many fields are written.
        written: usize,
        /// How many fields are read.
        read: usize,
    },
    /// `Serialize` and `Deserialize` number the variants of an enum differently: `#[serde(skip)]`
    /// on a variant that is not the last.
    VariantIndex {
        /// The enum.
        owner: &'static str,
        /// The variant.
        variant: &'static str,
        /// The number `Serialize` gives it.
        written: usize,
        /// The number `Deserialize` expects it under.
        read: usize,
    },
    /// `Serialize` announced one number of fields or elements and wrote another.
    WrongLength {
        /// How many were announced.
        announced: usize,
        /// How many were written.
        written: usize,
    },
    /// `Deserialize` fails on what `Serialize` just wrote.
    NotReadBack {
        /// Where reading stopped, in bytes from the start.
        offset: usize,
        /// What `Deserialize` said.
        reason: String,
    },
    /// Values are nested more than [`MAX_DEPTH`] deep.
    TooDeep,
    /// Sequences and maps hold more than [`MAX_ZERO_SIZED`] elements that take no byte.
    ZeroSized,
    /// The message takes more than [`MAX_BYTES`] bytes, or more than there is memory for.
    TooLarge,
    /// A `Serialize` impl refused its value, in its own words.
    Refused(String),
}

impl fmt::Display for EncodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelfDescribing { place } => write!(
                f,
                "{place} needs a self-describing format (a serde_json::Value, or serde's untagged, \
                 flatten or tag); wrap it in Json<T>"
            ),
            Self::SkippedField { owner, field } => {
                write!(
                    f,
                    "field `{field}` of {owner} was left out by skip_serializing_if"
                )
            }
            Self::FieldCount {
                owner,
                written,
                read,
            } => write!(
                f,
                "{owner} is written with {written} fields and read with {read} \
                 (skip_serializing or skip_deserializing alone)"
            ),
            Self::VariantIndex {
                owner,
                variant,
                written,
                read,
            } => write!(
                f,
                "variant `{variant}` of {owner} is written as number {written} and read as number \
                 {read} (a skipped variant before it)"
            ),
            Self::WrongLength { announced, written } => {
                write!(
                    f,
                    "a Serialize impl announced {announced} fields or elements and wrote {written}"
                )
            }
            Self::NotReadBack { offset, reason } => {
                write!(
                    f,
                    "its Deserialize fails on what its Serialize wrote, at byte {offset}: {reason}"
                )
            }
            Self::TooDeep => write!(
                f,
                "values are nested more than {MAX_DEPTH} deep; send a long chain as a Vec"
            ),
            Self::ZeroSized => write!(f, "more than {MAX_ZERO_SIZED} elements take no byte"),
            Self::TooLarge => write!(
                f,
                "its bytes are more than {MAX_BYTES}, or than there is memory for; send it in parts"
            ),
            Self::Refused(reason) => f.write_str(reason),
        }
    }
}
