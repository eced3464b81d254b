//! `check`: format, house rules, lints, features, loom tests that compile, documentation, sizes, the bench, licences and
//! dependencies. What fails most often comes first.

use std::{fs, process::Command, time::Duration};

use anyhow::{Context, Result};

use crate::{
    arguments::{Arguments, CHECKS},
    checkout::{Checkout, Panics, WASM32},
    log::Log,
    npm, proofs,
    report::{Kind, Report},
    sizes,
};

/// The facade's.
const FEATURES: &[&str] = &[
    "json",
    "log",
    "tracing",
    "devtools",
    "js",
    "gloo",
    "bundler-target",
];

/// What is published, on the targets it is for.
const PUBLISHED_NATIVE: &str = "-p insula -p insula-core -p insula-native -p insula-sim";
const PUBLISHED_WEB: &str = "-p insula -p insula-core -p insula-web";

/// Every published crate is packaged, in the order in which each finds the others. `features` has compiled them.
const PUBLISH: &str = "publish --dry-run --no-verify --allow-dirty \
    -p insula-core -p insula-native -p insula-web -p insula-sim -p insula";

/// rustup says within seconds that it can't reach its server; the limit is for slow lines.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(180);

/// Runs the checks that are wanted. `to_the_end`: whether they go on after one has failed.
pub(crate) fn run(
    checkout: &Checkout,
    arguments: &Arguments,
    report: &mut Report,
    to_the_end: bool,
) -> Result<()> {
    for step in CHECKS {
        if to_the_end || !report.is_broken() {
            one(checkout, arguments, report, step)?;
        }
    }
    Ok(())
}

fn one(
    checkout: &Checkout,
    arguments: &Arguments,
    report: &mut Report,
    step: &'static str,
) -> Result<()> {
    match step {
        "shell" if arguments.wants(step) && !is_installed(checkout, report, "shellcheck")? => {
            report.skip(step, "shellcheck is not installed");
            Ok(())
        }
        "sizes"
            if arguments.wants(step)
                && let Some(reason) = sizes::why_not(checkout) =>
        {
            report.skip(step, &reason);
            Ok(())
        }
        "msrv" => msrv(checkout, report),
        "advisories" => advisories(checkout, report),
        _ => report.step(Kind::Check, step, about(step), |log| {
            check(checkout, step, log);
        }),
    }
}

fn check(checkout: &Checkout, step: &str, log: &mut Log) {
    let command = match step {
        "fmt" => words(checkout.cargo(), "fmt --all --check"),
        "shell" => words(checkout.command("shellcheck"), "-x -a build.sh .ci/run"),
        "tidy" => words(
            checkout.cargo(),
            "test -p insula-tests --test tidy --test catalogue --test surface",
        ),
        "clippy" => words(
            checkout.cargo(),
            "clippy --workspace --all-targets -- -D warnings",
        ),
        "clippy-wasm" => return clippy_wasm(checkout, log),
        "features" => return features(checkout, log),
        // `proofs` runs them.
        "loom" => words(
            proofs::loom_cargo(checkout),
            "check --release --test loom -p insula-core -p insula-native",
        ),
        "sizes" => return sizes::check(checkout, log),
        "bench" => return bench(checkout, log),
        "docs" => {
            let mut command = words(checkout.cargo(), "doc --workspace --no-deps");
            command.env("RUSTDOCFLAGS", "-D warnings");
            command
        }
        "publish" => words(checkout.cargo(), PUBLISH),
        "npm-package" => return npm::check(checkout, log),
        "deny" => words(checkout.cargo(), "deny check licenses bans sources"),
        _ => unreachable!("{step} is no step"),
    };
    log.run(command);
}

/// Adds arguments that have no blanks in them.
fn words(mut command: Command, words: &str) -> Command {
    command.args(words.split_whitespace());
    command
}

fn about(step: &str) -> &'static str {
    match step {
        "clippy" => "about 2 minutes, the first time",
        "sizes" => "about 3 minutes, the first time",
        "tidy" | "clippy-wasm" | "features" | "loom" | "docs" | "bench" | "msrv" => {
            "about 1 minute, the first time"
        }
        _ => "some seconds",
    }
}

fn is_installed(checkout: &Checkout, report: &Report, program: &str) -> Result<bool> {
    let mut log = Log::create(report.log(&format!("{program}-version")), DOWNLOAD_LIMIT)?;
    Ok(log.run(words(checkout.command(program), "--version")))
}

fn clippy_wasm(checkout: &Checkout, log: &mut Log) {
    let all = "-p insula -p insula-web -p insula-www -p insula-bundlers";
    let web = "-p insula-web --features js,gloo,log,tracing,devtools";
    for packages in [all, web] {
        let cargo = checkout.wasm_command("cargo", Panics::Abort);
        let line = format!("clippy --all-targets --target {WASM32} {packages} -- -D warnings");
        log.run(words(cargo, &line));
    }
}

/// A workspace of its own. Its tests run every native row once, and judge no time.
fn bench(checkout: &Checkout, log: &mut Log) {
    let all = "--manifest-path bench/Cargo.toml --target-dir target/bench/build";
    for line in [
        "fmt --manifest-path bench/Cargo.toml --check",
        &format!("clippy {all} --all-targets -- -D warnings"),
        &format!("test {all}"),
    ] {
        log.run(words(checkout.cargo(), line));
    }
    let cargo = checkout.wasm_command("cargo", Panics::Abort);
    let web = format!("clippy {all} --target {WASM32} -p insula-bench-web -- -D warnings");
    log.run(words(cargo, &web));
}

/// None of the features, each alone, all together; on both targets.
fn features(checkout: &Checkout, log: &mut Log) {
    let all = FEATURES.join(",");
    let sets = ["none"]
        .iter()
        .chain(FEATURES)
        .copied()
        .chain([all.as_str()]);
    for set in sets {
        let features = match set {
            "none" => "--no-default-features".to_owned(),
            _ => format!("--no-default-features --features {set}"),
        };
        let native = format!("clippy -p insula {features} -- -D warnings");
        let web = format!("clippy -p insula --target {WASM32} {features} -- -D warnings");
        log.line(&format!("features: {set}"));
        log.run(words(checkout.cargo(), &native));
        log.run(words(checkout.wasm_command("cargo", Panics::Abort), &web));
    }
}

/// The oldest compiler that Cargo.toml promises. Where rustup can't have it the step says so.
fn msrv(checkout: &Checkout, report: &mut Report) -> Result<()> {
    if !report.wants("msrv") {
        return Ok(());
    }
    let version = stated_compiler(checkout)?;
    eprintln!("  Rust {version}, by rustup (some seconds, once)");
    let mut log = Log::create(report.log("msrv-toolchain"), DOWNLOAD_LIMIT)?;
    let mut rustup = |line: &str| log.run(words(checkout.command("rustup"), line));
    let look = format!("run {version} rustc --version");
    let get = format!("toolchain install {version} --profile minimal --target {WASM32}");
    let is_there = rustup(&look) || (rustup(&get) && rustup(&look));
    let targets = format!("target add {WASM32} --toolchain {version}");
    if !is_there || !rustup(&targets) {
        let log = report.log("msrv-toolchain");
        let reason = format!(
            "rustup can't have Rust {version} here: see {}",
            log.display()
        );
        report.skip("msrv", &reason);
        return Ok(());
    }
    report.step(Kind::Check, "msrv", about("msrv"), |log| {
        let web = format!("{PUBLISHED_WEB} --target {WASM32}");
        for packages in [PUBLISHED_NATIVE, &web] {
            let mut cargo = words(checkout.cargo(), &format!("check {packages}"));
            // A build folder of its own: two compilers in one would rebuild each other's work.
            cargo
                .env("RUSTUP_TOOLCHAIN", &version)
                .env("CARGO_TARGET_DIR", checkout.root().join("target/msrv"));
            log.run(cargo);
        }
    })
}

/// `rust-version` of the workspace.
fn stated_compiler(checkout: &Checkout) -> Result<String> {
    let manifest = checkout.root().join("Cargo.toml");
    let text = fs::read_to_string(&manifest)
        .with_context(|| format!("{} can't be read", manifest.display()))?;
    let stated = text
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "));
    let stated =
        stated.with_context(|| format!("{} states no rust-version", manifest.display()))?;
    Ok(stated.trim_matches('"').to_owned())
}

/// The database of advisories is downloaded from its own server; where that is out of reach the check
/// says so.
fn advisories(checkout: &Checkout, report: &mut Report) -> Result<()> {
    if !report.wants("advisories") {
        return Ok(());
    }
    let mut log = Log::create(report.log("advisories-database"), Duration::from_secs(60))?;
    if !log.run(words(checkout.cargo(), "deny fetch db")) {
        report.skip(
            "advisories",
            "the advisory database can't be reached from here",
        );
        return Ok(());
    }
    report.step(Kind::Check, "advisories", about("advisories"), |log| {
        log.run(words(checkout.cargo(), "deny check advisories"));
    })
}
