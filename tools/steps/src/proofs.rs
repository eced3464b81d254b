//! `proofs`: what goes beyond tests. Undefined behaviour and leaks (miri), every interleaving of the
//! protocols between threads (loom), a thousand seeds of the simulator for each test (seeds), 10,000
//! isolates (stress), bytes that no sender made (fuzz).

use std::{env, fs, process::Command, time::Duration};

use anyhow::Result;

use crate::{
    arguments::Arguments,
    checkout::Checkout,
    log::Log,
    report::{Kind, Report},
};

/// A step, how long it takes, and what it runs.
type Proof = (&'static str, &'static str, fn(&Checkout, &mut Log));

const PROOFS: &[Proof] = &[
    ("miri", "about 15 minutes, the first time", miri),
    ("loom", "about 4 minutes, the first time", loom),
    ("seeds", "about 10 minutes, the first time", seeds),
    ("stress", "about 1 minute, the first time", stress),
    ("fuzz", "about 5 minutes, the first time", fuzz),
];

const WITHOUT_MIRI: &str =
    "needs miri: rustup toolchain install nightly --component miri --component rust-src";

/// What miri does not run, because it executes some thousand times slower than the machine: tests that
/// read millions of elements, and one that measures time.
const MIRI_CORE_SKIPS: &[&str] = &[
    "elements_without_bytes",
    "large_types_cost_bounded_time",
    "lengths_unknown_in_advance",
];

/// What miri runs of native's suite, by parts of names: every way in which threads meet (start,
/// message, control, reply, end), once or a few times each. The whole suite takes hours, and much of it
/// waits for real time.
const MIRI_NATIVE_TESTS: &[&str] = &[
    "compute_returns_the_value",
    "compute_returns_the_awaited_value",
    "compute_can_compute",
    "compute_refuses",
    "run_returns_its_own_error",
    "run_fails_when_it_is_killed",
    "run_fails_when_it_kills",
    "run_moves",
    "kill_",
    "pause_",
    "ping_",
    "exit_listener",
    "port_can_be_closed",
    "port_close",
    "raw_port_",
    "transferable",
    "messages_keep_their_order",
    "capability",
];

const SEEDS: &str = "1000";

const FUZZ_TARGETS: &[&str] = &["plain", "attached"];
/// For each target, unless `INSULA_FUZZ_SECONDS` says otherwise.
const FUZZ_SECONDS: &str = "60";

const DOWNLOAD_LIMIT: Duration = Duration::from_secs(300);

/// Runs the proofs that are wanted.
pub(crate) fn run(checkout: &Checkout, arguments: &Arguments, report: &mut Report) -> Result<()> {
    for (name, about, prove) in PROOFS {
        if *name == "miri" && arguments.wants(name) && !has_miri(checkout, report)? {
            report.skip(name, WITHOUT_MIRI);
        } else {
            report.step(Kind::Tests, name, about, |log| prove(checkout, log))?;
        }
    }
    Ok(())
}

fn has_miri(checkout: &Checkout, report: &Report) -> Result<bool> {
    let mut log = Log::create(report.log("miri-toolchain"), DOWNLOAD_LIMIT)?;
    let has = |log: &mut Log| log.run(checkout.cargo().args(["+nightly", "miri", "--version"]));
    if has(&mut log) {
        return Ok(true);
    }
    let get = [
        "toolchain",
        "install",
        "nightly",
        "--profile",
        "minimal",
        "--component",
        "miri",
        "--component",
        "rust-src",
    ];
    Ok(log.run(checkout.command("rustup").args(get)) && has(&mut log))
}

/// Four cases a property instead of 256. Files are read and time passes, so isolation is off. One test
/// at a time: miri runs all threads on one, and a test of the suite must end within 30 seconds.
fn miri(checkout: &Checkout, log: &mut Log) {
    let flags = format!(
        "-Zmiri-disable-isolation {}",
        env::var("MIRIFLAGS").unwrap_or_default()
    );
    let mut miri = |arguments: &[&str], tests: &[&str]| {
        let mut cargo = checkout.cargo();
        cargo
            .envs([
                ("PROPTEST_CASES", "4"),
                ("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1"),
            ])
            .env("MIRIFLAGS", &flags)
            .env("CARGO_TARGET_DIR", checkout.root().join("target/miri"))
            .args(["+nightly", "miri", "test", "--no-fail-fast"])
            .args(arguments)
            .args(tests);
        log.run(&mut cargo);
    };
    let skips: Vec<_> = MIRI_CORE_SKIPS
        .iter()
        .flat_map(|name| ["--skip", name])
        .collect();
    miri(&["-p", "insula-core", "--tests", "--"], &skips);
    miri(
        &[
            "-p",
            "insula-native",
            "--test",
            "conformance",
            "--",
            "--test-threads=1",
        ],
        MIRI_NATIVE_TESTS,
    );
}

fn loom(checkout: &Checkout, log: &mut Log) {
    for package in ["insula-core", "insula-native"] {
        let mut cargo = loom_cargo(checkout);
        cargo.args(["test", "--release", "--test", "loom", "-p", package]);
        log.run(&mut cargo);
    }
}

/// cargo for the code whose threads, locks and atomics are loom's.
pub(crate) fn loom_cargo(checkout: &Checkout) -> Command {
    let mut cargo = checkout.cargo();
    cargo
        .envs([
            ("RUSTFLAGS", "--cfg loom"),
            ("CARGO_PROFILE_RELEASE_LTO", "off"),
        ])
        .env("CARGO_TARGET_DIR", checkout.root().join("target/loom"));
    cargo
}

/// `test` tries fewer.
fn seeds(checkout: &Checkout, log: &mut Log) {
    let mut cargo = checkout.cargo();
    cargo.env("INSULA_SEEDS", SEEDS);
    log.run(cargo.args(["test", "-p", "insula-sim", "--test", "conformance"]));
}

/// The seed is in the log: `INSULA_STRESS_SEED=… ./build.sh proofs stress`.
fn stress(checkout: &Checkout, log: &mut Log) {
    log.run(checkout.cargo().args([
        "test",
        "-p",
        "insula-native",
        "--test",
        "stress",
        "--",
        "--nocapture",
    ]));
}

/// The corpus on any toolchain; new inputs where cargo-fuzz is installed, without adding them to the
/// corpus.
fn fuzz(checkout: &Checkout, log: &mut Log) {
    log.run(
        checkout
            .cargo()
            .args(["test", "-p", "insula-core", "--test", "wire_corpus"]),
    );
    let Ok(mut looked) = Log::create(checkout.logs().join("fuzz-version.log"), DOWNLOAD_LIMIT)
    else {
        return;
    };
    if !looked.run(checkout.cargo().args(["+nightly", "fuzz", "--version"])) {
        log.line("Nothing new was tried. It needs: rustup toolchain install nightly; cargo install cargo-fuzz");
        return;
    }
    let seconds = env::var("INSULA_FUZZ_SECONDS").unwrap_or_else(|_| FUZZ_SECONDS.to_owned());
    for target in FUZZ_TARGETS {
        let built = checkout.root().join("target/fuzz");
        let found = built.join("found").join(target);
        if let Err(error) = fs::create_dir_all(&found) {
            log.fail(&format!("{} can't be made: {error}", found.display()));
            return;
        }
        let mut cargo = checkout.cargo();
        cargo
            .current_dir(checkout.root().join("core"))
            .env("CARGO_TARGET_DIR", &built)
            .args(["+nightly", "fuzz", "run", target])
            .arg(&found)
            .arg(format!("fuzz/corpus/{target}"))
            .args(["--", "-max_len=300", "-timeout=10"])
            .arg(format!("-max_total_time={seconds}"));
        log.run(&mut cargo);
    }
}
