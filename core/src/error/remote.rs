//! [`RemoteError`]: an error of another isolate.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::texts::first_line;

/// An error that happened in another isolate: what it said and where, as text.
///
/// Errors lose their type when they were not returned but thrown: a panic, a failed `Display`, a
/// script error. What a computation *returns* keeps its type.
///
/// ```
/// # insula::main(async || {
/// let line = line!() + 1;
/// let task = insula::Isolate::run(|| -> u32 { panic!("boom") });
/// let Err(insula::TaskError::Panicked(error)) = task.await else { unreachable!() };
/// assert_eq!(error.description(), "boom");
/// assert!(error.stack_trace().starts_with("at "), "file, line and column; the stack with RUST_BACKTRACE=1");
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`RemoteError`](https://api.dart.dev/dart-isolate/RemoteError-class.html).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RemoteError(Box<Texts>);

/// In a box, as errors are rare and results are moved often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "RemoteError")]
struct Texts {
    description: String,
    stack_trace: String,
}

impl RemoteError {
    /// Makes an error from its two texts.
    ///
    /// ```
    /// let error = insula::RemoteError::new("boom", "at src/sort.rs:7:9");
    /// assert_eq!(error.to_string(), "boom");
    /// ```
    pub fn new(description: impl Into<String>, stack_trace: impl Into<String>) -> Self {
        Self(Box::new(Texts {
            description: description.into(),
            stack_trace: stack_trace.into(),
        }))
    }

    /// Turns any error into the form that every isolate can read. Its sources follow the description,
    /// except those that it tells itself.
    ///
    /// ```
    /// let error = "x".parse::<u32>().unwrap_err();
    /// assert_eq!(insula::RemoteError::from_error(&error).to_string(), "invalid digit found in string");
    /// ```
    pub fn from_error(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut description = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let told = cause.to_string();
            if !contains(&description, &told) {
                description = format!("{description}: {told}");
            }
            source = cause.source();
        }
        Self::new(description, "")
    }

    /// What the error said.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.0.description
    }

    /// Where it happened, as far as the platform knows: the location, then the stack.
    #[must_use]
    pub fn stack_trace(&self) -> &str {
        &self.0.stack_trace
    }

    /// Whether the description has this text in it.
    pub(crate) fn tells(&self, text: &str) -> bool {
        contains(&self.0.description, text)
    }

    /// What happened, and where if that is known.
    pub(super) fn write_with_place(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.description)?;
        match first_line(&self.0.stack_trace).0 {
            "" => Ok(()),
            place => write!(f, " {place}"),
        }
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.description)
    }
}

impl std::error::Error for RemoteError {}

/// Whether a text has another in it. Texts of errors are short; the standard library's search is more code.
fn contains(text: &str, part: &str) -> bool {
    let ends = text.len().checked_sub(part.len());
    ends.is_some_and(|last| (0..=last).any(|at| text.as_bytes()[at..].starts_with(part.as_bytes())))
}
