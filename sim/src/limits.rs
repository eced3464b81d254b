//! How long a run may go on.

/// A run that has taken this many steps fails: its program never ends.
pub const STEP_LIMIT: usize = 1_000_000;

/// How many more steps the isolates may take when the future of a run is complete. The clock stands
/// meanwhile.
pub const SETTLE_LIMIT: usize = 10_000;

/// How many turns an isolate that is being ended may take to run its destructors.
pub(crate) const ENDING_TURNS: usize = 1_000;

/// How often destructors may send something new while the world is taken down.
pub(crate) const ENDING_ROUNDS: usize = 64;

/// A check for control in the middle of an event gives others a turn once in so many times.
pub(crate) const CHECKPOINTS: u8 = 16;
