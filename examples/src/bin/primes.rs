//! Counts the primes below 1,000,000 on all cores.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula::Error;
use insula_examples::primes::{LIMIT, primes_below};

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Error> {
    println!("{} primes below {LIMIT}", primes_below(LIMIT, 64).await?);
    Ok(())
}
