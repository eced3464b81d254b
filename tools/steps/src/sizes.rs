//! The step `sizes`: how large small applications are in a browser, against tests/sizes/budget.txt.
//!
//! One compiler makes the same module of the same sources everywhere, so modules are compared to the byte. What compresses
//! them may differ by some bytes from one Node to the next; hence the tolerance.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    checkout::{Checkout, Panics, WASM32},
    log::Log,
    wasm_module::{Function, Module},
};

const BUDGET: &str = "tests/sizes/budget.txt";

/// What stands before the compiler's version in the budget.
const COMPILER: &str = "# rustc ";

/// Each is a program of tests/sizes.
const APPLICATIONS: &[&str] = &["page", "hello", "jobs", "balancer", "pool", "ports"];

/// How many types of jobs `jobs` has more than `hello`.
const MORE_JOBS: usize = 4;

/// How much a compressed size may differ from its budget, as a part of it.
const TOLERANCE: usize = 200;

/// How many of the largest functions are named when an application has grown.
const SHOWN: usize = 40;

/// What wasm-bindgen's output uses.
const WASM_FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Prints the compressed sizes of files, one file a line: gzip, brotli.
const COMPRESS: &str = "const { gzipSync, brotliCompressSync } = require('zlib');
for (const path of process.argv.slice(1)) {
  const bytes = require('fs').readFileSync(path);
  console.log(gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length);
}";

/// Sizes in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size {
    plain: usize,
    gzip: usize,
    brotli: usize,
}

/// What is compared.
const WHATS: [&str; 4] = [
    "the module",
    "the module after gzip",
    "the glue after gzip",
    "worker.js after gzip",
];

/// What each application may have of [`WHATS`], by name.
type Budgets = BTreeMap<String, [usize; WHATS.len()]>;

/// Why the budget says nothing here: it is another compiler's.
pub(crate) fn why_not(checkout: &Checkout) -> Option<String> {
    let text = fs::read_to_string(checkout.root().join(BUDGET)).ok()?;
    let meant = text.lines().find_map(|line| line.strip_prefix(COMPILER))?;
    let mut rustc = checkout.wasm_command("rustc", Panics::Abort);
    let output = rustc.arg("--version").output().ok()?;
    let found = String::from_utf8_lossy(&output.stdout);
    let version = found.split_whitespace().nth(1).unwrap_or_default();
    (version != meant).then(|| format!("the budget is rustc {meant}'s, and this is {version}"))
}

/// Measures every application.
pub(crate) fn check(checkout: &Checkout, log: &mut Log) {
    if let Err(error) = measure(checkout, log) {
        log.fail(&format!("{error:#}"));
    }
}

fn measure(checkout: &Checkout, log: &mut Log) -> Result<()> {
    let folder = checkout.root().join("target/sizes");
    if !build(checkout, log, &folder) {
        return Ok(());
    }
    let path = checkout.root().join(BUDGET);
    let text =
        fs::read_to_string(&path).with_context(|| format!("{} can't be read", path.display()))?;
    let budgets = budgets(&text)?;
    log.line("application    module    gzip  brotli  glue's gzip, worker.js's");
    let mut found = BTreeMap::new();
    let mut is_within = true;
    for application in APPLICATIONS {
        let Some(packed) = pack(checkout, log, &folder, application)? else {
            return Ok(());
        };
        let [wasm, glue, worker] = packed.sizes;
        log.line(&format!(
            "{application:<12} {:>8} {:>7} {:>7} {:>7} {:>7}",
            wasm.plain, wasm.gzip, wasm.brotli, glue.gzip, worker.gzip
        ));
        let sizes = [wasm.plain, wasm.gzip, glue.gzip, worker.gzip];
        let budget = budgets.get(*application).copied().unwrap_or_default();
        let complaints = complaints(sizes, budget);
        for complaint in &complaints {
            log.fail(&format!("{application}: {complaint}"));
        }
        if wasm.plain > budget[0] {
            log.line(&largest(&packed.functions));
        }
        is_within &= complaints.is_empty();
        found.insert((*application).to_owned(), sizes);
    }
    let job = |at: usize| found["jobs"][at].saturating_sub(found["hello"][at]) / MORE_JOBS;
    log.line(&format!(
        "a further type of job: {} bytes, {} after gzip",
        job(0),
        job(1)
    ));
    if !is_within {
        log.line(&format!("{BUDGET}, as measured now:"));
        log.line(&written(&found));
    }
    Ok(())
}

/// Builds all applications, in a folder of their own because of the flags.
fn build(checkout: &Checkout, log: &mut Log, folder: &Path) -> bool {
    let mut cargo = checkout.wasm_command("cargo", Panics::Abort);
    cargo
        .args(["build", "--profile", "small", "--target", WASM32])
        .args(["-p", "insula-sizes", "--bins"])
        .env("CARGO_TARGET_DIR", folder)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", same_paths(checkout));
    log.run(cargo)
}

/// Flags by which the paths in panic messages are the same on every machine.
fn same_paths(checkout: &Checkout) -> String {
    let home = env::var_os("HOME").map_or_else(PathBuf::new, PathBuf::from);
    let cargo = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    // The compiler's own sources have this place unless they are installed.
    let sysroot = "/rustc/0000000000000000000000000000000000000000";
    let mut flags = format!(
        "--remap-path-prefix={}=/cargo --remap-path-prefix={}=/insula",
        cargo.display(),
        checkout.root().display()
    );
    let mut rustc = checkout.wasm_command("rustc", Panics::Abort);
    if let Ok(output) = rustc.args(["--print", "sysroot"]).output() {
        let own = String::from_utf8_lossy(&output.stdout);
        let _ = write!(
            flags,
            " --remap-path-prefix={}/lib/rustlib/src/rust={sysroot}",
            own.trim()
        );
    }
    flags
}

struct Packed {
    /// Those of the module, the glue, and the script of workers.
    sizes: [Size; 3],
    functions: Vec<Function>,
}

/// Has an application made ready for a browser. `None` where a tool has failed, which the log tells.
fn pack(
    checkout: &Checkout,
    log: &mut Log,
    folder: &Path,
    application: &str,
) -> Result<Option<Packed>> {
    let (bound, packed) = (
        folder.join("bound").join(application),
        folder.join("packed"),
    );
    if bound.exists() {
        // The folder of worker.js has a name that changes.
        fs::remove_dir_all(&bound)?;
    }
    fs::create_dir_all(&packed)?;
    let mut bindgen = checkout.command("wasm-bindgen");
    bindgen
        .args(["--target", "web", "--no-typescript", "--out-dir"])
        .arg(&bound)
        .arg(folder.join(format!("{WASM32}/small/{application}.wasm")));
    let module = format!("{application}_bg.wasm");
    let mut optimize = checkout.command("wasm-opt");
    optimize
        .args(["-Oz", "-g"])
        .args(WASM_FEATURES)
        .arg(bound.join(&module))
        .arg("-o")
        .arg(packed.join(&module));
    if !log.run(bindgen) || !log.run(optimize) {
        return Ok(None);
    }
    let wasm = packed.join(&module);
    let read = Module::read(&fs::read(&wasm)?)
        .with_context(|| format!("{} can't be read", wasm.display()))?;
    fs::write(&wasm, &read.stripped)?;
    let mut node = checkout.command("node");
    let files = [
        wasm,
        bound.join(format!("{application}.js")),
        worker_script(&bound)?,
    ];
    node.args(["-e", COMPRESS]).args(&files);
    let Some(text) = log.run_for_output(&mut node) else {
        return Ok(None);
    };
    let mut sizes = Vec::new();
    for (line, path) in text.lines().zip(&files) {
        sizes.push(size(line, path)?);
    }
    let Ok(sizes) = sizes.try_into() else {
        anyhow::bail!("node says {text:?}, and not a size for each file");
    };
    Ok(Some(Packed {
        sizes,
        functions: read.functions,
    }))
}

/// The script that wasm-bindgen has put beside the glue.
fn worker_script(bound: &Path) -> Result<PathBuf> {
    for folder in fs::read_dir(bound.join("snippets"))? {
        let script = folder?.path().join("src/worker.js");
        if script.exists() {
            return Ok(script);
        }
    }
    anyhow::bail!("{} has no worker.js", bound.display())
}

fn size(line: &str, path: &Path) -> Result<Size> {
    let (gzip, brotli) = line.split_once(' ').context("one number instead of two")?;
    Ok(Size {
        plain: usize::try_from(fs::metadata(path)?.len())?,
        gzip: gzip.parse()?,
        brotli: brotli.parse()?,
    })
}

/// A line has a name and a number for each of [`WHATS`]; `#` begins a comment.
fn budgets(text: &str) -> Result<Budgets> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let lines = lines.filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next().unwrap_or_default().to_owned();
            let numbers: Vec<usize> = words
                .map(str::parse)
                .collect::<Result<_, _>>()
                .with_context(|| format!("budget.txt: {line}"))?;
            let numbers = numbers
                .try_into()
                .map_err(|_| anyhow::anyhow!("budget.txt: {line}: there must be four numbers"))?;
            Ok((name, numbers))
        })
        .collect()
}

fn written(sizes: &Budgets) -> String {
    sizes.iter().fold(String::new(), |mut text, (name, sizes)| {
        let [wasm, gzip, glue, worker] = sizes;
        let _ = writeln!(text, "{name:<12} {wasm:>8} {gzip:>8} {glue:>8} {worker:>8}");
        text
    })
}

/// What is larger than its budget, and what is so much smaller that the budget would hide the next growth.
fn complaints(found: [usize; WHATS.len()], budget: [usize; WHATS.len()]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (at, what) in WHATS.into_iter().enumerate() {
        let (found, budget) = (found[at], budget[at]);
        let slack = if at == 0 { 0 } else { budget / TOLERANCE };
        if found > budget + slack {
            complaints.push(format!(
                "{what} has {found} bytes, and its budget is {budget}"
            ));
        } else if found + slack < budget {
            complaints.push(format!(
                "{what} has shrunk to {found} bytes: its budget of {budget} can follow"
            ));
        }
    }
    complaints
}

fn largest(functions: &[Function]) -> String {
    let shown = functions.iter().take(SHOWN);
    shown.fold("the largest functions:".to_owned(), |mut text, function| {
        let _ = write!(text, "\n{:>8}  {}", function.bytes, function.name);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_read_as_it_is_written() {
        let sizes = Budgets::from([("hello".to_owned(), [4, 3, 2, 1])]);
        let text = format!("# name wasm gzip glue\n\n{}", written(&sizes));
        assert_eq!(budgets(&text).unwrap(), sizes);
        assert!(budgets("hello 1 2 3").is_err());
        assert!(budgets("hello 1 2 3 x").is_err());
    }

    #[test]
    fn a_byte_more_is_too_much() {
        assert!(complaints([1000, 500, 100, 10], [1000, 500, 100, 10]).is_empty());
        let grown = complaints([1001, 500, 100, 10], [1000, 500, 100, 10]);
        assert_eq!(grown, ["the module has 1001 bytes, and its budget is 1000"]);
    }

    #[test]
    fn a_budget_follows_what_has_shrunk() {
        assert_eq!(
            complaints([999, 500, 100, 10], [1000, 500, 100, 10]).len(),
            1
        );
    }

    #[test]
    fn compressed_sizes_have_a_tolerance() {
        assert!(complaints([9, 1005, 5, 1], [9, 1000, 5, 1]).is_empty());
        assert_eq!(complaints([9, 1006, 5, 1], [9, 1000, 5, 1]).len(), 1);
    }
}
