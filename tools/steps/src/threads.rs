//! The steps on threads of this machine: `native`, and `sim`, which has the simulator's tests. One call of
//! cargo builds both, because two with other packages compile the crates below them twice.
//!
//! Tests in browsers wait for most of their time, and the simulator's time is not the clock's. So the simulator's tests run
//! beside the browsers, where they take only what these leave.

use std::{path::PathBuf, thread::ScopedJoinHandle};

use anyhow::Result;

use crate::{
    arguments::Arguments,
    checkout::Checkout,
    clock::Clock,
    lanes,
    log::{Finished, Log},
    programs::{self, Priority, TestProgram},
    report::{Kind, LIMIT, Report},
    results::variant_line,
};

const SIM: &str = "insula-sim";
const ABOUT: &str = "about 2 minutes";
const SUITE: &str = "insula-native/conformance";

/// What the suite runs with once more: every message encoded, which natively would only move, and every isolate light.
const VARIANTS: [&str; 2] = ["INSULA_ENCODE", "INSULA_LIGHT"];

/// A test program, or the examples of the documentation.
#[derive(Debug)]
enum Part {
    Program(TestProgram),
    /// With a variable of [`VARIANTS`] set to 1.
    Variant(&'static str, TestProgram),
    /// Of these packages.
    Examples(&'static [&'static str]),
}

/// The step `sim`, built and not yet run.
#[derive(Debug)]
pub(crate) struct Simulated<'a> {
    checkout: &'a Checkout,
    arguments: &'a Arguments,
    parts: Vec<Part>,
    log: PathBuf,
}

/// Builds those of the two steps that are wanted, and runs the native one; gives the other.
pub(crate) fn test<'a>(
    checkout: &'a Checkout,
    arguments: &'a Arguments,
    report: &mut Report<'_>,
) -> Result<Option<Simulated<'a>>> {
    let steps: Vec<_> = ["native", "sim"]
        .into_iter()
        .filter(|step| report.wants(step))
        .collect();
    let packages: &'static [&'static str] = match steps[..] {
        [] => return Ok(None),
        ["native"] => &["--workspace", "--exclude", SIM],
        ["sim"] => &["-p", SIM],
        _ => &["--workspace"],
    };
    let clock = Clock::start("build-native", "about 3 minutes, the first time");
    let mut log = Log::create(report.log("build-native"), LIMIT)?;
    let programs = programs::build(&mut log, checkout.cargo().arg("test").args(packages));
    drop(clock);
    let built = log.finish();
    let Some(programs) = programs else {
        for step in steps {
            report.end(Kind::Tests, step, &built);
        }
        return Ok(None);
    };
    eprintln!("  build-native: done in {} s", built.took.as_secs());
    let (of_sim, native): (Vec<_>, Vec<_>) = programs
        .into_iter()
        .partition(|program| program.package == SIM);
    let suite = native.iter().filter(|program| program.title() == SUITE);
    let variants: Vec<_> = suite
        .flat_map(|suite| VARIANTS.map(|variable| Part::Variant(variable, suite.clone())))
        .collect();
    let mut native: Vec<_> = native.into_iter().map(Part::Program).collect();
    native.extend(variants);
    let mut of_sim: Vec<_> = of_sim.into_iter().map(Part::Program).collect();
    // All examples are in the first step, because they are compiled together too.
    if arguments.filter.is_none() {
        let first = match steps[..] {
            ["sim"] => &mut of_sim,
            _ => &mut native,
        };
        first.push(Part::Examples(packages));
    }
    if steps.contains(&"native") {
        report.step(Kind::Tests, "native", ABOUT, |log| {
            run(checkout, "native", log, native, arguments.filter.as_deref());
        })?;
    }
    Ok(steps.contains(&"sim").then(|| Simulated {
        checkout,
        arguments,
        parts: of_sim,
        log: report.log("sim"),
    }))
}

impl Simulated<'_> {
    pub(crate) fn run(self) -> Result<Finished> {
        let mut log = Log::create(self.log, LIMIT)?;
        let filter = self.arguments.filter.as_deref();
        run(self.checkout, "sim", &mut log, self.parts, filter);
        Ok(log.finish())
    }
}

/// Takes in the step, for which a person has waited if nothing runs beside it any more.
pub(crate) fn end(
    simulated: ScopedJoinHandle<'_, Result<Finished>>,
    report: &mut Report<'_>,
) -> Result<()> {
    let clock = (!simulated.is_finished()).then(|| Clock::start("sim", ABOUT));
    let finished = simulated.join().expect("no step panics")?;
    drop(clock);
    report.end(Kind::Tests, "sim", &finished);
    Ok(())
}

/// Runs the parts side by side. What a test prints is shown, for the matrix.
fn run(checkout: &Checkout, step: &str, log: &mut Log, parts: Vec<Part>, filter: Option<&str>) {
    let folder = checkout.logs().join("jobs");
    let priority = match step {
        "sim" => Priority::Low,
        _ => Priority::Usual,
    };
    let run = |(number, part): (usize, Part)| -> Result<Finished> {
        let mut log = Log::create(folder.join(format!("{number}-{step}.log")), LIMIT)?;
        match part {
            Part::Program(program) => program.run(&mut log, filter, &[], priority),
            Part::Variant(variable, program) => {
                log.line(&variant_line(&format!("{variable}=1")));
                program.run(&mut log, filter, &[(variable, "1")], priority)
            }
            Part::Examples(packages) => {
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
    let done = lanes::wanted().and_then(|lanes| {
        let numbered = parts.into_iter().enumerate().collect();
        let done = lanes::run(lanes, numbered, run).into_iter();
        done.collect::<Result<Vec<_>>>()
    });
    match done {
        Ok(done) => done.iter().for_each(|finished| log.append(finished)),
        Err(error) => {
            log.fail(&format!("{error:#}"));
        }
    }
}
