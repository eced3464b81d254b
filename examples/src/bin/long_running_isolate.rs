//! Reads JSON files, all in one isolate that streams its results.
#![expect(clippy::print_stdout, reason = "a program's output")]

use std::{error::Error, fs};

use insula_examples::{documents::document, long_running_isolate::count_all};

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn Error>> {
    // Files named on the command line, or made-up documents.
    let mut documents: Vec<String> = std::env::args()
        .skip(1)
        .map(fs::read_to_string)
        .collect::<Result<_, _>>()?;
    if documents.is_empty() {
        documents = (0..4)
            .map(|seed| document(10_000 * (seed as usize + 1), seed))
            .collect();
    }
    for count in count_all(documents).await? {
        println!("{} keys", count?);
    }
    Ok(())
}
