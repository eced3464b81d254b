//! A worker answers the root.

use super::{heard, said};
use crate::{
    asking,
    ids::{IsolateId, ROOT},
    protocol::frame::Frame,
    side,
};

/// Says what this isolate does. Called by the root.
pub(super) fn answer(_: IsolateId, _: Vec<u8>) {
    let said = asking::write(&said::own());
    side::send(ROOT, Frame::call(heard::hear, said));
}
