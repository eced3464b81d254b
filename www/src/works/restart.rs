//! restart, on isolates that die.

use insula::TaskError;
use insula_examples::{
    programs::Outcome,
    report::thousands,
    restart::{self, jobs, work},
};

use crate::way::Place;

pub(super) async fn program(on: &Place) -> Outcome {
    let Place::Pool(pool) = on else {
        return restart::program().await; // a loop that starts the next runner
    };
    let start = |job| (job, pool.run_async(work, job));
    let mut waiting: Vec<_> = jobs(10, 50_000).into_iter().map(start).collect();
    let (mut primes, mut restarts) = (0, 0);
    while let Some((mut job, task)) = waiting.pop() {
        match task.await {
            Err(TaskError::IsolateLost { .. }) => {
                // The pool has another isolate already; only this job has to be given again.
                (restarts, job.fatal) = (restarts + 1, false);
                waiting.push(start(job));
            }
            counted => primes += counted?,
        }
    }
    let primes = thousands(primes);
    Ok(format!(
        "10 jobs found {primes} primes, after {restarts} restarts"
    ))
}
