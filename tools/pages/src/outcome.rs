//! [`Outcome`]: what became of a test, printed as `cargo test` prints it.

use serde::Deserialize;

/// What became of a test.
#[derive(Debug, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) error: Option<String>,
    pub(crate) milliseconds: u64,
}

/// Prints the tests of one browser; gives how many have failed.
pub(crate) fn show(browser: &str, outcomes: &[Outcome]) -> usize {
    println!("\nrunning {} tests in {browser}", outcomes.len());
    let mut failed = 0;
    for Outcome { name, error, .. } in outcomes {
        match error {
            None => println!("test {name} ... ok"),
            Some(error) => {
                failed += 1;
                println!("test {name} ... FAILED\n    {error}");
            }
        }
    }
    let outcome = if failed == 0 { "ok" } else { "FAILED" };
    let passed = outcomes.len() - failed;
    let milliseconds: u64 = outcomes.iter().map(|outcome| outcome.milliseconds).sum();
    #[expect(clippy::cast_precision_loss, reason = "it is shown with two digits")]
    let seconds = milliseconds as f64 / 1000.0;
    println!(
        "\ntest result: {outcome}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out; finished in {seconds:.2}s"
    );
    failed
}
