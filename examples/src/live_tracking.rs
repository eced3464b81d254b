//! live_tracking: points stream into an isolate, are handled in batches of 50, and results stream out.

use std::time::Duration;

use insula::{
    Error, IsolateRunner, ReceivePort, SendPort,
    stream::{Sender, channel},
};
use serde::{Deserialize, Serialize};

use crate::{programs::Outcome, report::thousands};

/// How many points are handled at once.
pub const BATCH: usize = 50;

/// How many points come at a time.
pub const PACKET: usize = 500;

/// How long it takes until the next come: 50,000 a second.
pub const PACE: Duration = Duration::from_millis(10);

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

/// How many packets may wait at the tracker. A source that is faster waits then.
const PACKETS: usize = 4;

/// Gathers points into batches until no more come. It says at `ready` where they go.
pub async fn tracker(ready: SendPort<Sender<Vec<Point>>>, legs: Sender<Leg>) {
    let (points, mut packets) = channel(PACKETS);
    let _ = ready.send(points);
    let (mut last, mut waiting) = (None, Vec::new());
    while let Some(Ok(packet)) = packets.next().await {
        waiting.extend(packet);
        while waiting.len() >= BATCH {
            let rest = waiting.split_off(BATCH);
            let batch = std::mem::replace(&mut waiting, rest);
            let _ = legs.send(leg(&mut last, &batch)).await;
        }
    }
    if !waiting.is_empty() {
        let _ = legs.send(leg(&mut last, &waiting)).await;
    }
}

fn leg(last: &mut Option<Point>, batch: &[Point]) -> Leg {
    let metres = length(*last, batch);
    *last = batch.last().copied();
    Leg {
        points: batch.len(),
        metres,
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

/// Sends points to a tracker as they come. It waits while the tracker is behind, and ends when nobody tracks any more.
pub async fn feed(points: impl Iterator<Item = Point>, to_tracker: Sender<Vec<Point>>) {
    let mut points = points.peekable();
    while points.peek().is_some() {
        let packet = points.by_ref().take(PACKET).collect();
        if to_tracker.send(packet).await.is_err() {
            return;
        }
        insula::sleep(PACE).await;
    }
}

/// Tracks the points as they come, live; the legs come in order.
///
/// # Errors
/// The isolate did not start, or was lost.
pub async fn track(points: impl Iterator<Item = Point> + 'static) -> Result<Vec<Leg>, Error> {
    let runner = IsolateRunner::builder()
        .debug_name("tracker")
        .spawn()
        .await?;
    let mut ready = ReceivePort::new();
    let mut legs = runner.stream(tracker, ready.send_port());
    let to_tracker = ready.next().await.ok_or(Error::Closed)?;
    insula::spawn_local(feed(points, to_tracker));
    let mut all = Vec::new();
    while let Some(leg) = legs.next().await {
        all.push(leg?);
    }
    Ok(all)
}

/// How many points the program has: a second of them.
pub const POINTS: usize = 50_000;

/// What tracking came to.
#[must_use]
pub fn describe(legs: &[Leg]) -> String {
    let metres: f64 = legs.iter().map(|leg| leg.metres).sum();
    format!(
        "{} legs, {} metres",
        thousands(legs.len()),
        thousands(metres as usize)
    )
}

/// The program: a second of points.
///
/// # Errors
/// As [`track`].
pub async fn program() -> Outcome {
    Ok(describe(&track(walk(POINTS)).await?))
}
