//! Reads JSON files, each in an isolate of its own.
#![expect(clippy::print_stdout, reason = "a program's output")]

use std::{error::Error, fs};

use insula_examples::{documents::document, send_and_receive::count_each};

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
    for count in count_each(documents).await? {
        println!("{} keys", count?);
    }
    Ok(())
}
