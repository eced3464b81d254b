//! Deadlines that hold wherever they are set: on an event loop, or on a host thread that runs none.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use crate::{
    Elapsed, Isolate, Platform, Priority, Task, TaskError, Timer, event_loop::EventLoop,
    timer::sleep,
};

/// Calls `callback` after a while, on any thread, and returns the function that calls it off.
pub(crate) fn deadline<P: Platform>(
    after: Duration,
    callback: impl FnOnce() + Send + 'static,
) -> Box<dyn FnOnce() + Send> {
    if P::HOST_HAS_LOOP || !EventLoop::<P>::is_host() {
        let timer = Timer::<P>::new(after, callback);
        let (id, mailbox) = (timer.id(), EventLoop::<P>::current().mailbox().clone());
        return Box::new(move || {
            // Replies reach the loop that set the timer; elsewhere the timer runs out unheard.
            if let Some(here) =
                EventLoop::<P>::try_current().filter(|here| *here.mailbox() == mailbox)
            {
                here.timers().cancel(id);
            }
        });
    }
    let timekeeper = Isolate::<P>::builder().debug_name("timeout").spawn_async(
        move |()| async move {
            sleep::<P>(after).await;
            callback();
        },
        (),
    );
    let timekeeper = timekeeper.take_now().and_then(Result::ok);
    Box::new(move || {
        if let Some(timekeeper) = timekeeper {
            timekeeper.kill(Priority::Immediate);
        }
    })
}

impl<P: Platform, T: Send + 'static, E: From<Elapsed> + Send + 'static> Task<P, T, E> {
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
    /// Source: [`Future.timeout`](https://api.dart.dev/dart-async/Future/timeout.html).
    pub fn timeout(mut self, limit: Duration) -> Self {
        let (completer, mut task) = Self::channel();
        task.address = self.address();
        let late = completer.clone();
        let waiting = self.take_waiting();
        let fired = Arc::new(OnceLock::new());
        let firing = fired.clone();
        let call_off = deadline::<P>(limit, move || {
            let _ = firing.set(());
            // A balancer gets its load back before the owner of the task sees the timeout.
            if let Some(waiting) = waiting {
                waiting.fail(TaskError::TimedOut);
            }
            late.complete(Err(Elapsed.into()));
        });
        let cancel = self.forward(move |outcome| {
            if completer.complete(outcome) && fired.get().is_none() {
                call_off();
            }
        });
        match cancel {
            Some(cancel) => task.on_cancel(cancel),
            None => task,
        }
    }
}
