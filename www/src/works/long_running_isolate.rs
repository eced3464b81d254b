//! long_running_isolate, anywhere.

use insula::{Error, ReceivePort};
use insula_examples::{
    documents::{describe, one_of_four},
    long_running_isolate::{Request, Start, reader},
    programs::Outcome,
};

use crate::way::Place;

pub(super) async fn program(on: &Place) -> Outcome {
    let (mut ready, mut counted) = (ReceivePort::new(), ReceivePort::new());
    let (ready_port, results) = (ready.send_port(), counted.send_port());
    let reading = on.run_async(
        reader,
        Start {
            ready: ready_port,
            results,
        },
    );
    let requests = ready.next().await.ok_or(Error::Closed)?;
    let mut counts = Vec::new();
    for n in 0..4 {
        requests.send(Request::Read(on.run(one_of_four, n).await?))?;
        counts.push(counted.next().await.ok_or(Error::Closed)?);
    }
    requests.send(Request::Done)?;
    reading.await?;
    Ok(describe(counts)?)
}
