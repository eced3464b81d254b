//! [`Frame`] and [`Mark`]: what the meter measures and the strip draws.

/// A frame: when it came, and how long after the one before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) at_ms: f64,
    pub(crate) gap_ms: f64,
}

/// A run on the live strip.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) label: String,
    pub(crate) from_ms: f64,
    /// Open as long as the run goes on.
    pub(crate) to_ms: Option<f64>,
}
