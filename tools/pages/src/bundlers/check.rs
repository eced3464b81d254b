//! What the application has to say of itself.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// Checks a report of tests/bundlers/src/lib.rs: the jobs ran in workers that have their names, and the
/// application's own code ran once, on the page.
pub(super) fn report(text: &str) -> Result<()> {
    let report: Value = serde_json::from_str(text).with_context(|| format!("no report: {text}"))?;
    let balancer = report["balancer"].as_array().context("no balancer")?;
    let jobs: Vec<&Value> = std::iter::once(&report["runner"]).chain(balancer).collect();

    let squares: Vec<_> = jobs
        .iter()
        .filter_map(|job| job["square"].as_u64())
        .collect();
    ensure!(squares == [4, 9, 16, 25, 36], "the squares are {squares:?}");

    let starts = |realm: &Value| realm["starts"].as_u64().unwrap_or(u64::MAX);
    ensure!(
        starts(&report["page"]) == 1,
        "the application started {} times on the page",
        report["page"]["starts"]
    );
    ensure!(
        jobs.iter().all(|job| starts(job) == 0),
        "the application started again in a worker: {text}"
    );

    let names: BTreeSet<_> = jobs.iter().filter_map(|job| job["name"].as_str()).collect();
    ensure!(
        names == BTreeSet::from(["runner 0", "runner 1", "squares"]),
        "the workers are called {names:?}"
    );
    Ok(())
}

/// Checks what tests/bundlers/app-npm says: its workers answered, with results, items and an error.
pub(super) fn npm(text: &str) -> Result<()> {
    let report: Value = serde_json::from_str(text).with_context(|| format!("no report: {text}"))?;
    let expected = json!({
        "sorted": [1, 2, 3],
        "numbers": [0, 1, 2],
        "error": "RangeError: as asked",
        "name": "pool 0",
        "pong": "pong",
    });
    ensure!(report == expected, "the application came to {report}");
    Ok(())
}

/// Checks what the application of the npm package's README shows.
pub(super) fn readme(text: &str) -> Result<()> {
    let shown = text.split_whitespace().collect::<Vec<_>>().join(" ");
    ensure!(
        shown.starts_with("sorted: 1,2,3 2 3 5 7 11 13") && shown.contains("43 47"),
        "the page shows {shown}"
    );
    Ok(())
}

/// Checks what the application of docs/rust-for-typescript.md shows.
pub(super) fn rust_page(text: &str) -> Result<()> {
    ensure!(text.trim() == "1,2,3 three", "the page shows {text}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::report;

    fn realm(name: &str, starts: u32, number: u32) -> String {
        let square = number * number;
        format!(r#"{{"name":"{name}","starts":{starts},"square":{square}}}"#)
    }

    fn text(page_starts: u32, worker_starts: u32, name: &str) -> String {
        let jobs: Vec<_> = (3..7)
            .map(|number| realm(&format!("runner {}", number % 2), worker_starts, number))
            .collect();
        format!(
            r#"{{"page":{},"runner":{},"balancer":[{}]}}"#,
            realm("", page_starts, 1),
            realm(name, 0, 2),
            jobs.join(",")
        )
    }

    #[test]
    fn a_good_report_passes() {
        report(&text(1, 0, "squares")).expect("it is as it should be");
    }

    #[test]
    fn a_second_start_is_seen() {
        let again = report(&text(2, 0, "squares")).expect_err("the page started twice");
        assert!(again.to_string().contains("started 2 times"), "{again}");
        let inside = report(&text(1, 1, "squares")).expect_err("a worker started it");
        assert!(inside.to_string().contains("again in a worker"), "{inside}");
    }

    #[test]
    fn a_missing_name_is_seen() {
        let error = report(&text(1, 0, "")).expect_err("a worker has no name");
        assert!(error.to_string().contains("called"), "{error}");
    }
}
