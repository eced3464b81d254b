//! Where messages have gone: for what is in a message and has to be told of that.
//!
//! Whoever packs a message for an isolate [`collect`]s what is in it that wants to know, and says afterwards where the
//! message went.

use std::{any::Any, cell::RefCell, mem};

/// Gets the mailbox of the isolate that the message went to; none when it went nowhere.
type Tell = Box<dyn FnOnce(Option<&dyn Any>) + Send>;

thread_local! {
    /// What was noted of the message that is being packed; none when nobody collects.
    static NOTED: RefCell<Option<Vec<Tell>>> = const { RefCell::new(None) };
}

/// What wants to know where a message has gone. When it is dropped, the message went nowhere.
pub(crate) struct Departures(Vec<Tell>);

/// Has `tell` called when the message that is being packed has gone.
pub(crate) fn note(tell: impl FnOnce(Option<&dyn Any>) + Send + 'static) {
    let note = |noted: &RefCell<Option<Vec<Tell>>>| {
        if let Some(noted) = &mut *noted.borrow_mut() {
            noted.push(Box::new(tell));
        }
    };
    // In a thread that is ending nobody collects.
    let _ = NOTED.try_with(note);
}

/// Runs `pack`, and gives what was noted meanwhile.
pub(crate) fn collect<R>(pack: impl FnOnce() -> R) -> (R, Departures) {
    let outer = Outer::keep();
    let packed = pack();
    (packed, outer.noted())
}

/// What was noted of an outer message. It returns also when packing unwinds.
struct Outer(Option<Vec<Tell>>);

impl Outer {
    fn keep() -> Self {
        Self(replace(Some(Vec::new())))
    }

    fn noted(self) -> Departures {
        Departures(replace(None).unwrap_or_default())
    }
}

impl Drop for Outer {
    fn drop(&mut self) {
        drop(replace(self.0.take()));
    }
}

fn replace(noted: Option<Vec<Tell>>) -> Option<Vec<Tell>> {
    NOTED.try_with(|place| place.replace(noted)).ok().flatten()
}

impl Departures {
    /// Those of no message.
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    /// The message went to the isolate of this mailbox.
    pub(crate) fn went_to(mut self, mailbox: &dyn Any) {
        for tell in mem::take(&mut self.0) {
            tell(Some(mailbox));
        }
    }
}

impl Drop for Departures {
    fn drop(&mut self) {
        for tell in mem::take(&mut self.0) {
            tell(None);
        }
    }
}
