//! restart: an isolate that dies is noticed and replaced, and no job is lost.

use insula::{Error, IsolateRunner, Runner, TaskError};
use serde::{Deserialize, Serialize};

/// One piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its number.
    pub number: u32,
    /// Whether the isolate dies of it, this time.
    pub fatal: bool,
}

/// Does the work, or takes the isolate with it.
pub async fn work(job: Job) -> u32 {
    if job.fatal {
        insula::Isolate::current().kill(insula::Priority::Immediate);
        // The kill takes effect at this await at the latest.
        std::future::pending::<()>().await;
    }
    job.number * job.number
}

/// What became of the jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The results, in the order of the jobs.
    pub results: Vec<u32>,
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
