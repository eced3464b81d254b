//! Deadlines that hold wherever they are set: on an event loop, or on a host thread that runs none.

use std::time::Duration;

use crate::{
    Elapsed, Platform, SpawnError, Task, TaskError,
    event_loop::{Callback, EventLoop},
    timekeeper::at_host_time,
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

impl<P: Platform, T: Send + 'static, E: From<Elapsed> + From<SpawnError> + Send + 'static>
    Task<P, T, E>
{
    /// Stops waiting after `limit`: the task then fails with `TimedOut`, and the work goes on unheard.
    ///
    /// A job of a runner that has not begun by then never runs.
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
            let (late, waiting) = (completer.clone(), self.ties.waiting.clone());
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
