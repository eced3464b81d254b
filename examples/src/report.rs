//! [`Row`]: what one run of a program came to, the same wherever it ran.

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
