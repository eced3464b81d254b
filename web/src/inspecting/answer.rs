//! A worker answers the root.

use super::{heard, said};
use crate::{
    ids::{IsolateId, ROOT},
    protocol::frame::Frame,
    side,
};

/// Says what this isolate does. Called by the root.
pub(super) fn answer(_: IsolateId, _: Vec<u8>) {
    let said = said::write(&said::own());
    side::send(ROOT, Frame::call(heard::hear, said));
}
