//! Why a run has no value, and how that is told.

use std::{any::Any, fmt, panic};

use insula_core::trace;

use crate::{picture, report::Report, steps::Trace, tell::tell};

/// How many steps of a failed run are printed.
const TAIL: usize = 40;

/// Why a run has no value.
///
/// ```
/// use insula_sim::{ReceivePort, try_run};
///
/// let deadlock = try_run(5, async {
///     ReceivePort::<u32>::new().next().await // no sender is left
/// });
/// let failure = deadlock.expect_err("it can't go on");
/// assert_eq!(failure.seed, 5);
/// assert!(failure.reason.starts_with("deadlock"), "{}", failure.reason);
/// ```
#[non_exhaustive]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// The message of the future's panic, or why nothing could go on.
    pub reason: String,
    /// What happened, in order.
    pub trace: Trace,
    /// The last events of each isolate, as a picture.
    pub recorded: Box<trace::Trace>,
    /// The errors that no listener heard.
    pub reports: Vec<Report>,
    /// Boxed twice, as an error is to be small.
    pub(crate) payload: Option<Box<Box<dyn Any + Send>>>,
}

impl Failure {
    pub(crate) fn explain(&self) {
        let (seed, steps, reason) = (self.seed, self.trace.len(), &self.reason);
        tell(format_args!(
            "insula-sim: the run with seed {seed} failed after {steps} steps: {reason}"
        ));
        for report in &self.reports {
            tell(format_args!("{report}"));
        }
        tell(format_args!(
            "Its isolates and last steps:\n{}",
            self.trace.tail(TAIL)
        ));
        picture::keep(self.seed, &self.recorded);
    }

    /// Panics: with the future's own payload, or with the reason and the seed.
    ///
    /// ```
    /// use insula_sim::try_run;
    ///
    /// let failure = try_run(0, async { panic!("boom") }).expect_err("it panicked");
    /// let raised = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| failure.raise()));
    /// assert_eq!(raised.unwrap_err().downcast_ref(), Some(&"boom"));
    /// ```
    ///
    /// # Panics
    /// Always.
    pub fn raise(self) -> ! {
        match self.payload {
            Some(payload) => panic::resume_unwind(*payload),
            None => panic!("{self}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n(seed {}, step {})",
            self.reason,
            self.seed,
            self.trace.len()
        )
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("seed", &self.seed)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Failure {}
