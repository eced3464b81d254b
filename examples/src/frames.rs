//! [`FrameMeter`]: what a person who watches 60 frames a second notices.

use std::time::Duration;

/// The time a frame has at 60 Hz.
pub const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 60);

/// Turns the moments at which ticks came into how late they were.
///
/// It has no clock of its own: the caller says with each tick what time it is.
#[derive(Clone, Debug)]
pub struct FrameMeter {
    interval: Duration,
    last: Option<Duration>,
    longest_gap: Duration,
    lost: u32,
}

impl FrameMeter {
    /// A meter of ticks that should come every `interval`.
    #[must_use]
    pub const fn new(interval: Duration) -> Self {
        Self {
            interval,
            last: None,
            longest_gap: Duration::ZERO,
            lost: 0,
        }
    }

    /// Notes a tick at `now` and gives the time since the one before.
    pub fn tick(&mut self, now: Duration) -> Duration {
        let gap = self
            .last
            .map_or(Duration::ZERO, |last| now.saturating_sub(last));
        self.last = Some(now);
        self.longest_gap = self.longest_gap.max(gap);
        self.lost += ticks_lost(gap, self.interval);
        gap
    }

    /// Forgets the last tick, so that the next one can't be late: no person was watching.
    pub const fn skip(&mut self) {
        self.last = None;
    }

    /// How late the latest tick was.
    #[must_use]
    pub fn longest_freeze(&self) -> Duration {
        self.longest_gap.saturating_sub(self.interval)
    }

    /// How many ticks did not come.
    #[must_use]
    pub const fn lost(&self) -> u32 {
        self.lost
    }
}

/// How many ticks are missing in a gap. A tick that is less than half an interval late is not lost.
fn ticks_lost(gap: Duration, interval: Duration) -> u32 {
    let intervals = (gap.as_secs_f64() / interval.as_secs_f64()).round();
    // A gap of an hour is 216,000 frames.
    (intervals as u32).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(ticks_ms: &[u64]) -> FrameMeter {
        let mut meter = FrameMeter::new(Duration::from_millis(10));
        for tick in ticks_ms {
            meter.tick(Duration::from_millis(*tick));
        }
        meter
    }

    #[test]
    fn even_ticks_lose_nothing() {
        let meter = meter(&[100, 110, 120, 130]);
        assert_eq!((meter.longest_freeze(), meter.lost()), (Duration::ZERO, 0));
    }

    #[test]
    fn a_gap_is_a_freeze_and_the_ticks_it_swallowed() {
        let meter = meter(&[0, 10, 60, 70]);
        assert_eq!(
            (meter.longest_freeze(), meter.lost()),
            (Duration::from_millis(40), 4)
        );
    }

    #[test]
    fn a_little_late_is_not_lost() {
        let meter = meter(&[0, 14, 20]);
        assert_eq!(
            (meter.longest_freeze(), meter.lost()),
            (Duration::from_millis(4), 0)
        );
    }

    #[test]
    fn the_first_tick_has_no_gap() {
        assert_eq!(meter(&[5000]).longest_freeze(), Duration::ZERO);
    }
}
