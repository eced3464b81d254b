//! Figures as pictures: a bar for each contestant, and a line from p10 to p90.

use crate::results::{Figure, shown};

const WIDTH: f64 = 720.0;
/// Where bars begin and where they end at most.
const LEFT: f64 = 230.0;
const RIGHT: f64 = 620.0;
const LINE: f64 = 24.0;
const HEAD: f64 = 34.0;

/// From this spread on, equal steps are equal factors.
const WIDE: f64 = 20.0;

/// The contestants of one measure of a row.
pub(crate) fn bars(figures: &[&Figure]) -> String {
    let Some(first) = figures.first() else {
        return String::new();
    };
    let values = figures
        .iter()
        .flat_map(|figure| [figure.median, figure.p10, figure.p90])
        .flatten();
    let positive: Vec<_> = values.filter(|value| *value > 0.0).collect();
    let most = positive.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let least = positive.iter().copied().fold(most, f64::min);
    let is_wide = most / least > WIDE;
    let place = |value: f64| {
        let share = if is_wide {
            // The shortest bar can still be seen.
            let begin = (least / 2.0).ln();
            (value.max(least / 2.0).ln() - begin) / (most.ln() - begin)
        } else {
            value / most
        };
        LEFT + share * (RIGHT - LEFT)
    };
    let scale = if is_wide { ", logarithmic" } else { "" };
    let mut text = head(
        figures.len(),
        &format!("{}: {}{scale}", first.row, first.what),
    );
    for (at, figure) in figures.iter().enumerate() {
        let top = HEAD + at as f64 * LINE;
        let middle = top + LINE / 2.0;
        let name = escaped(&figure.contestant);
        text += &format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>\n",
            LEFT - 8.0,
            middle + 4.0
        );
        let Some(median) = figure.median else {
            text += &format!(
                "<text x=\"{LEFT}\" y=\"{}\">not measured</text>\n",
                middle + 4.0
            );
            continue;
        };
        let color = if figure.ours { "#c2410c" } else { "#94a3b8" };
        text += &format!(
            "<rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{}\" fill=\"{color}\"/>\n",
            top + 4.0,
            place(median) - LEFT,
            LINE - 8.0
        );
        let end = figure.p90.map_or(place(median), place);
        if let (Some(p10), Some(p90)) = (figure.p10, figure.p90) {
            text += &format!(
                "<line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle}\" y2=\"{middle}\" stroke=\"#1e293b\"/>\n",
                place(p10),
                place(p90)
            );
        }
        let number = escaped(&shown(median, &figure.unit));
        text += &format!(
            "<text x=\"{:.1}\" y=\"{}\">{number}</text>\n",
            end.max(place(median)) + 8.0,
            middle + 4.0
        );
    }
    text + "</svg>\n"
}

/// Every measure of insula that has a reference: its ratio, on one scale of factors.
pub(crate) fn overview(figures: &[Figure]) -> String {
    let shown_figures: Vec<_> = figures
        .iter()
        .filter(|figure| figure.ours && figure.ratio.is_some_and(|ratio| ratio > 0.0))
        .collect();
    let ratios = || shown_figures.iter().filter_map(|figure| figure.ratio);
    let most = ratios().fold(10.0, f64::max).log10().ceil();
    let least = ratios().fold(0.1, f64::min).log10().floor();
    let (left, right) = (400.0, 690.0);
    let place = |ratio: f64| left + (ratio.log10() - least) / (most - least) * (right - left);
    let mut text = head(
        shown_figures.len() + 1,
        "Insula beside the reference of each row (left of 1 is faster or smaller)",
    );
    let bottom = HEAD + shown_figures.len() as f64 * LINE;
    for power in least as i32..=most as i32 {
        let factor = 10_f64.powi(power);
        let (x, color) = (
            place(factor),
            if power == 0 { "#1e293b" } else { "#cbd5e1" },
        );
        text += &format!(
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{HEAD}\" y2=\"{bottom}\" stroke=\"{color}\"/>\n"
        );
        text += &format!(
            "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{factor}</text>\n",
            bottom + 16.0
        );
    }
    for (at, figure) in shown_figures.iter().enumerate() {
        let middle = HEAD + (at as f64 + 0.5) * LINE;
        let name = escaped(&format!("{} {}", figure.row, figure.contestant));
        let x = place(figure.ratio.unwrap_or(1.0));
        let color = match figure.met {
            Some(true) => "#15803d",
            Some(false) => "#b91c1c",
            None => "#64748b",
        };
        text += &format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>\n",
            left - 10.0,
            middle + 4.0
        );
        text += &format!("<circle cx=\"{x:.1}\" cy=\"{middle}\" r=\"5\" fill=\"{color}\"/>\n");
    }
    text + "</svg>\n"
}

fn head(lines: usize, title: &str) -> String {
    let height = HEAD + lines as f64 * LINE + 8.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"8\" y=\"20\" font-weight=\"bold\">{}</text>\n",
        escaped(title)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
