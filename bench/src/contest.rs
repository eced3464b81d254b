//! [`Row`]: what is measured, by whom it is done, and what is aimed at.

use std::time::Instant;

use crate::{effort, machine::cpu_time};

/// What the numbers of a measure are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// In nanoseconds.
    Time,
    Bytes,
    Count,
}

/// One number that each go of a contestant gives.
#[derive(Clone, Debug)]
pub(crate) struct Measure {
    pub(crate) what: String,
    pub(crate) unit: Unit,
}

/// What a contestant is to reach at most. An empty one asks for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Target {
    /// Of the reference.
    pub(crate) ratio: Option<f64>,
    /// In the measure's unit.
    pub(crate) value: Option<f64>,
    /// More than the reference, in the measure's unit.
    pub(crate) above: Option<f64>,
}

impl Target {
    pub(crate) const NONE: Self = Self {
        ratio: None,
        value: None,
        above: None,
    };

    pub(crate) const fn ratio(most: f64) -> Self {
        Self {
            ratio: Some(most),
            ..Self::NONE
        }
    }

    pub(crate) const fn value(most: f64) -> Self {
        Self {
            value: Some(most),
            ..Self::NONE
        }
    }

    pub(crate) const fn above(most: f64) -> Self {
        Self {
            above: Some(most),
            ..Self::NONE
        }
    }

    pub(crate) const fn and_value(self, most: f64) -> Self {
        Self {
            value: Some(most),
            ..self
        }
    }
}

/// What one go came to.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Sample {
    /// One for each measure of the row.
    pub(crate) values: Vec<f64>,
    /// The CPU time of one operation, of all threads, in nanoseconds.
    pub(crate) cpu: Option<f64>,
}

/// Somebody who does what a row measures. A go that fails ends its part in the row.
pub(crate) type Contestant = Box<dyn FnMut() -> Result<Sample, String>>;

/// A contestant before the row begins.
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Of insula, and no peer.
    pub(crate) is_ours: bool,
    /// One for each measure, or none at all.
    pub(crate) targets: Vec<Target>,
    pub(crate) start: Box<dyn FnOnce() -> Contestant>,
}

/// A row of the table, or several that the same goes give.
pub(crate) struct Row {
    pub(crate) id: &'static str,
    pub(crate) measures: Vec<Measure>,
    /// Whom all are compared with: the best of these in each round.
    pub(crate) reference: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) entries: Vec<Entry>,
}

impl Row {
    pub(crate) fn new(id: &'static str) -> Self {
        Self {
            id,
            measures: Vec::new(),
            reference: Vec::new(),
            rounds: 30,
            entries: Vec::new(),
        }
    }

    pub(crate) fn measure(mut self, unit: Unit, what: impl Into<String>) -> Self {
        let what = what.into();
        self.measures.push(Measure { what, unit });
        self
    }

    pub(crate) fn rounds(mut self, rounds: usize) -> Self {
        self.rounds = rounds;
        self
    }

    pub(crate) fn ours(
        self,
        name: impl Into<String>,
        targets: &[Target],
        start: impl FnOnce() -> Contestant + 'static,
    ) -> Self {
        self.entry(name.into(), true, targets, start)
    }

    pub(crate) fn peer(
        self,
        name: impl Into<String>,
        start: impl FnOnce() -> Contestant + 'static,
    ) -> Self {
        self.entry(name.into(), false, &[], start)
    }

    /// A peer that the others are compared with.
    pub(crate) fn reference(
        mut self,
        name: impl Into<String>,
        start: impl FnOnce() -> Contestant + 'static,
    ) -> Self {
        let name = name.into();
        self.reference.push(name.clone());
        self.entry(name, false, &[], start)
    }

    fn entry(
        mut self,
        name: String,
        is_ours: bool,
        targets: &[Target],
        start: impl FnOnce() -> Contestant + 'static,
    ) -> Self {
        self.entries.push(Entry {
            name,
            is_ours,
            targets: targets.to_vec(),
            start: Box::new(start),
        });
        self
    }
}

/// A contestant whose go is `code(count)`, which does the same `count` times. The first go finds the count that takes long
/// enough to be measured.
pub(crate) fn timed(mut code: impl FnMut(u32) + 'static) -> Contestant {
    let mut count = 0;
    Box::new(move || {
        if count == 0 {
            count = count_for(&mut code);
        }
        Ok(time(f64::from(count), || code(count)))
    })
}

/// As [`timed`], with a count that is given.
pub(crate) fn timed_by(count: u32, mut code: impl FnMut(u32) + 'static) -> Contestant {
    Box::new(move || Ok(time(f64::from(count), || code(count))))
}

/// The time and the CPU time of one of `count` operations.
pub(crate) fn time(count: f64, code: impl FnOnce()) -> Sample {
    let (cpu, began) = (cpu_time(), Instant::now());
    code();
    let took = began.elapsed();
    let cpu = cpu_time().saturating_sub(cpu);
    Sample {
        values: vec![took.as_nanos() as f64 / count],
        cpu: Some(cpu.as_nanos() as f64 / count),
    }
}

fn count_for(code: &mut impl FnMut(u32)) -> u32 {
    let mut count = 1;
    loop {
        let began = Instant::now();
        code(count);
        if began.elapsed() >= effort::go() || count >= 1 << 24 {
            return count;
        }
        count *= 2;
    }
}
