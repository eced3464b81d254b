//! [`run`]: the rounds of a row.
//!
//! In each round every contestant has one go, and each round begins with another one: what the machine does meanwhile hits
//! all alike. So ratios are taken within a round.

use crate::{
    contest::{Measure, Row, Sample, Target},
    effort,
    machine::Calm,
};

/// What a row came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) row: &'static str,
    pub(crate) measures: Vec<Measure>,
    /// Whom all were compared with, for a reader.
    pub(crate) reference: String,
    pub(crate) contestants: Vec<Finish>,
    /// Other programs were in the way.
    pub(crate) is_disturbed: bool,
}

/// What a contestant came to.
#[derive(Debug)]
pub(crate) struct Finish {
    pub(crate) name: String,
    pub(crate) is_ours: bool,
    pub(crate) targets: Vec<Target>,
    /// One a round.
    pub(crate) samples: Vec<Sample>,
    /// The measures, each with its ratios to the reference, one a round.
    pub(crate) ratios: Vec<Vec<f64>>,
    /// As the ratios: how much more than the reference.
    pub(crate) above: Vec<Vec<f64>>,
    /// Why it did not finish.
    pub(crate) error: Option<String>,
}

/// Runs a row. `only_ours`: without peers.
pub(crate) fn run(row: Row, only_ours: bool) -> Outcome {
    let rounds = effort::either(row.rounds, row.rounds.min(2));
    let measures = row.measures.len();
    let entries = row
        .entries
        .into_iter()
        .filter(|entry| entry.is_ours || !only_ours);
    let (mut contestants, mut finishes) = (Vec::new(), Vec::new());
    for entry in entries {
        contestants.push((entry.start)());
        finishes.push(Finish {
            name: entry.name,
            is_ours: entry.is_ours,
            targets: entry.targets,
            samples: Vec::new(),
            ratios: vec![Vec::new(); measures],
            above: vec![Vec::new(); measures],
            error: None,
        });
    }
    let mut calm = Calm::watch();
    // The first round warms up.
    for round in 0..=rounds {
        calm.look();
        let mut in_round: Vec<Option<Sample>> = vec![None; contestants.len()];
        for turn in 0..contestants.len() {
            let at = (round + turn) % contestants.len();
            if finishes[at].error.is_none() {
                match contestants[at]() {
                    Ok(sample) => in_round[at] = Some(sample),
                    Err(error) => finishes[at].error = Some(error),
                }
            }
        }
        if round > 0 {
            take_in(&mut finishes, in_round, &row.reference);
        }
    }
    Outcome {
        row: row.id,
        measures: row.measures,
        reference: row.reference.join(" or "),
        contestants: finishes,
        is_disturbed: calm.is_disturbed(),
    }
}

fn take_in(finishes: &mut [Finish], in_round: Vec<Option<Sample>>, reference: &[String]) {
    let measures = finishes.first().map_or(0, |finish| finish.ratios.len());
    let best: Vec<_> = (0..measures)
        .map(|measure| {
            let of_reference = finishes
                .iter()
                .zip(&in_round)
                .filter(|(finish, _)| reference.contains(&finish.name));
            let values =
                of_reference.filter_map(|(_, sample)| Some(sample.as_ref()?.values[measure]));
            values.min_by(f64::total_cmp).filter(|value| *value > 0.0)
        })
        .collect();
    for (finish, sample) in finishes.iter_mut().zip(in_round) {
        let Some(sample) = sample else { continue };
        let measures = finish.ratios.iter_mut().zip(&mut finish.above);
        for (((ratios, above), best), value) in measures.zip(&best).zip(&sample.values) {
            ratios.extend(best.map(|best| value / best));
            above.extend(best.map(|best| value - best));
        }
        finish.samples.push(sample);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::{Contestant, Unit};

    fn gives(values: &'static [f64]) -> Contestant {
        let mut values = values.iter();
        Box::new(move || {
            let value = values.next().copied().ok_or("at its end")?;
            Ok(Sample {
                values: vec![value],
                cpu: None,
            })
        })
    }

    fn row() -> Row {
        Row::new("row")
            .measure(Unit::Time, "x")
            .rounds(2)
            .reference("a", || gives(&[9.0, 10.0, 40.0]))
            .reference("b", || gives(&[9.0, 20.0, 20.0]))
            .ours("c", &[], || gives(&[9.0, 5.0, 5.0]))
            .ours("d", &[], || gives(&[9.0, 5.0]))
    }

    #[test]
    fn ratios_are_taken_within_a_round_to_the_best_reference() {
        let outcome = run(row(), false);
        let ratios = |at: usize| outcome.contestants[at].ratios[0].as_slice();
        assert_eq!(ratios(0), [1.0, 2.0]);
        assert_eq!(ratios(1), [2.0, 1.0]);
        assert_eq!(ratios(2), [0.5, 0.25]);
    }

    #[test]
    fn who_fails_is_out_and_the_others_go_on() {
        let outcome = run(row(), false);
        assert_eq!(outcome.contestants[3].error.as_deref(), Some("at its end"));
        assert_eq!(outcome.contestants[2].samples.len(), 2);
    }

    #[test]
    fn peers_are_left_out() {
        let names = run(row(), true)
            .contestants
            .into_iter()
            .map(|finish| finish.name);
        assert_eq!(names.collect::<Vec<_>>(), ["c", "d"]);
    }
}
