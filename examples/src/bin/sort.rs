//! Has lists sorted by one long-lived isolate that replies to a port in the message.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula_examples::sort;

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", sort::program().await?);
    Ok(())
}
