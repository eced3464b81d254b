//! An isolate that is not the root has the root read a recording.

use std::time::Duration;

use insula_core::trace::Part;

use super::{own, received, relay};
use crate::{
    asking::{self, Answers},
    clock,
    ids::ROOT,
    protocol::frame::Frame,
    side,
};

/// What the root has read, for this isolate. It has three quarters of the time: the rest is for the way.
pub(super) async fn gather(limit: Duration) -> Vec<Part> {
    let number = received::with(Answers::expect);
    let question = asking::write(&(number, limit / 4 * 3));
    let since = clock::now();
    side::send(ROOT, Frame::call(relay::read, question));
    asking::until(|| received::with(|asked| asked.has_come(number)), limit).await;
    received::with(|asked| asked.take(number)).unwrap_or_else(|| alone(since))
}

/// What was recorded here, when the root has not answered since.
fn alone(since: Duration) -> Vec<Part> {
    let mut main = Part::nothing("main");
    main.note("did not answer", (since, clock::now()), true);
    vec![main, own::part()]
}
