//! Parses a small document here and a large one on an isolate.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula_examples::products;

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", products::program().await?);
    Ok(())
}
