//! Where messages have gone: for what is in a message and has to be told of that.
//!
//! Whoever packs a message for an isolate [`collect`]s what is in it that wants to know, and says afterwards where the
//! message went.

use std::{
    any::Any,
    cell::{Cell, RefCell},
};

/// Gets the mailbox of the isolate that the message went to; none when it went nowhere.
type Tell = Box<dyn FnOnce(Option<&dyn Any>) + Send>;

/// How many were noted of the message that is being packed; none when nobody collects.
type Count = Option<usize>;

thread_local! {
    /// Apart from the list, which most messages add nothing to and then need not look at.
    static COUNT: Cell<Count> = const { Cell::new(None) };
    /// What was noted of the message that is being packed, behind what was noted of those around it.
    static NOTED: RefCell<Vec<Tell>> = const { RefCell::new(Vec::new()) };
}

/// What wants to know where a message has gone; most messages have nothing. When it is dropped, the message went nowhere.
pub(crate) struct Departures(Option<Box<[Tell]>>);

/// Has `tell` called when the message that is being packed has gone.
pub(crate) fn note(tell: impl FnOnce(Option<&dyn Any>) + Send + 'static) {
    let Some(count) = COUNT.get() else { return };
    // In a thread that is ending nobody is told.
    let noted = NOTED.try_with(|noted| noted.borrow_mut().push(Box::new(tell)));
    if noted.is_ok() {
        COUNT.set(Some(count + 1));
    }
}

/// Runs `pack`, and gives what was noted meanwhile.
#[inline]
pub(crate) fn collect<R>(pack: impl FnOnce() -> R) -> (R, Departures) {
    let collecting = Collecting::begin();
    let packed = pack();
    (packed, collecting.noted())
}

/// [`collect`] in two steps. It has how many were noted of an outer message, which returns also when packing unwinds.
pub(crate) struct Collecting(Count);

impl Collecting {
    #[inline]
    pub(crate) fn begin() -> Self {
        Self(COUNT.replace(Some(0)))
    }

    /// What was noted.
    #[inline]
    pub(crate) fn noted(self) -> Departures {
        Departures(take(COUNT.replace(Some(0))))
    }
}

impl Drop for Collecting {
    #[inline]
    fn drop(&mut self) {
        drop(take(COUNT.replace(self.0)));
    }
}

/// What this thread has noted, of the message that is being packed and of those around it.
#[derive(Default)]
pub(crate) struct Noted {
    count: Count,
    tells: Vec<Tell>,
}

/// Makes this what the thread has noted; gives back what it had.
pub(crate) fn replace(noted: Noted) -> Noted {
    Noted {
        count: COUNT.replace(noted.count),
        tells: NOTED
            .try_with(|tells| tells.replace(noted.tells))
            .unwrap_or_default(),
    }
}

/// Takes out what was noted last.
#[inline]
fn take(count: Count) -> Option<Box<[Tell]>> {
    match count {
        None | Some(0) => None,
        Some(count) => take_some(count),
    }
}

#[cold]
fn take_some(count: usize) -> Option<Box<[Tell]>> {
    let last = |noted: &RefCell<Vec<Tell>>| {
        let mut noted = noted.borrow_mut();
        let first = noted.len().saturating_sub(count);
        noted.drain(first..).collect()
    };
    NOTED.try_with(last).ok()
}

impl Departures {
    /// Those of no message.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// The message went to the isolate of this mailbox.
    #[inline]
    pub(crate) fn went_to(mut self, mailbox: &dyn Any) {
        if let Some(noted) = self.0.take() {
            tell(noted, Some(mailbox));
        }
    }
}

impl Drop for Departures {
    #[inline]
    fn drop(&mut self) {
        if let Some(noted) = self.0.take() {
            tell(noted, None);
        }
    }
}

#[cold]
fn tell(noted: Box<[Tell]>, mailbox: Option<&dyn Any>) {
    for tell in noted {
        tell(mailbox);
    }
}
