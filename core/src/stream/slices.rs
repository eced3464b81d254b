//! [`Slices`]: a large result in parts, so that who reads it is not held for long.

use std::{fmt, future::poll_fn, mem, pin::Pin, time::Duration};

use futures_core::Stream;

use super::{slicing::Sliced, task_stream::TaskStream};
use crate::{Message, Platform, TaskError};

/// For how long slices are read, one after the other, before the loop gets its turn.
const HELD: Duration = Duration::from_millis(4);

/// A large result of work elsewhere, in parts; made by [`Runner::slices`](crate::Runner::slices).
///
/// A page that gets a large value stands still while it reads it. Slices are read one by one, and after four milliseconds
/// [`next`](Self::next) lets the page draw before it reads on.
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
/// Native: one slice, which is moved, as memory is shared. Web: slices of about 128 KiB of encoded data. One item is never
/// cut.
#[must_use = "slices that are dropped are cancelled"]
pub struct Slices<P: Platform, T, E> {
    state: State<P, T, E>,
    /// Since when slices have been read without a wait.
    since: Option<Duration>,
}

enum State<P: Platform, T, E> {
    /// Slices may come.
    Open(TaskStream<P, Vec<T>, Sliced<E>>),
    /// All have come, or there is no value.
    Ended(Result<Result<(), E>, TaskError>),
    /// Between the two.
    Ending,
}

impl<P: Platform, T: Message, E: Message> Slices<P, T, E> {
    pub(crate) fn of(stream: TaskStream<P, Vec<T>, Sliced<E>>) -> Self {
        Self {
            state: State::Open(stream),
            since: None,
        }
    }

    /// The next slice, never an empty one; `None` when all have come. See [`finish`](Self::finish) for the function's own
    /// error.
    ///
    /// # Errors
    /// Why the work has no value, as the last item: as [`TaskStream::next`], and `Encode` when an item can't be sent.
    pub async fn next(&mut self) -> Option<Result<Vec<T>, TaskError>> {
        let State::Open(stream) = &mut self.state else {
            return None;
        };
        let since = &mut self.since;
        if since.is_some_and(|since| P::now().saturating_sub(since) >= HELD) {
            P::next_frame().await;
            *since = None;
        }
        let slice = poll_fn(|context| {
            let begun = since.unwrap_or_else(P::now);
            let slice = Pin::new(&mut *stream).poll_next(context);
            *since = slice.is_ready().then_some(begun);
            slice
        });
        match slice.await {
            None => self.end().await,
            Some(Err(error)) => {
                self.state = State::Ended(Err(error.clone()));
                Some(Err(error))
            }
            slice => slice,
        }
    }

    /// Takes what the work has come to, as all slices are there. Gives the last item, an error.
    async fn end(&mut self) -> Option<Result<Vec<T>, TaskError>> {
        if let State::Open(stream) = mem::replace(&mut self.state, State::Ending) {
            let sliced = stream.finish().await;
            self.state = State::Ended(sliced.and_then(Sliced::into_result));
        }
        match &self.state {
            State::Ended(Err(error)) => Some(Err(error.clone())),
            _ => None,
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

impl<P: Platform, T, E> fmt::Debug for Slices<P, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slices")
            .field("is_done", &matches!(self.state, State::Ended(_)))
            .finish_non_exhaustive()
    }
}
