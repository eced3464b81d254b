//! The three ways to decode: on the page, in a worker, in a pool of workers. The function is the
//! same, `photos::decode`.

use std::time::Duration;

use insula::{IsolateRunner, LoadBalancer, TransferableTypedData, compute};
use insula_examples::photos::{Photo, decode};
use serde::{Deserialize, Serialize};

use crate::{js::Fault, page::milliseconds, pieces::Pieces};

/// How much of the document a runner of the pool gets at a time. What comes back from it is what the
/// page builds without a pause.
const PART_BYTES: u32 = 1 << 19;

/// Where a document is decoded.
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
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::MainLoop => "main loop",
            Self::Worker => "worker",
            Self::Pool => "pool",
        }
    }

    /// Gets everything ready that is there before the work: the document's bytes, and workers, which
    /// in an application live longer than one job.
    pub(crate) async fn prepare(self, document: &Pieces) -> Result<Ready<'_>, Fault> {
        Ok(match self {
            Self::MainLoop => Ready::MainLoop(document.whole()),
            Self::Worker => {
                let runner = IsolateRunner::builder()
                    .debug_name("photos")
                    .spawn()
                    .await?;
                Ready::Worker(runner, document.whole())
            }
            Self::Pool => Ready::Pool(LoadBalancer::spawn(pool_size()).await?, document),
        })
    }
}

/// A way to decode that only waits to be started. Dropping it closes its workers.
pub(crate) enum Ready<'a> {
    MainLoop(TransferableTypedData),
    Worker(IsolateRunner, TransferableTypedData),
    Pool(LoadBalancer, &'a Pieces),
}

impl Ready<'_> {
    /// What a reader should know about the start of the workers.
    pub(crate) fn describe_start(&self, took_ms: f64) -> String {
        let took = milliseconds(took_ms);
        match self {
            Self::MainLoop(_) => String::new(),
            Self::Worker(..) => format!("started in {took}"),
            Self::Pool(balancer, _) => match balancer.len() {
                1 => format!("1 runner, started in {took}"),
                len => format!("{len} runners, started in {took}"),
            },
        }
    }

    /// Decodes the document; the photos come in order, in one part or several.
    pub(crate) async fn decode(self) -> Result<Vec<Vec<Photo>>, Fault> {
        match self {
            Self::MainLoop(document) => Ok(vec![compute(decode, document).await??]),
            Self::Worker(runner, document) => in_slices(&runner, document).await,
            Self::Pool(balancer, document) => in_parts(&balancer, document).await,
        }
    }
}

/// The page reads the photos slice by slice, and draws in between.
async fn in_slices(
    runner: &IsolateRunner,
    document: TransferableTypedData,
) -> Result<Vec<Vec<Photo>>, Fault> {
    let mut slices = runner.slices(decode, document);
    let mut parts = Vec::new();
    while let Some(slice) = slices.next().await {
        parts.push(slice?);
    }
    slices.finish().await??;
    Ok(parts)
}

async fn in_parts(balancer: &LoadBalancer, document: &Pieces) -> Result<Vec<Vec<Photo>>, Fault> {
    let mut tasks = Vec::new();
    for place in document.cut(PART_BYTES) {
        tasks.push(balancer.run(decode, document.part(&place)));
        // Cutting a part out takes a moment too; the page gets its turn in between.
        insula::sleep(Duration::ZERO).await;
    }
    let mut parts = Vec::with_capacity(tasks.len());
    for task in tasks {
        parts.push(task.await??);
    }
    Ok(parts)
}

/// One core stays for the page; but less than two runners is no pool.
pub(crate) fn pool_size() -> usize {
    insula::cores().saturating_sub(1).clamp(1, 8)
}
