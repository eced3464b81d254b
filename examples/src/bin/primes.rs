//! Counts the primes below 1,000,000 on all cores.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula_examples::primes;

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", primes::program().await?);
    Ok(())
}
