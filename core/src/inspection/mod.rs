//! What isolates publish of themselves, for whoever inspects them from another thread. It knows no platform.
//!
//! | file | what |
//! |---|---|
//! | `status.rs` | what one isolate publishes: numbers that its own thread writes, and any thread may read |
//! | `told.rs` | what an isolate says of itself where nobody else can look at it |
//! | `register.rs` | the isolates and pools of a process, or of a simulated world |
//! | `text.rs` | times, numbers and names in text |

mod register;
mod status;
pub(crate) mod text;
mod told;

pub(crate) use register::Register;
pub(crate) use status::{Counts, Entity, Running, Status, Unread};
pub(crate) use told::Told;
