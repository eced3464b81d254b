//! [`Report`]: the steps of a run, their rows, their totals, and how it ends.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Result;

use crate::{
    arguments::Arguments,
    clock::Clock,
    log::{Finished, Log, tail},
    matrix,
    results::{self, Program},
};

/// A step that takes longer hangs: it is ended and counts as failed.
pub(crate) const LIMIT: Duration = Duration::from_secs(2400);

/// What a step counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The tests in its log.
    Tests,
    /// Itself: it passes or fails as a whole.
    Check,
}

/// What the steps came to.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    arguments: &'a Arguments,
    logs: PathBuf,
    rows: Vec<String>,
    /// The programs of each step that ran tests.
    tested: Vec<(&'static str, Vec<Program>)>,
    passed: usize,
    failed: usize,
    absent: usize,
    /// Ignored tests, and steps that did not run.
    left_out: usize,
    broken: Vec<&'static str>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(arguments: &'a Arguments, logs: PathBuf) -> Self {
        Self {
            arguments,
            logs,
            rows: Vec::new(),
            tested: Vec::new(),
            passed: 0,
            failed: 0,
            absent: 0,
            left_out: 0,
            broken: Vec::new(),
        }
    }

    /// Runs a step if it is wanted. `about`: how long it takes.
    pub(crate) fn step(
        &mut self,
        kind: Kind,
        name: &'static str,
        about: &str,
        body: impl FnOnce(&mut Log),
    ) -> Result<()> {
        if !self.wants(name) {
            return Ok(());
        }
        let clock = Clock::start(name, about);
        let mut log = Log::create(self.log(name), LIMIT)?;
        body(&mut log);
        drop(clock);
        self.end(kind, name, &log.finish());
        Ok(())
    }

    /// Whether a step is to run; one that was asked for and is left out gets a row.
    pub(crate) fn wants(&mut self, name: &'static str) -> bool {
        let asked_for = self.arguments.asks_for(name);
        if asked_for && self.arguments.leaves_out(name) {
            self.skip(name, "left out by --without");
            return false;
        }
        asked_for
    }

    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    pub(crate) fn is_broken(&self) -> bool {
        !self.broken.is_empty()
    }

    pub(crate) fn skip(&mut self, name: &'static str, reason: &str) {
        self.left_out += 1;
        self.row(format!(
            "{name:<12} {:<12} {:>5}    {reason}",
            "SKIPPED", "-"
        ));
    }

    /// Takes in a step that has run.
    pub(crate) fn end(&mut self, kind: Kind, name: &'static str, finished: &Finished) {
        let text = fs::read_to_string(&finished.path).unwrap_or_default();
        let (result, note) = match kind {
            Kind::Check => self.end_check(name, finished),
            Kind::Tests => self.end_tests(name, finished, results::read(&text)),
        };
        let seconds = finished.took.as_secs();
        let row = format!("{name:<12} {result:<12} {seconds:>5} s  {note}");
        if self.broken.last() == Some(&name) {
            show_failures(&finished.path, &text);
        }
        self.row(row.trim_end().to_owned());
    }

    fn end_check(&mut self, name: &'static str, finished: &Finished) -> (String, String) {
        if !finished.failed {
            self.passed += 1;
            return ("PASSED".to_owned(), String::new());
        }
        self.failed += 1;
        self.broken.push(name);
        let note = finished.hung.map(hung).unwrap_or_default();
        ("FAILED".to_owned(), note)
    }

    fn end_tests(
        &mut self,
        name: &'static str,
        finished: &Finished,
        programs: Vec<Program>,
    ) -> (String, String) {
        let sum = |count: fn(&Program) -> usize| programs.iter().map(count).sum::<usize>();
        let mut failed = sum(|program| program.counts().failed);
        let absent = sum(|program| program.absent.len());
        // To the test program a test that does not apply is one that passed.
        let passed = sum(|program| program.counts().passed).saturating_sub(absent);
        let mut note = String::new();
        if passed == 0 && !finished.failed {
            note = match &self.arguments.filter {
                Some(filter) => format!("no test has '{filter}' in its name"),
                None => "it ran no test".to_owned(),
            };
        } else if finished.failed && failed == 0 {
            note = finished
                .hung
                .map_or_else(|| "it did not run to the end".to_owned(), hung);
        }
        let broken = finished.failed || passed == 0;
        // A step that fails without naming a test counts as one, so that the closing line never says
        // that all is well.
        if broken && failed == 0 {
            failed = 1;
        }
        self.passed += passed;
        self.failed += failed;
        self.absent += absent;
        self.left_out += sum(|program| program.counts().ignored);
        self.tested.push((name, programs));
        if !broken {
            return (format!("PASSED {passed}"), note);
        }
        self.broken.push(name);
        if note.is_empty() {
            note = format!("{failed} failed, {passed} passed");
        }
        ("FAILED".to_owned(), note)
    }

    fn row(&mut self, row: String) {
        eprintln!("  {row}");
        self.rows.push(row);
    }

    /// Prints the table, the matrix, and the closing line in the form that a machine reads. Gives
    /// whether all went well.
    pub(crate) fn close(self) -> bool {
        let mut text = format!("\n{:<12} {:<12} {:>7}\n", "step", "result", "time");
        for row in &self.rows {
            text += row;
            text.push('\n');
        }
        let _ = writeln!(text, "logs: {}\n", self.logs.display());
        text += &matrix::of(&self.tested);
        let skipped = self.absent + self.left_out;
        if skipped > 0 {
            let (absent, left_out) = (self.absent, self.left_out);
            let _ = writeln!(
                text,
                "skipped: {absent} that do not apply, {left_out} ignored or left out"
            );
        }
        let (passed, failed) = (self.passed, self.failed);
        let _ = writeln!(text, "{passed} passed, {failed} failed, {skipped} skipped");
        print!("{text}");
        self.broken.is_empty()
    }
}

fn hung(limit: Duration) -> String {
    format!("ended after {} s: it hung", limit.as_secs())
}

/// The failed tests and their reasons, wherever in the log they stand; or how it ended.
fn show_failures(path: &Path, text: &str) {
    const SHOWN: usize = 40;
    let lines: Vec<_> = text.lines().enumerate().collect();
    let mut shown = BTreeMap::new();
    for at in 0..lines.len() {
        if shown.len() < SHOWN && is_reason(lines[at].1) {
            shown.extend(lines[at..].iter().take(3).copied());
        }
    }
    for (number, line) in &shown {
        eprintln!("{}: {line}", number + 1);
    }
    if shown.is_empty() {
        eprintln!("{}", tail(path, 20));
    }
    eprintln!("--- the whole log: {}", path.display());
}

fn is_reason(line: &str) -> bool {
    (line.starts_with("test ") && line.contains("FAIL"))
        || line.starts_with("error:")
        || line.starts_with("error[")
        || line.starts_with("thread ") && line.contains("panicked at")
        || line.trim_start().starts_with("panicked at")
        || line.starts_with("Diff in ")
}
