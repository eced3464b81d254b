//! [`PoolInfo`]: what a pool does now.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::stats::PoolStats;
use crate::inspection::text::{Wait, time};

/// A job that an isolate of a pool runs.
///
/// ```
/// use std::time::Duration;
/// # insula::main(async || {
/// let pool = insula::WorkerPool::builder().max(1).build();
/// let slow = |()| insula::sleep(Duration::from_secs(3600));
/// let job = pool.job_async(slow, ()).label("backup").start();
/// pool.ready().await?;
/// let backup = &pool.inspect().jobs[0];
/// assert_eq!((backup.label.as_deref(), &*backup.isolate), (Some("backup"), "pool 0"));
/// # drop(job);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobInfo {
    /// Its [label](crate::JobBuilder::label).
    pub label: Option<String>,
    /// The name of the isolate that runs it.
    pub isolate: String,
    /// How long it has run.
    pub running: Duration,
}

impl fmt::Display for JobInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.label {
            Some(label) => write!(f, "`{label}`")?,
            None => f.write_str("a job without a label")?,
        }
        write!(
            f,
            " has run for {} in `{}`",
            time(self.running),
            self.isolate
        )
    }
}

/// What a pool does now; made by [`WorkerPool::inspect`](crate::WorkerPool::inspect). Its text names the jobs that run.
///
/// ```
/// # insula::main(async || {
/// let pool = insula::WorkerPool::builder().debug_name("thumbnails").build();
/// pool.run(|n: u32| n + 1, 1).await?;
/// let now = pool.inspect();
/// assert_eq!((&*now.name, now.stats.answered, now.jobs.len()), ("thumbnails", 1, 0));
/// assert_eq!(now.to_string(), "in the pool `thumbnails` 0 jobs wait, and none runs");
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolInfo {
    /// Its name, with which those of its isolates begin.
    pub name: String,
    /// What [`WorkerPool::stats`](crate::WorkerPool::stats) says.
    pub stats: PoolStats,
    /// The jobs that run, by isolate.
    pub jobs: Vec<JobInfo>,
}

impl PoolInfo {
    /// Whether jobs wait although each isolate has had its job for `limit`.
    ///
    /// ```
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::builder().max(1).build();
    /// let slow = |()| insula::sleep(Duration::from_secs(3600));
    /// let first = pool.job_async(slow, ()).label("backup").start();
    /// let second = pool.job_async(slow, ()).start();
    /// pool.ready().await?;
    /// let now = pool.inspect();
    /// assert!(now.is_stuck(Duration::ZERO) && !now.is_stuck(Duration::from_secs(60)));
    /// assert!(now.to_string().starts_with("in the pool `pool` 1 job waits, and `backup` has run for "));
    /// # drop((first, second));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn is_stuck(&self, limit: Duration) -> bool {
        let stats = &self.stats;
        let is_taken = stats.isolates > 0 && stats.idle == 0;
        stats.queued > 0 && is_taken && self.jobs.iter().all(|job| job.running >= limit)
    }
}

impl fmt::Display for PoolInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, waits) = (&self.name, Wait(self.stats.queued, "job"));
        write!(f, "in the pool `{name}` {waits}, and ")?;
        for (index, job) in self.jobs.iter().enumerate() {
            let before = if index == 0 { "" } else { ", " };
            write!(f, "{before}{job}")?;
        }
        if self.jobs.is_empty() {
            f.write_str("none runs")?;
        }
        Ok(())
    }
}
