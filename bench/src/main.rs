//! What insula costs, beside its peers, in one run: `./build.sh bench`.
//!
//! | file | what |
//! |---|---|
//! | `contest.rs` | a row: what is measured, who does it, what is aimed at |
//! | `rows/` | the rows |
//! | `race.rs` | the rounds of a row |
//! | `child.rs` | this program as a child process that says figures |
//! | `machine.rs`, `allocator.rs`, `statistics.rs`, `effort.rs` | clocks, counts, deciles, how much is done |
//! | `results.rs`, `table.rs`, `plot.rs`, `page.rs` | figures as JSON, as a table, as pictures, as docs/BENCHMARKS.md |
//! | `compare.rs` | another state of insula in the same run |
//! | `arguments.rs` | the command line |
#![expect(
    clippy::disallowed_methods,
    reason = "it measures time, and runs natively alone"
)]

mod allocator;
mod arguments;
mod child;
mod compare;
mod contest;
mod effort;
mod machine;
mod page;
mod plot;
mod race;
mod results;
mod rows;
mod statistics;
mod table;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use arguments::Command;
use contest::Row;
use page::About;
use results::Figure;

#[global_allocator]
static ALLOCATOR: allocator::Counting = allocator::Counting;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    match arguments::parse(env::args_os().skip(1))? {
        Command::Measure { rows } => measure(rows),
        Command::Write => write(),
        Command::Compare { rows, revision } => compare::run(rows, &revision),
        Command::Samples { rows } => compare::print_samples(rows),
        Command::Child { name } => go_alone(&name),
    }
}

/// One go, for the program that this one is a child of.
fn go_alone(name: &str) -> Result<(), String> {
    let child = rows::CHILDREN.iter().find(|(known, _)| *known == name);
    let (_, go) = child.ok_or_else(|| format!("there is no child '{name}'"))?;
    let sample =
        serde_json::to_string(&go()).map_err(|error| format!("no figures of {name}: {error}"))?;
    println!("{sample}");
    Ok(())
}

/// What a run came to, and where and when it was, in the folder of what is measured.
const FIGURES: &str = "results.json";
const ABOUT: &str = "about.json";

/// The folder of the checkout that this program was built in.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Makes the folder of what is measured. A quick run leaves the figures of a real one.
fn output() -> Result<PathBuf, String> {
    let folder = root().join(effort::either("target/bench", "target/bench/quick"));
    fs::create_dir_all(&folder)
        .map_err(|error| format!("{} can't be made: {error}", folder.display()))?;
    Ok(folder)
}

fn measure(rows: Vec<Row>) -> Result<(), String> {
    let folder = output()?;
    let mut figures: Vec<Figure> = Vec::new();
    for row in rows {
        eprintln!("  {}", row.id);
        figures.extend(results::figures(&race::run(row, false)));
    }
    results::write(&folder.join(FIGURES), &figures)?;
    results::write(&folder.join(ABOUT), &About::now(root()))?;
    page::draw(&folder, &figures)?;
    println!("{}", machine::description());
    print!("{}", table::table(&figures));
    let unexplained = page::unexplained(root(), &figures)?;
    if !unexplained.is_empty() {
        println!(
            "Missed, and not explained in bench/notes.md: {}",
            unexplained.join(" ")
        );
    }
    println!(
        "{}, and a picture of each row beside it",
        folder.join(FIGURES).display()
    );
    Ok(())
}

/// The page, from the last run.
fn write() -> Result<(), String> {
    let folder = output()?;
    let figures: Vec<Figure> = results::read(&folder.join(FIGURES))?;
    let about: About = results::read(&folder.join(ABOUT))?;
    let is_there = |id: &str| figures.iter().any(|figure| figure.row == id);
    let absent = rows::all().map(|(id, _)| *id).filter(|id| !is_there(id));
    let absent: Vec<_> = absent.collect();
    if !absent.is_empty() {
        return Err(format!(
            "the last run had not all rows, and the page is of one run: {} are missing\n  First: ./build.sh bench",
            absent.join(" ")
        ));
    }
    page::write(root(), &figures, &about)?;
    println!("docs/BENCHMARKS.md is written.");
    Ok(())
}
