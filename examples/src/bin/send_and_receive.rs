//! Reads JSON files, each in an isolate of its own.
#![expect(clippy::print_stdout, reason = "a program's output")]

use std::{env, error::Error, fs};

use insula_examples::{documents::describe, send_and_receive};

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn Error>> {
    // Files named on the command line, or made-up documents.
    let files = env::args().skip(1).map(fs::read_to_string);
    let documents = files.collect::<Result<Vec<_>, _>>()?;
    let outcome = if documents.is_empty() {
        send_and_receive::program().await?
    } else {
        describe(send_and_receive::count_each(documents).await?)?
    };
    println!("{outcome}");
    Ok(())
}
