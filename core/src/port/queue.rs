//! [`Queue`]: the messages that a `ReceivePort` has not given out, and what wakes its reader.

use std::{collections::VecDeque, task::Waker};

use crate::{
    Platform, TryRecvError,
    contract::{Deliver, Delivery},
    event_loop::EventLoop,
    panics,
    sync::{AtomicBool, Mutex, Ordering},
};

/// The buffer of a `ReceivePort`.
pub(crate) struct Queue<P: Platform> {
    state: Mutex<QueueState<P>>,
    /// Whether a reader finds a message or the end. It changes under the lock, and spares who finds nothing the lock.
    is_ready: AtomicBool,
}

struct QueueState<P: Platform> {
    parcels: VecDeque<P::Parcel>,
    waker: Option<Waker>,
    /// Whether the port was asked to close.
    closing: bool,
    /// Whether nothing comes any more.
    closed: bool,
}

impl<P: Platform> QueueState<P> {
    fn is_ready(&self) -> bool {
        self.closed || !self.parcels.is_empty()
    }
}

impl<P: Platform> Default for Queue<P> {
    fn default() -> Self {
        let state = QueueState {
            parcels: VecDeque::new(),
            waker: None,
            closing: false,
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            is_ready: AtomicBool::new(false),
        }
    }
}

impl<P: Platform> Queue<P> {
    /// Notes that the port is asked to close; false when it was before.
    pub(super) fn begin_close(&self) -> bool {
        let mut state = self.state.lock();
        !std::mem::replace(&mut state.closing, true) && !state.closed
    }

    /// Ends the stream once its buffer is empty; false when it was closed before.
    pub(super) fn close(&self) -> bool {
        let waker = {
            let mut state = self.state.lock();
            if std::mem::replace(&mut state.closed, true) {
                return false;
            }
            self.set_ready();
            state.waker.take()
        };
        if let Some(waker) = waker {
            panics::apart(|| waker.wake());
        }
        true
    }

    fn set_ready(&self) {
        // ORDERING: pairs with the acquire in `is_ready`.
        self.is_ready.store(true, Ordering::Release);
    }

    /// Whether there is a message or the end.
    pub(super) fn is_ready(&self) -> bool {
        // ORDERING: pairs with the release in `set_ready`: what happened before this is seen.
        self.is_ready.load(Ordering::Acquire)
    }

    /// The oldest message.
    pub(super) fn pop(&self) -> Result<P::Parcel, TryRecvError> {
        if !self.is_ready() {
            return Err(TryRecvError::Empty);
        }
        let mut state = self.state.lock();
        let parcel = state.parcels.pop_front();
        if !state.is_ready() {
            self.is_ready.store(false, Ordering::Relaxed);
        }
        match parcel {
            Some(parcel) => Ok(parcel),
            None if state.closed => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    /// Takes all messages out of a queue that is closed.
    pub(super) fn take(&self) -> VecDeque<P::Parcel> {
        std::mem::take(&mut self.state.lock().parcels)
    }

    pub(super) fn poll_ready(&self, waker: &Waker) -> bool {
        let mut new = None;
        loop {
            let mut state = self.state.lock();
            if state.is_ready() {
                return true;
            }
            let known = state.waker.as_ref();
            if known.is_some_and(|known| known.will_wake(waker)) {
                return false;
            }
            // Cloning a waker, and dropping one, may run any code: outside the lock.
            if new.is_some() {
                let old = std::mem::replace(&mut state.waker, new.take());
                drop(state);
                if old.is_none() {
                    return false;
                }
                drop(old);
                // That may have brought a message.
                return self.state.lock().is_ready();
            }
            drop(state);
            new = Some(waker.clone());
        }
    }
}

/// Whoever lets go of the port last may be anybody, and each message has a destructor of its own.
impl<P: Platform> Drop for Queue<P> {
    fn drop(&mut self) {
        EventLoop::<P>::drop_each_here(self.take());
    }
}

impl<P: Platform> Deliver<P> for Queue<P> {
    fn deliver(&self, parcel: P::Parcel) -> Delivery {
        let waker = {
            let mut state = self.state.lock();
            if state.closed {
                return Delivery::Closed;
            }
            state.parcels.push_back(parcel);
            self.set_ready();
            state.waker.take()
        };
        if let Some(waker) = waker {
            panics::apart(|| waker.wake());
        }
        Delivery::Open
    }

    fn unread_len(&self) -> usize {
        let state = self.state.lock();
        match state.waker {
            Some(_) => 0,
            None => state.parcels.len(),
        }
    }

    fn closed(&self) {
        self.close();
    }
}
