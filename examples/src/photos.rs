//! photos: JSON of 20 MB, 211,640 photo objects, decoded into structs.
//!
//! [`decode`] is the program; it is the same function on a thread, on the page and in a worker.

mod checksum;
mod document;
mod measure;

use std::fmt;

use insula::TransferableTypedData;
use serde::{Deserialize, Serialize};

pub use checksum::{Checksum, checksum};
pub use document::{COUNT, SEED, SEPARATOR, document, spoil};
pub use measure::{Measured, measure, native_clock};

/// One photo, with the fields of [JSONPlaceholder](https://jsonplaceholder.typicode.com/photos).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Photo {
    /// The album it is in.
    pub album_id: u32,
    /// Its number.
    pub id: u32,
    /// What its author calls it.
    pub title: String,
    /// Where the whole picture is.
    pub url: String,
    /// Where the small picture is.
    pub thumbnail_url: String,
}

/// Why a document is not one of photos.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParseError {
    /// What is wrong there.
    pub message: String,
    /// The line, from 1; 0 when the document as a whole is not usable.
    pub line: usize,
    /// The column in bytes, from 1.
    pub column: usize,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            message,
            line,
            column,
        } = self;
        write!(f, "{message} at line {line} column {column}")
    }
}

impl std::error::Error for ParseError {}

impl From<serde_json::Error> for ParseError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        // serde_json tells the place twice: in fields, and at the end of its text.
        let place = format!(" at line {line} column {column}");
        let message = text.strip_suffix(&place).unwrap_or(&text).to_owned();
        Self {
            message,
            line,
            column,
        }
    }
}

/// Decodes a document of photos.
///
/// # Errors
/// The document is not JSON, or not of photos; or its bytes were handed on before.
pub fn decode(document: TransferableTypedData) -> Result<Vec<Photo>, ParseError> {
    let unusable = |message: String| ParseError {
        message,
        line: 0,
        column: 0,
    };
    let bytes = document
        .materialize()
        .map_err(|error| unusable(error.to_string()))?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// Counts the photos of a document that have no title, and insists that there is one: a mistake.
///
/// # Errors
/// As [`decode`].
///
/// # Panics
/// When every photo has a title, as in each generated document.
pub fn decode_carelessly(document: TransferableTypedData) -> Result<usize, ParseError> {
    let photos = decode(document)?;
    let untitled = photos.iter().filter(|photo| photo.title.is_empty()).count();
    assert!(
        untitled > 0,
        "none of {} photos is without a title",
        photos.len()
    );
    Ok(untitled)
}
