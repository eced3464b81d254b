//! restart: an isolate that dies is noticed and replaced, and no job is lost.

use insula::{Error, IsolateRunner, TaskError};
use serde::{Deserialize, Serialize};

use crate::{
    primes::{Range, count},
    programs::Outcome,
    report::thousands,
};

/// One piece of work.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Job {
    /// Where to count the primes.
    pub range: Range,
    /// Whether the isolate dies of it, this time.
    pub fatal: bool,
}

/// Does the work, or takes the isolate with it.
pub async fn work(job: Job) -> usize {
    if job.fatal {
        insula::Isolate::current().kill(insula::Priority::Immediate);
        // The kill takes effect at this await at the latest.
        std::future::pending::<()>().await;
    }
    count(job.range)
}

/// What became of the jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The results, in the order of the jobs.
    pub results: Vec<usize>,
    /// How often the isolate was replaced.
    pub restarts: usize,
}

/// Does `jobs` on one isolate at a time; one that dies is replaced and the job given to the next.
///
/// # Errors
/// An isolate did not start.
pub async fn supervise(jobs: Vec<Job>) -> Result<Report, Error> {
    let mut runner = IsolateRunner::spawn().await?;
    let mut report = Report {
        results: Vec::new(),
        restarts: 0,
    };
    for mut job in jobs {
        loop {
            match runner.run_async(work, job).await {
                Ok(result) => break report.results.push(result),
                Err(TaskError::IsolateLost { .. }) => {
                    // It died while the job was in flight; the exit listener of the runner said so.
                    runner.on_exit().await?;
                    runner = IsolateRunner::spawn().await?;
                    report.restarts += 1;
                    job.fatal = false;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(report)
}

/// `count` jobs, of which each third is fatal.
#[must_use]
pub fn jobs(count: u32, step: u32) -> Vec<Job> {
    let job = |number| Job {
        range: Range {
            from: number * step,
            to: (number + 1) * step,
        },
        fatal: number % 3 == 2,
    };
    (0..count).map(job).collect()
}

/// The program: the primes below 500,000 in ten jobs.
///
/// # Errors
/// As [`supervise`].
pub async fn program() -> Outcome {
    let Report { results, restarts } = supervise(jobs(10, 50_000)).await?;
    let primes = thousands(results.iter().sum());
    Ok(format!(
        "{} jobs found {primes} primes, after {restarts} restarts",
        results.len()
    ))
}
