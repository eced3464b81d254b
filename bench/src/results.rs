//! [`Figure`]: a line of the table, and of `results.json`.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    contest::{Target, Unit},
    race::Outcome,
    statistics::{median, quantile},
};

/// What a contestant came to in one measure of a row. Times are in nanoseconds, memory is in bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) row: String,
    pub(crate) what: String,
    pub(crate) unit: String,
    pub(crate) contestant: String,
    /// Of insula, and no peer.
    pub(crate) ours: bool,
    pub(crate) median: Option<f64>,
    pub(crate) p10: Option<f64>,
    pub(crate) p90: Option<f64>,
    /// CPU time of an operation.
    pub(crate) cpu: Option<f64>,
    /// To the reference in the same round; the median of the rounds.
    pub(crate) ratio: Option<f64>,
    pub(crate) reference: String,
    pub(crate) target: Option<String>,
    pub(crate) met: Option<bool>,
    /// Other programs used the machine meanwhile.
    pub(crate) disturbed: bool,
    pub(crate) error: Option<String>,
}

pub(crate) fn figures(outcome: &Outcome) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (at, measure) in outcome.measures.iter().enumerate() {
        for finish in &outcome.contestants {
            let column = |number: fn(&crate::contest::Sample, usize) -> Option<f64>| {
                finish
                    .samples
                    .iter()
                    .filter_map(|sample| number(sample, at))
                    .collect::<Vec<_>>()
            };
            let values = column(|sample, at| sample.values.get(at).copied());
            let ratio = median(&finish.ratios[at]);
            let target = finish.targets.get(at).copied().unwrap_or(Target::NONE);
            let median_value = median(&values);
            figures.push(Figure {
                row: outcome.row.to_owned(),
                what: measure.what.clone(),
                unit: name_of(measure.unit).to_owned(),
                contestant: finish.name.clone(),
                ours: finish.is_ours,
                median: median_value,
                p10: quantile(&values, 0.1),
                p90: quantile(&values, 0.9),
                cpu: median(&column(|sample, _| sample.cpu)),
                ratio,
                reference: outcome.reference.clone(),
                target: in_words(target, measure.unit),
                met: is_met(target, median_value, ratio, median(&finish.above[at])),
                disturbed: outcome.is_disturbed,
                error: finish.error.clone(),
            });
        }
    }
    figures
}

fn name_of(unit: Unit) -> &'static str {
    match unit {
        Unit::Time => "ns",
        Unit::Bytes => "bytes",
        Unit::Count => "count",
    }
}

fn in_words(target: Target, unit: Unit) -> Option<String> {
    let ratio = target.ratio.map(|most| format!("≤ {most} ×"));
    let value = target
        .value
        .map(|most| format!("≤ {}", shown(most, name_of(unit))));
    let above = target
        .above
        .map(|most| format!("≤ +{}", shown(most, name_of(unit))));
    let words: Vec<_> = ratio.into_iter().chain(value).chain(above).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// None without a target. What was not measured is not met.
fn is_met(
    target: Target,
    value: Option<f64>,
    ratio: Option<f64>,
    above: Option<f64>,
) -> Option<bool> {
    let parts = [
        (target.ratio, ratio),
        (target.value, value),
        (target.above, above),
    ];
    let mut asked = parts
        .into_iter()
        .filter_map(|(most, is)| Some((most?, is)))
        .peekable();
    asked.peek()?;
    Some(asked.all(|(most, is)| is.is_some_and(|is| is <= most)))
}

/// A number in the unit in which it is read best.
pub(crate) fn shown(number: f64, unit: &str) -> String {
    let steps: &[(f64, &str)] = match unit {
        "ns" => &[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")],
        "bytes" => &[(1e6, "MB"), (1e3, "KB"), (1.0, "B")],
        _ => &[(1.0, "")],
    };
    let last = steps[steps.len() - 1];
    let (size, name) = steps
        .iter()
        .copied()
        .find(|(size, _)| number.abs() >= *size)
        .unwrap_or(last);
    let number = number / size;
    let digits = match number.abs() {
        0.0 => 0,
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{number:.digits$} {name}").trim_end().to_owned()
}

pub(crate) fn write<T: Serialize + ?Sized>(path: &Path, content: &T) -> Result<(), String> {
    let text = serde_json::to_string_pretty(content).map_err(|error| error.to_string())?;
    fs::write(path, text + "\n")
        .map_err(|error| format!("{} can't be written: {error}", path.display()))
}

pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text =
        fs::read(path).map_err(|error| format!("{} can't be read: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| {
        format!(
            "{} is of another state of this program: {error}",
            path.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_in_fitting_units() {
        assert_eq!(shown(1234.0, "ns"), "1.23 µs");
        assert_eq!(shown(41_000.0, "ns"), "41.0 µs");
        assert_eq!(shown(4.4e9, "ns"), "4.40 s");
        assert_eq!(shown(17_300.0, "bytes"), "17.3 KB");
        assert_eq!(shown(2.0, "count"), "2.00");
        assert_eq!(shown(0.0, "count"), "0");
    }

    #[test]
    fn a_target_of_two_parts_needs_both() {
        let target = Target::ratio(1.3).and_value(5000.0);
        assert_eq!(is_met(target, Some(4000.0), Some(1.2), None), Some(true));
        assert_eq!(is_met(target, Some(6000.0), Some(1.2), None), Some(false));
        assert_eq!(is_met(target, Some(4000.0), None, None), Some(false));
        assert_eq!(is_met(Target::NONE, Some(1.0), None, None), None);
        let above = Target::above(8000.0);
        assert_eq!(is_met(above, Some(1.0), None, Some(7000.0)), Some(true));
        assert_eq!(is_met(above, Some(1.0), None, Some(9000.0)), Some(false));
        assert_eq!(in_words(above, Unit::Time).as_deref(), Some("≤ +8.00 µs"));
        assert_eq!(
            in_words(target, Unit::Time).as_deref(),
            Some("≤ 1.3 ×, ≤ 5.00 µs")
        );
    }
}
