//! live_tracking, anywhere; it tells how far it is.

use insula::{Error, ReceivePort};
use insula_examples::{
    live_tracking::{Leg, PACE, PACKET, POINTS, Start, describe, tracker, walk},
    programs::Outcome,
};

use crate::way::Place;

pub(super) async fn program(on: &Place, mut show: impl FnMut(usize, &[Leg])) -> Outcome {
    let (mut ready, mut come) = (ReceivePort::new(), ReceivePort::new());
    let (ready_port, to) = (ready.send_port(), come.send_port());
    let tracking = on.run_async(
        tracker,
        Start {
            ready: ready_port,
            legs: to,
        },
    );
    let to_tracker = ready.next().await.ok_or(Error::Closed)?;
    let (mut legs, mut points) = (Vec::new(), walk(POINTS));
    for sent in (PACKET..=POINTS).step_by(PACKET) {
        to_tracker.send(points.by_ref().take(PACKET).collect())?;
        insula::sleep(PACE).await;
        legs.extend(std::iter::from_fn(|| come.try_recv().ok()));
        show(sent, &legs);
    }
    to_tracker.send(Vec::new())?; // no more come
    tracking.await?;
    come.close();
    legs.extend(std::iter::from_fn(|| come.try_recv().ok()));
    show(POINTS, &legs);
    Ok(describe(&legs))
}
