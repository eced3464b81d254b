//! `check` in a process of its own, because it reads the environment: which seeds it runs, and what it says of a failure.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::{env, process::Command};

use insula_sim::{Isolate, ReceivePort, SendPort, check, seeds};

/// One seed of two lets the second isolate be first, so that 20 in a row without it are one in a million.
const SEEDS: u64 = 20;

/// Two isolates send their number: which one arrives first is a race.
async fn first_of_two() -> u32 {
    fn say((number, to): (u32, SendPort<u32>)) {
        to.send(number).unwrap();
    }
    let mut said = ReceivePort::new();
    for number in [1, 2] {
        Isolate::spawn(say, (number, said.send_port()))
            .await
            .unwrap();
    }
    said.next().await.unwrap()
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the test that runs it counts the lines"
)]
#[ignore = "it fails on purpose; `a_failing_seed_is_named` runs it"]
fn helper_that_fails() {
    check(0..SEEDS, || async {
        println!("a seed");
        assert_eq!(first_of_two().await, 1, "the second came first");
    });
}

#[test]
#[ignore = "`each_process_has_other_seeds` runs it"]
fn helper_with_seeds() {
    check(seeds(1), || async {});
}

fn helper(variables: &[(&str, &str)]) -> (bool, String, usize) {
    let (success, text) = ignored("helper_that_fails", variables);
    let runs = text.lines().filter(|line| *line == "a seed").count();
    (success, text, runs)
}

/// Runs one of the ignored tests in a process of its own.
fn ignored(test: &str, variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command
        .env_remove("INSULA_SEED")
        .env_remove("INSULA_SEEDS")
        .envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), text)
}

#[test]
fn each_process_has_other_seeds() {
    let first = || {
        let (success, text) = ignored("helper_with_seeds", &[]);
        assert!(success, "{text}");
        let (_, first) = text.split_once("this run begins with seed ").unwrap();
        first.lines().next().unwrap().parse::<u64>().unwrap()
    };
    assert_ne!(first(), first());
}

#[test]
fn a_failing_seed_is_named_and_replayed_alone() {
    let (success, text, runs) = helper(&[]);
    assert!(!success, "{text}");
    assert!(text.contains("the second came first"), "{text}");
    assert!(
        text.contains("seeds.rs"),
        "the place of the panic is printed: {text}"
    );
    let seed = text
        .split("set INSULA_SEED=")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .expect("the seed is named");
    assert_eq!(
        runs.to_string(),
        (seed.parse::<usize>().unwrap() + 1).to_string()
    );

    let (success, again, runs) = helper(&[("INSULA_SEED", seed)]);
    assert!(!success);
    assert_eq!(runs, 1);
    let steps = |text: &str| {
        text.split("last steps:")
            .nth(1)
            .map(ToOwned::to_owned)
            .unwrap()
    };
    let steps_of = |text: &str| {
        steps(text)
            .lines()
            .filter(|line| line.contains("->"))
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(steps_of(&text), steps_of(&again));

    let (success, text, runs) = helper(&[("INSULA_SEEDS", "1")]);
    assert_eq!((success, runs), (seed != "0", 1), "{text}");
    let (success, text, _) = helper(&[("INSULA_SEED", "seven")]);
    assert!(
        !success && text.contains("INSULA_SEED has to be a number, not `seven`"),
        "{text}"
    );
}
