//! Whether a fault comes now, by the seed.

use std::{ops::RangeInclusive, time::Duration};

use crate::faults::Faults;

/// A step brings a death, late messages or a jump of the clock, each, once in this range of powers of two. A run
/// keeps to one of them: a short program needs frequent faults, a long one gets far with rare ones.
const STEPS_PER_FAULT: RangeInclusive<u32> = 2..=7;

/// A start goes wrong once in so many times, in each way.
const STARTS_PER_FAULT: u32 = 4;

/// Keeps the choices of faults apart from those of steps, so that a run without faults is the same as ever.
const APART: u64 = 0x6661_756c_7473_2121;

/// The longest delay of a message is 2 to this power in milliseconds, some four hours.
const LONGEST: u32 = 24;

/// Whether a fault comes now.
pub(crate) struct Chances {
    random: fastrand::Rng,
    steps_per_fault: u32,
    /// What may go wrong in this run.
    pub(crate) faults: Faults,
}

impl Chances {
    pub(crate) fn new(seed: u64, faults: Faults) -> Self {
        let mut random = fastrand::Rng::with_seed(seed ^ APART);
        let mut half = |may: bool| random.bool() && may;
        let faults = Faults {
            deaths: half(faults.deaths),
            failed_starts: half(faults.failed_starts),
            silent_starts: half(faults.silent_starts),
            missing_threads: half(faults.missing_threads),
            late_messages: half(faults.late_messages),
            clock_jumps: half(faults.clock_jumps),
        };
        let steps_per_fault = 1 << random.u32(STEPS_PER_FAULT);
        Self {
            random,
            steps_per_fault,
            faults,
        }
    }

    /// Whether a fault that `may` come at a step comes now.
    pub(crate) fn at_step(&mut self, may: bool) -> bool {
        may && self.random.u32(..self.steps_per_fault) == 0
    }

    /// Whether a fault that `may` come at a start comes now.
    pub(crate) fn at_start(&mut self, may: bool) -> bool {
        may && self.random.u32(..STARTS_PER_FAULT) == 0
    }

    /// One of several.
    pub(crate) fn one_of<T>(&mut self, mut all: Vec<T>) -> Option<T> {
        (!all.is_empty()).then(|| all.swap_remove(self.random.usize(..all.len())))
    }

    /// From a millisecond to some hours; each order of magnitude is as likely as the others.
    pub(crate) fn delay(&mut self) -> Duration {
        Duration::from_millis(1 << self.random.u32(..=LONGEST))
    }
}
