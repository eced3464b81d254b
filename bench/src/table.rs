//! Figures as text: a table for a terminal, and cells that a page has too.

use crate::results::{Figure, shown};

const HEADS: [&str; 10] = [
    "row",
    "what",
    "contestant",
    "median",
    "p10",
    "p90",
    "cpu",
    "ratio",
    "target",
    "met",
];

/// The cells of a figure after its row and what was measured.
pub(crate) fn cells(figure: &Figure) -> [String; 8] {
    let number = |number: Option<f64>, unit: &str| {
        number.map_or_else(|| "-".to_owned(), |number| shown(number, unit))
    };
    let met = match figure.met {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "",
    };
    [
        figure.contestant.clone(),
        number(figure.median, &figure.unit),
        number(figure.p10, &figure.unit),
        number(figure.p90, &figure.unit),
        number(figure.cpu, "ns"),
        figure
            .ratio
            .map_or_else(|| "-".to_owned(), |ratio| shown(ratio, "")),
        figure.target.clone().unwrap_or_default(),
        met.to_owned(),
    ]
}

/// The table, each row with its name once.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut lines: Vec<Vec<String>> = vec![HEADS.map(str::to_owned).to_vec()];
    let mut before: Option<&Figure> = None;
    for figure in figures {
        let is_new_row = before.is_none_or(|before| before.row != figure.row);
        let is_new = is_new_row || before.is_some_and(|before| before.what != figure.what);
        let row = if is_new_row { figure.row.as_str() } else { "" };
        let what = if is_new { figure.what.as_str() } else { "" };
        lines.push(
            [row.to_owned(), what.to_owned()]
                .into_iter()
                .chain(cells(figure))
                .collect(),
        );
        before = Some(figure);
    }
    let width = |column: usize| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<_> = (0..HEADS.len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            // Numbers end below each other.
            if (3..8).contains(&column) {
                text += &format!("{cell:>width$}  ");
            } else {
                text += &format!("{cell:<width$}  ");
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text + &remarks(figures)
}

/// Who failed, and what was disturbed.
fn remarks(figures: &[Figure]) -> String {
    let mut text = String::new();
    for figure in figures {
        if let Some(error) = &figure.error {
            text += &format!("{}, {}: {error}\n", figure.row, figure.contestant);
        }
    }
    let disturbed = disturbed(figures);
    if !disturbed.is_empty() {
        text += &format!(
            "Other programs used the machine in: {}\n",
            disturbed.join(" ")
        );
    }
    text
}

/// The rows in which other programs were in the way.
pub(crate) fn disturbed(figures: &[Figure]) -> Vec<&str> {
    let mut rows: Vec<_> = figures
        .iter()
        .filter(|figure| figure.disturbed)
        .map(|figure| figure.row.as_str())
        .collect();
    rows.dedup();
    rows
}

/// The rows of which a target is missed.
pub(crate) fn missed(figures: &[Figure]) -> Vec<&str> {
    let missed = figures.iter().filter(|figure| figure.met == Some(false));
    let mut rows: Vec<_> = missed.map(|figure| figure.row.as_str()).collect();
    rows.dedup();
    rows
}
