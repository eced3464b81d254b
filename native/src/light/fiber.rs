//! Stacks, and code that is suspended on one.
#![expect(
    unsafe_code,
    reason = "code deep in a stack has to find how the stack is left; only the stack's own first frame knows"
)]

use std::{
    cell::{Cell, RefCell},
    io,
    ptr::NonNull,
    time::Duration,
};

use corosensei::{Coroutine, CoroutineResult, Yielder, stack::DefaultStack};
use insula_core::Suspended;

use super::ready::Place;
use crate::{clock::now, room::Room};

/// Whether code can be suspended here.
pub(crate) const IS_SUPPORTED: bool = true;

/// How large a stack is: a little less than that of a thread, so that the system gives it no huge page at its first use.
const SIZE: usize = (2 << 20) - (64 << 10);

/// For how long an isolate runs until it lets others run at a checkpoint.
pub(super) const SLICE: Duration = Duration::from_millis(5);

/// How many stacks a thread keeps that it does not need.
const SPARE: usize = 64;

/// A stack that nothing runs on.
pub(super) struct Stack {
    stack: DefaultStack,
    room: Room,
}

impl Stack {
    /// # Errors
    /// The system has no more.
    pub(super) fn new() -> io::Result<Self> {
        let room = Room::take()?;
        let stack = DefaultStack::new(SIZE)?;
        Ok(Self { stack, room })
    }

    /// Keeps it for code of this thread that needs one.
    pub(super) fn keep(self) {
        let _ = STACKS.try_with(|stacks| {
            let mut stacks = stacks.borrow_mut();
            if stacks.len() < SPARE {
                stacks.push(self);
            }
        });
    }

    /// One that was kept.
    pub(super) fn kept() -> Option<Self> {
        STACKS.with_borrow_mut(Vec::pop)
    }
}

thread_local! {
    static STACKS: RefCell<Vec<Stack>> = const { RefCell::new(Vec::new()) };
    /// What this thread runs on a stack of ours.
    static RUNNING: Cell<Option<NonNull<Running>>> = const { Cell::new(None) };
}

/// What suspended code waits for.
#[derive(Clone, Copy)]
pub(super) enum Pause {
    /// To be woken, or for this time.
    Asleep(Option<Duration>),
    /// That others have had their turn.
    Passing,
}

/// Code on a stack of its own.
pub(super) struct Fiber<R: 'static> {
    coroutine: Coroutine<(), Pause, R, DefaultStack>,
    room: Room,
}

/// What resumed code has come to.
pub(super) enum Step<R: 'static> {
    Suspended(Pause, Fiber<R>),
    Returned(R, Stack),
}

impl<R: 'static> Fiber<R> {
    /// `code`, which is not begun yet. It must not panic.
    pub(super) fn new(stack: Stack, place: Place, code: impl FnOnce() -> R + 'static) -> Self {
        let Stack { stack, room } = stack;
        let coroutine = Coroutine::with_stack(stack, move |yielder, ()| {
            let running = Running {
                yielder: NonNull::from(yielder),
                place,
                since: Cell::new(None),
            };
            RUNNING.set(Some(NonNull::from(&running)));
            let result = code();
            RUNNING.set(None);
            result
        });
        Self { coroutine, room }
    }

    /// Runs the code until it is suspended or returns.
    pub(super) fn resume(mut self) -> Step<R> {
        match self.coroutine.resume(()) {
            CoroutineResult::Yield(pause) => Step::Suspended(pause, self),
            CoroutineResult::Return(result) => {
                let stack = self.coroutine.into_stack();
                let room = self.room;
                Step::Returned(result, Stack { stack, room })
            }
        }
    }
}

/// The code of a light isolate that the calling thread runs.
pub(crate) struct Running {
    yielder: NonNull<Yielder<(), Pause>>,
    place: Place,
    /// When it was seen first that the isolate runs.
    since: Cell<Option<Duration>>,
}

impl Running {
    /// Calls `code` with what the calling thread runs, where that is a light isolate.
    pub(crate) fn with<R>(code: impl FnOnce(&Self) -> R) -> Option<R> {
        let running = RUNNING.try_with(Cell::get).ok().flatten()?;
        // SAFETY: it lies in the first frame of the stack that the caller runs on, which lasts until the code there has
        // returned, and which takes it back before. While that stack is suspended the place is empty.
        Some(code(unsafe { running.as_ref() }))
    }

    /// Where the isolate sleeps.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Sees to it that the thread has a stack for other code.
    ///
    /// # Errors
    /// The system has no more.
    pub(crate) fn provide(&self) -> io::Result<()> {
        if STACKS.with_borrow(Vec::is_empty) {
            Stack::new()?.keep();
        }
        Ok(())
    }

    /// Gives the thread to other code until somebody wakes the [`place`](Self::place), or until a time has come.
    /// There must be a stack for that code.
    pub(crate) fn suspend(&self, until: Option<Duration>) {
        self.pause(Pause::Asleep(until));
    }

    fn pause(&self, pause: Pause) {
        let aside = Suspended::new();
        RUNNING.set(None);
        // SAFETY: the yielder is the first frame's, as `self` is.
        unsafe { self.yielder.as_ref() }.suspend(pause);
        RUNNING.set(Some(NonNull::from(self)));
        self.since.set(None);
        drop(aside);
    }

    /// Lets others run where the isolate has run for long, and goes on when they have had their turn.
    pub(crate) fn at_checkpoint(&self) {
        let now = now();
        let Some(since) = self.since.get() else {
            return self.since.set(Some(now));
        };
        if now.saturating_sub(since) >= SLICE && self.provide().is_ok() {
            self.pause(Pause::Passing);
        }
    }
}
