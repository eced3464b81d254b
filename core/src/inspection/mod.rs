//! What isolates publish of themselves, for whoever inspects them from another thread. It knows no platform.
//!
//! | file | what |
//! |---|---|
//! | `status.rs` | what one isolate publishes: numbers that its own thread writes, and any thread may read |
//! | `register.rs` | the isolates and pools of a process, or of a simulated world |
//! | `text.rs` | times, numbers and names in text |

mod register;
mod status;
pub(crate) mod text;

pub(crate) use register::Register;
pub(crate) use status::{Counts, Entity, Running, Status};
