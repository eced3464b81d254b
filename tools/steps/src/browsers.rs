//! The steps in browsers and in other hosts: every test program is built once, and then runs in each of them. Runs are
//! side by side, because a test in a browser waits for most of its time. The steps that open pages run beside them.

use std::process::Command;

use anyhow::Result;

use crate::{
    arguments::{Arguments, ENGINES, HOSTS},
    bundlers,
    checkout::{Checkout, Panics, WASM32},
    clock::Clock,
    engines::{self, Engine},
    hosts::Host,
    lanes,
    log::{Finished, Log},
    npm, page,
    programs::{self, TestProgram},
    report::{Kind, LIMIT, Report},
};

/// The web platform with all it can do.
const WEB: &[&str] = &["insula-web", "--features", "js,gloo,log,tracing,devtools"];
/// As gloo-worker does not compile with panics that unwind.
const WEB_UNWINDING: &[&str] = &["insula-web", "--features", "js,log,tracing,devtools"];
const FACADE: &[&str] = &["insula"];
/// The suite of the platform alone. Where the facade's tests run, its suite is the same one.
const SUITE: &str = "insula-web/conformance";
/// What gloo's macros write for its workers needs memory that is not shared.
const WEB_SHARED: &[&str] = &["insula-web", "--features", "js"];
/// Starting, messages, jobs and ends: what another kind of memory could break.
const SHARED_TESTS: &str = "workers::";

/// What takes long begins first.
const LONGEST: &[&str] = &["bundlers", "page", "conformance", "examples", "npm"];

/// The steps that are one job: they build applications and open their pages.
const PAGES: &[&str] = &["bundlers", "npm", "page"];

#[derive(Debug)]
struct Job {
    step: &'static str,
    what: What,
}

#[derive(Debug)]
enum What {
    /// The tests of one program, all or those with a name like this.
    Program(Engine, TestProgram, Option<String>),
    /// The same in another host: those with a name like one of these.
    InHost(Host, TestProgram, Vec<String>),
    /// The examples of one package.
    Examples(Engine, &'static [&'static str]),
    /// One of [`PAGES`].
    Pages,
}

/// A build of test programs, with the steps that run them.
#[derive(Clone, Copy, Debug)]
enum Build {
    Ordinary,
    Unwinding,
    SharedMemory,
}

impl Build {
    const ALL: [Self; 3] = [Self::Ordinary, Self::Unwinding, Self::SharedMemory];

    fn steps(self) -> Vec<&'static str> {
        match self {
            Self::Ordinary => [ENGINES, HOSTS].concat(),
            Self::Unwinding => vec!["unwind"],
            Self::SharedMemory => vec!["atomics"],
        }
    }

    /// The name of its log, and how long it takes.
    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Ordinary => ("build-wasm", "about 3 minutes, the first time"),
            Self::Unwinding => ("build-unwind", "about 2 minutes, the first time"),
            Self::SharedMemory => ("build-atomics", "about 2 minutes, the first time"),
        }
    }
}

/// Builds what the wanted steps run, and runs it side by side.
pub(crate) fn test(checkout: &Checkout, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let mut jobs = Vec::new();
    let mut built = Vec::new();
    for build in Build::ALL {
        let mut steps = build.steps();
        steps.retain(|step| report.wants(step));
        if steps.is_empty() {
            continue;
        }
        let (name, about) = build.name();
        let clock = Clock::start(name, about);
        let mut log = Log::create(report.log(name), LIMIT)?;
        let more = match build {
            Build::Ordinary => ordinary_jobs(checkout, &steps, arguments, &mut log),
            Build::Unwinding => unwind_jobs(checkout, arguments, &mut log),
            Build::SharedMemory => shared_memory_jobs(checkout, arguments, &mut log),
        };
        drop(clock);
        let finished = log.finish();
        if let Some(more) = more {
            eprintln!("  {name}: done in {} s", finished.took.as_secs());
            jobs.extend(more);
            built.extend(steps);
        } else {
            for step in steps {
                report.end(Kind::Tests, step, &finished);
            }
        }
    }
    for step in PAGES {
        if report.wants(step) {
            let what = What::Pages;
            jobs.push(Job { step, what });
            built.push(step);
        }
    }
    if built.is_empty() {
        return Ok(());
    }
    run_jobs(checkout, arguments, report, &built, jobs)
}

/// The facade's own tests and the examples run in one engine: what differs between engines is the platform's, in web/tests.
fn ordinary_jobs(
    checkout: &Checkout,
    steps: &[&'static str],
    arguments: &Arguments,
    log: &mut Log,
) -> Option<Vec<Job>> {
    let has_engine = Engine::ALL
        .iter()
        .any(|engine| steps.contains(&engine.name()));
    let tests: &[&str] = match has_engine {
        true => &["--tests"],
        false => &["--test", "conformance", "--test", "hosts", "--test", "page"],
    };
    let mut programs = build(log, plain_cargo(checkout), WEB, tests)?;
    let web = programs.len();
    if steps.contains(&"chromium") {
        programs.extend(build(log, plain_cargo(checkout), FACADE, &["--tests"])?);
    }
    let filter = arguments.filter.as_deref();
    let matches: Vec<bool> = programs
        .iter()
        .map(|program| filter.is_none_or(|filter| has_test(checkout, log, program, filter)))
        .collect();
    // Each is a browser of its own, whose start takes seconds.
    let mut quickest_first = Engine::ALL.into_iter().rev();
    let examples = quickest_first.find(|engine| steps.contains(&engine.name()));
    let mut jobs = Vec::new();
    for engine in Engine::ALL {
        let step = engine.name();
        if !steps.contains(&step) {
            continue;
        }
        for (number, program) in programs.iter().enumerate() {
            let is_wanted = match engine {
                Engine::Chromium => program.title() != SUITE,
                _ => number < web,
            };
            if matches[number] && is_wanted {
                let what = What::Program(engine, program.clone(), arguments.filter.clone());
                jobs.push(Job { step, what });
            }
        }
        if filter.is_none() && examples == Some(engine) {
            for package in [WEB, FACADE] {
                let what = What::Examples(engine, package);
                jobs.push(Job { step, what });
            }
        }
    }
    for host in Host::ALL {
        let step = host.name();
        if !steps.contains(&step) {
            continue;
        }
        for (number, program) in programs[..web].iter().enumerate() {
            let Some(filters) = host.filters(&program.name).filter(|_| matches[number]) else {
                continue;
            };
            let filters = match filter {
                None => filters.to_vec(),
                Some(filter) if filters.iter().any(|of_host| filter.starts_with(of_host)) => {
                    vec![filter]
                }
                Some(_) => continue,
            };
            let filters = filters.into_iter().map(str::to_owned).collect();
            let what = What::InHost(host, program.clone(), filters);
            jobs.push(Job { step, what });
        }
    }
    Some(jobs)
}

/// What a panic does, in each engine, because each unwinds by code of its own; the rest in one.
fn unwind_jobs(checkout: &Checkout, arguments: &Arguments, log: &mut Log) -> Option<Vec<Job>> {
    let tests = ["--test", "conformance", "--test", "page"];
    let cargo = checkout.wasm_command("cargo", Panics::Unwind);
    let programs = build(log, cargo, WEB_UNWINDING, &tests)?;
    let mut jobs = Vec::new();
    for engine in Engine::ALL {
        if arguments.leaves_out(engine.name()) {
            continue;
        }
        for program in &programs {
            let filter = match (engine, program.name.as_str(), &arguments.filter) {
                (Engine::Chromium, _, filter) => filter.clone(),
                (_, "page", None) => Some("panics::".to_owned()),
                _ => continue,
            };
            if filter
                .as_deref()
                .is_none_or(|filter| has_test(checkout, log, program, filter))
            {
                let what = What::Program(engine, program.clone(), filter);
                jobs.push(Job {
                    step: "unwind",
                    what,
                });
            }
        }
    }
    Some(jobs)
}

/// A module whose memory is shared starts workers as any other. How engines differ does not depend on that, so one is enough.
fn shared_memory_jobs(
    checkout: &Checkout,
    arguments: &Arguments,
    log: &mut Log,
) -> Option<Vec<Job>> {
    let cargo = checkout.shared_memory_cargo();
    let programs = build(log, cargo, WEB_SHARED, &["--test", "page"])?;
    let filter = arguments.filter.as_deref().unwrap_or(SHARED_TESTS);
    let mut jobs = Vec::new();
    for program in programs {
        if has_test(checkout, log, &program, filter) {
            let what = What::Program(Engine::Chromium, program, Some(filter.to_owned()));
            jobs.push(Job {
                step: "atomics",
                what,
            });
        }
    }
    Some(jobs)
}

pub(crate) fn build_web_tests(checkout: &Checkout, log: &mut Log) -> Option<Vec<TestProgram>> {
    build(log, plain_cargo(checkout), WEB, &["--tests"])
}

fn plain_cargo(checkout: &Checkout) -> Command {
    checkout.wasm_command("cargo", Panics::Abort)
}

fn build(
    log: &mut Log,
    mut cargo: Command,
    package: &[&str],
    tests: &[&str],
) -> Option<Vec<TestProgram>> {
    cargo
        .args(["test", "--target", WASM32, "-p"])
        .args(package)
        .args(tests);
    programs::build(log, &mut cargo)
}

fn has_test(checkout: &Checkout, log: &mut Log, program: &TestProgram, filter: &str) -> bool {
    let names = log.run_for_output(&mut engines::list(checkout, program));
    let names = names.unwrap_or_default();
    names
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .any(|name| name.contains(filter))
}

/// Each job has a log of its own; a step's is made of those of its jobs.
fn run_jobs(
    checkout: &Checkout,
    arguments: &Arguments,
    report: &mut Report,
    steps: &[&'static str],
    mut jobs: Vec<Job>,
) -> Result<()> {
    jobs.sort_by_key(Job::rank);
    let lanes = lanes::wanted_for_waiting()?;
    let clock = Clock::start(
        &steps.join(", "),
        &format!("about 10 minutes, {lanes} browsers side by side"),
    );
    let folder = checkout.logs().join("jobs");
    let run = |(number, job): (usize, Job)| -> Result<_> {
        let path = folder.join(format!("{number}-{}-{}.log", job.step, job.name()));
        let mut log = Log::create(path, LIMIT)?;
        job.run(checkout, arguments, &mut log, number);
        Ok((job.step, log.finish()))
    };
    let numbered = jobs.into_iter().enumerate();
    let (alone, beside): (Vec<_>, Vec<_>) = numbered.partition(|(_, job)| job.runs_alone());
    let mut done = lanes::run(lanes, beside, run);
    done.extend(lanes::run(1, alone, run));
    drop(clock);
    let done = done.into_iter().collect::<Result<Vec<(_, Finished)>>>()?;
    for step in steps {
        let mut log = Log::create(report.log(step), LIMIT)?;
        let of_step = || done.iter().filter(|(of, _)| of == step);
        for (_, finished) in of_step() {
            log.append(finished);
        }
        let mut finished = log.finish();
        finished.took = of_step().map(|(_, finished)| finished.took).sum();
        report.end(Kind::Tests, step, &finished);
    }
    Ok(())
}

impl Job {
    fn name(&self) -> String {
        match &self.what {
            What::Program(_, program, _) | What::InHost(_, program, _) => {
                program.title().replace('/', "-")
            }
            What::Examples(_, package) => format!("{}-examples", package[0]),
            What::Pages => self.step.to_owned(),
        }
    }

    /// Whether it needs the whole machine: it starts more workers at once than a busy one brings up in time.
    fn runs_alone(&self) -> bool {
        matches!(&self.what, What::Program(_, program, _) if program.name == "leaks")
    }

    fn rank(&self) -> usize {
        let name = match &self.what {
            What::Program(_, program, _) | What::InHost(_, program, _) => program.name.as_str(),
            What::Examples(..) => "examples",
            What::Pages => self.step,
        };
        LONGEST
            .iter()
            .position(|long| *long == name)
            .unwrap_or(LONGEST.len())
    }

    fn run(&self, checkout: &Checkout, arguments: &Arguments, log: &mut Log, number: usize) {
        let command = match &self.what {
            What::Program(engine, program, filter) => {
                log.line(&program.heading());
                engine.tests(checkout, program, filter.as_deref(), number)
            }
            What::InHost(host, program, filters) => {
                log.line(&program.heading());
                let filters: Vec<_> = filters.iter().map(String::as_str).collect();
                Ok(host.tests(checkout, program, &filters))
            }
            What::Examples(engine, package) => engine.examples(checkout, package, number),
            What::Pages => {
                return match self.step {
                    "bundlers" => bundlers::test(checkout, arguments, log, number),
                    "npm" => npm::test(checkout, arguments, log, number),
                    _ => page::test(checkout, arguments, log, number),
                };
            }
        };
        match command {
            Ok(mut command) => {
                log.run(&mut command);
            }
            Err(error) => {
                log.fail(&format!("{error:#}"));
            }
        }
    }
}
