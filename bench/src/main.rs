//! What insula costs, beside its peers, in one run: `./build.sh bench`.
//!
//! | file | what |
//! |---|---|
//! | `contest.rs` | a row: what is measured, who does it, what is aimed at |
//! | `rows/` | the rows |
//! | `race.rs` | the rounds of a row |
//! | `child.rs` | goes in a process of their own |
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
        Command::Measure { rows, write } => measure(rows, write),
        Command::Compare { rows, revision } => compare::run(rows, &revision),
        Command::Samples { rows } => compare::print_samples(rows),
        Command::Child { name } => match child::run(&name) {
            true => Ok(()),
            false => Err(format!("there is no child '{name}'")),
        },
    }
}

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

fn measure(rows: Vec<Row>, write: bool) -> Result<(), String> {
    let folder = output()?;
    let mut figures: Vec<Figure> = Vec::new();
    for row in rows {
        eprintln!("  {}", row.id);
        figures.extend(results::figures(&race::run(row, false)));
    }
    let path = folder.join("results.json");
    results::write(&path, &figures)
        .map_err(|error| format!("{} can't be written: {error}", path.display()))?;
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
    println!("{}, and a picture of each row beside it", path.display());
    if write {
        page::write(root(), &figures)?;
        println!("docs/BENCHMARKS.md is written.");
    }
    Ok(())
}
