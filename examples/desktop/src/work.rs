//! [`Search`]: primes are counted on the pool, one part after the other.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use futures_core::Stream;
use insula::{
    TaskError, WorkerPool,
    stream::{Sender, TaskStream},
};

/// In how many parts the numbers are searched.
const PARTS: u32 = 100;

/// Counts the primes below a number; says after each part how many there are so far.
async fn primes(below: u32, found: Sender<u32>) {
    let mut known = 0;
    for part in 0..PARTS {
        let end = |part| (u64::from(below) * u64::from(part) / u64::from(PARTS)) as u32;
        known += (end(part)..end(part + 1)).filter(|n| is_prime(*n)).count() as u32;
        if found.send(known).await.is_err() {
            return; // nobody looks any more
        }
    }
}

fn is_prime(n: u32) -> bool {
    n >= 2
        && (2..)
            .take_while(|d| d * d <= n)
            .all(|d| !n.is_multiple_of(d))
}

/// A search that is under way. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Search {
    counts: TaskStream<u32, ()>,
    parts: u32,
    found: u32,
}

/// How a search has ended.
pub(crate) type Ended = Result<u32, TaskError>;

impl Search {
    pub(crate) fn start(pool: &WorkerPool, below: u32) -> Self {
        Self {
            counts: pool.stream(primes, below),
            parts: 0,
            found: 0,
        }
    }

    /// Takes what has come since the last frame. The waker is woken when there is more.
    pub(crate) fn look(&mut self, waker: &Waker) -> Option<Ended> {
        let mut context = Context::from_waker(waker);
        loop {
            match Pin::new(&mut self.counts).poll_next(&mut context) {
                Poll::Pending => return None,
                Poll::Ready(Some(Ok(found))) => {
                    self.found = found;
                    self.parts += 1;
                }
                Poll::Ready(Some(Err(error))) => return Some(Err(error)),
                Poll::Ready(None) => return Some(Ok(self.found)),
            }
        }
    }

    /// The share that is done, and the primes so far.
    pub(crate) fn progress(&self) -> (f32, u32) {
        (self.parts as f32 / PARTS as f32, self.found)
    }
}
