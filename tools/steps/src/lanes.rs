//! Jobs side by side.

use std::{
    env,
    sync::{Mutex, PoisonError},
    thread,
};

use anyhow::{Context, Result};

/// A lane for each core, unless `INSULA_LANES` says otherwise.
pub(crate) fn wanted() -> Result<usize> {
    wanted_or(|cores| cores)
}

/// The same for jobs that wait for half of their time, such as browsers: one more than there are cores.
pub(crate) fn wanted_for_waiting() -> Result<usize> {
    wanted_or(|cores| cores + 1)
}

fn wanted_or(lanes_of: impl FnOnce(usize) -> usize) -> Result<usize> {
    match env::var("INSULA_LANES") {
        Ok(lanes) => lanes.parse().context("INSULA_LANES is no number"),
        Err(_) => Ok(lanes_of(
            thread::available_parallelism().map_or(1, usize::from),
        )),
    }
}

/// Does `work` for each job, up to `lanes` at a time, in the order given. The results have that order.
pub(crate) fn run<J: Send, R: Send>(
    lanes: usize,
    jobs: Vec<J>,
    work: impl Fn(J) -> R + Sync,
) -> Vec<R> {
    let queue = Mutex::new(jobs.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let lane = || {
        let mut done = Vec::new();
        while let Some((number, job)) = next() {
            done.push((number, work(job)));
        }
        done
    };
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes.max(1)).map(|_| scope.spawn(lane)).collect();
        let lanes = lanes
            .into_iter()
            .map(|lane| lane.join().expect("a lane does not panic"));
        lanes.flatten().collect()
    });
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::{sync::Barrier, time::Duration};

    use super::*;

    #[test]
    fn results_have_the_order_of_the_jobs() {
        let work = |wait: u64| {
            thread::sleep(Duration::from_millis(wait));
            wait
        };
        assert_eq!(run(2, vec![40, 1, 20, 2], work), [40, 1, 20, 2]);
    }

    #[test]
    fn jobs_run_side_by_side() {
        let meeting = Barrier::new(3);
        run(3, vec![(), (), ()], |()| {
            meeting.wait();
        });
    }
}
