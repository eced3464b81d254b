//! `check`: format, house rules, lints, features, documentation, licences and dependencies. What fails
//! most often comes first.

use std::{fs, time::Duration};

use anyhow::{Context, Result};

use crate::{
    arguments::{Arguments, CHECKS},
    checkout::{Checkout, Panics, WASM32},
    log::Log,
    report::{Kind, Report},
};

/// The facade's.
const FEATURES: &[&str] = &["json", "tracing", "js", "gloo", "bundler-target"];

/// What is published.
const NATIVE_PACKAGES: &[&str] = &[
    "-p",
    "insula",
    "-p",
    "insula-core",
    "-p",
    "insula-native",
    "-p",
    "insula-sim",
];
const WEB_PACKAGES: &[&str] = &["-p", "insula", "-p", "insula-core", "-p", "insula-web"];

const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

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
        "msrv" => msrv(checkout, report),
        "advisories" => advisories(checkout, report),
        _ => report.step(Kind::Check, step, about(step), |log| {
            let _ = match step {
                "fmt" => log.run(checkout.cargo().args(["fmt", "--all", "--check"])),
                "shell" => log.run(
                    checkout
                        .command("shellcheck")
                        .args(["-x", "-a", "build.sh", ".ci/run"]),
                ),
                "tidy" => {
                    log.run(
                        checkout
                            .cargo()
                            .args(["test", "-p", "insula-tests", "--test", "tidy"]),
                    )
                }
                "clippy" => log.run(
                    checkout
                        .cargo()
                        .args(["clippy", "--workspace", "--all-targets"])
                        .args(DENY_WARNINGS),
                ),
                "clippy-wasm" => clippy_wasm(checkout, log),
                "features" => features(checkout, log),
                "docs" => {
                    let mut cargo = checkout.cargo();
                    cargo.env("RUSTDOCFLAGS", "-D warnings").args([
                        "doc",
                        "--workspace",
                        "--no-deps",
                    ]);
                    log.run(&mut cargo)
                }
                "deny" => log.run(
                    checkout
                        .cargo()
                        .args(["deny", "check", "licenses", "bans", "sources"]),
                ),
                _ => log.fail(&format!("{step} has no command")),
            };
        }),
    }
}

fn about(step: &str) -> &'static str {
    match step {
        "clippy" => "about 2 minutes, the first time",
        "tidy" | "clippy-wasm" | "features" | "docs" => "about 1 minute, the first time",
        _ => "some seconds",
    }
}

fn is_installed(checkout: &Checkout, report: &Report, program: &str) -> Result<bool> {
    let mut log = Log::create(report.log(&format!("{program}-version")), DOWNLOAD_LIMIT)?;
    Ok(log.run(checkout.command(program).arg("--version")))
}

fn clippy_wasm(checkout: &Checkout, log: &mut Log) -> bool {
    let all = [
        "-p",
        "insula",
        "-p",
        "insula-web",
        "-p",
        "insula-www",
        "-p",
        "insula-bundlers",
    ];
    let web = ["-p", "insula-web", "--features", "js,gloo"];
    let mut clippy = |packages: &[&str]| {
        let mut cargo = checkout.wasm_command("cargo", Panics::Abort);
        cargo
            .args(["clippy", "--all-targets", "--target", WASM32])
            .args(packages)
            .args(DENY_WARNINGS);
        log.run(&mut cargo)
    };
    clippy(&all) && clippy(&web)
}

/// None of the features, each alone, all together; on both targets.
fn features(checkout: &Checkout, log: &mut Log) -> bool {
    let all = FEATURES.join(",");
    let sets: Vec<&str> = [""]
        .into_iter()
        .chain(FEATURES.iter().copied())
        .chain([all.as_str()])
        .collect();
    let mut well = true;
    for on_web in [false, true] {
        for set in &sets {
            let mut cargo = if on_web {
                checkout.wasm_command("cargo", Panics::Abort)
            } else {
                checkout.cargo()
            };
            cargo.args([
                "clippy",
                "-p",
                "insula",
                "--no-default-features",
                "--features",
                set,
            ]);
            if on_web {
                cargo.args(["--target", WASM32]);
            }
            let place = if on_web { "for wasm32" } else { "natively" };
            log.line(&format!("features [{set}] {place}"));
            well &= log.run(cargo.args(DENY_WARNINGS));
        }
    }
    well
}

/// The oldest compiler that Cargo.toml promises. Where rustup can't have it the step says so.
fn msrv(checkout: &Checkout, report: &mut Report) -> Result<()> {
    if !report.wants("msrv") {
        return Ok(());
    }
    let version = stated_compiler(checkout)?;
    let mut log = Log::create(report.log("msrv-toolchain"), DOWNLOAD_LIMIT)?;
    let has = |log: &mut Log| {
        log.run(
            checkout
                .command("rustup")
                .args(["run", &version, "rustc", "--version"]),
        )
    };
    let get = |log: &mut Log| {
        let toolchain = ["toolchain", "install", &version, "--profile", "minimal"];
        log.run(
            checkout
                .command("rustup")
                .args(toolchain)
                .args(["--target", WASM32]),
        )
    };
    let is_there = has(&mut log) || (get(&mut log) && has(&mut log));
    if !is_there {
        let reason = format!(
            "rustup can't have Rust {version} here: see {}",
            report.log("msrv-toolchain").display()
        );
        report.skip("msrv", &reason);
        return Ok(());
    }
    report.step(
        Kind::Check,
        "msrv",
        "about 1 minute, the first time",
        |log| {
            let mut check = |packages: &[&str], target: &[&str]| {
                let mut cargo = checkout.cargo();
                // A build folder of its own: two compilers in one would rebuild each other's work.
                cargo
                    .env("RUSTUP_TOOLCHAIN", &version)
                    .env("CARGO_TARGET_DIR", checkout.root().join("target/msrv"))
                    .arg("check")
                    .args(packages)
                    .args(target);
                log.run(&mut cargo)
            };
            let _ = check(NATIVE_PACKAGES, &[]) && check(WEB_PACKAGES, &["--target", WASM32]);
        },
    )
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
    if !log.run(checkout.cargo().args(["deny", "fetch", "db"])) {
        report.skip(
            "advisories",
            "the advisory database can't be reached from here",
        );
        return Ok(());
    }
    report.step(Kind::Check, "advisories", about("advisories"), |log| {
        log.run(checkout.cargo().args(["deny", "check", "advisories"]));
    })
}
