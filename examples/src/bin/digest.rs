//! Digests a stream of pieces through a pool, in order.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula_examples::digest;

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", digest::program().await?);
    Ok(())
}
