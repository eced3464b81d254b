//! `trace::start`: what isolates did, as a picture.

use insula_core::{
    IsolateRunner, Platform, ReceivePort, SendPort, WorkerPool,
    trace::{self, Record, Recording},
};

use crate::{
    picture::{self, Picture},
    support::{ms, ok},
};

/// A runner whose name no other test uses, as all isolates of a process are recorded together.
async fn named<P: Platform>(name: &str) -> IsolateRunner<P> {
    ok(IsolateRunner::builder().debug_name(name).spawn()).await
}

fn start<P: Record>() -> Recording<P> {
    trace::start(10_000)
}

async fn stop<P: Record>(recording: Recording<P>) -> Picture {
    picture::read(&recording.stop_within(ms(5_000)).await.to_string())
}

/// Takes twenty numbers, at a port that it sends first.
async fn take<P: Platform>(gate: SendPort<P, SendPort<P, u32>>) -> u32 {
    let mut port = ReceivePort::new();
    let _ = gate.send(port.send_port());
    let mut sum = 0;
    for _ in 0..20 {
        sum += port.next().await.unwrap();
    }
    sum
}

/// Gives them.
fn give<P: Platform>(to: SendPort<P, u32>) {
    for n in 0..20 {
        to.send(n).unwrap();
    }
}

/// Each message between two isolates has one arrow, from the event that has sent it to the one that got it.
pub async fn recording_has_an_arrow_for_each_message<P: Record>() {
    let recording = start::<P>();
    let (taker, giver) = (
        named::<P>("recording: taker").await,
        named::<P>("recording: giver").await,
    );
    let mut gate = ReceivePort::new();
    let sum = taker.run_async(take::<P>, gate.send_port());
    let to = gate.next().await.unwrap();
    ok(giver.run(give::<P>, to)).await;
    assert_eq!(ok(sum).await, 190);
    let picture = stop(recording).await;
    let arrows = picture.arrows.iter().filter(|arrow| {
        (&*arrow.from.track, &*arrow.to.track) == ("recording: giver", "recording: taker")
    });
    let arrows: Vec<_> = arrows.collect();
    assert_eq!(arrows.len(), 20);
    for arrow in &arrows {
        assert_eq!((&*arrow.from.kind, &*arrow.to.kind), ("job", "message"));
        assert!(arrow.from.begin < arrow.to.begin, "{arrow:?}");
        assert!(arrow.to.args["queue"].is_u64() && arrow.to.args["waited_us"].is_f64());
    }
    let mut numbers: Vec<_> = arrows
        .iter()
        .map(|arrow| arrow.to.args["message"].as_u64().unwrap())
        .collect();
    numbers.dedup();
    assert_eq!(numbers.len(), 20, "each message has a number of its own");
    assert!(numbers.is_sorted(), "they arrive in their order");
}

/// A job of a pool is a slice with its label, and an arrow leads to it.
pub async fn recording_names_a_job_by_its_label<P: Record>() {
    let recording = start::<P>();
    let pool = WorkerPool::<P>::builder()
        .debug_name("recording: pool")
        .build();
    let job = pool.job(|n: u32| n + 1, 1).label("resize \"it\"\n");
    assert_eq!(ok(job.start()).await, 2);
    let picture = stop(recording).await;
    let mut arrows = picture.arrows.iter();
    let arrow = arrows.find(|arrow| arrow.to.name == "resize \"it\"\n" && arrow.to.kind == "job");
    assert_eq!(arrow.unwrap().to.track, "recording: pool 0");
}

/// What an isolate did before its end is in the picture, from its start on.
pub async fn recording_keeps_isolates_that_have_ended<P: Record>() {
    let recording = start::<P>();
    let runner = named::<P>("recording: ended").await;
    let ended = runner.isolate().on_exit();
    ok(runner.run(|()| (), ())).await;
    ok(runner.close()).await;
    ok(ended).await;
    let picture = stop(recording).await;
    for kind in ["start", "job", "end"] {
        let mut slices = picture.slices.iter();
        let is = |slice: &picture::Slice| slice.track == "recording: ended" && slice.kind == kind;
        assert!(slices.any(is), "{kind}");
    }
}

/// An isolate that was there before is recorded too, from then on.
pub async fn recording_begins_while_isolates_work<P: Record>() {
    let runner = named::<P>("recording: before").await;
    ok(runner.run(|()| (), ())).await;
    let recording = start::<P>();
    for _ in 0..3 {
        ok(runner.run(|()| (), ())).await;
    }
    let so_far = recording.snapshot_within(ms(5_000)).await;
    ok(runner.run(|()| (), ())).await;
    let jobs = |picture: &Picture| {
        let jobs = picture.named("job");
        jobs.filter(|job| job.track == "recording: before").count()
    };
    let so_far = jobs(&picture::read(&so_far.to_string()));
    let all = jobs(&stop(recording).await);
    assert!(so_far >= 3 && all == so_far + 1, "{so_far} and {all}");
}

/// Any isolate may record all of them.
pub async fn recording_is_made_in_an_isolate<P: Record>() {
    async fn record<P: Record>(_: ()) -> String {
        let recording = start::<P>();
        let inner = named::<P>("recording: inner").await;
        assert_eq!(ok(inner.run(|n: u32| n + 1, 1)).await, 2);
        recording.stop_within(ms(5_000)).await.to_string()
    }
    let outer = named::<P>("recording: outer").await;
    let picture = picture::read(&ok(outer.run_async(record::<P>, ())).await);
    assert!(picture.leads("recording: outer", "recording: inner"));
    assert!(picture.leads("recording: inner", "recording: outer"));
}
