//! long_running_isolate: one isolate for many documents; results stream back while it goes on.

use insula::{Error, IsolateRunner, ReceivePort, SendPort};
use serde::{Deserialize, Serialize};

use crate::{
    documents::{Unreadable, count_keys, describe, documents},
    programs::Outcome,
};

/// What the isolate is sent.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Read this.
    Read(String),
    /// Nothing more will come.
    Done,
}

/// Where an isolate finds its work and leaves its results.
#[derive(Debug, Serialize, Deserialize)]
pub struct Start {
    /// Where it says how it can be reached.
    pub ready: SendPort<SendPort<Request>>,
    /// Where each result goes.
    pub results: SendPort<Result<usize, Unreadable>>,
}

/// Reads until it is told that nothing more will come; says how much it has read.
pub async fn reader(Start { ready, results }: Start) -> usize {
    let mut requests = ReceivePort::new();
    let _ = ready.send(requests.send_port());
    let mut read = 0;
    while let Some(Request::Read(document)) = requests.next().await {
        read += 1;
        let _ = results.send(count_keys(document));
    }
    read
}

/// Has all documents read by one isolate; the counts come in their order.
///
/// # Errors
/// The isolate did not start, or was lost.
///
/// # Panics
/// Never: the isolate reads what it was sent.
pub async fn count_all(documents: Vec<String>) -> Result<Vec<Result<usize, Unreadable>>, Error> {
    let runner = IsolateRunner::builder()
        .debug_name("reader")
        .spawn()
        .await?;
    let (mut ready, mut results) = (ReceivePort::new(), ReceivePort::new());
    let start = Start {
        ready: ready.send_port(),
        results: results.send_port(),
    };
    let reading = runner.run_async(reader, start);
    let requests = ready.next().await.ok_or(Error::Closed)?;
    let sent = documents.len();
    for document in documents {
        requests.send(Request::Read(document))?;
    }
    requests.send(Request::Done)?;
    let mut counts = Vec::new();
    while counts.len() < sent {
        counts.push(results.next().await.ok_or(Error::Closed)?);
    }
    assert_eq!(reading.await?, sent);
    Ok(counts)
}

/// The program, on made-up documents.
///
/// # Errors
/// As [`count_all`].
pub async fn program() -> Outcome {
    Ok(describe(count_all(documents().await?).await?)?)
}
