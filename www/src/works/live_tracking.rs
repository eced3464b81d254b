//! live_tracking, anywhere; it tells how far it is.

use std::{cell::Cell, rc::Rc};

use insula::{Error, ReceivePort, stream::channel};
use insula_examples::{
    live_tracking::{Leg, POINTS, describe, feed, tracker, walk},
    programs::Outcome,
};

use crate::way::Place;

pub(super) async fn program(on: &Place, mut show: impl FnMut(usize, &[Leg])) -> Outcome {
    let (mut ready, (to, mut come)) = (ReceivePort::new(), channel(32));
    let tracking = on.run_async(
        |(ready, legs)| tracker(ready, legs),
        (ready.send_port(), to),
    );
    let to_tracker = ready.next().await.ok_or(Error::Closed)?;
    let (sent, mut legs) = (Rc::new(Cell::new(0)), Vec::new());
    let counted = sent.clone();
    let points = walk(POINTS).inspect(move |_| counted.set(counted.get() + 1));
    insula::spawn_local(feed(points, to_tracker));
    while let Some(leg) = come.next().await {
        legs.push(leg?);
        show(sent.get(), &legs);
    }
    tracking.await?;
    Ok(describe(&legs))
}
