//! docs/BENCHMARKS.md, and the pictures: written from figures and from bench/notes.md, which people write.

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    machine, plot,
    results::Figure,
    table::{cells, disturbed, missed},
};

const PAGE: &str = "docs/BENCHMARKS.md";
const PICTURE: &str = "docs/benchmarks.svg";
const NOTES: &str = "bench/notes.md";

/// A picture of each measure, and one of all.
pub(crate) fn draw(folder: &Path, figures: &[Figure]) -> Result<(), String> {
    for group in groups(figures) {
        let first = group[0];
        let of_row: Vec<_> = groups(figures)
            .into_iter()
            .filter(|other| other[0].row == first.row)
            .collect();
        let number = of_row
            .iter()
            .position(|other| other[0].what == first.what)
            .unwrap_or(0)
            + 1;
        let name = match of_row.len() {
            1 => format!("{}.svg", first.row),
            _ => format!("{}-{number}.svg", first.row),
        };
        save(&folder.join(name), &plot::bars(&group))?;
    }
    save(&folder.join("overview.svg"), &plot::overview(figures))
}

/// The rows whose target is missed and of which the notes say nothing.
pub(crate) fn unexplained<'a>(root: &Path, figures: &'a [Figure]) -> Result<Vec<&'a str>, String> {
    let notes = read_notes(root)?;
    Ok(missed(figures)
        .into_iter()
        .filter(|row| !notes.contains_key(subject(&notes, row)))
        .collect())
}

/// Of what a note speaks that explains this row: of the row, or of the same in each engine, as `W1` of `W1-chromium`.
fn subject<'a>(notes: &BTreeMap<String, String>, row: &'a str) -> &'a str {
    match row.rsplit_once('-') {
        Some((family, _)) if !notes.contains_key(row) => family,
        _ => row,
    }
}

/// Writes the page and its picture.
pub(crate) fn write(root: &Path, figures: &[Figure], about: &About) -> Result<(), String> {
    let notes = read_notes(root)?;
    save(&root.join(PICTURE), &plot::overview(figures))?;
    save(&root.join(PAGE), &page(figures, &notes, about))
}

/// Where and when a run was.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct About {
    machine: String,
    day: String,
    commit: String,
}

impl About {
    pub(crate) fn now(root: &Path) -> Self {
        let root = root.display().to_string();
        Self {
            machine: machine::description(),
            day: machine::said("date", &["-u", "+%F"]),
            commit: machine::said("git", &["-C", &root, "rev-parse", "--short=12", "HEAD"]),
        }
    }
}

const INTRODUCTION: &str = "\
`./build.sh bench` measures insula beside its peers in one run, natively and in three browser engines. In each round every
contestant has one go, and each round begins with another contestant. A ratio is taken within a round, to the reference of the row or to the best of its
references; the table has the median of the rounds. `p10` and `p90` are deciles of the goes. `cpu` is the CPU time of one
operation, of all threads, or of the whole go where there is one operation. In a browser it is that of all its processes.

* `./build.sh bench ROW…` measures some of the rows, as in `./build.sh bench N2 N8`. `N` means the native ones, `W` those of
  browsers.
* `./build.sh bench --compare REVISION` measures two states of insula, by turns, natively.
* `./build.sh bench --write` writes this page and its picture from the last run.
";

fn page(figures: &[Figure], notes: &BTreeMap<String, String>, about: &About) -> String {
    let mut text = format!("# Benchmarks\n\n{INTRODUCTION}\n");
    text += &format!(
        "Measured on {}, at commit {}: {}.\n",
        about.day, about.commit, about.machine
    );
    let disturbed = disturbed(figures);
    if !disturbed.is_empty() {
        text += &format!(
            "**Other programs used the machine** in {}.\n",
            disturbed.join(", ")
        );
    }
    text += "\n![The ratios of insula](benchmarks.svg)\n";
    let mut row = "";
    let groups = groups(figures);
    for (at, group) in groups.iter().enumerate() {
        let first = group[0];
        if first.row != row {
            row = &first.row;
            text += &format!("\n## {row}\n\n`./build.sh bench {row}`\n");
        }
        let mark = if first.disturbed {
            " (other programs used the machine)"
        } else {
            ""
        };
        let compared = if first.reference.is_empty() {
            String::new()
        } else {
            format!(" Ratios are to {}.", first.reference)
        };
        text += &format!("\n{}{mark}.{compared}\n\n", capital(&first.what));
        text += "| contestant | median | p10 | p90 | cpu | ratio | target | met |\n|---|---|---|---|---|---|---|---|\n";
        for figure in group {
            text += &format!("| {} |\n", cells(figure).join(" | "));
        }
        let explained = subject(notes, row);
        let is_about = |row: &str| subject(notes, row) == explained;
        let is_last = groups
            .get(at + 1)
            .is_none_or(|next| !is_about(&next[0].row));
        if is_last && missed(figures).into_iter().any(is_about) {
            let note = notes
                .get(explained)
                .map_or("The target is missed.", String::as_str);
            text += &format!("\n{note}\n");
        }
    }
    text
}

/// The measures of the rows, each with its contestants.
fn groups(figures: &[Figure]) -> Vec<Vec<&Figure>> {
    let same = |one: &Figure, other: &Figure| one.row == other.row && one.what == other.what;
    figures
        .chunk_by(same)
        .map(|group| group.iter().collect())
        .collect()
}

/// The text below each heading `## ROW`.
fn read_notes(root: &Path) -> Result<BTreeMap<String, String>, String> {
    let path = root.join(NOTES);
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{} can't be read: {error}", path.display()))?;
    Ok(notes_in(&text))
}

fn notes_in(text: &str) -> BTreeMap<String, String> {
    let parts = text
        .split("\n## ")
        .skip(1)
        .filter_map(|part| part.split_once('\n'));
    parts
        .map(|(row, note)| (row.trim().to_owned(), note.trim().to_owned()))
        .collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn save(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{} can't be written: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{results::shown, rows};

    fn figure(row: &str, contestant: &str, met: Option<bool>) -> Figure {
        Figure {
            row: row.to_owned(),
            what: "a thing".to_owned(),
            unit: "ns".to_owned(),
            contestant: contestant.to_owned(),
            ours: met.is_some(),
            median: Some(1500.0),
            p10: Some(1000.0),
            p90: Some(2000.0),
            cpu: None,
            ratio: Some(1.5),
            reference: "peer".to_owned(),
            target: met.map(|_| "≤ 1 ×".to_owned()),
            met,
            disturbed: row == "B",
            error: None,
        }
    }

    #[test]
    fn a_missed_target_has_its_note_and_a_met_one_has_none() {
        let figures = [
            figure("A", "insula", Some(true)),
            figure("A", "peer", None),
            figure("B", "insula", Some(false)),
        ];
        let notes = notes_in("# Notes\n\n## A\n\nWhy A.\n\n## B\n\nWhy B.\n");
        let about = About {
            machine: "two cores".to_owned(),
            day: "today".to_owned(),
            commit: "abc".to_owned(),
        };
        let text = page(&figures, &notes, &about);
        assert!(
            text.contains("Why B.") && !text.contains("Why A."),
            "{text}"
        );
        assert!(
            text.contains("**Other programs used the machine** in B."),
            "{text}"
        );
        assert!(
            text.contains("| insula | 1.50 µs | 1.00 µs | 2.00 µs | - | 1.50 | ≤ 1 × | yes |"),
            "{text}"
        );
        assert_eq!(missed(&figures), ["B"]);
    }

    #[test]
    fn notes_are_about_rows_that_there_are() {
        let notes = read_notes(crate::root()).unwrap();
        let unknown: Vec<_> = notes
            .keys()
            .filter(|note| !rows::all().any(|(id, _)| subject(&notes, id) == *note))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn pictures_are_well_formed() {
        let figures = [figure("A", "a < b", Some(true)), figure("A", "peer", None)];
        let picture = plot::bars(&figures.iter().collect::<Vec<_>>());
        assert!(
            picture.contains("a &lt; b") && picture.contains(&shown(1500.0, "ns")),
            "{picture}"
        );
        assert_eq!(picture.matches("<rect").count(), 3);
        assert!(plot::overview(&figures).ends_with("</svg>\n"));
    }
}
