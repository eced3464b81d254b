//! [`Map`]: one function over many arguments, in chunks whose size fits.

use std::{
    collections::VecDeque,
    fmt, iter,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use serde::{Deserialize, Serialize};

use super::{
    handle::{Handle, WorkerPool},
    job::{JobBuilder, Pack},
};
use crate::{
    Function, Isolate, Message, Platform, RemoteError, Task, TaskError,
    event_loop::EventLoop,
    panics::{self, Stopped},
};

/// How long a chunk is to take. A hop costs some ten microseconds, and a cancel waits for no more than a chunk.
const CHUNK: Duration = Duration::from_millis(2);

/// No chunk has more arguments.
const LARGEST: usize = 4096;

/// How much larger the next chunk may be.
const GROWTH: usize = 8;

/// What became of one argument.
#[derive(Serialize, Deserialize)]
enum Answer<R> {
    Value(R),
    Panicked(RemoteError),
}

/// A chunk's answers, and how many microseconds it has taken.
type Answers<R> = (Vec<Answer<R>>, u64);

/// Runs the function for each argument of a chunk.
fn run_chunk<P: Platform, M: Message, R: Message>(
    (function, arguments): (Function<P, M, R>, Vec<M>),
) -> Answers<R> {
    let start = P::now();
    let mut answers = Vec::with_capacity(arguments.len());
    let mut arguments = arguments.into_iter();
    loop {
        // A cancelled chunk ends here.
        let checked = panics::catch::<P, _>(Isolate::<P>::checkpoint);
        let called = checked.and_then(|()| {
            let Some(argument) = arguments.next() else {
                return Ok(None);
            };
            panics::catch::<P, _>(|| Some(function.call(argument)))
        });
        answers.push(match called {
            Ok(Some(value)) => Answer::Value(value),
            Ok(None) => break,
            Err(Stopped::Panic(error)) => Answer::Panicked(error),
            // The job is cancelled, or its isolate is to end. Nothing is left to destructors that run while that unwinds.
            Err(Stopped::Unwound) => {
                EventLoop::<P>::drop_each_here(arguments);
                EventLoop::<P>::drop_each_here(answers);
                panics::leave::<P>()
            }
        });
    }
    let took = P::now().saturating_sub(start).as_micros();
    (answers, u64::try_from(took).unwrap_or(u64::MAX))
}

/// One function over many arguments, as a stream of the values; made by [`WorkerPool::map`].
///
/// The arguments are taken as isolates get to them, so there may be more than fit into memory. Several go to an isolate at
/// once: as many as take about 2 ms. Dropping the stream cancels what is on its way.
///
/// ```
/// use insula::WorkerPool;
/// # insula::main(async || {
/// let pool = WorkerPool::new();
/// let mut squares = pool.map(|n: u64| n * n, 0..10_000);
/// let mut sum = 0;
/// while let Some(square) = squares.next().await {
///     sum += square?;
/// }
/// assert_eq!(sum, 333_283_335_000);
///
/// let mut lengths = pool.map(|text: String| text.len(), ["a".to_owned(), "ab".to_owned()]).unordered().in_flight(4).chunks_of(1);
/// let mut both = [lengths.next().await.unwrap()?, lengths.next().await.unwrap()?];
/// both.sort();
/// assert_eq!((both, lengths.next().await), ([1, 2], None));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct Map<P: Platform, I, M, R> {
    /// Keeps the pool.
    handle: Arc<Handle<P>>,
    function: fn(M) -> R,
    /// None when it is at its end.
    source: Option<Pin<Box<I>>>,
    in_flight: usize,
    /// How many arguments a chunk has; none to have it fit.
    fixed: Option<usize>,
    size: usize,
    is_ordered: bool,
    running: VecDeque<Running<P, R>>,
    done: VecDeque<Result<R, TaskError>>,
}

/// A chunk on its way.
struct Running<P: Platform, R> {
    task: Task<P, Answers<R>>,
    len: usize,
}

/// An iterator as a stream; made by [`WorkerPool::map`].
///
/// ```
/// use insula::{WorkerPool, pool::{Each, Map}};
/// # insula::main(async || {
/// /// A map that a struct could hold.
/// let mut squares: Map<Each<std::ops::Range<u32>>, u32, u32> = WorkerPool::new().map(|n| n * n, 3..4);
/// # let _ = squares.next().await;
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Debug)]
pub struct Each<I>(I);

impl<I: Iterator + Unpin> Stream for Each<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}

impl<P: Platform, S: 'static> WorkerPool<P, S> {
    /// Runs `function` for each of `arguments`: a stream of the values, in order; see [`Map`].
    ///
    /// A panic is the error of its argument alone. When an isolate is lost, all arguments fail that it held.
    pub fn map<M: Message, R: Message, I>(
        &self,
        function: fn(M) -> R,
        arguments: I,
    ) -> Map<P, Each<I::IntoIter>, M, R>
    where
        I: IntoIterator<Item = M, IntoIter: Unpin>,
    {
        self.map_stream(function, Each(arguments.into_iter()))
    }

    /// As [`map`](Self::map), over a stream. What has come is sent at once, and does not wait for the rest of a chunk.
    ///
    /// ```
    /// use insula::{ReceivePort, WorkerPool};
    /// # insula::main(async || {
    /// let (pool, mut numbers) = (WorkerPool::new(), ReceivePort::new());
    /// let to = numbers.send_port();
    /// (0..3).for_each(|n: u32| to.send(n).unwrap());
    /// numbers.close();
    /// let mut squares = pool.map_stream(|n: u32| n * n, numbers);
    /// let mut seen = Vec::new();
    /// while let Some(square) = squares.next().await {
    ///     seen.push(square?);
    /// }
    /// assert_eq!(seen, [0, 1, 4]);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn map_stream<M: Message, R: Message, I: Stream<Item = M>>(
        &self,
        function: fn(M) -> R,
        arguments: I,
    ) -> Map<P, I, M, R> {
        let handle = self.handle.clone();
        let in_flight = handle.shared.most().saturating_mul(2);
        Map {
            handle,
            function,
            source: Some(Box::pin(arguments)),
            in_flight,
            fixed: None,
            size: 1,
            is_ordered: true,
            running: VecDeque::new(),
            done: VecDeque::new(),
        }
    }
}

impl<P: Platform, I: Stream<Item = M>, M: Message, R: Message> Map<P, I, M, R> {
    /// Gives each value as soon as it is there.
    pub fn unordered(mut self) -> Self {
        self.is_ordered = false;
        self
    }

    /// Sets how many chunks are on their way at once; otherwise two for each isolate that there may be.
    pub fn in_flight(mut self, chunks: usize) -> Self {
        self.in_flight = chunks.max(1);
        self
    }

    /// Sets how many arguments go to an isolate at once; otherwise as many as take about 2 ms.
    pub fn chunks_of(mut self, arguments: usize) -> Self {
        self.size = arguments.max(1);
        self.fixed = Some(self.size);
        self
    }

    /// The next value, or why there is none for its argument; `None` when all were there.
    pub async fn next(&mut self) -> Option<Result<R, TaskError>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Sends chunks while there are arguments and not too many are on their way.
    fn send(&mut self, context: &mut Context<'_>) {
        while self.running.len() < self.in_flight {
            let mut chunk = Vec::new();
            let mut is_waiting = false;
            while chunk.len() < self.size
                && let Some(source) = &mut self.source
            {
                match source.as_mut().poll_next(context) {
                    Poll::Ready(Some(argument)) => chunk.push(argument),
                    Poll::Ready(None) => self.source = None,
                    Poll::Pending => {
                        is_waiting = true;
                        break;
                    }
                }
            }
            if !chunk.is_empty() {
                self.running.push_back(self.start(chunk));
            } else if self.source.is_none() {
                return;
            }
            if is_waiting {
                return;
            }
        }
    }

    fn start(&self, chunk: Vec<M>) -> Running<P, R> {
        let len = chunk.len();
        let call = (Function::<P, M, R>::new(self.function), chunk);
        let run = Pack::Plain(run_chunk::<P, M, R>);
        let job = JobBuilder::new(self.handle.shared.clone(), call, run);
        let task = job.start_as();
        Running { task, len }
    }

    /// Takes the outcome of a chunk.
    fn take(&mut self, len: usize, outcome: Result<Answers<R>, TaskError>) {
        match outcome {
            Ok((answers, took)) => {
                self.fit(len, Duration::from_micros(took));
                self.done
                    .extend(answers.into_iter().map(|answer| match answer {
                        Answer::Value(value) => Ok(value),
                        Answer::Panicked(error) => Err(TaskError::Panicked(error)),
                    }));
            }
            Err(error) => self.done.extend(iter::repeat_n(error, len).map(Err)),
        }
    }

    /// Makes the next chunks so large that they take as long as they are to.
    fn fit(&mut self, len: usize, took: Duration) {
        if self.fixed.is_none() {
            let each = took.as_nanos().max(1) / len.max(1) as u128;
            let fitting = CHUNK.as_nanos() / each.max(1);
            let fitting = usize::try_from(fitting).unwrap_or(LARGEST);
            self.size = fitting.clamp(1, LARGEST.min(self.size.max(len) * GROWTH));
        }
    }
}

impl<P: Platform, I: Stream<Item = M>, M: Message, R: Message> Stream for Map<P, I, M, R> {
    type Item = Result<R, TaskError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(value) = this.done.pop_front() {
                return Poll::Ready(Some(value));
            }
            this.send(context);
            if this.running.is_empty() {
                return if this.source.is_none() {
                    Poll::Ready(None)
                } else {
                    Poll::Pending
                };
            }
            let looked_at = if this.is_ordered {
                1
            } else {
                this.running.len()
            };
            let mut ready = None;
            for (index, chunk) in this.running.iter_mut().take(looked_at).enumerate() {
                if let Poll::Ready(outcome) = Pin::new(&mut chunk.task).poll(context) {
                    ready = Some((index, chunk.len, outcome));
                    break;
                }
            }
            let Some((index, len, outcome)) = ready else {
                return Poll::Pending;
            };
            let over = this.running.remove(index);
            drop(over);
            this.take(len, outcome);
        }
    }
}

impl<P: Platform, I, M, R> Unpin for Map<P, I, M, R> {}

impl<P: Platform, I, M, R> fmt::Debug for Map<P, I, M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("in_flight", &self.in_flight)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}
