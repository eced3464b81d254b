//! live_tracking: points stream into an isolate, are handled in batches of 50, and results stream out.

use std::time::Duration;

use insula::{Error, IsolateRunner, ReceivePort, SendPort};
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

/// Where the tracker finds its points and leaves its results.
#[derive(Debug, Serialize, Deserialize)]
pub struct Start {
    /// Where it says how it can be reached; no points are the end.
    pub ready: SendPort<SendPort<Vec<Point>>>,
    /// Where each leg goes.
    pub legs: SendPort<Leg>,
}

/// Gathers points into batches until none come.
pub async fn tracker(Start { ready, legs }: Start) {
    let mut packets = ReceivePort::new();
    let _ = ready.send(packets.send_port());
    let (mut last, mut waiting) = (None, Vec::new());
    let mut track = |batch: &[Point]| {
        let metres = length(last, batch);
        last = batch.last().copied();
        // Who asked for the legs may be gone; the points come all the same.
        let _ = legs.send(Leg {
            points: batch.len(),
            metres,
        });
    };
    while let Some(packet) = packets.next().await.filter(|packet| !packet.is_empty()) {
        waiting.extend(packet);
        let whole = waiting.len() / BATCH * BATCH;
        waiting
            .drain(..whole)
            .as_slice()
            .chunks(BATCH)
            .for_each(&mut track);
    }
    if !waiting.is_empty() {
        track(&waiting);
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

/// Tracks the points as they come, live; the legs come in order.
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
    let mut points = points.peekable();
    while points.peek().is_some() {
        to_tracker.send(points.by_ref().take(PACKET).collect())?;
        insula::sleep(PACE).await;
    }
    to_tracker.send(Vec::new())?;
    tracking.await?;
    legs.close();
    let mut all = Vec::new();
    while let Some(leg) = legs.next().await {
        all.push(leg);
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
