//! Recordings where isolates share no memory: one picture of the page and all workers.

use std::time::Duration;

use insula_tests::picture::{self, Picture, Slice};
use insula_web::{
    Isolate, IsolateRunner, Priority, ReceivePort, SendPort, sleep,
    stream::{Sender, channel},
    trace::{self, Recording},
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{block, in_time, no_worker_is_left, now_ms};

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A runner with this name.
async fn named(name: &str) -> IsolateRunner {
    let runner = IsolateRunner::builder().debug_name(name).spawn();
    in_time("a spawn", runner).await.expect("it starts")
}

/// Starts a recording when what was sent during the last one has arrived.
async fn start(events: usize) -> Recording {
    sleep(ms(50)).await;
    trace::start(events)
}

async fn snapshot(recording: &Recording) -> Picture {
    let trace = in_time("a snapshot", recording.snapshot_within(ms(20_000))).await;
    picture::read(&trace.to_string())
}

/// The slices of a track with this name.
fn of<'a>(picture: &'a Picture, track: &'a str, name: &'a str) -> impl Iterator<Item = &'a Slice> {
    picture
        .named(name)
        .filter(move |slice| slice.track == track)
}

/// Asserts that each message and job that an isolate has got is the end of one arrow, and tells how many lead from one track to
/// the other.
fn arrows(picture: &Picture, from: &str, to: &str) -> usize {
    for slice in &picture.slices {
        let number = &slice.args["message"];
        if number.is_null() || slice.kind == "send" {
            continue;
        }
        let arrows = picture.arrows.iter();
        let to_it = arrows.filter(|arrow| arrow.to.args["message"] == *number);
        assert_eq!(to_it.count(), 1, "{slice:?}");
    }
    for arrow in &picture.arrows {
        assert!(arrow.from.begin < arrow.to.end, "it leads back: {arrow:?}");
    }
    let arrows = picture.arrows.iter();
    arrows
        .filter(|arrow| arrow.from.track == from && arrow.to.track == to)
        .filter(|arrow| arrow.to.kind == "message")
        .count()
}

/// Packets come in, and each is cut in five; all with credits, as points of a live track do.
async fn tracker(ready: SendPort<Sender<Vec<u32>>>, legs: Sender<u32>) {
    let (packets, mut arrived) = channel(4);
    ready.send(packets).expect("it can be sent");
    while let Some(Ok(packet)) = arrived.next().await {
        for part in packet.chunks(10) {
            legs.send(part.iter().sum()).await.expect("they are taken");
        }
    }
}

#[wasm_bindgen_test]
async fn what_streams_between_the_page_and_a_worker_has_its_arrows() {
    let recording = start(100_000).await;
    let runner = named("tracker").await;
    let mut ready = ReceivePort::new();
    let mut legs = runner.stream(tracker, ready.send_port());
    let packets = in_time("its port", ready.next()).await.expect("it is sent");
    insula_web::spawn_local(async move {
        for packet in 0..20 {
            let packet: Vec<u32> = (0..50).map(|n| packet * 50 + n).collect();
            packets.send(packet).await.expect("it is taken");
        }
    });
    let mut sum = 0;
    while let Some(leg) = in_time("a leg", legs.next()).await {
        sum += leg.expect("the tracker lives");
    }
    assert_eq!(sum, (0..1_000).sum::<u32>());
    let picture = snapshot(&recording).await;
    let (there, back) = (
        arrows(&picture, "main", "tracker"),
        arrows(&picture, "tracker", "main"),
    );
    // Each item is a message, and credits and ends are others.
    assert!((20..200).contains(&there), "{there} to the worker");
    assert!((100..300).contains(&back), "{back} from the worker");
    drop((recording, runner));
    no_worker_is_left().await;
}

fn give((to, count): (SendPort<u32>, u32)) {
    for n in 0..count {
        to.send(n).expect("a number can be sent");
    }
}

/// Takes so many numbers, and gives each to `on` too.
async fn take((gate, on, count): (SendPort<SendPort<u32>>, SendPort<u32>, u32)) {
    let mut port = ReceivePort::new();
    gate.send(port.send_port()).expect("a port can be sent");
    for _ in 0..count {
        let number = port.next().await.expect("they come");
        on.send(number).expect("a number can be sent");
    }
}

/// By the page at first, on a channel from the third message on, and many in one post.
#[wasm_bindgen_test]
async fn each_message_of_two_workers_has_one_arrow() {
    let recording = start(100_000).await;
    let (giver, taker) = (named("giver").await, named("taker").await);
    let (mut gate, mut page) = (ReceivePort::new(), ReceivePort::new());
    let taken = taker.run_async(take, (gate.send_port(), page.send_port(), 300));
    let to = in_time("its port", gate.next()).await.expect("it is sent");
    for _ in 0..3 {
        in_time("a job", giver.run(give, (to.clone(), 100)))
            .await
            .expect("it ends");
    }
    in_time("the last", taken).await.expect("it ends");
    for n in (0..3).flat_map(|_| 0..100) {
        assert_eq!(in_time("a number", page.next()).await, Some(n));
    }
    let picture = snapshot(&recording).await;
    assert_eq!(arrows(&picture, "giver", "taker"), 300);
    // The port of the taker is one more.
    assert!(arrows(&picture, "taker", "main") > 300);
    let tracks = picture.tracks.iter().map(String::as_str);
    let tracks: Vec<_> = tracks.filter(|name| !name.starts_with("outside")).collect();
    assert_eq!(tracks, ["main", "giver", "taker"]);
    drop((recording, giver, taker));
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn a_worker_that_hangs_is_named_and_not_waited_for() {
    let recording = start(1_000).await;
    let runner = named("hangs").await;
    let spin = |milliseconds| block(ms(milliseconds));
    in_time("a job", runner.run(spin, 0))
        .await
        .expect("it ends");
    drop(snapshot(&recording).await);
    let job = runner.run(spin, 1_500);
    let began = now_ms();
    let trace = recording.snapshot_within(ms(200)).await;
    let took = now_ms() - began;
    assert!((199.0..1_400.0).contains(&took), "{took} ms");
    let picture = picture::read(&trace.to_string());
    let silent: Vec<_> = of(&picture, "hangs", "did not answer").collect();
    let [silent] = silent[..] else {
        panic!("{silent:?}")
    };
    assert_eq!(silent.args["running"], true);
    assert!(silent.end - silent.begin >= 199_000_000, "{silent:?}");
    assert_eq!(
        of(&picture, "hangs", "job").count(),
        1,
        "what it has told before"
    );

    in_time("the job", job).await.expect("it ends");
    let picture = snapshot(&recording).await;
    assert_eq!(of(&picture, "hangs", "did not answer").count(), 0);
    let jobs: Vec<_> = of(&picture, "hangs", "job").collect();
    assert_eq!(jobs.len(), 2);
    assert!(jobs[1].end - jobs[1].begin >= 1_400_000_000, "{jobs:?}");
    drop((recording, runner));
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn a_killed_worker_loses_what_it_has_not_handed_over() {
    let recording = start(1_000).await;
    let runner = named("killed").await;
    in_time("a job", runner.run(|()| (), ()))
        .await
        .expect("it ends");
    drop(snapshot(&recording).await);
    in_time("a job", runner.run(|()| (), ()))
        .await
        .expect("it ends");
    runner.isolate().kill(Priority::Immediate);
    no_worker_is_left().await;
    let picture = snapshot(&recording).await;
    assert_eq!(of(&picture, "killed", "job").count(), 1);
    assert_eq!(of(&picture, "killed", "ended unheard").count(), 1);
}

/// Where panics abort, the hook hands it over.
#[wasm_bindgen_test]
async fn a_worker_that_panics_or_leaves_hands_over_what_it_has() {
    type Leave = fn(());
    let recording = start(1_000).await;
    let leaves: [(&str, Leave); 2] = [
        ("leaves", |()| {
            let port = ReceivePort::new();
            let _ = Isolate::exit(&port.send_port(), 1);
        }),
        ("panics", |()| panic!("for the picture")),
    ];
    for (name, leave) in leaves {
        let runner = named(name).await;
        in_time("a job", runner.run(|()| (), ()))
            .await
            .expect("it ends");
        let left = in_time("the end", runner.run(leave, ())).await;
        assert!(left.is_err());
        // Where a panic unwinds, it ends no worker.
        let _ = in_time("the end", runner.close()).await;
    }
    no_worker_is_left().await;
    let picture = snapshot(&recording).await;
    for (name, _) in leaves {
        // To close a runner that lives is a job of its own.
        let closing = usize::from(name == "panics" && cfg!(panic = "unwind"));
        assert_eq!(of(&picture, name, "job").count(), 2 + closing, "{name}");
        assert_eq!(of(&picture, name, "start").count(), 1, "{name}");
        let mut all = picture.slices.iter().filter(|slice| slice.track == name);
        assert!(all.all(|slice| slice.args["running"].is_null()));
    }
}

#[wasm_bindgen_test]
async fn nothing_is_recorded_when_nobody_holds_a_recording() {
    let runner = named("forgets").await;
    let (first, second) = (start(10).await, trace::start(1_000));
    drop(first);
    in_time("a job", runner.run(|()| (), ()))
        .await
        .expect("it ends");
    let picture = snapshot(&second).await;
    assert_eq!(
        of(&picture, "forgets", "job").count(),
        1,
        "the other one goes on"
    );
    drop(second);
    in_time("a job", runner.run(|()| (), ()))
        .await
        .expect("it ends");
    let third = trace::start(1_000);
    in_time("a job", runner.run(|()| (), ()))
        .await
        .expect("it ends");
    let picture = snapshot(&third).await;
    assert_eq!(of(&picture, "forgets", "job").count(), 1);
    assert_eq!(
        arrows(&picture, "main", "nowhere"),
        0,
        "each job has its arrow"
    );
    drop((third, runner));
    no_worker_is_left().await;
}

/// A recording that an isolate has begun ends with it.
#[wasm_bindgen_test]
async fn an_isolate_takes_its_recording_along() {
    async fn record(_: ()) {
        std::mem::forget(trace::start(1_000));
    }
    let (other, runner) = (named("other").await, named("records").await);
    in_time("a job", runner.run_async(record, ()))
        .await
        .expect("it ends");
    in_time("a job", other.run(|()| (), ()))
        .await
        .expect("it ends");
    runner.isolate().kill(Priority::Immediate);
    let ended = runner.isolate().on_exit();
    in_time("its end", ended).await.expect("it is told");
    in_time("a job", other.run(|()| (), ()))
        .await
        .expect("it ends");
    let recording = trace::start(1_000);
    let picture = snapshot(&recording).await;
    assert_eq!(of(&picture, "other", "job").count(), 0);
    drop((recording, other, runner));
    no_worker_is_left().await;
}

/// The page reads what it can't: an isolate that asks while the page is busy gives what it has itself.
#[wasm_bindgen_test]
async fn an_isolate_does_not_wait_for_a_busy_page() {
    async fn record(page: SendPort<()>) -> String {
        let recording = trace::start(1_000);
        page.send(()).expect("nothing can be sent");
        sleep(ms(50)).await;
        recording.stop_within(ms(100)).await.to_string()
    }
    let runner = named("asks").await;
    let mut begun = ReceivePort::new();
    let picture = runner.run_async(record, begun.send_port());
    in_time("its begin", begun.next())
        .await
        .expect("it is told");
    block(ms(1_000));
    let picture = in_time("the picture", picture).await.expect("it ends");
    let picture = picture::read(&picture);
    assert_eq!(of(&picture, "main", "did not answer").count(), 1);
    assert!(picture.slices.iter().any(|slice| slice.track == "asks"));
    drop(runner);
    no_worker_is_left().await;
}
