//! The side of a worker: it is asked for what it has recorded, and about to end.

use super::{
    heard::{self, Handed},
    own,
};
use crate::{
    asking,
    ids::{IsolateId, ROOT},
    protocol::frame::Frame,
    worker::parent,
};

/// Records this isolate no longer. Called by the root.
pub(super) fn end(_: IsolateId, _: Vec<u8>) {
    own::end();
}

/// Hands over what was recorded. Called by the root.
pub(super) fn tell(_: IsolateId, _: Vec<u8>) {
    hand_over(false);
}

/// Hands it over for the last time, from the panic hook too: nothing here relies on the event loop.
pub(super) fn ending() {
    hand_over(true);
    own::end();
}

fn hand_over(is_last: bool) {
    let handed: Handed = (own::origin(), is_last, own::part());
    let frame = Frame::call(heard::hear, asking::write(&handed));
    parent::post(ROOT, frame);
}
