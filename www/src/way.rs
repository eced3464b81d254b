//! [`Way`]: where work is done on this page, and [`Place`]: what does it there.

use insula::{IsolateRunner, Message, Task, WorkerPool, compute, compute_async};
use serde::{Deserialize, Serialize};

use crate::js::Fault;

/// Where work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Way {
    MainLoop,
    Worker,
    Pool,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::MainLoop, Self::Worker, Self::Pool];

    /// Its name in the report and in index.html.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MainLoop => "browser-main-loop",
            Self::Worker => "browser-worker",
            Self::Pool => "browser-pool",
        }
    }

    /// Its name for people.
    pub(crate) fn label(self) -> String {
        match self {
            Self::MainLoop => "main loop".to_owned(),
            Self::Worker => "one worker".to_owned(),
            Self::Pool => format!("pool of {}", pool_size()),
        }
    }

    /// Starts what does work there. Workers live longer than one job, so their start is not counted.
    pub(crate) async fn open(self) -> Result<Place, Fault> {
        Ok(match self {
            Self::MainLoop => Place::MainLoop,
            Self::Worker => Place::Worker(IsolateRunner::spawn().await?),
            Self::Pool => Place::Pool(pool("pool").await?),
        })
    }
}

/// What does the work. Dropping it closes its workers.
pub(crate) enum Place {
    MainLoop,
    Worker(IsolateRunner),
    Pool(WorkerPool),
}

impl Place {
    pub(crate) fn run<M: Message, R: Message>(&self, work: fn(M) -> R, argument: M) -> Task<R> {
        match self {
            Self::MainLoop => compute(work, argument),
            Self::Worker(runner) => runner.run(work, argument),
            Self::Pool(pool) => pool.run(work, argument),
        }
    }

    pub(crate) fn run_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        work: fn(M) -> F,
        argument: M,
    ) -> Task<R> {
        match self {
            Self::MainLoop => compute_async(work, argument),
            Self::Worker(runner) => runner.run_async(work, argument),
            Self::Pool(pool) => pool.run_async(work, argument),
        }
    }
}

/// A pool whose isolates are there.
pub(crate) async fn pool(name: &str) -> Result<WorkerPool, Fault> {
    let size = pool_size();
    let pool = WorkerPool::builder()
        .debug_name(name)
        .min(size)
        .max(size)
        .build();
    pool.ready().await?;
    Ok(pool)
}

/// One core stays for the page; but less than two isolates are no pool.
pub(crate) fn pool_size() -> usize {
    insula::cores().saturating_sub(1).clamp(2, 8)
}
