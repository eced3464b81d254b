//! sort, anywhere.

use insula::{Error, ReceivePort, ask};
use insula_examples::{
    programs::Outcome,
    sort::{Sort, describe, lists, sorter},
};

use crate::way::Place;

pub(super) async fn program(on: &Place) -> Outcome {
    let lists = on.run(|()| lists(), ()).await?;
    let mut ready = ReceivePort::new();
    let sorting = on.run_async(sorter, ready.send_port());
    let requests = ready.next().await.ok_or(Error::Closed)?;
    let mut sorted = Vec::new();
    for items in lists {
        sorted.push(ask(&requests, |reply| Some(Sort { items, reply })).await?);
    }
    requests.send(None)?;
    sorting.await?;
    Ok(on.run(describe, sorted).await?)
}
