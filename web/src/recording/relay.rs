//! The root starts, reads and ends a recording for an isolate that is not the root, which calls this.

use std::time::Duration;

use insula_core::spawn_local;

use super::{calls::CALLS, received, root};
use crate::{Web, asking, ids::IsolateId, protocol::frame::Frame, root::route};

/// `bytes` hold the number of the recording, and how many events are to be kept.
pub(super) fn hold(from: IsolateId, bytes: Vec<u8>) {
    if let Some((number, events)) = asking::read(bytes) {
        root::hold(from, number, events, &CALLS);
    }
}

/// `bytes` hold the number of the recording.
pub(super) fn release(from: IsolateId, bytes: Vec<u8>) {
    if let Some(number) = asking::read(bytes) {
        root::release(from, number);
    }
}

/// `bytes` hold the number of the question, and the limit.
pub(super) fn read(from: IsolateId, bytes: Vec<u8>) {
    let Some((number, limit)) = asking::read::<(u64, Duration)>(bytes) else {
        return;
    };
    spawn_local::<Web>(async move {
        let answer = (number, root::gather(limit).await);
        route::route(from, Frame::call(received::hear, asking::write(&answer)));
    });
}
