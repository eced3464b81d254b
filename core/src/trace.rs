//! What isolates did, event by event: a recorder that is off until it is started, and a picture of what it holds.
//!
//! ```
//! # insula::main(async || {
//! use insula::{IsolateRunner, trace};
//!
//! let recording = trace::start(1_000); // events an isolate
//! let runner = IsolateRunner::builder().debug_name("squares").spawn().await?;
//! runner.run(|n: u32| n * n, 12).await?;
//!
//! let picture = recording.stop().to_string(); // for ui.perfetto.dev, or `chrome://tracing`
//! assert!(picture.contains("squares"));
//! # Ok::<(), insula::Error>(())
//! # });
//! ```
//!
//! | in the picture | means |
//! |---|---|
//! | a track | an isolate, by its debug name. It stays when the isolate has ended |
//! | a slice | an event with its microtasks: `start`, `message`, `job` or its label, `timer`, `wake`, `control`, `end` |
//! | an arrow | a message or a job, from the event that sent it to the event that got it |
//! | `queue` | how many events waited when this one began |
//! | `waited_us` | how long the message was on its way and in the queue, in microseconds |
//! | `running` | the event had not ended when the recording was read |
//!
//! The track `outside of events` has what threads of the host do by themselves: they send from no event, and what comes to
//! their ports is handed over on the sender's thread. An arrow is left out where one of its ends is not recorded: it was
//! too long ago, it has not happened, or the receiver had ended.

use std::{
    fmt,
    io::{self, Write as _},
    marker::PhantomData,
    sync::Arc,
};

use crate::{
    contract::Platform,
    recording::{self, Copied, Recorder},
};

pub use crate::recording::RecordingScope;

/// Records what isolates do from now on: of each the last `events`, messages that it sends included. Each takes about 100
/// bytes.
///
/// Recordings at the same time share what they hold, and keep as much as the one that keeps most. In the simulator it records the
/// isolates of the run.
///
/// ```
/// # insula::main(async || {
/// let recording = insula::trace::start(100);
/// insula::compute(|n: u32| n + 1, 1).await?;
/// assert!(recording.snapshot().to_string().contains(r#""ph":"s""#)); // the arrow of a message
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[must_use = "it records for as long as it is kept"]
pub fn start<P: Platform>(events: usize) -> Recording<P> {
    Recording {
        recorder: recording::start(events),
        platform: PhantomData,
    }
}

/// A recording that goes on until it is stopped or dropped; made by [`start`].
///
/// ```
/// let recording = insula::trace::start(100);
/// assert!(insula::compute(|n: u32| n + 1, 1).wait().is_ok());
/// let (so_far, all) = (recording.snapshot(), recording.stop());
/// assert!(all.to_string().len() >= so_far.to_string().len());
/// ```
pub struct Recording<P: Platform> {
    recorder: Arc<Recorder>,
    platform: PhantomData<fn() -> P>,
}

impl<P: Platform> fmt::Debug for Recording<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").finish_non_exhaustive()
    }
}

impl<P: Platform> Recording<P> {
    /// What was recorded so far. It stops no isolate, and shows an event that is still running as one that lasts until now.
    ///
    /// ```
    /// let recording = insula::trace::start(100);
    /// assert!(insula::compute(|n: u32| n + 1, 1).wait().is_ok());
    /// println!("{}", recording.snapshot());
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> Trace {
        Trace {
            tracks: self.recorder.copy(P::now()),
            is_virtual: self.recorder.is_virtual(),
        }
    }

    /// Ends the recording, and gives what it holds.
    ///
    /// ```
    /// let trace = insula::trace::start(100).stop();
    /// assert!(trace.to_string().contains("traceEvents"));
    /// ```
    #[must_use = "what was recorded is in it"]
    pub fn stop(self) -> Trace {
        self.snapshot()
    }
}

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
    is_virtual: bool,
}

impl Trace {
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
        recording::write(f, &self.tracks, self.is_virtual)
    }
}
