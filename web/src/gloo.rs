//! Isolates in workers of gloo-worker.
//!
//! | file | what |
//! |---|---|
//! | `face.rs` | what an application sees |
//! | `bridge.rs` | the root's endpoint for such a worker |
//! | `hosted.rs` | the worker's side: it becomes an isolate, and is itself again after that |
//! | `arrivals.rs` | packets that wait until gloo has returned |
//!
//! A message is a packet of bytes there (`protocol/packet.rs`), which every codec of gloo's can carry.

mod arrivals;
mod bridge;
pub mod face;
mod hosted;
