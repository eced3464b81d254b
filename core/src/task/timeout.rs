//! Deadlines that hold wherever they are set: on an event loop, or on a host thread that runs none.

use std::{cell::RefCell, future::poll_fn, pin::Pin, sync::Arc, task::Poll, time::Duration};

use crate::{
    Elapsed, Isolate, Platform, SpawnError, Task, TaskError,
    contract::Host,
    event_loop::{Callback, EventLoop},
    limits::{Due, LimitId},
    panics,
    timer::sleep,
};

/// What calls a deadline off, once or more often.
pub(crate) type CallOff = Box<dyn Fn() + Send>;

/// Calls `callback` after a while, on any thread, and returns the function that calls it off.
///
/// # Errors
/// Nothing keeps the time of threads without a loop, as an isolate for it can't be had.
pub(crate) fn deadline<P: Platform>(
    after: Duration,
    callback: impl FnOnce() + Send + 'static,
) -> Result<CallOff, SpawnError> {
    let due = P::now().saturating_add(after);
    if P::HOST_HAS_LOOP || !EventLoop::<P>::is_host() {
        let here = EventLoop::<P>::current();
        let id = here.timers().add(due, Callback::Limit(Box::new(callback)));
        here.notice();
        let mailbox = here.mailbox().clone();
        return Ok(Box::new(move || {
            // Replies reach the loop that set the timer; elsewhere the timer runs out unheard.
            if let Some(here) =
                EventLoop::<P>::try_current().filter(|here| *here.mailbox() == mailbox)
            {
                here.timers().cancel(id);
            }
        }));
    }
    let (host, id) = at_host_time::<P>(due, callback)?;
    Ok(Box::new(move || host.limits().remove(id)))
}

/// Has `callback` called by the one isolate that keeps time for all threads of the host.
///
/// # Errors
/// That isolate can't be had.
pub(crate) fn at_host_time<P: Platform>(
    due: Duration,
    callback: impl FnOnce() + Send + 'static,
) -> Result<(Arc<Host<P>>, LimitId), SpawnError> {
    let host = EventLoop::<P>::any_host();
    host.limits().keep(|| {
        let limits = host.clone();
        let keeper = Isolate::<P>::builder()
            .debug_name("timekeeper")
            .spawn_async(move |()| keep_time(limits), ());
        keeper.take_now().transpose().map(drop)
    })?;
    let id = host.limits().add(due, Box::new(callback));
    Ok((host, id))
}

/// Calls what is due, for ever.
async fn keep_time<P: Platform>(host: Arc<Host<P>>) {
    /// When it rings, and what rings.
    type Alarm = (Duration, Pin<Box<dyn Future<Output = ()>>>);
    let alarm: RefCell<Option<Alarm>> = RefCell::default();
    poll_fn(|context| {
        loop {
            let now = P::now();
            let next = match host.limits().due(now, context.waker()) {
                Due::Now(callback) => {
                    panics::apart(callback);
                    continue;
                }
                Due::Later(next) => next,
            };
            let mut alarm = alarm.borrow_mut();
            let Some(next) = next else {
                *alarm = None;
                return Poll::<()>::Pending;
            };
            if alarm.as_ref().is_none_or(|(due, _)| *due != next) {
                *alarm = Some((next, Box::pin(sleep::<P>(next.saturating_sub(now)))));
            }
            let rings = alarm
                .as_mut()
                .is_some_and(|(_, alarm)| alarm.as_mut().poll(context).is_ready());
            if !rings {
                return Poll::Pending;
            }
            *alarm = None;
        }
    })
    .await;
}

impl<P: Platform, T: Send + 'static, E: From<Elapsed> + From<SpawnError> + Send + 'static>
    Task<P, T, E>
{
    /// Stops waiting after `limit`: the task then fails with `TimedOut`, and the work goes on unheard.
    ///
    /// An isolate that starts too late runs on without a handle; a runner that starts too late ends.
    ///
    /// ```
    /// use insula::{Isolate, TaskError};
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let slow = Isolate::run_async(|| insula::sleep(Duration::from_secs(3600)));
    /// let late = slow.timeout(Duration::from_millis(1)).await;
    /// assert_eq!(late, Err(TaskError::TimedOut));
    ///
    /// let runner = insula::IsolateRunner::spawn().timeout(Duration::from_secs(60)).await?;
    /// assert!(runner.ping(Duration::from_secs(60)).await);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `TimedOut`; `Spawn` at once when nothing can keep the time.
    ///
    /// Source: [`Future.timeout`](https://api.dart.dev/dart-async/Future/timeout.html).
    pub fn timeout(mut self, limit: Duration) -> Self {
        let (completer, mut task) = Self::channel();
        let fail = {
            let (late, waiting) = (completer.clone(), self.waiting.clone());
            move |inner: TaskError, outer: E| {
                // A balancer gets its load back before the owner of the task sees the timeout.
                if let Some(waiting) = waiting {
                    waiting.fail(inner);
                }
                late.complete(Err(outer));
            }
        };
        let call_off = {
            let fail = fail.clone();
            deadline::<P>(limit, move || fail(TaskError::TimedOut, Elapsed.into()))
        };
        self.hand_over(&mut task);
        match call_off {
            Ok(call_off) => self.then(move |outcome| {
                call_off();
                completer.complete(outcome);
            }),
            Err(error) => fail(error.clone().into(), error.into()),
        }
        task
    }
}
