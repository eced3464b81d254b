//! [`Policy`] and [`Failures`]: when what does not start is tried again, and when that is an error. Pools and balancers
//! go by them.

use std::time::Duration;

use crate::TaskError;

/// What to do about failed starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    /// After how many in a row those who wait get the error.
    intensity: u32,
    /// How long to wait after the first; after each further one twice as long.
    backoff: Duration,
}

/// No failed start is waited for longer than this.
const MOST_BACKOFF: Duration = Duration::from_secs(30);

impl Policy {
    pub(super) fn new(intensity: u32, backoff: Duration) -> Self {
        Self {
            intensity: intensity.max(1),
            backoff,
        }
    }

    fn backoff_after(self, failures: u32) -> Duration {
        let factor = 1_u32 << failures.saturating_sub(1).min(16);
        self.backoff.saturating_mul(factor).min(MOST_BACKOFF)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new(3, Duration::from_millis(100))
    }
}

/// Failed starts in a row.
#[derive(Debug, Default)]
pub(super) struct Failures {
    count: u32,
    retry_at: Duration,
    /// Why the last one failed, when those who wait are to know.
    error: Option<TaskError>,
}

impl Failures {
    pub(super) fn add(&mut self, policy: Policy, now: Duration, error: TaskError) {
        self.count = self.count.saturating_add(1);
        self.retry_at = now.saturating_add(policy.backoff_after(self.count));
        self.error = (self.count >= policy.intensity).then_some(error);
    }

    /// A start has turned out well.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether the last start has failed.
    pub(super) fn is_any(&self) -> bool {
        self.count > 0
    }

    /// When the next start may be tried.
    pub(super) fn retry_at(&self) -> Duration {
        self.retry_at
    }

    /// Why the last start has failed, when there were too many.
    pub(super) fn error(&self) -> Option<&TaskError> {
        self.error.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_a_limit() {
        let after = |failures| Policy::default().backoff_after(failures).as_millis();
        assert_eq!([after(1), after(2), after(3)], [100, 200, 400]);
        assert_eq!(after(u32::MAX), 30_000);
    }

    #[test]
    fn failures_are_an_error_from_the_intensity_on() {
        let (policy, mut failures) = (Policy::new(2, Duration::from_secs(1)), Failures::default());
        failures.add(policy, Duration::from_secs(5), TaskError::Ended);
        assert_eq!(failures.error(), None);
        assert_eq!(failures.retry_at(), Duration::from_secs(6));
        failures.add(policy, Duration::from_secs(6), TaskError::Closed);
        assert_eq!(failures.error(), Some(&TaskError::Closed));
        assert_eq!(failures.retry_at(), Duration::from_secs(8));
        failures.clear();
        assert!(!failures.is_any() && failures.error().is_none());
    }
}
