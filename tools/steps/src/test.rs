//! `test`: natively, in the simulator, in three browser engines, with panics that unwind, and in
//! bundlers.

use anyhow::Result;

use crate::{
    arguments::Arguments,
    browsers, bundlers,
    checkout::Checkout,
    lanes,
    log::{Finished, Log},
    programs::{self, TestProgram},
    report::{Kind, LIMIT, Report},
    results::variant_line,
};

const SUITE: &str = "insula-native/conformance";

/// Runs the steps that are wanted.
pub(crate) fn run(checkout: &Checkout, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let filter = arguments.filter.as_deref();
    let (native, sim, bundlers) = match filter {
        None => (
            "about 4 minutes, the first time",
            "about 6 minutes, the first time",
            "about 4 minutes, the first time",
        ),
        Some(_) => (
            "some seconds, when it is built",
            "some seconds, when it is built",
            "about 2 minutes",
        ),
    };
    report.step(Kind::Tests, "native", native, |log| {
        test_native(checkout, log, filter);
    })?;
    report.step(Kind::Tests, "sim", sim, |log| {
        test_sim(checkout, log, filter);
    })?;
    browsers::test(checkout, arguments, report)?;
    let firefox = arguments.wants("firefox");
    report.step(Kind::Tests, "bundlers", bundlers, |log| {
        bundlers::test(checkout, log, firefox, filter);
    })
}

/// Test programs, or the examples of the documentation.
#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Program(&'a TestProgram),
    /// With every message encoded, which natively would only move.
    Encoding(&'a TestProgram),
    Examples,
}

/// The simulator has a step of its own. What a test prints is shown, for the matrix.
fn test_native(checkout: &Checkout, log: &mut Log, filter: Option<&str>) {
    let packages = ["--workspace", "--exclude", "insula-sim"];
    let mut cargo = checkout.cargo();
    let Some(programs) = programs::build(log, cargo.arg("test").args(packages)) else {
        return;
    };
    let mut parts: Vec<_> = programs.iter().map(Part::Program).collect();
    let suite = programs.iter().filter(|program| program.title() == SUITE);
    parts.extend(suite.map(Part::Encoding));
    if filter.is_none() {
        parts.push(Part::Examples);
    }
    let folder = checkout.logs().join("jobs");
    let run = |(number, part): (usize, Part<'_>)| -> Result<Finished> {
        let mut log = Log::create(folder.join(format!("{number}-native.log")), LIMIT)?;
        match part {
            Part::Program(program) => program.run(&mut log, filter, &[]),
            Part::Encoding(program) => {
                log.line(&variant_line("INSULA_ENCODE=1"));
                program.run(&mut log, filter, &[("INSULA_ENCODE", "1")])
            }
            Part::Examples => {
                let mut cargo = checkout.cargo();
                log.run(
                    cargo
                        .args(["test", "--doc", "--no-fail-fast"])
                        .args(packages),
                )
            }
        };
        Ok(log.finish())
    };
    let done = lanes::wanted(0).and_then(|lanes| {
        let numbered = parts.into_iter().enumerate().collect();
        lanes::run(lanes, numbered, run)
            .into_iter()
            .collect::<Result<Vec<_>>>()
    });
    match done {
        Ok(done) => done.iter().for_each(|finished| log.append(finished)),
        Err(error) => {
            log.fail(&format!("{error:#}"));
        }
    }
}

fn test_sim(checkout: &Checkout, log: &mut Log, filter: Option<&str>) {
    let package = ["-p", "insula-sim"];
    let Some(programs) = programs::build(log, checkout.cargo().arg("test").args(package)) else {
        return;
    };
    for program in &programs {
        program.run(log, filter, &[]);
    }
    if filter.is_none() {
        log.run(checkout.cargo().args(["test", "--doc"]).args(package));
    }
}
