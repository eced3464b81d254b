//! sort: a long-lived isolate that sorts what it is sent and replies to a port in the message.

use insula::{Error, IsolateRunner, ReceivePort, SendPort, ask};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3Default;

use crate::{programs::Outcome, report::thousands};

/// How long each list of the program is.
const LENGTH: usize = 125_000;

/// A request: what to sort, and where to send it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sort {
    /// What to sort.
    pub items: Vec<i32>,
    /// Where to send it.
    pub reply: SendPort<Vec<i32>>,
}

/// Sorts until a `None` comes.
pub async fn sorter(ready: SendPort<SendPort<Option<Sort>>>) {
    let mut requests = ReceivePort::new();
    // The isolate that asked for the port may be gone. Then no request comes, and this isolate ends with its runner.
    let _ = ready.send(requests.send_port());
    while let Some(Some(Sort { mut items, reply })) = requests.next().await {
        items.sort_unstable();
        let _ = reply.send(items);
    }
}

/// Has several lists sorted by one isolate, in turn.
///
/// # Errors
/// The isolate did not start, or was lost.
pub async fn sort_all(lists: Vec<Vec<i32>>) -> Result<Vec<Vec<i32>>, Error> {
    let runner = IsolateRunner::builder()
        .debug_name("sorter")
        .spawn()
        .await?;
    let mut ready = ReceivePort::new();
    let sorting = runner.run_async(sorter, ready.send_port());
    let requests = ready.next().await.ok_or(Error::Closed)?;
    let mut sorted = Vec::new();
    for items in lists {
        sorted.push(ask(&requests, |reply| Some(Sort { items, reply })).await?);
    }
    requests.send(None)?;
    sorting.await?;
    Ok(sorted)
}

/// The lists of the program, made from a seed.
#[must_use]
pub fn lists() -> Vec<Vec<i32>> {
    let mut random = fastrand::Rng::with_seed(8);
    (0..8)
        .map(|_| (0..LENGTH).map(|_| random.i32(..)).collect())
        .collect()
}

/// What sorting came to.
#[must_use]
pub fn describe(sorted: Vec<Vec<i32>>) -> String {
    let mut checksum = Xxh3Default::new();
    for number in sorted.iter().flatten() {
        checksum.update(&number.to_le_bytes());
    }
    format!(
        "{} numbers in {} lists, checksum {:016x}",
        thousands(sorted.iter().map(Vec::len).sum()),
        sorted.len(),
        checksum.digest()
    )
}

/// The program: eight lists.
///
/// # Errors
/// As [`sort_all`].
pub async fn program() -> Outcome {
    Ok(describe(sort_all(lists()).await?))
}
