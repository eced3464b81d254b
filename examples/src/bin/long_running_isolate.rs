//! Reads JSON files, all in one isolate that streams its results.
#![expect(clippy::print_stdout, reason = "a program's output")]

use std::{env, error::Error, fs};

use insula_examples::{documents::describe, long_running_isolate};

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn Error>> {
    // Files named on the command line, or made-up documents.
    let files = env::args().skip(1).map(fs::read_to_string);
    let documents = files.collect::<Result<Vec<_>, _>>()?;
    let outcome = if documents.is_empty() {
        long_running_isolate::program().await?
    } else {
        describe(long_running_isolate::count_all(documents).await?)?
    };
    println!("{outcome}");
    Ok(())
}
