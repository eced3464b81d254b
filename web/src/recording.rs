//! Recordings: each isolate records itself, and the root puts together what all have.
//!
//! | file | what |
//! |---|---|
//! | `numbered.rs` | an event with its number, as a frame |
//! | `own.rs` | what this isolate has recorded |
//! | `workers.rs`, `heard.rs` | what the root knows of the recordings of its workers, and who wants them; what it hears |
//! | `member.rs` | a worker is asked for what it has recorded, and about to end |
//! | `root.rs` | the root starts and ends recordings, and reads them |
//! | `calls.rs` | what is called while isolates are recorded (`recorder.rs`) |
//! | `received.rs`, `relay.rs` | what another isolate has received from the root; the root does it for that one |
//! | `worker.rs` | an isolate that is not the root has the root read |
//! | `hold.rs` | a recording, as who has started it holds it |
//!
//! All of it is reached from [`Record`] and by calls (`protocol/call.rs`), so an application that records nothing has no code of
//! this folder.

mod calls;
mod heard;
mod hold;
mod member;
mod numbered;
mod own;
mod received;
mod relay;
mod root;
mod worker;
mod workers;

use std::time::Duration;

use insula_core::trace::{Record, Trace, put_together};

use crate::Web;

impl Record for Web {
    type Hold = hold::Hold;

    fn record(events: usize) -> hold::Hold {
        hold::Hold::new(events)
    }

    async fn read(hold: &hold::Hold, limit: Duration) -> Trace {
        put_together(hold.read(limit).await)
    }
}
