//! Replaces an isolate that dies, and loses no job.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula::Error;
use insula_examples::restart::{Job, supervise};

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Error> {
    let jobs = (0..10)
        .map(|number| Job {
            number,
            fatal: number % 3 == 2,
        })
        .collect();
    let report = supervise(jobs).await?;
    println!("{:?} after {} restarts", report.results, report.restarts);
    Ok(())
}
