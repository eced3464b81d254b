//! JSON documents to read: made by a seed, so that every run has the same.

use insula::{TaskError, compute};
use serde::{Deserialize, Serialize};

use crate::report::thousands;

/// A document of `entries` numbered lists, different for each `seed`.
#[must_use]
pub fn document(entries: usize, seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut json = String::from("{");
    for entry in 0..entries {
        let numbers: Vec<u32> = (0..random.usize(1..8)).map(|_| random.u32(..)).collect();
        let comma = if entry == 0 { "" } else { "," };
        json.push_str(&format!("{comma}\"key {entry}\":{numbers:?}"));
    }
    json.push('}');
    json
}

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable(pub String);

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

/// How many keys a document has.
///
/// # Errors
/// It is not a JSON object.
pub fn count_keys(json: String) -> Result<usize, Unreadable> {
    let map: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&json).map_err(|error| Unreadable(error.to_string()))?;
    Ok(map.len())
}

/// Document `number` of four, which have 100,000 keys together.
#[must_use]
pub fn one_of_four(number: u64) -> String {
    document(10_000 * (number as usize + 1), number)
}

/// The documents that programs read when the user names no files: 100,000 keys in four. They are made elsewhere, as the
/// caller may have frames to draw.
///
/// # Errors
/// An isolate did not start, or was lost.
pub async fn documents() -> Result<Vec<String>, TaskError> {
    let mut documents = Vec::new();
    for number in 0..4 {
        let made = compute(one_of_four, number);
        documents.push(made.await?);
    }
    Ok(documents)
}

/// What reading documents came to: how many keys each has.
///
/// # Errors
/// One of them could not be read.
pub fn describe(counts: Vec<Result<usize, Unreadable>>) -> Result<String, Unreadable> {
    let counts = counts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let each: Vec<_> = counts.into_iter().map(thousands).collect();
    Ok(format!("{} keys", each.join(" + ")))
}
