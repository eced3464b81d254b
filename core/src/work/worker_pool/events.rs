//! [`PoolEvent`]s, the stream of them, and who listens.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;

use crate::{TaskError, completion::Completion, sync::Mutex};

/// How many events a stream keeps that nobody has read.
const KEPT: usize = 1024;

/// What has happened in a pool; see [`WorkerPool::events`](crate::WorkerPool::events).
///
/// `isolate` is the number in the name of the isolate. A successor may have the same.
///
/// ```
/// use insula::{WorkerPool, pool::PoolEvent};
/// # insula::main(async || {
/// let pool = WorkerPool::builder().max(1).build();
/// let mut events = pool.events();
/// pool.run(|n: u32| n + 1, 1).await?;
/// assert_eq!(events.next().await, Some(PoolEvent::Started { isolate: 0 }));
/// pool.close().await?;
/// assert_eq!(events.next().await, Some(PoolEvent::Ended { isolate: 0 }));
/// assert_eq!(events.next().await, None);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PoolEvent {
    /// An isolate takes work.
    Started {
        /// Which.
        isolate: usize,
    },
    /// An isolate did not start, or its state could not be made.
    NotStarted {
        /// Which.
        isolate: usize,
        /// The reason.
        error: TaskError,
    },
    /// An isolate was told to end, because it has had no work for long or the pool closes.
    Ended {
        /// Which.
        isolate: usize,
    },
    /// An isolate was told to end because of its age or its jobs, or by
    /// [`recycle`](crate::WorkerPool::recycle). Another starts when there is work.
    Recycled {
        /// Which.
        isolate: usize,
    },
    /// An isolate has ended although nobody had told it to.
    Lost {
        /// Which.
        isolate: usize,
        /// The reason.
        error: TaskError,
    },
    /// An isolate was killed, because a cancelled job, or the isolate itself, had not ended within the
    /// [grace](crate::WorkerPoolBuilder::grace).
    Killed {
        /// Which.
        isolate: usize,
        /// The label of its job.
        label: Option<String>,
    },
    /// No more jobs may wait; see [`WorkerPoolBuilder::capacity`](crate::WorkerPoolBuilder::capacity).
    Saturated,
    /// No job waits any more, after the pool was saturated.
    Drained,
    /// An isolate does not come to its event loop; see
    /// [`WorkerPoolBuilder::watchdog`](crate::WorkerPoolBuilder::watchdog). Told once for each time.
    NotResponding {
        /// Which.
        isolate: usize,
        /// The label of the job that it runs.
        label: Option<String>,
        /// How long that has run.
        running: Duration,
    },
    /// The stream was not read, and has dropped its oldest events.
    Missed {
        /// How many.
        events: u64,
    },
}

impl PoolEvent {
    /// The event with the label of a job, where it has one.
    pub(super) fn labelled(mut self, of: Option<&str>) -> Self {
        if let Self::Killed { label, .. } | Self::NotResponding { label, .. } = &mut self {
            *label = of.map(str::to_owned);
        }
        self
    }
}

/// What happens in a pool, as a stream that ends with the pool; made by
/// [`WorkerPool::events`](crate::WorkerPool::events).
///
/// It holds at most 1,024 events that nobody has read. It does not keep the pool.
///
/// ```
/// use insula::{WorkerPool, pool::{PoolEvent, PoolEvents}};
/// # insula::main(async || {
/// async fn count_losses(mut events: PoolEvents) -> usize {
///     let mut losses = 0;
///     while let Some(event) = events.next().await {
///         losses += usize::from(matches!(event, PoolEvent::Lost { .. }));
///     }
///     losses
/// }
///
/// let pool = WorkerPool::new();
/// let losses = count_losses(pool.events());
/// pool.close().await?;
/// assert_eq!(losses.await, 0);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct PoolEvents {
    listener: Arc<Listener>,
}

impl PoolEvents {
    /// The next event; `None` when the pool is closed and all its isolates have ended, or when nobody has it any more.
    pub async fn next(&mut self) -> Option<PoolEvent> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for PoolEvents {
    type Item = PoolEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<PoolEvent>> {
        loop {
            let signal = {
                let mut state = self.listener.0.lock();
                if state.missed > 0 {
                    let events = std::mem::take(&mut state.missed);
                    return Poll::Ready(Some(PoolEvent::Missed { events }));
                }
                if let Some(event) = state.events.pop_front() {
                    return Poll::Ready(Some(event));
                }
                if state.is_over {
                    return Poll::Ready(None);
                }
                state.signal.get_or_insert_with(Completion::new).clone()
            };
            if !signal.poll_ready(context.waker()) {
                return Poll::Pending;
            }
        }
    }
}

impl fmt::Debug for PoolEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolEvents").finish_non_exhaustive()
    }
}

/// What one stream has not given out.
#[derive(Default)]
struct Listener(Mutex<Unread>);

#[derive(Default)]
struct Unread {
    events: VecDeque<PoolEvent>,
    missed: u64,
    is_over: bool,
    /// Completes when there is something new for who waits.
    signal: Option<Arc<Completion<()>>>,
}

impl Listener {
    fn change(&self, change: impl FnOnce(&mut Unread)) {
        let signal = {
            let mut state = self.0.lock();
            change(&mut state);
            state.signal.take()
        };
        if let Some(signal) = signal {
            signal.complete(());
        }
    }

    fn add(&self, event: PoolEvent) {
        self.change(|state| {
            if state.events.len() == KEPT {
                state.events.pop_front();
                state.missed += 1;
            }
            state.events.push_back(event);
        });
    }

    fn end(&self) {
        self.change(|state| state.is_over = true);
    }
}

/// Who listens to a pool.
#[derive(Default)]
pub(super) struct Listeners(Mutex<Vec<Weak<Listener>>>);

impl Listeners {
    /// A stream of what happens from now on.
    pub(super) fn listen(&self) -> PoolEvents {
        let listener = Arc::new(Listener::default());
        self.0.lock().push(Arc::downgrade(&listener));
        PoolEvents { listener }
    }

    /// Tells all; whether there is somebody.
    pub(super) fn tell(&self, event: &PoolEvent) -> bool {
        let listeners: Vec<_> = {
            let mut listeners = self.0.lock();
            listeners.retain(|listener| listener.strong_count() > 0);
            listeners.iter().filter_map(Weak::upgrade).collect()
        };
        for listener in &listeners {
            listener.add(event.clone());
        }
        !listeners.is_empty()
    }

    /// Nothing happens any more.
    pub(super) fn end(&self) {
        for listener in std::mem::take(&mut *self.0.lock()) {
            if let Some(listener) = listener.upgrade() {
                listener.end();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::{Pin, pin},
        task::{Context, Poll, Waker},
    };

    use futures_core::Stream;

    use super::{KEPT, Listeners, PoolEvent, PoolEvents};

    fn poll(events: &mut PoolEvents) -> Poll<Option<PoolEvent>> {
        let events: Pin<&mut PoolEvents> = pin!(events);
        events.poll_next(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn each_stream_gets_each_event_and_the_end() {
        let listeners = Listeners::default();
        let (mut one, mut other) = (listeners.listen(), listeners.listen());
        assert_eq!(poll(&mut one), Poll::Pending);
        assert!(listeners.tell(&PoolEvent::Saturated));
        listeners.end();
        for events in [&mut one, &mut other] {
            assert_eq!(poll(events), Poll::Ready(Some(PoolEvent::Saturated)));
            assert_eq!(poll(events), Poll::Ready(None));
        }
    }

    #[test]
    fn nobody_listens_to_a_stream_that_is_dropped() {
        let listeners = Listeners::default();
        drop(listeners.listen());
        assert!(!listeners.tell(&PoolEvent::Drained));
    }

    #[test]
    fn a_stream_that_nobody_reads_says_what_is_missing() {
        let listeners = Listeners::default();
        let mut events = listeners.listen();
        for isolate in 0..KEPT + 3 {
            listeners.tell(&PoolEvent::Started { isolate });
        }
        let missed = PoolEvent::Missed { events: 3 };
        assert_eq!(poll(&mut events), Poll::Ready(Some(missed)));
        let first = PoolEvent::Started { isolate: 3 };
        assert_eq!(poll(&mut events), Poll::Ready(Some(first)));
    }
}
