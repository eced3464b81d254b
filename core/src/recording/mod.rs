//! The recorder: of each isolate the last events, in a ring. It is off until it is started, and knows no platform.
//!
//! | file | what |
//! |---|---|
//! | `presence.rs` | whether there is a recorder: all that is asked while there is none |
//! | `record.rs`, `track.rs` | an event; the ring of one isolate |
//! | `recorder.rs`, `scope.rs` | the rings of one recording; whose isolates those are |
//! | `own.rs` | the ring of an event loop, and its running event |
//! | `clock.rs`, `chrome.rs` | where moments are in a picture; what the rings hold, as Chrome's trace events |
//! | `parts.rs` | what isolates that share no memory hand over |

mod chrome;
mod clock;
mod own;
mod parts;
mod presence;
mod record;
mod recorder;
mod scope;
mod track;

pub(crate) use chrome::write;
pub(crate) use clock::Clock;
pub(crate) use own::{OwnTrack, Running};
pub(crate) use parts::{close, note, renumber, shift};
pub(crate) use presence::is_on;
pub(crate) use record::Mark;
pub(crate) use recorder::Recorder;
pub use scope::RecordingScope;
pub(crate) use scope::{
    Within, delivered, describe, end, number_from, register, replace, sent, start,
};
pub(crate) use track::Copied;
