//! The one isolate that keeps the time for threads outside isolates that run no event loop.

use std::{cell::Cell, future::poll_fn, sync::Arc, task::Poll, time::Duration};

use crate::{
    Isolate, Platform, SpawnError,
    contract::Host,
    event_loop::{Callback, EventLoop},
    limits::{Due, LimitId},
    panics,
};

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
            // Code that holds up its thread is what limits are for.
            .never_light()
            .spawn_async(move |()| keep_time(limits), ());
        keeper.take_now().transpose().map(drop)
    })?;
    let id = host.limits().add(due, Box::new(callback));
    Ok((host, id))
}

/// Calls what is due, for ever.
async fn keep_time<P: Platform>(host: Arc<Host<P>>) {
    // The next time and its timer.
    let alarm = Cell::new(None);
    poll_fn(|context| {
        loop {
            let next = match host.limits().due(P::now(), context.waker()) {
                Due::Now(callback) => {
                    panics::apart(callback);
                    continue;
                }
                Due::Later(next) => next,
            };
            if alarm.get().map(|(due, _)| due) != next {
                let here = EventLoop::<P>::current();
                if let Some((_, timer)) = alarm.take() {
                    here.timers().cancel(timer);
                }
                alarm.set(next.map(|due| {
                    let waker = context.waker().clone();
                    let wake = Callback::Limit(Box::new(move || waker.wake()));
                    (due, here.timers().add(due, wake))
                }));
            }
            return Poll::<()>::Pending;
        }
    })
    .await;
}
