//! The recorder: of each isolate the last events, in a ring. It is off until it is started, and knows no platform.
//!
//! | file | what |
//! |---|---|
//! | `presence.rs` | whether there is a recorder: all that is asked while there is none |
//! | `record.rs`, `track.rs` | an event; the ring of one isolate |
//! | `recorder.rs`, `scope.rs` | the rings of one recording; whose isolates those are |
//! | `chrome.rs` | what they hold, as Chrome's trace events |

mod chrome;
mod presence;
mod record;
mod recorder;
mod scope;
mod track;

pub(crate) use chrome::write;
pub(crate) use presence::{generation, is_on};
pub(crate) use record::Mark;
pub(crate) use recorder::Recorder;
pub use scope::RecordingScope;
pub(crate) use scope::{delivered, describe, note, register, run_on, sent, start, track};
pub(crate) use track::{Copied, Track};
