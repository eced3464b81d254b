//! The root asks for an isolate that is not the root.

use std::time::Duration;

use insula_core::spawn_local;

use super::{received, root};
use crate::{Web, asking, ids::IsolateId, protocol::frame::Frame, root::route};

/// Asks all, and tells the isolate `from`, which calls this. `bytes` hold the number of its question, and the limit.
pub(super) fn ask(from: IsolateId, bytes: Vec<u8>) {
    let Some((number, limit)) = asking::read::<(u64, Duration)>(bytes) else {
        return;
    };
    spawn_local::<Web>(async move {
        let answer = (number, root::gather(limit).await);
        let frame = Frame::call(received::hear, asking::write(&answer));
        route::route(from, frame);
    });
}
