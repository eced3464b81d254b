//! Where stacks can't be switched: there is none, and so no light isolate.

use std::{convert::Infallible, io, marker::PhantomData, time::Duration};

use super::ready::Place;

pub(crate) const IS_SUPPORTED: bool = false;

/// No stack.
pub(super) struct Stack(Infallible);

impl Stack {
    pub(super) fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn keep(self) {
        match self.0 {}
    }

    pub(super) fn kept() -> Option<Self> {
        None
    }
}

/// No code that is suspended.
pub(super) struct Fiber<R>(Infallible, PhantomData<R>);

pub(super) const SLICE: Duration = Duration::ZERO;

#[expect(dead_code, reason = "nothing is run here")]
pub(super) enum Pause {
    Asleep(Option<Duration>),
    Passing,
}

#[expect(dead_code, reason = "nothing is run here")]
pub(super) enum Step<R> {
    Suspended(Pause, Fiber<R>),
    Returned(R, Stack),
}

impl<R> Fiber<R> {
    pub(super) fn new(stack: Stack, _: Place, _: impl FnOnce() -> R) -> Self {
        match stack.0 {}
    }

    pub(super) fn resume(self) -> Step<R> {
        match self.0 {}
    }
}

/// No light isolate.
pub(crate) struct Running(Infallible);

impl Running {
    pub(crate) fn with<R>(_: impl FnOnce(&Self) -> R) -> Option<R> {
        None
    }

    pub(crate) fn place(&self) -> &Place {
        match self.0 {}
    }

    pub(crate) fn provide(&self) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn at_checkpoint(&self) {
        match self.0 {}
    }

    pub(crate) fn suspend(&self, _: Option<Duration>) {
        match self.0 {}
    }
}
