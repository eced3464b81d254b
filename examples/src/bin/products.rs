//! Parses a small document here and a large one on an isolate.
#![expect(clippy::print_stdout, reason = "a program's output")]

use std::error::Error;

use insula_examples::products::{goes_to_an_isolate, load, products_json};

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn Error>> {
    for count in [100, 100_000] {
        let json = products_json(count);
        let place = if goes_to_an_isolate(&json) {
            "on an isolate"
        } else {
            "here"
        };
        let bytes = json.len();
        println!(
            "{} products from {bytes} bytes, {place}",
            load(json).await??.len()
        );
    }
    Ok(())
}
