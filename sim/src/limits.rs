//! How long a run may go on.

use std::time::Duration;

/// A run that has taken this many steps fails: its program never ends.
pub const STEP_LIMIT: usize = 1_000_000;

/// How many more steps the isolates may take when the future of a run is complete. The clock stands
/// meanwhile.
pub const SETTLE_LIMIT: usize = 10_000;

/// A worker that has not answered after this time has failed to start; see
/// [`Faults::silent_starts`](crate::Faults::silent_starts).
pub const START_LIMIT: Duration = Duration::from_secs(30);

/// A timer that is always due runs so often at one moment. From then on each of its ticks takes [`TICK`].
pub(crate) const TICKS: u32 = 1_000;

/// How long a tick of a timer takes that is always due.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// How many turns an isolate that is being ended may take to run its destructors.
pub(crate) const ENDING_TURNS: usize = 1_000;

/// How often destructors may send something new while the world is taken down.
pub(crate) const ENDING_ROUNDS: usize = 64;

/// A check for control in the middle of an event gives others a turn once in so many times.
pub(crate) const CHECKPOINTS: u8 = 16;
