//! [`Inspection`]: what isolates and pools do at one moment.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    finding::{self, Finding, Thresholds},
    isolate::IsolateInfo,
    table,
};
use crate::PoolInfo;

/// What isolates and pools do at one moment. Its text is a table of each, and what stands out. It can be sent, to a panel or
/// to another process.
///
/// ```
/// # insula::main(async || {
/// let runner = insula::IsolateRunner::builder().debug_name("mail").spawn().await?;
/// let text = insula::inspect().to_string();
/// assert!(text.lines().any(|line| line.contains("mail")), "{text}");
/// # drop(runner);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The isolates that have not ended, in the order of their starts.
    pub isolates: Vec<IsolateInfo>,
    /// The pools that are not closed, in the order in which they were made.
    pub pools: Vec<PoolInfo>,
    /// When it was made, by the platform's clock.
    pub at: Duration,
}

impl Inspection {
    /// What stands out, by the default [`Thresholds`].
    ///
    /// ```
    /// # insula::main(async || {
    /// for finding in insula::inspect().findings() {
    ///     eprintln!("{finding}");
    /// }
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.findings_beyond(&Thresholds::default())
    }

    /// What stands out, by thresholds of your own.
    ///
    /// ```
    /// use insula::inspect::{Finding, Thresholds};
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::builder().max(1).build();
    /// let slow = |()| insula::sleep(Duration::from_secs(3600));
    /// let first = pool.job_async(slow, ()).label("backup").start();
    /// let second = pool.job_async(slow, ()).start();
    /// pool.ready().await?;
    /// let at_once = Thresholds { busy: Duration::ZERO, ..Thresholds::default() };
    /// let findings = insula::inspect().findings_beyond(&at_once);
    /// let stuck = findings.iter().find(|finding| matches!(finding, Finding::StuckPool { .. }));
    /// assert!(stuck.is_some_and(|stuck| stuck.to_string().contains("`backup` has run for")));
    /// # drop((first, second));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn findings_beyond(&self, thresholds: &Thresholds) -> Vec<Finding> {
        finding::find(&self.isolates, &self.pools, thresholds)
    }

    /// The queues that have grown since an earlier inspection: each by at least
    /// [`Thresholds::growth`], and to twice its length.
    ///
    /// ```
    /// let (earlier, later) = (insula::inspect(), insula::inspect());
    /// assert!(later.growth_since(&earlier, &Default::default()).is_empty());
    /// ```
    #[must_use]
    pub fn growth_since(&self, earlier: &Self, thresholds: &Thresholds) -> Vec<Finding> {
        let time = self.at.saturating_sub(earlier.at);
        finding::grown(&earlier.isolates, &self.isolates, time, thresholds)
    }
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::isolates(f, &self.isolates)?;
        if !self.pools.is_empty() {
            writeln!(f)?;
            table::pools(f, &self.pools)?;
        }
        let findings = self.findings();
        if !findings.is_empty() {
            writeln!(f)?;
        }
        for finding in findings {
            writeln!(f, "! {finding}")?;
        }
        Ok(())
    }
}
