//! Timers: one-shot, periodic, and `sleep`. Each due timer is an event.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    marker::PhantomData,
    rc::Rc,
    task::{Poll, Waker},
    time::Duration,
};

use crate::{
    Platform,
    event_loop::{Callback, EventLoop},
};

/// A function that the isolate's event loop will call after a while, once or again and again.
///
/// Dropping the handle leaves the timer to the isolate, as in Dart; [`cancel`](Self::cancel) ends it.
/// It belongs to the event loop of the thread that made it.
///
/// ```
/// use insula::{ReceivePort, Timer};
/// use std::time::Duration;
/// # insula::main(async || {
/// let mut ticks = ReceivePort::new();
/// let to = ticks.send_port();
/// let timer = Timer::periodic(Duration::from_millis(1), move || drop(to.send("tick".to_owned())));
/// assert_eq!(ticks.next().await.as_deref(), Some("tick"));
/// assert!(timer.is_active());
/// timer.cancel();
/// assert!(!timer.is_active());
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`Timer`](https://api.dart.dev/dart-async/Timer-class.html).
#[derive(Debug)]
pub struct Timer<P> {
    id: u64,
    platform: PhantomData<fn() -> P>,
    // Bound to its loop, and so to a thread.
    local: PhantomData<Rc<()>>,
}

impl<P: Platform> Timer<P> {
    /// Calls `callback` once, not before `after` has passed.
    ///
    /// ```
    /// use insula::{ReceivePort, Timer};
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let mut due = ReceivePort::new();
    /// let to = due.send_port();
    /// Timer::new(Duration::from_millis(1), move || drop(to.send("now".to_owned())));
    /// assert_eq!(due.next().await.as_deref(), Some("now"));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// Source: [`Timer`](https://api.dart.dev/dart-async/Timer/Timer.html).
    pub fn new(after: Duration, callback: impl FnOnce() + 'static) -> Self {
        Self::add(after, Callback::Once(Box::new(callback)))
    }

    /// Calls `callback` every `period`; a tick that comes too late is not made up for.
    ///
    /// Source: [`Timer.periodic`](https://api.dart.dev/dart-async/Timer/Timer.periodic.html).
    pub fn periodic(period: Duration, callback: impl FnMut() + 'static) -> Self {
        Self::add(
            period,
            Callback::Periodic(Rc::new(RefCell::new(callback)), period),
        )
    }

    fn add(after: Duration, callback: Callback) -> Self {
        let here = EventLoop::<P>::current();
        let id = here.timers().add(P::now().saturating_add(after), callback);
        here.notice();
        Self {
            id,
            platform: PhantomData,
            local: PhantomData,
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Ends the timer; its function is not called again.
    pub fn cancel(&self) {
        EventLoop::<P>::current().timers().cancel(self.id);
    }

    /// Whether the function will be called (again).
    #[must_use]
    pub fn is_active(&self) -> bool {
        EventLoop::<P>::current().timers().is_pending(self.id)
    }
}

/// Completes when `duration` has passed since the call, not before, by a timer of the calling isolate.
/// Dropping the future ends the timer.
///
/// ```
/// use std::time::{Duration, Instant};
/// # insula::main(async || {
/// let start = Instant::now();
/// insula::sleep(Duration::from_millis(5)).await;
/// assert!(start.elapsed() >= Duration::from_millis(5));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`Future.delayed`](https://api.dart.dev/dart-async/Future/Future.delayed.html).
pub fn sleep<P: Platform>(duration: Duration) -> impl Future<Output = ()> {
    let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
    let done = Rc::new(Cell::new(false));
    let timer = {
        let (waker, done) = (waker.clone(), done.clone());
        Timer::<P>::new(duration, move || {
            done.set(true);
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        })
    };
    let guard = CancelOnDrop(timer);
    poll_fn(move |context| {
        let _ = &guard;
        if done.get() {
            return Poll::Ready(());
        }
        *waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    })
}

struct CancelOnDrop<P: Platform>(Timer<P>);

impl<P: Platform> Drop for CancelOnDrop<P> {
    fn drop(&mut self) {
        if let Some(here) = EventLoop::<P>::try_current() {
            here.timers().cancel(self.0.id);
        }
    }
}
