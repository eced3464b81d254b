//! [`Slices`]: a large result in parts, so that who reads it is not held for long.

use std::{fmt, future::poll_fn, mem, pin::Pin};

use futures_core::Stream;

use super::{pace::Pace, slicing::Sliced, task_stream::TaskStream};
use crate::{
    Message, Platform, TaskError,
    unpack::read_items,
    wire::{Items, Rest},
};

/// A large result of work elsewhere, in parts; made by [`Runner::slices`](crate::Runner::slices).
///
/// A page that gets a large value stands still while it reads it. [`next`](Self::next) reads items for four milliseconds at
/// most, also where each takes long. Then it lets the page draw before it reads on. What the page does between two slices counts.
///
/// Dropping it cancels what is left of the work.
///
/// ```
/// use insula::IsolateRunner;
/// # insula::main(async || {
/// fn squares(up_to: u64) -> Result<Vec<u64>, String> {
///     if up_to > 1_000_000 {
///         return Err(format!("{up_to} is too many"));
///     }
///     Ok((0..up_to).map(|n| n * n).collect())
/// }
///
/// let runner = IsolateRunner::spawn().await?;
/// let mut slices = runner.slices(squares, 300_000);
/// let mut count = 0;
/// while let Some(slice) = slices.next().await {
///     count += slice?.len();
/// }
/// assert_eq!(count, 300_000);
/// assert_eq!(slices.finish().await?, Ok(()));
///
/// let refused = runner.slices(squares, 2_000_000).collect().await?;
/// assert_eq!(refused.unwrap_err(), "2000000 is too many");
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Platform
/// Native: one slice, which is moved, as memory is shared. Web: slices of at most about 128 KiB of encoded data. One item is
/// never cut.
#[must_use = "slices that are dropped are cancelled"]
pub struct Slices<P: Platform, T, E> {
    state: State<P, T, E>,
    /// What has come and is to be read.
    rest: Option<Rest>,
    pace: Pace,
}

enum State<P: Platform, T, E> {
    /// Slices may come.
    Open(TaskStream<P, Items<T>, Sliced<E>>),
    /// All have come, or there is no value.
    Ended(Result<Result<(), E>, TaskError>),
    /// Between the two.
    Ending,
}

impl<P: Platform, T: Message, E: Message> Slices<P, T, E> {
    pub(crate) fn of(stream: TaskStream<P, Items<T>, Sliced<E>>) -> Self {
        Self {
            state: State::Open(stream),
            rest: None,
            pace: Pace::new(),
        }
    }

    /// The next slice, never an empty one; `None` when all have come. See [`finish`](Self::finish) for the function's own
    /// error.
    ///
    /// # Errors
    /// Why the work has no value, as the last item: as [`TaskStream::next`], and `Encode` when an item can't be sent.
    pub async fn next(&mut self) -> Option<Result<Vec<T>, TaskError>> {
        while let State::Open(stream) = &mut self.state {
            if self.pace.count(P::now()) {
                P::next_frame().await;
                self.pace.rested(P::now());
            }
            let items = match &mut self.rest {
                Some(rest) => {
                    let mut items = Vec::new();
                    let mut goes_on = |bytes| self.pace.goes_on(bytes, P::now);
                    let read = read_items::<P, T>(rest, &mut items, &mut goes_on);
                    if read.is_err() || rest.is_done() {
                        self.rest = None;
                    }
                    match read {
                        Ok(()) => items,
                        Err(error) => return self.fail(TaskError::Decode(error)),
                    }
                }
                None => match receive(stream, &mut self.pace).await {
                    None => return self.end().await,
                    Some(Err(error)) => return self.fail(error),
                    Some(Ok(Items::Read(items))) => items,
                    Some(Ok(Items::Unread(rest))) => {
                        self.rest = Some(rest);
                        continue;
                    }
                },
            };
            if !items.is_empty() {
                return Some(Ok(items));
            }
        }
        None
    }

    /// There is no value, and `error` says why. Gives the last item, that error.
    fn fail(&mut self, error: TaskError) -> Option<Result<Vec<T>, TaskError>> {
        self.state = State::Ended(Err(error.clone()));
        Some(Err(error))
    }

    /// Takes what the work has come to, as all slices are there. Gives the last item, an error.
    async fn end(&mut self) -> Option<Result<Vec<T>, TaskError>> {
        let State::Open(stream) = mem::replace(&mut self.state, State::Ending) else {
            return None;
        };
        match stream.finish().await.and_then(Sliced::into_result) {
            Ok(result) => {
                self.state = State::Ended(Ok(result));
                None
            }
            Err(error) => self.fail(error),
        }
    }

    /// What the function has returned beside its items: its own error, or none. Slices that come until then are dropped.
    ///
    /// # Errors
    /// Why there is no value; the last item was the same error.
    pub async fn finish(mut self) -> Result<Result<(), E>, TaskError> {
        while self.next().await.is_some() {}
        match self.state {
            State::Ended(result) => result,
            State::Open(_) | State::Ending => unreachable!("what was read to its end has ended"),
        }
    }

    /// All items at once, as the function has returned them.
    ///
    /// ```
    /// # insula::main(async || {
    /// use insula::LoadBalancer;
    ///
    /// fn letters(text: String) -> Result<Vec<char>, ()> {
    ///     Ok(text.chars().collect())
    /// }
    ///
    /// let balancer = LoadBalancer::spawn(2).await?;
    /// let letters = balancer.slices(letters, "mice".repeat(100_000)).collect().await?;
    /// assert_eq!(letters.map(|all| all.len()), Ok(400_000));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// Why there is no value; as [`finish`](Self::finish).
    pub async fn collect(mut self) -> Result<Result<Vec<T>, E>, TaskError> {
        let mut all = Vec::new();
        while let Some(slice) = self.next().await {
            let mut slice = slice?;
            if all.is_empty() {
                all = slice;
            } else {
                all.append(&mut slice);
            }
        }
        Ok(self.finish().await?.map(|()| all))
    }
}

/// The items of the next message.
async fn receive<P: Platform, T: Message, E: Message>(
    stream: &mut TaskStream<P, Items<T>, Sliced<E>>,
    pace: &mut Pace,
) -> Option<Result<Items<T>, TaskError>> {
    poll_fn(|context| {
        pace.count(P::now());
        let items = Pin::new(&mut *stream).poll_next(context);
        if items.is_pending() {
            pace.wait(P::now());
        }
        items
    })
    .await
}

impl<P: Platform, T, E> fmt::Debug for Slices<P, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slices")
            .field("is_done", &matches!(self.state, State::Ended(_)))
            .finish_non_exhaustive()
    }
}
