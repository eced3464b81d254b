//! [`Pace`]: when a reader of many items has held its isolate for long enough.

use std::time::Duration;

/// For how long items are read, one after the other, before the loop gets its turn.
const HELD: Duration = Duration::from_millis(4);
/// Reading that takes longer between two looks at the clock is slow.
const SLOW: Duration = Duration::from_micros(500);
/// After how many items that are not slow, or bytes, the clock is looked at again. That takes as long as a small item.
const ITEMS: u32 = 64;
const BYTES: usize = 4 << 10;

/// The time since the loop had its turn.
///
/// A wait for the next message is no turn: that message may be there already, before all else that waits for the loop.
#[derive(Debug)]
pub(super) struct Pace {
    held: Duration,
    /// Up to when time was added to `held`; none while time is not counted.
    counted: Option<Duration>,
    /// How many items are read between two looks, and how many are left until the next one, or bytes.
    items: u32,
    items_left: u32,
    bytes_left: usize,
}

impl Pace {
    /// That of a reader that has read nothing: the first item may be slow.
    pub(super) fn new() -> Self {
        Self {
            held: Duration::ZERO,
            counted: None,
            items: 1,
            items_left: 1,
            bytes_left: BYTES,
        }
    }

    /// Counts the time up to `now`. Whether the loop is to have its turn.
    pub(super) fn count(&mut self, now: Duration) -> bool {
        if let Some(counted) = self.counted.replace(now) {
            self.held += now.saturating_sub(counted);
        }
        self.held >= HELD
    }

    /// There is nothing to read, so the time until the next [`count`](Self::count) is no reading.
    pub(super) fn wait(&mut self, now: Duration) {
        self.count(now);
        self.counted = None;
    }

    /// The loop has had its turn.
    pub(super) fn rested(&mut self, now: Duration) {
        self.held = Duration::ZERO;
        self.counted = Some(now);
    }

    /// An item of so many bytes was read. Whether another one may be.
    pub(super) fn goes_on(&mut self, bytes: usize, now: impl FnOnce() -> Duration) -> bool {
        self.items_left -= 1;
        self.bytes_left = self.bytes_left.saturating_sub(bytes);
        if self.items_left > 0 && self.bytes_left > 0 {
            return true;
        }
        let before = self.held;
        let is_over = self.count(now());
        self.items = if self.held - before >= SLOW {
            1
        } else {
            (self.items * 2).min(ITEMS)
        };
        self.items_left = self.items;
        self.bytes_left = BYTES;
        !is_over
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// How many items of so many bytes and microseconds are read in each of some turns, and how often the clock is looked at.
    fn read(pace: &mut Pace, bytes: usize, micros: u64, turns: usize) -> (Vec<u32>, u32) {
        let (now, looks) = (Cell::new(Duration::ZERO), Cell::new(0));
        let counts = (0..turns).map(|_| {
            pace.rested(now.get());
            for count in 1.. {
                now.set(now.get() + Duration::from_micros(micros));
                let goes_on = pace.goes_on(bytes, || {
                    looks.set(looks.get() + 1);
                    now.get()
                });
                if !goes_on {
                    return count;
                }
            }
            unreachable!("it ends")
        });
        (counts.collect(), looks.get())
    }

    #[test]
    fn slow_items_are_counted_one_by_one() {
        let (counts, _) = read(&mut Pace::new(), 4, 1000, 3);
        assert_eq!(counts, [4, 4, 4]);
        let (counts, _) = read(&mut Pace::new(), 4, 10_000, 3);
        assert_eq!(counts, [1, 1, 1]);
    }

    #[test]
    fn fast_items_are_looked_at_by_many() {
        let (counts, looks) = read(&mut Pace::new(), 4, 1, 3);
        assert!(counts.iter().all(|count| (4000..4064).contains(count)));
        assert!(looks <= 3 * 4064 / 64 + 6, "{looks} looks");
        let (counts, looks) = read(&mut Pace::new(), 1000, 1, 1);
        assert!(counts[0] < 4010 && looks >= counts[0] / 5);
    }

    #[test]
    fn items_that_become_slow_hold_the_loop_once() {
        let mut pace = Pace::new();
        read(&mut pace, 4, 1, 1);
        let (counts, _) = read(&mut pace, 4, 1000, 3);
        assert!(counts[0] <= ITEMS);
        assert_eq!(counts[1..], [4, 4]);
    }

    #[test]
    fn handling_counts_and_waits_do_not() {
        let ms = Duration::from_millis;
        let mut pace = Pace::new();
        assert!(!pace.count(ms(0)));
        pace.wait(ms(1));
        assert!(!pace.count(ms(500)));
        assert!(!pace.count(ms(502)));
        pace.wait(ms(502));
        // Three so far.
        assert!(!pace.count(ms(600)));
        assert!(pace.count(ms(601)));
        pace.rested(ms(602));
        assert!(!pace.count(ms(605)));
    }
}
