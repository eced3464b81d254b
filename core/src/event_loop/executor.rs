//! Microtasks and futures of one isolate.
//!
//! A wake from within an event is a microtask: the future runs before the next event. A wake from
//! elsewhere is an event of its own, held back while the isolate is paused.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, Wake, Waker},
};

use crate::{
    Platform,
    contract::{Event, Mailbox as _, TaskId},
    event_loop::EventLoop,
    panics::{self, Stopped},
    sync::{Arc, AtomicBool, Ordering, WakerArc, Weak, fence},
    table::Table,
};

pub(crate) type LocalFuture = Pin<Box<dyn Future<Output = ()>>>;

pub(crate) enum Microtask {
    Poll(TaskId),
    Call(Box<dyn FnOnce()>),
}

struct Entry<P: Platform> {
    /// Absent while it is being polled.
    future: Option<LocalFuture>,
    waker: Arc<Notifier<P>>,
    /// Set when only strangers can wake the future any more; then `waker` is a dummy.
    watched: Option<Weak<Notifier<P>>>,
}

/// The futures of an isolate and what runs before its next event. Only its own thread sees it.
pub(crate) struct Executor<P: Platform> {
    tasks: RefCell<Table<TaskId, Entry<P>>>,
    microtasks: RefCell<VecDeque<Microtask>>,
    next: Cell<u64>,
    polling: Cell<bool>,
}

impl<P: Platform> Default for Executor<P> {
    fn default() -> Self {
        Self {
            tasks: RefCell::default(),
            microtasks: RefCell::default(),
            next: Cell::new(0),
            polling: Cell::new(false),
        }
    }
}

impl<P: Platform> fmt::Debug for Executor<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor").finish_non_exhaustive()
    }
}

impl<P: Platform> Executor<P> {
    /// Adds a future and schedules its first poll as a microtask.
    pub(crate) fn spawn(
        &self,
        mailbox: &P::Mailbox,
        future: impl Future<Output = ()> + 'static,
    ) -> TaskId {
        let id = TaskId(self.next.replace(self.next.get() + 1));
        let waker = Arc::new(Notifier::new(mailbox.clone(), id, true));
        self.tasks.borrow_mut().insert(
            id,
            Entry {
                future: Some(Box::pin(future)),
                waker,
                watched: None,
            },
        );
        self.push(Microtask::Poll(id));
        id
    }

    pub(crate) fn push(&self, microtask: Microtask) {
        let mut microtasks = self.microtasks.borrow_mut();
        if microtasks.capacity() == 0 {
            // Many never have a second one.
            microtasks.reserve_exact(1);
        }
        microtasks.push_back(microtask);
    }

    pub(crate) fn pop(&self) -> Option<Microtask> {
        self.microtasks.borrow_mut().pop_front()
    }

    pub(crate) fn has_microtasks(&self) -> bool {
        !self.microtasks.borrow().is_empty()
    }

    /// Polls a future once; nothing when it has ended or is being polled.
    ///
    /// A future that has ended, or has panicked, is given back, to be dropped by itself.
    pub(crate) fn poll(
        &self,
        id: TaskId,
        mailbox: &P::Mailbox,
    ) -> Option<(Result<(), Stopped>, LocalFuture)> {
        let (mut future, notifier) = self.take(id, mailbox)?;
        // ORDERING: a swap, not a store, so that it pairs with the release of every wake that found the flag
        // set: what was written before one of them is seen by this poll.
        notifier.queued.swap(false, Ordering::Acquire);
        let waker = Waker::from(notifier);
        self.polling.set(true);
        let polled =
            panics::catch::<P, _>(|| future.as_mut().poll(&mut Context::from_waker(&waker)));
        self.polling.set(false);
        drop(waker);
        if matches!(polled, Ok(Poll::Pending)) {
            if let Some(entry) = self.tasks.borrow_mut().get_mut(id) {
                entry.future = Some(future);
            }
            return None;
        }
        // Dropped outside the borrow: a destructor may spawn.
        let entry = self.tasks.borrow_mut().remove(id);
        drop(entry);
        Some((polled.map(drop), future))
    }

    fn take(&self, id: TaskId, mailbox: &P::Mailbox) -> Option<(LocalFuture, Arc<Notifier<P>>)> {
        let mut tasks = self.tasks.borrow_mut();
        let entry = tasks.get_mut(id)?;
        let future = entry.future.take()?;
        if let Some(watched) = entry.watched.take() {
            entry.waker = watched.upgrade().unwrap_or_else(|| {
                // ORDERING: pairs with the release in the last drop, in place of that in the wakes before it.
                fence(Ordering::Acquire);
                Arc::new(Notifier::new(mailbox.clone(), id, true))
            });
        }
        Some((future, entry.waker.clone()))
    }

    /// Whether anything can still wake one of the futures (Z14). Asked when nothing else keeps the
    /// isolate alive.
    ///
    /// A future whose waker is held elsewhere keeps the isolate alive. From then on this side holds
    /// that waker weakly, so that its last drop is seen, as an event.
    ///
    /// After a false the inbox must be looked at once more: the thread that dropped the last waker may have
    /// used it first.
    pub(crate) fn can_be_woken(&self) -> bool {
        let mut tasks = self.tasks.borrow_mut();
        let mut alive = false;
        for (_, entry) in tasks.iter_mut() {
            alive |= match &entry.watched {
                Some(watched) => watched.strong_count() > 0,
                None if entry.waker.queued.load(Ordering::Acquire) => true,
                None if Arc::strong_count(&entry.waker) == 1 => false,
                None => {
                    entry.waker.watched.store(true, Ordering::Release);
                    let watched = Arc::downgrade(&entry.waker);
                    let dummy = Notifier::new(entry.waker.mailbox.clone(), entry.waker.task, false);
                    // If the last stranger let go just now, this drop is the last and posts the event.
                    entry.waker = Arc::new(dummy);
                    entry.watched = Some(watched);
                    true
                }
            };
        }
        // ORDERING: pairs with the release in the last drop; the wake that came before it is in the inbox.
        fence(Ordering::Acquire);
        alive
    }

    /// Whether a future of this executor's is being polled.
    pub(crate) fn is_polling(&self) -> bool {
        self.polling.get()
    }

    /// How many futures have not ended.
    pub(crate) fn len(&self) -> usize {
        self.tasks.borrow().len()
    }

    /// Takes everything out, to be dropped one by one and outside any borrow.
    pub(crate) fn clear(&self) -> impl Iterator<Item = impl Sized + use<P>> + use<P> {
        let tasks = self.tasks.borrow_mut().take();
        let microtasks = std::mem::take(&mut *self.microtasks.borrow_mut());
        let tasks = tasks.map(|(_, task)| (Some(task), None));
        tasks.chain(microtasks.into_iter().map(|task| (None, Some(task))))
    }
}

/// Wakes one future of one isolate, from anywhere.
struct Notifier<P: Platform> {
    mailbox: P::Mailbox,
    task: TaskId,
    /// Set from the wake until the poll that answers it: a second wake in between adds nothing.
    queued: AtomicBool,
    /// Set when the isolate wants to hear that this waker is gone.
    watched: AtomicBool,
}

impl<P: Platform> Notifier<P> {
    fn new(mailbox: P::Mailbox, task: TaskId, queued: bool) -> Self {
        Self {
            mailbox,
            task,
            queued: AtomicBool::new(queued),
            watched: AtomicBool::new(false),
        }
    }

    fn notify(&self) {
        // ORDERING: pairs with the acquire in `poll`.
        if self.queued.swap(true, Ordering::Release) {
            return;
        }
        let handled = EventLoop::<P>::try_current()
            .is_some_and(|here| here.push_if_executing(&self.mailbox, self.task));
        if !handled {
            self.mailbox.post(Event::Wake(self.task));
        }
    }
}

impl<P: Platform> Wake for Notifier<P> {
    fn wake(self: WakerArc<Self>) {
        self.notify();
    }

    fn wake_by_ref(self: &WakerArc<Self>) {
        self.notify();
    }
}

impl<P: Platform> Drop for Notifier<P> {
    fn drop(&mut self) {
        // ORDERING: set before its own handle was let go of, and this is the last one.
        if self.watched.load(Ordering::Relaxed) {
            self.mailbox.post(Event::WakerDropped);
        }
    }
}

impl<P: Platform> EventLoop<P> {
    fn push_if_executing(&self, mailbox: &P::Mailbox, task: TaskId) -> bool {
        let own = self.is_executing() && self.mailbox() == mailbox;
        if own {
            self.executor().push(Microtask::Poll(task));
        }
        own
    }
}
