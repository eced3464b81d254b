//! Reads a step's log: which test programs ran, what became of their tests, what does not apply.

/// How many tests came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) ignored: usize,
}

/// A test that does not apply on a platform, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Absent {
    pub(crate) platform: String,
    pub(crate) reason: String,
}

/// A test program of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Program {
    /// As its heading names it.
    pub(crate) name: String,
    /// In which way it ran, where it ran in several.
    pub(crate) variant: Option<String>,
    /// How many tests it said it would run.
    pub(crate) expected: usize,
    /// The tests that were told, and whether each failed.
    pub(crate) tests: Vec<(String, bool)>,
    pub(crate) absent: Vec<Absent>,
    /// Its own last word.
    pub(crate) counts: Option<Counts>,
    /// It said that it has no tests.
    pub(crate) empty: bool,
}

/// How a log tells the way in which the programs after this line run.
pub(crate) fn variant_line(words: &str) -> String {
    format!("variant: {words}")
}

/// The heading of a program that runs without cargo, which would write it.
pub(crate) fn heading(program: &str) -> String {
    format!("     Running {program}")
}

/// The programs of a log. What stands before the first heading is a program without a name, if there
/// are results in it.
pub(crate) fn read(log: &str) -> Vec<Program> {
    let mut programs = vec![Program::default()];
    let mut variant = None;
    for line in log.lines() {
        if let Some(words) = line.strip_prefix("variant: ") {
            variant = Some(words.to_owned());
        } else if let Some(name) = heading_of(line) {
            programs.push(Program {
                name: name.to_owned(),
                variant: variant.clone(),
                ..Program::default()
            });
        } else if let Some(program) = programs.last_mut() {
            program.read_line(line);
        }
    }
    if programs[0].counts.is_none() {
        programs.remove(0);
    }
    programs
}

/// `     Running NAME (FILE)` or `   Doc-tests NAME`.
fn heading_of(line: &str) -> Option<&str> {
    let words = line.strip_prefix("  ")?.trim_start();
    if words.starts_with("Doc-tests ") {
        return Some(words);
    }
    let name = words.strip_prefix("Running ")?;
    Some(name.split(" (").next().unwrap_or(name))
}

impl Program {
    fn read_line(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            let more = counts_of(result);
            let counts = self.counts.get_or_insert_default();
            counts.passed += more.passed;
            counts.failed += more.failed;
            counts.ignored += more.ignored;
        } else if let Some((name, outcome)) = line
            .strip_prefix("test ")
            .and_then(|test| test.split_once(" ... "))
        {
            let failed = outcome.starts_with("FAIL");
            self.tests.push((name.to_owned(), failed));
        } else if let Some(count) = line.strip_prefix("running ").and_then(number) {
            // A browser's runner says it twice.
            self.expected = count;
        } else if line == "no tests to run!" {
            self.empty = true;
        } else {
            self.absent.extend(absent_of(line));
        }
    }

    /// Whether it came to a result.
    pub(crate) fn has_ended(&self) -> bool {
        self.counts.is_some() || self.empty
    }

    /// What it counted, or what was told before it broke off.
    pub(crate) fn counts(&self) -> Counts {
        self.counts.unwrap_or_else(|| {
            let failed = self.failed_tests().count();
            Counts {
                passed: self.tests.len() - failed,
                failed,
                ignored: 0,
            }
        })
    }

    pub(crate) fn failed_tests(&self) -> impl Iterator<Item = &str> {
        let failed = self.tests.iter().filter(|(_, failed)| *failed);
        failed.map(|(name, _)| name.as_str())
    }
}

fn number(text: &str) -> Option<usize> {
    text.split(' ').next()?.parse().ok()
}

/// Of `ok. 3 passed; 1 failed; …`.
fn counts_of(result: &str) -> Counts {
    let mut counts = Counts::default();
    for part in result.split(['.', ';']) {
        let Some((count, what)) = part.trim().split_once(' ') else {
            continue;
        };
        let count = count.parse().unwrap_or_default();
        match what {
            "passed" => counts.passed = count,
            "failed" => counts.failed = count,
            "ignored" => counts.ignored = count,
            _ => {}
        }
    }
    counts
}

/// Of `NAME does not apply to PLATFORM: REASON`, as tests/src/differences.rs has it.
fn absent_of(line: &str) -> Option<Absent> {
    let (name, rest) = line.split_once(" does not apply to ")?;
    let is_name =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    if !name.chars().all(is_name) {
        return None;
    }
    let (platform, reason) = rest.split_once(": ")?;
    Some(Absent {
        platform: platform.to_owned(),
        reason: reason.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "     Running insula-native/conformance (target/debug/deps/conformance-1)

running 3 tests
test kill ... ok
test pause ... FAILED
test late ... ok

successes:

---- late stdout ----
late does not apply to threads: it has no page

test result: FAILED. 2 passed; 1 failed; 4 ignored; 0 measured; 0 filtered out; finished in 0.05s

variant: INSULA_ENCODE=1
     Running insula-native/conformance (target/debug/deps/conformance-1)

running 3 tests
test kill ... ok
   Doc-tests insula_core
test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.05s
     Running insula-web/lib (x.wasm)
no tests to run!
";

    #[test]
    fn programs_are_told_apart() {
        let names: Vec<_> = read(LOG).into_iter().map(|program| program.name).collect();
        assert_eq!(
            names,
            [
                "insula-native/conformance",
                "insula-native/conformance",
                "Doc-tests insula_core",
                "insula-web/lib"
            ]
        );
    }

    #[test]
    fn counts_are_those_of_the_result() {
        let programs = read(LOG);
        let counts = Counts {
            passed: 2,
            failed: 1,
            ignored: 4,
        };
        assert_eq!(programs[0].counts(), counts);
        assert_eq!(programs[0].failed_tests().collect::<Vec<_>>(), ["pause"]);
        assert_eq!(programs[2].counts().passed, 7);
    }

    #[test]
    fn what_does_not_apply_is_read_with_its_reason() {
        let absent = Absent {
            platform: "threads".to_owned(),
            reason: "it has no page".to_owned(),
        };
        assert_eq!(read(LOG)[0].absent, [absent]);
    }

    #[test]
    fn a_program_that_broke_off_is_seen() {
        let programs = read(LOG);
        let ended: Vec<_> = programs.iter().map(Program::has_ended).collect();
        assert_eq!(ended, [true, false, true, true]);
        assert_eq!(programs[1].variant.as_deref(), Some("INSULA_ENCODE=1"));
        assert_eq!(programs[1].counts().passed, 1);
        assert_eq!(programs[1].expected, 3);
    }

    #[test]
    fn results_without_a_heading_count() {
        assert_eq!(
            read("test result: ok. 5 passed; 0 failed")[0]
                .counts()
                .passed,
            5
        );
        assert!(read("nothing").is_empty());
    }
}
