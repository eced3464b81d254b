//! Loses no job on a pool whose isolates die.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula_examples::restart;

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", restart::program().await?);
    Ok(())
}
