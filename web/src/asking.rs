//! Questions to other isolates by calls (`protocol/call.rs`): what they hold, and the wait for the answers.
//!
//! | file | what |
//! |---|---|
//! | `written.rs` | values as bytes, between isolates of one build |
//! | `wait.rs` | waiting for answers, for a bounded time |
//! | `answers.rs` | the answers that have come, by the number of their question |

mod answers;
mod wait;
mod written;

pub(crate) use answers::Answers;
pub(crate) use wait::{until, wake};
pub(crate) use written::{read, write};
