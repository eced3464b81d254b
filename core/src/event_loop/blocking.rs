//! Waiting on a thread: blocking receives and the portable `main`, where a platform can block.

use std::{
    cell::RefCell,
    collections::VecDeque,
    panic,
    pin::pin,
    rc::Rc,
    task::{Poll, Waker},
    thread,
    time::Duration,
};

use crate::{
    Blocking,
    contract::{Address, Event, Inbox},
    event_loop::{EventLoop, Target, Turn},
    panics,
};

impl<P: Blocking> EventLoop<P> {
    /// Waits until `ready`; false when `deadline` came first. Messages for `address` are delivered
    /// meanwhile; inside an isolate control is handled and everything else waits in order.
    pub(crate) fn wait_until(
        deadline: Option<Duration>,
        address: &Address<P>,
        ready: &mut dyn FnMut(&Waker) -> bool,
    ) -> bool {
        Self::wait_for(deadline, Some(address), ready)
    }

    pub(crate) fn wait_for(
        deadline: Option<Duration>,
        address: Option<&Address<P>>,
        ready: &mut dyn FnMut(&Waker) -> bool,
    ) -> bool {
        match Self::try_current() {
            Some(here) if address.is_some_and(|address| address.mailbox == *here.mailbox()) => {
                here.wait_inside(deadline, address, ready)
            }
            _ => P::park(ready, deadline),
        }
    }

    /// Waits on this loop, whatever is awaited, as an isolate does. For a platform whose host has one
    /// thread, to [`park`](Blocking::park) on.
    pub fn wait_inside(
        &self,
        deadline: Option<Duration>,
        address: Option<&Address<P>>,
        ready: &mut dyn FnMut(&Waker) -> bool,
    ) -> bool {
        let mut aside = VecDeque::new();
        let done = loop {
            self.checkpoint();
            if ready(Waker::noop()) {
                break true;
            }
            let event = if self.is_paused() {
                None
            } else {
                self.inbox().borrow_mut().next_event()
            };
            match event {
                Some(event) => {
                    if let Some(event) = self.deliver_awaited(event, address) {
                        aside.push_back(event);
                    }
                }
                None if deadline.is_some_and(|deadline| P::now() >= deadline) => break false,
                None => P::wait(&mut self.inbox().borrow_mut(), deadline),
            }
        };
        self.inbox().borrow_mut().put_back(aside);
        done
    }

    /// Hands over what is awaited or invisible to the application; gives back the rest.
    fn deliver_awaited(&self, event: Event<P>, address: Option<&Address<P>>) -> Option<Event<P>> {
        let Event::Message { port, parcel } = event else {
            return Some(event);
        };
        match self.ports().target(port) {
            Some(Target::Shared(target))
                if target.is_internal() || address.is_some_and(|address| address.port == port) =>
            {
                self.deliver(port, parcel);
                None
            }
            _ => Some(Event::Message { port, parcel }),
        }
    }

    /// Drives this thread's loop until `future` has a value. Futures, timers and handlers of the
    /// host run meanwhile.
    ///
    /// # Panics
    /// When the future does, and when it is called inside an isolate.
    pub fn drive<F: Future<Output: 'static> + 'static>(future: F) -> F::Output {
        let here = Self::current();
        assert!(
            Self::is_host(),
            "an isolate's event loop can't be driven from within; use `Task::wait` or `recv`"
        );
        let outcome: Rc<RefCell<Option<thread::Result<F::Output>>>> = Rc::default();
        let set = outcome.clone();
        here.spawn_local(async move {
            let mut future = pin!(future);
            let result = std::future::poll_fn(|context| {
                match panics::uncaught(|| future.as_mut().poll(context)) {
                    Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
                    Ok(Poll::Pending) => Poll::Pending,
                    Err(payload) => Poll::Ready(Err(payload)),
                }
            });
            let result = result.await;
            *set.borrow_mut() = Some(result);
        });
        loop {
            let turn = here.turn();
            if let Some(outcome) = outcome.borrow_mut().take() {
                return outcome.unwrap_or_else(|payload| panic::resume_unwind(payload));
            }
            if let Turn::Idle { deadline } = turn {
                P::wait(&mut here.inbox().borrow_mut(), deadline);
            }
        }
    }

    /// Runs this isolate's loop on the calling thread until the isolate has ended.
    pub fn run_to_end(self: &Rc<Self>) {
        drop(Self::set_current(Some(self.clone())));
        loop {
            match self.turn() {
                Turn::Worked => {}
                Turn::Idle { deadline } => P::wait(&mut self.inbox().borrow_mut(), deadline),
                Turn::Ended => break,
            }
        }
        drop(Self::set_current(None));
    }
}

impl<P: crate::Platform> EventLoop<P> {
    /// Handles control messages; unwinds when one of them has ended the isolate.
    pub(crate) fn checkpoint(&self) {
        self.inbox().borrow_mut().at_checkpoint();
        self.drain_control();
        if self.is_ending() && self.is_executing() && (P::CATCHES_PANICS || P::CAN_ABANDON) {
            panics::leave::<P>();
        }
    }
}
