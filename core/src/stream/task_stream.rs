//! [`TaskStream`]: work that gives items before its value.

use std::{
    fmt,
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    receiver::{FirstSender, Receiver},
    sender::Sender,
};
use crate::{
    Blocking, Message, Platform, Task, TaskError, completion::Completion, contract::Address,
    event_loop::EventLoop, function,
};

/// How many items are on their way or unread at most, where nothing else was asked for.
pub(crate) const CREDITS: usize = 32;

/// Work elsewhere that gives items as they come, and then a value; made by [`Runner::stream`](crate::Runner::stream).
///
/// The stream of items ends when the function has returned and its senders are gone. Where there is no value, the
/// last item is the reason. [`finish`](Self::finish) gives the value.
///
/// Dropping it cancels the work: the function's future is dropped at its next await, or as it begins.
///
/// ```
/// use insula::{IsolateRunner, stream::Sender};
/// # insula::main(async || {
/// async fn count(to: u32, numbers: Sender<u32>) -> Result<u32, String> {
///     for n in 1..=to {
///         let _ = numbers.send(n).await;
///     }
///     if to < 10 { Ok(to) } else { Err("too many".to_owned()) }
/// }
///
/// let runner = IsolateRunner::spawn().await?;
/// let mut numbers = runner.stream(count, 3);
/// let mut sum = 0;
/// while let Some(n) = numbers.next().await {
///     sum += n?;
/// }
/// assert_eq!(sum, 6);
/// assert_eq!(numbers.finish().await?, Ok(3));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[must_use = "a dropped stream is cancelled"]
pub struct TaskStream<P: Platform, T, R> {
    items: Receiver<P, T>,
    outcome: Arc<Completion<Result<R, TaskError>>>,
    /// Where the outcome arrives, for a thread that waits.
    address: Option<Address<P>>,
    /// Why items are missing.
    lost: Option<TaskError>,
    end: End<R>,
}

enum End<R> {
    /// Items may come.
    Open,
    /// The work has a value.
    Value(R),
    /// There is no value.
    Failed(TaskError),
}

impl<P: Platform, T: Message, R: Send + 'static> TaskStream<P, T, R> {
    /// The next item; `None` when the work is done. See [`finish`](Self::finish) for its value.
    ///
    /// # Errors
    /// Why the work has no value, as the last item: that of a [`Task`] of it, and `Decode` when an item could not be
    /// read. `IsolateLost` as well when an isolate was lost to which the function had sent a sender.
    pub async fn next(&mut self) -> Option<Result<T, TaskError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// What the function has returned. Items that come until then are dropped.
    ///
    /// ```
    /// use insula::{IsolateRunner, stream::Sender};
    /// # insula::main(async || {
    /// async fn halve(mut n: u32, to: Sender<u32>) -> u32 {
    ///     let mut steps = 0;
    ///     while n > 1 {
    ///         n /= 2;
    ///         steps += 1;
    ///         let _ = to.send(n).await;
    ///     }
    ///     steps
    /// }
    ///
    /// let runner = IsolateRunner::spawn().await?;
    /// let mut numbers = runner.stream(halve, 1024);
    /// assert_eq!(numbers.next().await, Some(Ok(512)));
    /// assert_eq!(numbers.finish().await?, 10);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// Why there is no value; the last item was the same error.
    pub async fn finish(mut self) -> Result<R, TaskError> {
        while self.next().await.is_some() {}
        self.into_value()
    }

    fn into_value(mut self) -> Result<R, TaskError> {
        match std::mem::replace(&mut self.end, End::Open) {
            End::Value(value) => Ok(value),
            End::Failed(error) => Err(error),
            End::Open => unreachable!("a stream that was read to its end has one"),
        }
    }

    /// Ends the stream: `outcome` came and no item will. Gives its last item, an error.
    fn end(&mut self, outcome: Result<R, TaskError>) -> Option<TaskError> {
        let lost = self.lost.take();
        let error = match outcome {
            Ok(value) => {
                self.end = End::Value(value);
                return lost;
            }
            // That it was cancelled follows from the loss.
            Err(TaskError::Cancelled) => lost.unwrap_or(TaskError::Cancelled),
            Err(error) => error,
        };
        self.end = End::Failed(error.clone());
        Some(error)
    }

    /// Takes what the receiver of the items gives; an item, or what is known without one.
    fn take(&mut self, item: Option<Result<T, TaskError>>) -> Option<Result<T, TaskError>> {
        match item? {
            Ok(item) => Some(Ok(item)),
            Err(TaskError::Decode(error)) => {
                let error = TaskError::Decode(error);
                self.end = End::Failed(error.clone());
                Some(Err(error))
            }
            Err(error) => {
                self.lost = Some(error);
                None
            }
        }
    }
}

impl<P: Blocking, T: Message, R: Send + 'static> TaskStream<P, T, R> {
    /// As [`next`](Self::next), for a function without an await: waits on this thread.
    ///
    /// ```
    /// use insula::{Error, IsolateRunner, stream::Sender};
    ///
    /// async fn count(to: u32, numbers: Sender<u32>) {
    ///     for n in 1..=to {
    ///         let _ = numbers.send(n).await;
    ///     }
    /// }
    ///
    /// fn main() -> Result<(), Error> {
    ///     let runner = IsolateRunner::spawn().wait()?;
    ///     let mut numbers = runner.stream(count, 3);
    ///     let mut sum = 0;
    ///     while let Some(n) = numbers.recv() {
    ///         sum += n?;
    ///     }
    ///     assert_eq!(sum, 6);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`next`](Self::next).
    ///
    /// # Panics
    /// Unwinds, silently, when the calling isolate is killed meanwhile.
    ///
    /// # Platform
    /// Not in a browser, where neither a page nor a worker with an event loop can wait.
    pub fn recv(&mut self) -> Option<Result<T, TaskError>> {
        if !matches!(self.end, End::Open) {
            return None;
        }
        let item = self.items.recv();
        if let Some(item) = self.take(item) {
            return Some(item);
        }
        let outcome = self.outcome.clone();
        EventLoop::<P>::wait_for(None, self.address.as_ref(), &mut |waker| {
            outcome.poll_ready(waker)
        });
        let outcome = outcome.take().unwrap_or(Err(TaskError::Cancelled));
        self.end(outcome).map(Err)
    }
}

impl<P: Platform, T: Message, R: Send + 'static> Stream for TaskStream<P, T, R> {
    type Item = Result<T, TaskError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !matches!(self.end, End::Open) {
            return Poll::Ready(None);
        }
        let item = ready!(Pin::new(&mut self.items).poll_next(context));
        if let Some(item) = self.take(item) {
            return Poll::Ready(Some(item));
        }
        if !self.outcome.poll_ready(context.waker()) {
            return Poll::Pending;
        }
        let outcome = self.outcome.take().unwrap_or(Err(TaskError::Cancelled));
        Poll::Ready(self.end(outcome).map(Err))
    }
}

// Nothing in it is pinned.
impl<P: Platform, T, R> Unpin for TaskStream<P, T, R> {}

impl<P: Platform, T, R> fmt::Debug for TaskStream<P, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskStream")
            .field("is_done", &!matches!(self.end, End::Open))
            .finish_non_exhaustive()
    }
}

/// A stream whose work was not started.
pub(crate) struct Prepared<P: Platform, T>(Receiver<P, T>);

/// Work that gives items, as an argument for [`produce`].
#[derive(Serialize, Deserialize)]
#[serde(bound(
    serialize = "M: Message, T: 'static, F: 'static",
    deserialize = "M: Message, T: 'static, F: 'static"
))]
pub(crate) struct Work<P: Platform, M, T, F> {
    function: Producer<P, M, T, F>,
    argument: M,
    sender: FirstSender<P, T>,
}

/// What is to be run elsewhere, and the stream that waits for it.
pub(crate) fn prepare<P: Platform, M: Message, T: Message, F: 'static>(
    credits: usize,
    function: fn(M, Sender<P, T>) -> F,
    argument: M,
) -> (Work<P, M, T, F>, Prepared<P, T>) {
    let (sender, items) = Receiver::open(credits);
    let work = Work {
        function: Producer(function),
        argument,
        sender,
    };
    (work, Prepared(items))
}

impl<P: Platform, T: Message> Prepared<P, T> {
    /// The stream of the items of `task`, which does the work.
    pub(crate) fn of<R: Send + 'static>(self, task: Task<P, Option<R>>) -> TaskStream<P, T, R> {
        let outcome = Completion::new();
        let stream = TaskStream {
            items: self.0,
            outcome: outcome.clone(),
            address: task.address(),
            lost: None,
            end: End::Open,
        };
        let inlet = stream.items.inlet().clone();
        task.then(move |result| {
            match &result {
                Ok(_) => {}
                Err(error) if runs_on(error) => inlet.close(),
                // Its sender may not even have been made.
                Err(_) => inlet.abandon(),
            }
            outcome.complete(result.and_then(|value| value.ok_or(TaskError::Cancelled)));
        });
        stream
    }
}

/// Whether work may go on, or yet begin, although its task has this error.
fn runs_on(error: &TaskError) -> bool {
    !matches!(
        error,
        TaskError::Panicked(_)
            | TaskError::Ended
            | TaskError::IsolateLost { .. }
            | TaskError::Unsupported(_)
            | TaskError::Spawn(_)
            | TaskError::Encode(_)
            | TaskError::Decode(_)
            | TaskError::Closed
    )
}

/// Does the work, until it is done or nobody receives any more.
pub(crate) async fn produce<P: Platform, M: Message, T: Message, R, F: Future<Output = R>>(
    work: Work<P, M, T, F>,
) -> Option<R> {
    let sender = work.sender.into_sender();
    let link = sender.here();
    let outlet = link.outlet().clone();
    drop(link);
    let mut running = pin!((work.function.0)(work.argument, sender));
    poll_fn(|context| {
        if outlet.poll_closed(context.waker()).is_ready() {
            return Poll::Ready(None);
        }
        running.as_mut().poll(context).map(Some)
    })
    .await
}

/// The function in a message.
struct Producer<P: Platform, M, T, F>(fn(M, Sender<P, T>) -> F);

impl<P: Platform, M: 'static, T: 'static, F: 'static> Serialize for Producer<P, M, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        function::serialize::<P, _, _>(self.0, serializer)
    }
}

impl<'de, P: Platform, M: 'static, T: 'static, F: 'static> Deserialize<'de>
    for Producer<P, M, T, F>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        function::deserialize::<P, fn(M, Sender<P, T>) -> F, _>(deserializer, |_, _| {
            unreachable!("this function only stands in")
        })
        .map(Self)
    }
}
