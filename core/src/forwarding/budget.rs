//! How many records an isolate may write.

use std::time::Duration;

/// How many records an isolate may write at once.
pub const AT_ONCE: u32 = 1_000;

/// How many more it may write in each second after that.
pub const PER_SECOND: u32 = 1_000;

/// What is left of what an isolate may write. Who reads the records has other work, and one isolate that writes without end
/// must not keep it from that.
#[derive(Debug)]
pub struct Budget {
    /// In thousandths of a record.
    left: u64,
    refilled: Duration,
    dropped: u64,
}

impl Budget {
    /// The whole budget.
    #[must_use]
    pub fn new(now: Duration) -> Self {
        Self {
            left: u64::from(AT_ONCE) * 1_000,
            refilled: now,
            dropped: 0,
        }
    }

    /// Takes one record off. False when the record is to be dropped; it is counted then.
    pub fn take(&mut self, now: Duration) -> bool {
        let passed = now.saturating_sub(self.refilled);
        let passed = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        // What is less than a millisecond counts the next time.
        self.refilled += Duration::from_millis(passed);
        let more = passed.saturating_mul(u64::from(PER_SECOND));
        self.left = self
            .left
            .saturating_add(more)
            .min(u64::from(AT_ONCE) * 1_000);
        if let Some(left) = self.left.checked_sub(1_000) {
            self.left = left;
            return true;
        }
        self.dropped += 1;
        false
    }

    /// How many records were dropped since this was last asked.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    /// Whether none was dropped since that was last asked.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.dropped == 0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{AT_ONCE, Budget, PER_SECOND};

    fn passed(budget: &mut Budget, now: Duration) -> u32 {
        (0..5 * AT_ONCE).map(|_| u32::from(budget.take(now))).sum()
    }

    #[test]
    fn so_many_records_pass_at_once_and_the_others_are_counted() {
        let mut budget = Budget::new(Duration::ZERO);
        assert_eq!(passed(&mut budget, Duration::ZERO), AT_ONCE);
        assert!(!budget.is_kept());
        assert_eq!(budget.take_dropped(), u64::from(4 * AT_ONCE));
        assert!(budget.is_kept());
    }

    #[test]
    fn a_second_brings_more_and_an_hour_no_more_than_at_first() {
        let mut budget = Budget::new(Duration::ZERO);
        passed(&mut budget, Duration::ZERO);
        let half = Duration::from_millis(500);
        assert_eq!(passed(&mut budget, half), PER_SECOND / 2);
        assert_eq!(passed(&mut budget, Duration::from_secs(3_600)), AT_ONCE);
    }

    #[test]
    fn time_that_passes_in_small_steps_is_not_lost() {
        let mut budget = Budget::new(Duration::ZERO);
        passed(&mut budget, Duration::ZERO);
        let step = Duration::from_micros(300);
        let steps = (1..=10_000).map(|step_number| step * step_number);
        let passed: u32 = steps.map(|now| u32::from(budget.take(now))).sum();
        assert_eq!(passed, 3 * PER_SECOND);
    }
}
