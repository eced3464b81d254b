//! The matrix that `test` ends with: what the conformance suite came to on each platform, and what of
//! it does not apply there, and why. It is read from the logs of the steps, so it tells of the very runs
//! that were counted.

use std::fmt::Write as _;

use crate::results::Program;

/// The program of the suite in each platform's crate, and in the facade.
const SUITE: &str = "/conformance";
const FACADE: &str = "insula/conformance";

/// The suite on one platform.
#[derive(Debug, Default)]
struct Row {
    label: String,
    tests: usize,
    failed: usize,
    /// Reasons, each as often as a test has it.
    absent: Vec<String>,
    /// Tests that were announced and have no result.
    cut: usize,
}

/// The matrix of these steps; empty where none ran the suite.
pub(crate) fn of(steps: &[(&'static str, Vec<Program>)]) -> String {
    let rows: Vec<Row> = steps
        .iter()
        .flat_map(|(step, programs)| rows_of(step, programs))
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    counts(&rows) + &reasons(&rows)
}

/// The suite through the facade comes after the platform itself, though it runs first.
fn rows_of(step: &str, programs: &[Program]) -> Vec<Row> {
    let is_facade = |program: &&Program| program.name == FACADE;
    let suite = || {
        programs
            .iter()
            .filter(|program| program.name.ends_with(SUITE))
    };
    let platform = suite().filter(|program| !is_facade(program));
    platform
        .chain(suite().filter(is_facade))
        .flat_map(|program| rows_of_program(step, program))
        .filter(|row| row.tests > 0)
        .collect()
}

/// A program may run several platforms: then the tests of a further one are in a module, which has its
/// name. The facade's are all in one.
fn rows_of_program(step: &str, program: &Program) -> Vec<Row> {
    let way = match &program.variant {
        _ if program.name == FACADE => " (facade)".to_owned(),
        Some(variant) => format!(" ({variant})"),
        None => String::new(),
    };
    let mut first = Row {
        label: format!("{step}{way}"),
        ..Row::default()
    };
    let mut further: Vec<Row> = Vec::new();
    for (name, failed) in &program.tests {
        let row = match name.split_once("::") {
            Some((module, _)) if program.name != FACADE => {
                let label = format!("{step} ({})", module.replace('_', "-"));
                row_of(&mut further, label)
            }
            _ => &mut first,
        };
        row.tests += 1;
        row.failed += usize::from(*failed);
    }
    for absent in &program.absent {
        let label = absent
            .platform
            .split_once(", ")
            .map(|(_, further)| format!("{step} ({further})"));
        let row = further
            .iter_mut()
            .find(|row| Some(&row.label) == label.as_ref());
        row.unwrap_or(&mut first).absent.push(absent.reason.clone());
    }
    // What other lines hide of a test's own is in the program's counts.
    let told: usize = first.tests + further.iter().map(|row| row.tests).sum::<usize>();
    let counts = program.counts();
    let all = counts.passed + counts.failed + counts.ignored;
    first.tests += all.saturating_sub(told);
    first.cut = if program.has_ended() {
        0
    } else {
        program.expected.saturating_sub(all)
    };
    let mut rows = vec![first];
    rows.append(&mut further);
    rows
}

fn row_of(rows: &mut Vec<Row>, label: String) -> &mut Row {
    let found = rows.iter().position(|row| row.label == label);
    let at = found.unwrap_or_else(|| {
        rows.push(Row {
            label,
            ..Row::default()
        });
        rows.len() - 1
    });
    &mut rows[at]
}

fn counts(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<26} {:>7} {:>7} {:>15}\n",
        "conformance suite", "passed", "failed", "not applicable"
    );
    for row in rows {
        let absent = row.absent.len();
        let passed = row.tests.saturating_sub(row.failed + absent);
        let _ = writeln!(
            text,
            "{:<26} {passed:>7} {:>7} {absent:>15}",
            row.label, row.failed
        );
    }
    for Row { label, cut, .. } in rows.iter().filter(|row| row.cut > 0) {
        let _ = writeln!(text, "{label}: {cut} of its tests did not run to their end");
    }
    text.push('\n');
    text
}

/// Each reason with how many tests it has on which platforms.
fn reasons(rows: &[Row]) -> String {
    let mut reasons: Vec<&str> = Vec::new();
    for reason in rows.iter().flat_map(|row| &row.absent) {
        if !reasons.contains(&reason.as_str()) {
            reasons.push(reason);
        }
    }
    if reasons.is_empty() {
        return String::new();
    }
    let mut text = "not applicable, and why:\n".to_owned();
    for reason in reasons {
        let _ = writeln!(text, "  {reason}");
        let mut by_count: Vec<(usize, Vec<&str>)> = Vec::new();
        for row in rows {
            let count = row.absent.iter().filter(|absent| *absent == reason).count();
            match by_count.iter_mut().find(|(known, _)| *known == count) {
                _ if count == 0 => {}
                Some((_, labels)) => labels.push(&row.label),
                None => by_count.push((count, vec![&row.label])),
            }
        }
        for (count, labels) in by_count {
            let _ = writeln!(text, "{count:>7}  {}", labels.join(", "));
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::read;

    const NATIVE: &str = "     Running insula/conformance (x)
running 2 tests
test native::a ... ok
test native::b ... ok
test result: ok. 2 passed; 0 failed; 0 ignored;
     Running insula-native/conformance (x)
running 2 tests
test a ... ok
test b ... FAILED
a does not apply to threads: it has no page
test result: FAILED. 1 passed; 1 failed; 0 ignored;
variant: INSULA_ENCODE=1
     Running insula-native/conformance (x)
running 2 tests
test a ... ok
";

    const SIM: &str = "     Running insula-sim/conformance (x)
running 4 tests
test a ... ok
test b ... ok
test web_like::a ... ok
test web_like::b ... ok
b does not apply to sim, web-like: it has no page
test result: ok. 4 passed; 0 failed; 0 ignored;
";

    fn lines() -> Vec<String> {
        let matrix = of(&[("native", read(NATIVE)), ("sim", read(SIM))]);
        let lines = matrix.lines();
        lines
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn each_platform_has_a_row() {
        assert_eq!(
            lines()[..7],
            [
                "conformance suite passed failed not applicable",
                "native 0 1 1",
                "native (INSULA_ENCODE=1) 1 0 0",
                "native (facade) 2 0 0",
                "sim 2 0 0",
                "sim (web-like) 1 0 1",
                "native (INSULA_ENCODE=1): 1 of its tests did not run to their end",
            ]
        );
    }

    #[test]
    fn reasons_are_told_once_with_their_counts() {
        assert_eq!(
            lines()[8..],
            [
                "not applicable, and why:",
                "it has no page",
                "1 native, sim (web-like)",
                ""
            ]
        );
    }

    #[test]
    fn without_the_suite_there_is_no_matrix() {
        assert_eq!(of(&[("loom", read("test result: ok. 1 passed"))]), "");
    }
}
