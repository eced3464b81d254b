//! A million jobs that each take less than a message would: `WorkerPool::map` sends them in chunks.

use insula::WorkerPool;
use rayon::prelude::*;

use super::{THREADS, peers};
use crate::{
    contest::{Row, Target, Unit, timed_by},
    effort,
};

pub(crate) fn row(id: &'static str) -> Row {
    let count = effort::either(1_000_000, 10_000);
    Row::new(id)
        .measure(Unit::Time, "one of a million additions, on two threads")
        .rounds(10)
        .ours("WorkerPool::map", &[Target::value(1_000.0)], move || {
            let pool = WorkerPool::builder().max(THREADS).build();
            timed_by(count, move |count| {
                let pool = pool.clone();
                let sum = insula::block_on(async move {
                    let mut numbers = pool.map(|n: u64| n + 1, 0..u64::from(count));
                    let mut sum = 0;
                    while let Some(number) = numbers.next().await {
                        sum += number.expect("the job has not panicked");
                    }
                    sum
                });
                assert_eq!(sum, sum_of(count));
            })
        })
        .reference("rayon, into a vector", move || {
            let pool = peers::rayon();
            timed_by(count, move |count| {
                let numbers: Vec<u64> = pool.install(|| {
                    (0..u64::from(count))
                        .into_par_iter()
                        .map(|n| n + 1)
                        .collect()
                });
                assert_eq!(numbers.into_iter().sum::<u64>(), sum_of(count));
            })
        })
}

fn sum_of(count: u32) -> u64 {
    let count = u64::from(count);
    count * (count + 1) / 2
}
