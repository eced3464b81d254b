//! [`Trace`]: what was recorded, as a picture.

use std::{
    fmt,
    io::{self, Write as _},
};

use crate::recording::{self, Clock, Copied};

/// What was recorded. Its text is JSON in Chrome's trace event format, which <https://ui.perfetto.dev> opens.
///
/// Where time stands still while isolates run, as in the simulator, each moment is drawn a microsecond after the one before.
///
/// ```
/// let trace = insula::trace::start(100).stop();
/// let file = std::env::temp_dir().join(format!("insula-{}.json", std::process::id()));
/// trace.write(std::fs::File::create(&file)?)?;
/// assert_eq!(std::fs::read_to_string(&file)?, trace.to_string());
/// # std::fs::remove_file(file)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Source: [Trace Event Format](https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).
#[derive(Clone, Debug)]
pub struct Trace {
    tracks: Vec<Copied>,
    clock: Clock,
}

impl Trace {
    pub(super) fn new(tracks: Vec<Copied>, clock: Clock) -> Self {
        Self { tracks, clock }
    }

    /// Writes the JSON.
    ///
    /// ```
    /// let mut json = Vec::new();
    /// insula::trace::start(100).stop().write(&mut json)?;
    /// assert!(json.starts_with(b"{"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `to`.
    pub fn write(&self, to: impl io::Write) -> io::Result<()> {
        let mut to = io::BufWriter::new(to);
        write!(to, "{self}")?;
        to.flush()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        recording::write(f, &self.tracks, self.clock)
    }
}
