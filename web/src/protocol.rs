//! What workers say to each other: every message, and how it is written as bytes and as JavaScript values.
//!
//! | file | what | knows JavaScript |
//! |---|---|---|
//! | `coded.rs` | what stands in a frame's head, as bytes | no |
//! | `head.rs` | every message of both kinds | no |
//! | `frame.rs` | one frame, and its bytes | no |
//! | `delivery.rs` | what a frame is for an isolate: an event, control, or neither | no |
//! | `launch.rs` | the frame that asks for an isolate | no |
//! | `call.rs` | the frame that calls a function on the other side | no |
//! | `parcel.rs` | messages as bytes, with ports, functions and buffers beside them | no |
//! | `objects.rs` | the table of JavaScript objects behind numbers | yes |
//! | `room.rs` `no_room.rs` | the room for a JavaScript value in a message, where there are scripts (feature `js`) | yes |
//! | `batch.rs` | frames as one JavaScript message, and back | yes |
//! | `plain.rs` | the messages that are no frames | yes |
//! | `value.rs` | messages to and from scripts, as JavaScript values (feature `js`) | yes |
//! | `packet.rs` | a JavaScript message as bytes (feature `gloo`) | yes |

pub(crate) mod batch;
pub(crate) mod call;
mod coded;
pub(crate) mod delivery;
pub(crate) mod frame;
pub(crate) mod head;
pub(crate) mod launch;
pub(crate) mod objects;
#[cfg(feature = "gloo")]
pub(crate) mod packet;
pub(crate) mod parcel;
pub(crate) mod plain;
#[cfg(feature = "js")]
mod room;
#[cfg(not(feature = "js"))]
#[path = "protocol/no_room.rs"]
mod room;
#[cfg(feature = "js")]
pub(crate) mod value;
