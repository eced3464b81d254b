//! What isolates did, event by event: a recorder that is off until it is started, and a picture of what it holds.
//!
//! ```
//! # insula::main(async || {
//! use insula::{IsolateRunner, trace};
//! use std::time::Duration;
//!
//! let recording = trace::start(1_000); // events an isolate
//! let runner = IsolateRunner::builder().debug_name("squares").spawn().await?;
//! runner.run(|n: u32| n * n, 12).await?;
//!
//! let trace = recording.stop_within(Duration::from_millis(500)).await;
//! let picture = trace.to_string(); // for ui.perfetto.dev, or `chrome://tracing`
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
//!
//! # In a browser
//! Each isolate records itself, and the page asks for what they have. An isolate hands over what it holds when it ends.
//!
//! | in the picture | means |
//! |---|---|
//! | the track `main` | code outside isolates, whose ports are in an event loop there |
//! | `outside of events of …` | what an isolate has sent from a callback of the browser |
//! | the slice `did not answer` | the isolate was busy for longer than the reader has waited; it lasts since it was asked |
//! | the slice `ended unheard` | the isolate was killed or lost. What it had not handed over before is gone with it |
//!
//! A script is not recorded, as it has no event loop of insula's. Clocks of a browser are coarse, and each isolate has one. So
//! a moment is drawn behind those before it on its track, and a message behind its sending, even where the clocks say otherwise.

mod part;
mod picture;

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    contract::Platform,
    recording::{self, Clock, Recorder},
};

pub use crate::recording::RecordingScope;
pub use part::{Part, put_together};
pub use picture::Trace;

/// A platform whose isolates can be recorded.
pub trait Record: Platform {
    /// What keeps a recording: it ends when the last of these is dropped. [`Local`] where isolates share memory.
    type Hold: 'static;

    /// See [`start`].
    fn record(events: usize) -> Self::Hold;

    /// See [`Recording::snapshot_within`].
    fn read(hold: &Self::Hold, limit: Duration) -> impl Future<Output = Trace>;
}

/// Records what isolates do from now on: of each the last `events`, messages that it sends included. Each takes about 100
/// bytes.
///
/// Recordings at the same time share what they hold, and keep as much as the one that keeps most. In the simulator it records the
/// isolates of the run.
///
/// ```
/// # insula::main(async || {
/// # use std::time::Duration;
/// let recording = insula::trace::start(100);
/// insula::compute(|n: u32| n + 1, 1).await?;
/// let trace = recording.snapshot_within(Duration::from_millis(500)).await;
/// assert!(trace.to_string().contains(r#""ph":"s""#)); // the arrow of a message
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Platform
/// Web: other isolates begin when they hear of it, and those that start later from their first event on. An application that does
/// not call it has no code for it in its module.
#[must_use = "it records for as long as it is kept"]
pub fn start<P: Record>(events: usize) -> Recording<P> {
    Recording {
        hold: P::record(events),
    }
}

/// A recording that goes on until it is stopped or dropped; made by [`start`].
///
/// ```
/// # insula::main(async || {
/// # use std::time::Duration;
/// let recording = insula::trace::start(100);
/// insula::compute(|n: u32| n + 1, 1).await?;
/// let limit = Duration::from_millis(500);
/// let so_far = recording.snapshot_within(limit).await;
/// let all = recording.stop_within(limit).await;
/// assert!(all.to_string().len() >= so_far.to_string().len());
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
pub struct Recording<P: Record> {
    hold: P::Hold,
}

impl<P: Record> fmt::Debug for Recording<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").finish_non_exhaustive()
    }
}

impl<P: Record> Recording<P> {
    /// What was recorded so far, within `limit`, on every platform. It stops no isolate, and shows an event that is still
    /// running as one that lasts until now.
    ///
    /// Where isolates share memory it waits for none. In a browser it asks each isolate, which answers between two events,
    /// paused or not. Of one that has not answered within `limit` the picture says so, and has what it handed over before.
    ///
    /// ```
    /// # insula::main(async || {
    /// # use std::time::Duration;
    /// let recording = insula::trace::start(100);
    /// insula::compute(|n: u32| n + 1, 1).await?;
    /// println!("{}", recording.snapshot_within(Duration::from_millis(500)).await);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Platform
    /// Web: an isolate that is not the page's asks by the page. When the page is too busy to answer, it gives what was recorded
    /// in the isolate itself.
    pub async fn snapshot_within(&self, limit: Duration) -> Trace {
        P::read(&self.hold, limit).await
    }

    /// Ends the recording, and gives what it holds, as [`snapshot_within`](Self::snapshot_within) does.
    ///
    /// ```
    /// # insula::main(async || {
    /// # use std::time::Duration;
    /// let trace = insula::trace::start(100).stop_within(Duration::from_millis(500)).await;
    /// assert!(trace.to_string().contains("traceEvents"));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub async fn stop_within(self, limit: Duration) -> Trace {
        self.snapshot_within(limit).await
    }
}

impl<P: Record<Hold = Local>> Recording<P> {
    /// As [`snapshot_within`](Self::snapshot_within), on any thread and without an await, where isolates share memory.
    ///
    /// ```
    /// let recording = insula::trace::start(100);
    /// assert!(insula::compute(|n: u32| n + 1, 1).wait().is_ok());
    /// println!("{}", recording.snapshot());
    /// ```
    ///
    /// # Platform
    /// Web: not there, as isolates share no memory.
    #[must_use]
    pub fn snapshot(&self) -> Trace {
        self.hold.read::<P>()
    }

    /// As [`stop_within`](Self::stop_within), on any thread and without an await, where isolates share memory.
    ///
    /// ```
    /// let trace = insula::trace::start(100).stop();
    /// assert!(trace.to_string().contains("traceEvents"));
    /// ```
    ///
    /// # Platform
    /// Web: not there, as isolates share no memory.
    #[must_use = "what was recorded is in it"]
    pub fn stop(self) -> Trace {
        self.snapshot()
    }
}

/// A recording of the isolates that share this memory. It ends when the last of these is dropped.
#[derive(Clone)]
pub struct Local {
    recorder: Arc<Recorder>,
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").finish_non_exhaustive()
    }
}

impl Local {
    /// Records the last `events` of each isolate at least.
    #[must_use]
    pub fn start<P: Platform>(events: usize) -> Self {
        let clock = if P::SHARES_MEMORY {
            Clock::Fine
        } else {
            Clock::Coarse
        };
        Self {
            recorder: recording::start(events, clock),
        }
    }

    /// Has messages that are sent from here numbered from `first` on, where isolates that are put into one picture have
    /// memories of their own: no two must give one number.
    pub fn number_from(&self, first: u64) {
        recording::number_from(first);
    }

    /// What was recorded so far.
    #[must_use]
    pub fn read<P: Platform>(&self) -> Trace {
        Trace::new(self.recorder.copy(P::now()), self.recorder.clock())
    }
}
