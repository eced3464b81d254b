//! A platform made of loom's parts.

use std::{
    any::Any,
    collections::VecDeque,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
    task::{Wake, Waker},
    time::Duration,
};

use insula_core::{
    Blocking, Control, DecodeError, EncodeError, Host, Message, Platform, RemoteError,
    contract::{self, Code, ComputeOn, Deliver, Event, Launch, Started},
    in_memory::InMemory,
};
use loom::sync::{Condvar, Mutex};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Model;

impl Platform for Model {
    const NAME: &'static str = "loom";
    const CAN_SPAWN: bool = true;
    const CAN_KILL_AT_ONCE: bool = false;
    const CATCHES_PANICS: bool = true;
    const COMPUTE_ON: ComputeOn = ComputeOn::Isolate;
    const SPAWN_UNSUPPORTED: &'static str = "";

    type Mailbox = Mailbox;
    type Inbox = Inbox;
    type Parcel = Parcel;
    type Carrier = InMemory;

    fn host() -> (Arc<Host<Self>>, Mailbox, Inbox) {
        unreachable!("code outside isolates needs no loop here")
    }

    fn start(launch: Launch<Self>, code: Code<Self>, started: Started<Self>) {
        // It starts for ever: the models run their isolates themselves.
        std::mem::forget((launch, code, started));
    }

    fn direct_mailbox(target: Arc<dyn Deliver<Self>>) -> Option<Mailbox> {
        Some(Mailbox::Direct(target))
    }

    fn pack<M: Message>(message: M) -> Result<Parcel, (EncodeError, M)> {
        Ok(Parcel(Box::new(message)))
    }

    fn unpack<M: Message>(parcel: Parcel) -> Result<M, DecodeError> {
        let message = parcel.0.downcast();
        message
            .map(|message| *message)
            .map_err(|_| DecodeError::refused::<M>("another type"))
    }

    fn now() -> Duration {
        Duration::ZERO
    }

    fn random() -> u128 {
        0
    }

    async fn next_frame() {}

    fn cores() -> usize {
        1
    }

    fn report(isolate: &str, error: &RemoteError) {
        panic!("{isolate}: {error}");
    }
}

impl Blocking for Model {
    fn wait(inbox: &mut Inbox, _: Option<Duration>) {
        drop(
            inbox
                .0
                .wait_until(|queues| !queues.events.is_empty() || !queues.control.is_empty()),
        );
    }

    fn park(ready: &mut dyn FnMut(&Waker) -> bool, _: Option<Duration>) -> bool {
        let woken = Arc::new(Guarded::<bool>::default());
        let waker = Waker::from(woken.clone());
        while !ready(&waker) {
            *woken.wait_until(|woken| *woken) = false;
        }
        true
    }
}

#[derive(Default)]
pub(crate) struct Guarded<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Guarded<T> {
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.value.lock().unwrap());
        self.changed.notify_one();
        result
    }

    fn wait_until(&self, until: impl Fn(&T) -> bool) -> loom::sync::MutexGuard<'_, T> {
        let mut value = self.value.lock().unwrap();
        while !until(&value) {
            value = self.changed.wait(value).unwrap();
        }
        value
    }
}

impl Wake for Guarded<bool> {
    fn wake(self: Arc<Self>) {
        self.change(|woken| *woken = true);
    }
}

pub(crate) struct Parcel(Box<dyn Any + Send>);

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parcel")
    }
}

#[derive(Default)]
pub(crate) struct Queues {
    pub(crate) events: VecDeque<Event<Model>>,
    control: VecDeque<Control<Model>>,
    /// Whether the isolate has ended.
    pub(crate) is_gone: bool,
}

#[derive(Clone)]
pub(crate) enum Mailbox {
    Queues(Arc<Guarded<Queues>>),
    Direct(Arc<dyn Deliver<Model>>),
}

pub(crate) struct Inbox(Arc<Guarded<Queues>>);

pub(crate) fn queues() -> (Mailbox, Inbox) {
    let queues = Arc::new(Guarded::default());
    (Mailbox::Queues(queues.clone()), Inbox(queues))
}

impl Mailbox {
    fn address(&self) -> usize {
        match self {
            Self::Queues(queues) => std::ptr::from_ref(&**queues).addr(),
            Self::Direct(target) => std::ptr::from_ref(&**target).addr(),
        }
    }
}

impl contract::Mailbox<Model> for Mailbox {
    fn nowhere() -> Self {
        queues().0
    }

    fn post(&self, event: Event<Model>) {
        match (self, event) {
            (Self::Queues(queues), event) => queues.change(|queues| queues.events.push_back(event)),
            (Self::Direct(target), Event::Message { parcel, .. }) => drop(target.deliver(parcel)),
            (Self::Direct(_), _) => {}
        }
    }

    fn is_gone(&self) -> bool {
        match self {
            Self::Queues(queues) => queues.change(|queues| queues.is_gone),
            Self::Direct(_) => false,
        }
    }

    fn control(&self, control: Control<Model>) {
        if let Self::Queues(queues) = self {
            queues.change(|queues| queues.control.push_back(control));
        }
    }
}

impl PartialEq for Mailbox {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for Mailbox {}

impl Hash for Mailbox {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.address())
    }
}

impl contract::Inbox<Model> for Inbox {
    fn next_control(&mut self) -> Option<Control<Model>> {
        self.0.change(|queues| queues.control.pop_front())
    }

    fn next_event(&mut self) -> Option<Event<Model>> {
        self.0.change(|queues| queues.events.pop_front())
    }

    fn is_empty(&mut self) -> bool {
        self.0.change(|queues| queues.events.is_empty())
    }

    fn put_back(&mut self, _: VecDeque<Event<Model>>) {
        unreachable!("no model receives inside an isolate")
    }

    fn close(&mut self) -> (VecDeque<Event<Model>>, VecDeque<Control<Model>>) {
        self.0.change(|queues| {
            (
                std::mem::take(&mut queues.events),
                std::mem::take(&mut queues.control),
            )
        })
    }
}
