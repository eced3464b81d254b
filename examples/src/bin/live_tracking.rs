//! Streams 50,000 points into an isolate and their legs out of it.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula::Error;
use insula_examples::live_tracking::{track, walk};

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Error> {
    let legs = track(walk(50_000)).await?;
    let metres: f64 = legs.iter().map(|leg| leg.metres).sum();
    println!("{} legs, {metres:.0} metres", legs.len());
    Ok(())
}
