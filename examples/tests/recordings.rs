//! What the programs did, as a recording has it. The picture's format is checked when it is read.

use insula::{IsolateRunner, TransferableTypedData, block_on, trace};
use insula_examples::{live_tracking, photos};
use insula_tests::picture::{self, Picture};

/// The picture of what `program` does.
fn recorded<R: 'static>(program: impl Future<Output = R> + 'static) -> (R, Picture) {
    let recording = trace::start(100_000);
    let outcome = block_on(program);
    let picture = picture::read(&recording.stop().to_string());
    (outcome, picture)
}

/// Asserts that an arrow leads to each message and job that an isolate has got.
fn expect_arrows_to(picture: &Picture, isolate: &str) {
    let of_isolate = picture.slices.iter().filter(|slice| slice.track == isolate);
    for slice in of_isolate.filter(|slice| ["message", "job"].contains(&&*slice.kind)) {
        let is_its =
            |arrow: &&picture::Arrow| (&*arrow.to.track, arrow.to.begin) == (isolate, slice.begin);
        assert_eq!(picture.arrows.iter().filter(is_its).count(), 1, "{slice:?}");
    }
}

#[test]
fn each_packet_and_each_leg_of_a_live_track_has_an_arrow() {
    let (packets, batches) = (4, 40);
    let points = live_tracking::walk(packets * live_tracking::PACKET);
    let (legs, picture) = recorded(live_tracking::track(points));
    assert_eq!(legs.unwrap().len(), batches);
    expect_arrows_to(&picture, "tracker");
    let from_messages = picture
        .arrows
        .iter()
        .filter(|arrow| (&*arrow.from.track, &*arrow.from.kind) == ("tracker", "message"));
    // Of legs, of credits for two packets each, of the end of the legs, and of the job's outcome.
    assert_eq!(from_messages.count(), batches + packets / 2 + 2);
}

#[test]
fn photos_that_a_runner_decodes_are_a_job_with_two_arrows() {
    let document = photos::document(1000, 1);
    let (photos, picture) = recorded(async move {
        let runner = IsolateRunner::builder()
            .debug_name("photos")
            .spawn()
            .await?;
        let document = TransferableTypedData::from_slices(&[&document]);
        runner
            .run(photos::decode, document)
            .await
            .map_err(insula::Error::from)
    });
    assert_eq!(photos.unwrap().unwrap().len(), 1000);
    expect_arrows_to(&picture, "photos");
    let (to, back) = (
        picture
            .arrows
            .iter()
            .find(|arrow| arrow.to.track == "photos" && arrow.to.kind == "job"),
        picture
            .arrows
            .iter()
            .find(|arrow| arrow.from.track == "photos" && arrow.from.kind == "job"),
    );
    assert_eq!(
        to.unwrap().to.begin,
        back.unwrap().from.begin,
        "the answer comes from the job"
    );
}
