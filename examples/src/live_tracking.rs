//! live_tracking: points stream into an isolate, are handled in batches of 50, and results stream out.

use insula::{Error, IsolateRunner, ReceivePort, Runner, SendPort};
use serde::{Deserialize, Serialize};

/// How many points are handled at once.
pub const BATCH: usize = 50;

/// Where something was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Metres to the east.
    pub x: f64,
    /// Metres to the north.
    pub y: f64,
}

/// What a batch came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// How many points were in it.
    pub points: usize,
    /// How long the way was, in metres, from the last point of the batch before.
    pub metres: f64,
}

/// Where the tracker finds its points and leaves its results.
#[derive(Debug, Serialize, Deserialize)]
pub struct Start {
    /// Where it says how it can be reached.
    pub ready: SendPort<SendPort<Option<Point>>>,
    /// Where each leg goes.
    pub legs: SendPort<Leg>,
}

/// Gathers points into batches until `None` comes.
pub async fn tracker(Start { ready, legs }: Start) {
    let mut points = ReceivePort::new();
    let _ = ready.send(points.send_port());
    let mut last = None;
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let point = points.next().await.flatten();
        batch.extend(point);
        if batch.len() == BATCH || point.is_none() && !batch.is_empty() {
            let metres = length(last, &batch);
            last = batch.last().copied();
            let _ = legs.send(Leg {
                points: batch.len(),
                metres,
            });
            batch.clear();
        }
        if point.is_none() {
            return;
        }
    }
}

fn length(from: Option<Point>, batch: &[Point]) -> f64 {
    let all = from.into_iter().chain(batch.iter().copied());
    all.clone()
        .zip(all.skip(1))
        .map(|(a, b)| (b.x - a.x).hypot(b.y - a.y))
        .sum()
}

/// `count` points of a walk, one metre each.
pub fn walk(count: usize) -> impl Iterator<Item = Point> {
    (0..count)
        .map(|step| {
            if step % 2 == 0 {
                step / 2
            } else {
                step / 2 + 1
            }
        })
        .zip((0..count).map(|step| step / 2))
        .map(|(x, y)| Point {
            x: x as f64,
            y: y as f64,
        })
}

/// Tracks the points; the legs come in order.
///
/// # Errors
/// The isolate did not start, or was lost.
pub async fn track(points: impl Iterator<Item = Point>) -> Result<Vec<Leg>, Error> {
    let runner = IsolateRunner::builder()
        .debug_name("tracker")
        .spawn()
        .await?;
    let (mut ready, mut legs) = (ReceivePort::new(), ReceivePort::new());
    let start = Start {
        ready: ready.send_port(),
        legs: legs.send_port(),
    };
    let tracking = runner.run_async(tracker, start);
    let to_tracker = ready.next().await.ok_or(Error::Closed)?;
    for point in points {
        to_tracker.send(Some(point))?;
    }
    to_tracker.send(None)?;
    tracking.await?;
    legs.close();
    let mut all = Vec::new();
    while let Some(leg) = legs.next().await {
        all.push(leg);
    }
    Ok(all)
}
