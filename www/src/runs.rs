//! The three ways to decode: on the page, in a worker, in a pool of workers. The function is the
//! same, `photos::decode`.

use std::time::Duration;

use insula::{IsolateRunner, TransferableTypedData, WorkerPool, compute};
use insula_examples::photos::{Photo, decode};

use crate::{
    js::Fault,
    page::milliseconds,
    pieces::Pieces,
    way::{Place, Way, pool_size},
};

/// How much of the document an isolate of the pool gets at a time. What comes back from it is what the
/// page builds without a pause.
const PART_BYTES: u32 = 1 << 19;

/// A way to decode that only waits to be started. Dropping it closes its workers.
pub(crate) enum Ready<'a> {
    MainLoop(TransferableTypedData),
    Worker(IsolateRunner, TransferableTypedData),
    Pool(WorkerPool, &'a Pieces),
}

impl<'a> Ready<'a> {
    /// Gets everything ready that is there before the work: the document's bytes, and workers.
    pub(crate) async fn new(way: Way, document: &'a Pieces) -> Result<Self, Fault> {
        Ok(match way.open().await? {
            Place::MainLoop => Self::MainLoop(document.whole()),
            Place::Worker(runner) => Self::Worker(runner, document.whole()),
            Place::Pool(pool) => Self::Pool(pool, document),
        })
    }

    /// What a reader should know about the start of the workers.
    pub(crate) fn describe_start(&self, took_ms: f64) -> String {
        let took = milliseconds(took_ms);
        match self {
            Self::MainLoop(_) => String::new(),
            Self::Worker(..) => format!("started in {took}"),
            Self::Pool(..) => format!("{} isolates, started in {took}", pool_size()),
        }
    }

    /// Decodes the document; the photos come in order, in one part or several.
    pub(crate) async fn decode(self) -> Result<Vec<Vec<Photo>>, Fault> {
        match self {
            Self::MainLoop(document) => Ok(vec![compute(decode, document).await??]),
            Self::Worker(runner, document) => in_slices(&runner, document).await,
            Self::Pool(pool, document) => in_parts(&pool, document).await,
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

async fn in_parts(pool: &WorkerPool, document: &Pieces) -> Result<Vec<Vec<Photo>>, Fault> {
    let mut tasks = Vec::new();
    for place in document.cut(PART_BYTES) {
        tasks.push(pool.run(decode, document.part(&place)));
        // Cutting a part out takes a moment too; the page gets its turn in between.
        insula::sleep(Duration::ZERO).await;
    }
    let mut parts = Vec::with_capacity(tasks.len());
    for task in tasks {
        parts.push(task.await??);
    }
    Ok(parts)
}
