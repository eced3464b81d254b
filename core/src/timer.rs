//! Timers: one-shot, periodic, and `sleep`. Each due timer is an event.

use std::{
    cell::RefCell,
    future::poll_fn,
    rc::{Rc, Weak},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use crate::{
    Platform,
    completion::Completion,
    contract::{Event, Host, Mailbox},
    event_loop::{Callback, EventLoop},
    limits::LimitId,
    timekeeper::at_host_time,
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
pub struct Timer<P: Platform> {
    id: u64,
    /// The loop whose timer it is, whichever the thread runs now.
    home: Weak<EventLoop<P>>,
}

impl<P: Platform> Timer<P> {
    /// Calls `callback` once, not before `after` has passed.
    ///
    /// # Platform
    /// Native: outside isolates it runs while `insula::main` or `block_on` drives the thread's loop, and not under
    /// another executor; [`sleep`] keeps its time there too.
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

    /// Calls `callback` every `period`. A tick that comes too late is not made up for, and the ticks after it come when
    /// they would have come.
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
        Self {
            id: here.set_timer(after, callback),
            home: Rc::downgrade(&here),
        }
    }

    /// Ends the timer; its function is not called again.
    pub fn cancel(&self) {
        if let Some(home) = self.home.upgrade() {
            home.timers().cancel(self.id);
        }
    }

    /// Whether the function will be called (again).
    #[must_use]
    pub fn is_active(&self) -> bool {
        let home = self.home.upgrade();
        home.is_some_and(|home| home.timers().is_pending(self.id))
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
///
/// # Platform
/// Native: outside isolates, under an executor of another kind than [`main`](crate) and `block_on`, the time is kept by a
/// thread of the library's. The future is `Send`, so that such an executor may poll it on any of its threads.
///
/// # Panics
/// Native: where that thread can't be had.
pub fn sleep<P: Platform>(duration: Duration) -> impl Future<Output = ()> {
    let over = Completion::new();
    let alarm = Alarm::<P>::set(duration, over.clone());
    poll_fn(move |context| {
        let _ = &alarm;
        if over.poll_ready(context.waker()) {
            return Poll::Ready(());
        }
        EventLoop::<P>::expect_own_executor(context.waker());
        Poll::Pending
    })
}

/// What completes a `sleep`. Dropping it ends that.
enum Alarm<P: Platform> {
    /// A timer of the loop at this mailbox. The future may be dropped on another thread.
    Loop(P::Mailbox, u64),
    Host(Arc<Host<P>>, LimitId),
}

impl<P: Platform> Alarm<P> {
    fn set(after: Duration, over: Arc<Completion<()>>) -> Self {
        let is_turned = P::HOST_HAS_LOOP
            || EventLoop::<P>::try_current()
                .is_some_and(|here| !here.is_of_host() || here.is_turning());
        let ring = move || {
            over.complete(());
        };
        if is_turned {
            let here = EventLoop::<P>::current();
            let timer = here.set_timer(after, Callback::Once(Box::new(ring)));
            return Self::Loop(here.mailbox().clone(), timer);
        }
        match at_host_time::<P>(P::now().saturating_add(after), ring) {
            Ok((host, id)) => Self::Host(host, id),
            Err(error) => panic!(
                "nothing keeps the time here: await `sleep` in `insula::main` or `insula::block_on` ({error})"
            ),
        }
    }
}

impl<P: Platform> Drop for Alarm<P> {
    fn drop(&mut self) {
        match self {
            Self::Loop(mailbox, timer) => {
                let here = EventLoop::<P>::try_current();
                match here.filter(|here| here.mailbox() == mailbox) {
                    Some(here) => here.timers().cancel(*timer),
                    None => mailbox.post(Event::TimerDropped(*timer)),
                }
            }
            Self::Host(host, id) => host.limits().remove(*id),
        }
    }
}
