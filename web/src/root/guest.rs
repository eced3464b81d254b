//! What runs in a worker, as far as the root has to treat one kind differently from another.

use insula_core::{Control, Priority, RemoteError, contract::Event};
use js_sys::Array;
use wasm_bindgen::JsValue;

use super::way::Way;
use crate::{
    Capability, Web,
    protocol::{frame::Frame, plain},
};

/// A program of this build, or a script.
pub(super) trait Guest {
    /// The build that its worker must say it runs. `None`: any.
    fn build(&self) -> Option<String>;

    /// Whether it is a program of this build, which has shown that when it became ready. Only then frames are read from
    /// it: some of their numbers become functions. It is handed frames unread, and can have channels.
    fn has_frames(&self) -> bool;

    /// Hands it an event, or what else other isolates are told.
    fn deliver(&mut self, way: &Way, frame: Frame);

    /// By how many it is paused and how many events wait for its resume, where the root holds them.
    fn waiting(&self) -> Option<(usize, usize)> {
        None
    }

    /// Asks for a sign of life, which is also the answer to a ping.
    fn request_ping(&self, way: &Way, number: u64, priority: Priority);

    /// Does what control asks for. The root itself does what concerns pings and listeners. Gives back the capability of a
    /// kill that the root has to do.
    fn control(&mut self, way: &Way, control: Control<Web>) -> Option<Capability>;

    /// Reads a plain message that only a guest of this kind sends.
    ///
    /// # Errors
    /// What in the message is not ours.
    fn read(&self, message: &Array) -> Result<Said, String> {
        Err(plain::unknown(message))
    }

    /// What becomes of it when its code has failed.
    fn on_error(&self) -> Upshot;

    /// What becomes of it when its worker is gone without a word.
    fn on_silence(&self) -> Upshot;
}

/// What a guest says in a plain message.
pub(super) enum Said {
    Event(Event<Web>),
    /// The ping of this number is answered.
    Pong(u64),
    /// Its code has failed.
    Error(RemoteError),
    Ended,
}

/// What becomes of a guest.
pub(super) enum Upshot {
    Lost,
    /// It ends, and its listeners hear of no error but one that was told before.
    Ended,
    GoesOn,
}

/// What the worker of a new guest is told first.
pub(super) struct Boot {
    pub(super) guest: Box<dyn Guest>,
    pub(super) what: JsValue,
    pub(super) transfer: Array,
    /// Where the guest's own script is.
    pub(super) script: Option<String>,
}
