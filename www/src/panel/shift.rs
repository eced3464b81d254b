//! [`shift`]: a job of the panel's pool, which says where it runs.

use insula::{Isolate, SendPort};
use insula_examples::primes::{LIMIT, Range, count};
use serde::{Deserialize, Serialize};

/// The argument of [`shift`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Shift {
    pub(super) job: u32,
    pub(super) to: SendPort<Note>,
}

/// What an isolate says to the page.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Note {
    /// A handle to the isolate, with all rights, and the job that it has begun.
    Begun {
        isolate: Isolate,
        job: u32,
    },
    Done {
        name: String,
        job: u32,
    },
    /// From the page itself: nothing more comes.
    Over,
}

/// Counts primes for some tenths of a second, without an await: it keeps its isolate busy.
pub(super) fn shift(Shift { job, to }: Shift) -> usize {
    let isolate = Isolate::current();
    let name = isolate.debug_name().unwrap_or_default().to_owned();
    // The page may have closed the panel; the job is cancelled then.
    let _ = to.send(Note::Begun { isolate, job });
    let primes = count(Range { from: 0, to: LIMIT });
    let _ = to.send(Note::Done { name, job });
    primes
}
