//! Waiting on a thread: blocking receives and the portable `main`, where a platform can block.

use std::{
    cell::RefCell,
    collections::VecDeque,
    panic,
    pin::pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Poll, Wake, Waker},
    thread,
    time::Duration,
};

use crate::{
    Blocking,
    contract::{Address, Event, Inbox, Mailbox, Platform, PortId, Recorded},
    event_loop::{EventLoop, Target, Turn},
    kind::Kind,
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
            Some(here) if here.can_wait_for(address) => here.wait_inside(deadline, address, ready),
            _ => P::park(ready, deadline),
        }
    }

    /// Whether a wait is this loop's. An isolate's always is: control has to reach it, and what it waits for may
    /// come by messages that it alone can hand over.
    fn can_wait_for(&self, address: Option<&Address<P>>) -> bool {
        self.host.is_none() || address.is_some_and(|address| address.mailbox == *self.mailbox())
    }

    /// The next message for `port` of this loop, where a wait for it would begin with it.
    pub(crate) fn next_for_wait(&self, port: PortId) -> Option<P::Parcel> {
        self.checkpoint();
        // As in `wait_inside`.
        if self.is_paused() && !self.is_ending() {
            return None;
        }
        self.inbox().borrow_mut().next_message(port)
    }

    /// Waits on this loop, whatever is awaited, as an isolate does. For a platform whose host has one
    /// thread, to [`park`](Blocking::park) on.
    pub fn wait_inside(
        &self,
        deadline: Option<Duration>,
        address: Option<&Address<P>>,
        ready: &mut dyn FnMut(&Waker) -> bool,
    ) -> bool {
        let mut aside = Aside {
            of: self,
            events: VecDeque::new(),
        };
        let (knock, waker) = self.rare().knock.get_or_init(|| {
            let knock = Arc::new(Knock::new(self.mailbox().clone()));
            (knock.clone(), Waker::from(knock))
        });
        loop {
            self.checkpoint();
            knock.knocked.store(false, Ordering::Relaxed);
            if ready(waker) {
                return true;
            }
            // Who ends waits in destructors only, for what a pause may hold back no longer.
            let event = if self.is_paused() && !self.is_ending() {
                None
            } else {
                self.inbox().borrow_mut().next_event()
            };
            if let Some(event) = event {
                aside.events.extend(self.deliver_awaited(event, address));
                continue;
            }
            if self.run_limit() {
                continue;
            }
            if deadline.is_some_and(|deadline| P::now() >= deadline) {
                return false;
            }
            let until = [deadline, self.timers().limit()]
                .into_iter()
                .flatten()
                .min();
            self.publish_wait(true, aside.events.len());
            P::wait(&mut self.inbox().borrow_mut(), until);
            self.publish_wait(false, aside.events.len());
        }
    }

    /// Ends what has come to its limit, of what the library itself limits; false when there is nothing.
    fn run_limit(&self) -> bool {
        let due = self.timers().pop_limit(P::now());
        due.map(|callback| self.apart(callback)).is_some()
    }

    /// Hands over what is awaited or invisible to the application; gives back the rest.
    fn deliver_awaited(&self, event: Event<P>, address: Option<&Address<P>>) -> Option<Event<P>> {
        let is_awaited = |port| self.is_awaited(port, address);
        let (port, parcel) = match event {
            Event::Message { port, parcel } => (port, parcel),
            Event::Recorded(recorded) => return self.deliver_recorded(recorded, address),
            Event::Look => return None,
            Event::Unread { port, error } => {
                self.unread(port, &error);
                return None;
            }
            Event::Close(port) | Event::Unreachable(port) if is_awaited(port) => {
                self.close_port(port);
                return None;
            }
            event => return Some(event),
        };
        if !self.may_be_delivered(port, address) {
            return Some(Event::Message { port, parcel });
        }
        self.deliver(port, parcel);
        None
    }

    fn is_awaited(&self, port: PortId, address: Option<&Address<P>>) -> bool {
        address.is_some_and(|address| address.port == port && address.mailbox == *self.mailbox())
    }

    /// Whether a message for `port` may be handed over while the isolate waits.
    fn may_be_delivered(&self, port: PortId, address: Option<&Address<P>>) -> bool {
        match self.ports().target(port) {
            Some(Target::Shared(target)) => target.is_internal() || self.is_awaited(port, address),
            _ => false,
        }
    }

    /// As [`deliver_awaited`](Self::deliver_awaited), for what has a number.
    fn deliver_recorded(
        &self,
        recorded: Box<Recorded<P>>,
        address: Option<&Address<P>>,
    ) -> Option<Event<P>> {
        if !recorded
            .port()
            .is_some_and(|port| self.may_be_delivered(port, address))
        {
            return Some(Event::Recorded(recorded));
        }
        let record = self.record(Kind::Message);
        let _span = self.span(Kind::Message);
        let left = self.deliver_awaited(recorded.handle(), address);
        drop(record);
        left
    }

    /// Drives this thread's loop until `future` has a value. Futures, timers and handlers of the
    /// host run meanwhile.
    ///
    /// # Panics
    /// When the future does, and when it is called inside an isolate or within one of this loop's own events.
    pub fn drive<F: Future<Output: 'static> + 'static>(future: F) -> F::Output {
        let here = Self::current();
        assert!(
            Self::is_host(),
            "an isolate's event loop can't be driven from within; use `Task::wait` or `recv`"
        );
        here.expect_no_turn();
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
        self.row.allow();
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

impl<P: Platform> EventLoop<P> {
    /// Handles control messages, also those that only the platform can find; unwinds when one of them has ended the isolate.
    pub(crate) fn checkpoint(&self) {
        self.inbox().borrow_mut().at_checkpoint();
        self.obey();
    }

    /// Handles the control messages that have arrived; unwinds when one of them has ended the isolate.
    pub(super) fn obey(&self) {
        self.drain_control();
        // Destructors are not left: neither those that a panic runs, nor the isolate's last ones.
        let can_be_left = P::CATCHES_PANICS && !thread::panicking() || P::CAN_ABANDON;
        let is_left = self.is_to_be_left() && can_be_left;
        // What is interrupted has to be unwound: its isolate goes on.
        let is_interrupted =
            P::CATCHES_PANICS && !thread::panicking() && !self.is_ending() && self.is_interrupted();
        if self.is_executing() && (is_left || is_interrupted) {
            panics::leave::<P>();
        }
    }

    fn is_interrupted(&self) -> bool {
        let Some(rare) = self.known_rare() else {
            return false;
        };
        let interrupt = rare.interrupt.borrow();
        interrupt
            .as_ref()
            .is_some_and(|interrupt| interrupt.is_set())
    }

    /// Runs code that is left at its next checkpoint once `interrupt` is set. The isolate goes on.
    pub(crate) fn interruptible<R>(
        &self,
        interrupt: Arc<dyn Interrupt>,
        code: impl FnOnce() -> R,
    ) -> R {
        let place = &self.rare().interrupt;
        let outer = place.replace(Some(interrupt));
        let _restore = Interrupted { place, outer };
        code()
    }
}

/// What may have running code left at its next checkpoint.
pub(crate) trait Interrupt: Send + Sync {
    fn is_set(&self) -> bool;
}

/// Puts back what interrupted the code around.
struct Interrupted<'a> {
    place: &'a RefCell<Option<Arc<dyn Interrupt>>>,
    outer: Option<Arc<dyn Interrupt>>,
}

impl Drop for Interrupted<'_> {
    fn drop(&mut self) {
        self.place.replace(self.outer.take());
    }
}

/// What a wait has taken from the queue and not handled. It goes back also where the wait is left.
struct Aside<'a, P: Platform> {
    of: &'a EventLoop<P>,
    events: VecDeque<Event<P>>,
}

impl<P: Platform> Drop for Aside<'_, P> {
    fn drop(&mut self) {
        let events = std::mem::take(&mut self.events);
        if !events.is_empty() {
            self.of.publish_wait(false, 0);
        }
        self.of.inbox().borrow_mut().put_back(events);
    }
}

/// Has a waiting isolate look again when another thread brings what it waits for. All waits of a loop share one, so that
/// one of them may be told what another has waited for: it looks, and goes on.
pub(super) struct Knock<P: Platform> {
    mailbox: P::Mailbox,
    knocked: AtomicBool,
}

impl<P: Platform> Knock<P> {
    fn new(mailbox: P::Mailbox) -> Self {
        Self {
            mailbox,
            knocked: AtomicBool::new(false),
        }
    }
}

impl<P: Platform> Wake for Knock<P> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // On its own thread the isolate is looking.
        let is_here =
            EventLoop::<P>::try_current().is_some_and(|here| *here.mailbox() == self.mailbox);
        if !is_here && !self.knocked.swap(true, Ordering::Relaxed) {
            self.mailbox.post(Event::Look);
        }
    }
}
