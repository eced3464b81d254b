//! The programs of examples/, natively and on the page: both have to come to the same.

use std::time::Duration;

use anyhow::{Result, anyhow, bail, ensure};
use insula_examples::{photos::native_clock, programs::PROGRAMS, report::Ran};
use serde::Serialize;

use crate::table::table;

/// A program's line in the report.
#[derive(Debug, Serialize)]
pub(crate) struct Both {
    program: String,
    native_ms: f64,
    #[serde(rename = "browser")]
    ways: Vec<Ran>,
    outcome: String,
}

/// A way of the page, and what heads its column.
const WAYS: [(&str, &str); 3] = [
    ("browser-main-loop", "main loop"),
    ("browser-worker", "worker"),
    ("browser-pool", "pool"),
];

/// What can't run there: a page can't replace itself.
pub(crate) const IMPOSSIBLE: [(&str, &str); 1] = [("restart", "browser-main-loop")];

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
pub(crate) fn compare(native: Vec<Native>, mut browser: Vec<Ran>) -> Result<Vec<Both>> {
    let mut both = Vec::new();
    for Native {
        program,
        outcome,
        total,
    } in native
    {
        let mut ways = Vec::new();
        for (place, _) in WAYS {
            let is_it = |ran: &Ran| ran.program == program && ran.place == place;
            match browser.iter().position(is_it) {
                Some(found) => ways.push(browser.swap_remove(found)),
                None if IMPOSSIBLE.contains(&(program, place)) => {}
                None => bail!("{program} did not run on the page, at {place}"),
            }
        }
        for ran in &ways {
            let place = &ran.place;
            let shown = (ran.outcome.as_ref())
                .map_err(|error| anyhow!("{program} failed on the page, at {place}: {error}"))?;
            ensure!(
                *shown == outcome,
                "{program} came to \"{outcome}\" natively, and to \"{shown}\" at {place}"
            );
        }
        both.push(Both {
            program: program.to_owned(),
            native_ms: total.as_secs_f64() * 1000.0,
            ways,
            outcome,
        });
    }
    ensure!(
        browser.is_empty(),
        "programs that are not known natively ran on the page: {browser:?}"
    );
    Ok(both)
}

/// What a program came to on the page is the same in each way, and no failure.
pub(crate) fn same_everywhere(program: &str, ran: &[Ran]) -> Result<()> {
    let mut ways = ran.iter().filter(|ran| ran.program == program);
    let first = ways.next();
    let first = first.ok_or_else(|| anyhow!("the page knows nothing of a run of {program}"))?;
    ensure!(
        first.outcome.is_ok() && ways.all(|ran| ran.outcome == first.outcome),
        "{program} came to {ran:?}"
    );
    Ok(())
}

/// The programs as a table for a terminal: how long each took, and how long the page stood still.
pub(crate) fn picture(programs: &[Both]) -> String {
    let cells = |both: &Both| {
        let [main_loop, worker, pool] = WAYS.map(|(place, _)| {
            let ran = both.ways.iter().find(|ran| ran.place == place);
            ran.map_or_else(String::new, |ran| {
                format!("{:.0} / {:.0}", ran.total_ms, ran.longest_freeze_ms)
            })
        });
        [
            both.program.clone(),
            format!("{:.0}", both.native_ms),
            main_loop,
            worker,
            pool,
            both.outcome.clone(),
        ]
    };
    let [main_loop, worker, pool] = WAYS.map(|(_, name)| format!("{name} / freeze"));
    let head = [
        "program",
        "native ms",
        &main_loop,
        &worker,
        &pool,
        "the same everywhere",
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
        let ran = |(place, _): (&str, &str)| Ran {
            program: program.to_owned(),
            place: place.to_owned(),
            outcome: outcome.map(str::to_owned).map_err(str::to_owned),
            total_ms: 1.0,
            longest_freeze_ms: 0.0,
        };
        WAYS.map(ran).into()
    }

    fn error(browser: Vec<Ran>) -> String {
        compare(native("4 primes"), browser)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_same_outcome_agrees() {
        let both = compare(native("4 primes"), browser("primes", Ok("4 primes"))).unwrap();
        assert_eq!(
            (both[0].outcome.as_str(), both[0].ways.len()),
            ("4 primes", 3)
        );
    }

    #[test]
    fn another_outcome_is_named() {
        let mut ran = browser("primes", Ok("4 primes"));
        ran[1].outcome = Ok("5 primes".to_owned());
        assert_eq!(
            error(ran),
            "primes came to \"4 primes\" natively, and to \"5 primes\" at browser-worker"
        );
    }

    #[test]
    fn a_failure_is_told() {
        assert_eq!(
            error(browser("primes", Err("the isolate is lost"))),
            "primes failed on the page, at browser-main-loop: the isolate is lost"
        );
    }

    #[test]
    fn a_way_that_did_not_run_is_named() {
        let mut ran = browser("primes", Ok("4 primes"));
        ran.pop();
        assert_eq!(
            error(ran),
            "primes did not run on the page, at browser-pool"
        );
    }

    #[test]
    fn ways_of_the_page_agree() {
        let mut ran = browser("primes", Ok("4 primes"));
        assert!(same_everywhere("primes", &ran).is_ok());
        assert!(same_everywhere("sort", &ran).is_err());
        ran[2].outcome = Ok("5 primes".to_owned());
        assert!(same_everywhere("primes", &ran).is_err());
        let failed = browser("primes", Err("the isolate is lost"));
        assert!(same_everywhere("primes", &failed).is_err());
    }

    #[test]
    fn an_unknown_program_is_named() {
        let mut ran = browser("primes", Ok("4 primes"));
        ran.extend(browser("digest", Ok("")));
        assert!(error(ran).contains("digest"));
    }
}
