//! restart: an isolate of a pool that dies is replaced, and no job is lost.

use insula::{TaskError, WorkerPool};
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
    /// How many jobs were given to the pool again.
    pub restarts: usize,
}

/// Does `jobs` on a pool, which replaces an isolate that dies. The job that it had is given again.
///
/// # Errors
/// An isolate did not start, or died of a job that is not fatal.
pub async fn supervise(pool: &WorkerPool, jobs: Vec<Job>) -> Result<Report, TaskError> {
    let start = |job| pool.run_async(work, job);
    let begun: Vec<_> = jobs.into_iter().map(|job| (job, start(job))).collect();
    let (mut results, mut restarts) = (Vec::new(), 0);
    for (mut job, task) in begun {
        results.push(match task.await {
            Err(TaskError::IsolateLost { .. }) => {
                (restarts, job.fatal) = (restarts + 1, false);
                start(job).await?
            }
            result => result?,
        });
    }
    Ok(Report { results, restarts })
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

/// What came of the jobs.
#[must_use]
pub fn describe(Report { results, restarts }: &Report) -> String {
    let primes = thousands(results.iter().sum());
    format!(
        "{} jobs found {primes} primes, after {restarts} restarts",
        results.len()
    )
}

/// The program: the primes below 500,000 in ten jobs.
///
/// # Errors
/// As [`supervise`].
pub async fn program() -> Outcome {
    Ok(describe(
        &supervise(&WorkerPool::new(), jobs(10, 50_000)).await?,
    ))
}
