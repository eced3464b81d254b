//! The programs of examples/, natively and on the page: both have to come to the same.

use std::{collections::HashMap, time::Duration};

use anyhow::{Result, anyhow, bail, ensure};
use insula_examples::{photos::native_clock, programs::PROGRAMS, report::Ran};
use serde::Serialize;

use crate::table::table;

/// A program's line in the report.
#[derive(Debug, Serialize)]
pub(crate) struct Both {
    program: String,
    #[serde(rename = "where")]
    places: &'static str,
    native_ms: f64,
    browser_ms: f64,
    longest_freeze_ms: f64,
    outcome: String,
}

/// A program that came to its end natively.
pub(crate) struct Native {
    program: &'static str,
    outcome: String,
    total: Duration,
}

/// Runs every program once.
pub(crate) fn natively() -> Result<Vec<Native>> {
    let run = |program: &insula_examples::programs::Program| {
        let started = native_clock();
        let outcome = insula::block_on(program.run());
        let outcome =
            outcome.map_err(|error| anyhow!("{} failed natively: {error}", program.name))?;
        Ok(Native {
            program: program.name,
            outcome,
            total: native_clock() - started,
        })
    };
    PROGRAMS.iter().map(run).collect()
}

/// Puts together what belongs together, and insists that it agrees.
pub(crate) fn compare(native: Vec<Native>, browser: Vec<Ran>) -> Result<Vec<Both>> {
    let mut browser: HashMap<_, _> = browser
        .into_iter()
        .map(|ran| (ran.program.clone(), ran))
        .collect();
    let mut both = Vec::new();
    for Native {
        program,
        outcome,
        total,
    } in native
    {
        let Some(ran) = browser.remove(program) else {
            bail!("{program} did not run on the page");
        };
        let shown = ran
            .outcome
            .map_err(|error| anyhow!("{program} failed on the page: {error}"))?;
        ensure!(
            shown == outcome,
            "{program} came to \"{outcome}\" natively, and to \"{shown}\" on the page"
        );
        both.push(Both {
            program: ran.program,
            places: "native, browser",
            native_ms: total.as_secs_f64() * 1000.0,
            browser_ms: ran.total_ms,
            longest_freeze_ms: ran.longest_freeze_ms,
            outcome,
        });
    }
    ensure!(
        browser.is_empty(),
        "programs that are not known natively ran on the page: {:?}",
        browser.keys()
    );
    Ok(both)
}

/// The programs as a table for a terminal.
pub(crate) fn picture(programs: &[Both]) -> String {
    let cells = |both: &Both| {
        [
            both.program.clone(),
            format!("{:.0}", both.native_ms),
            format!("{:.0}", both.browser_ms),
            format!("{:.1}", both.longest_freeze_ms),
            both.outcome.clone(),
        ]
    };
    let head = [
        "program",
        "native ms",
        "browser ms",
        "longest freeze ms",
        "the same in both",
    ];
    table(head, &programs.iter().map(cells).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native(outcome: &str) -> Vec<Native> {
        vec![Native {
            program: "primes",
            outcome: outcome.to_owned(),
            total: Duration::ZERO,
        }]
    }

    fn browser(program: &str, outcome: Result<&str, &str>) -> Vec<Ran> {
        vec![Ran {
            program: program.to_owned(),
            outcome: outcome.map(str::to_owned).map_err(str::to_owned),
            total_ms: 1.0,
            longest_freeze_ms: 0.0,
        }]
    }

    fn error(browser: Vec<Ran>) -> String {
        compare(native("4 primes"), browser)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_same_outcome_agrees() {
        let both = compare(native("4 primes"), browser("primes", Ok("4 primes"))).unwrap();
        assert_eq!(both[0].outcome, "4 primes");
    }

    #[test]
    fn another_outcome_is_named() {
        assert_eq!(
            error(browser("primes", Ok("5 primes"))),
            "primes came to \"4 primes\" natively, and to \"5 primes\" on the page"
        );
    }

    #[test]
    fn a_failure_is_told() {
        assert_eq!(
            error(browser("primes", Err("the isolate is lost"))),
            "primes failed on the page: the isolate is lost"
        );
    }

    #[test]
    fn a_program_that_did_not_run_is_named() {
        assert_eq!(error(Vec::new()), "primes did not run on the page");
    }
}
