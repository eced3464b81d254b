//! Streams 50,000 points into an isolate and their legs out of it.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula_examples::live_tracking;

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", live_tracking::program().await?);
    Ok(())
}
