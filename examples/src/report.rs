//! [`Row`]: what one run of photos came to, [`Ran`]: of another program; the same wherever it ran.

use serde::{Deserialize, Serialize};

/// One line of the demo's table, and one object of its report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Where the work ran, as in `native` or `browser-worker`.
    #[serde(rename = "where")]
    pub place: String,
    /// From the start until the caller had the result.
    pub total_ms: f64,
    /// The longest time for which the caller's event loop came too late.
    pub longest_freeze_ms: f64,
    /// How many frames the caller did not get at 60 Hz.
    pub frames_lost: u32,
    /// How many photos came back.
    pub photos: usize,
    /// What [`Checksum`](crate::photos::Checksum) says about them.
    pub checksum: String,
}

/// What a program of [`PROGRAMS`](crate::programs::PROGRAMS) came to on the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    /// Its name.
    pub program: String,
    /// Where its work ran, as in [`Row`].
    #[serde(rename = "where")]
    pub place: String,
    /// What it says it came to, or how it failed.
    pub outcome: Result<String, String>,
    /// From its start to its end.
    pub total_ms: f64,
    /// The longest time for which the caller's event loop came too late.
    pub longest_freeze_ms: f64,
}

/// A number with its thousands apart.
#[must_use]
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!(
            [0, 999, 1000, 211_640, 1_234_567].map(thousands),
            ["0", "999", "1,000", "211,640", "1,234,567"]
        );
    }
}
