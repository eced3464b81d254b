//! Inspection: the root asks each worker what it does, and speaks for those that do not answer.
//!
//! | file | what |
//! |---|---|
//! | `said.rs` | what an isolate says of itself |
//! | `heard.rs`, `answer.rs` | what the root has heard from its workers; a worker answers |
//! | `root.rs` | the root asks its workers, and puts together what they have said |
//! | `received.rs`, `relay.rs` | what another isolate has received from the root; the root asks for it |
//! | `worker.rs` | an isolate that is not the root has the root ask |
//! | `console.rs` | the same in the browser's console |
//!
//! Workers publish nothing. All that is asked and answered are calls (`protocol/call.rs`), so an application that does not
//! inspect has no code of this folder. A worker answers when the browser's loop lets the question in: between two events,
//! before those that wait, and also while it is paused. One that has not answered yet is not asked again.

mod answer;
pub(crate) mod console;
mod heard;
mod received;
mod relay;
mod root;
mod said;
mod worker;

use std::time::Duration;

use insula_core::inspect::{Inspect, Inspection};

use crate::{Web, side};

impl Inspect for Web {
    async fn within(limit: Duration) -> Inspection {
        if side::is_root() {
            root::gather(limit).await
        } else {
            worker::gather(limit).await
        }
    }
}
