//! `compute` on a pool of workers: the page goes on meanwhile.

use std::{cell::Cell, time::Duration};

use insula_web::{
    ComputePool, ExitReason, Priority, TaskError, compute, compute_async, is_host, sleep,
    spawn_local,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{in_time, no_worker_is_left, runner, workers_are};

thread_local! {
    static TICKS: Cell<u32> = const { Cell::new(0) };
}

/// Works for a while; whether it does on the page, and how often the page's timer came meanwhile, for all that the
/// place where it works can know.
fn work(_: ()) -> (bool, u32) {
    let (before, end) = (TICKS.get(), js_sys::Date::now() + 400.0);
    while js_sys::Date::now() < end {}
    (is_host(), TICKS.get() - before)
}

async fn work_async(_: ()) -> (bool, u32) {
    sleep(Duration::ZERO).await;
    work(())
}

#[wasm_bindgen_test]
async fn the_page_ticks_while_a_pool_computes() {
    spawn_local(async {
        loop {
            sleep(Duration::from_millis(5)).await;
            TICKS.set(TICKS.get() + 1);
        }
    });
    let on_the_page = in_time("a job", compute(work, ())).await;
    assert_eq!(on_the_page, Ok((true, 0)), "the page stands still");

    let pool = in_time("the pool", ComputePool::install(2))
        .await
        .expect("it starts");
    workers_are(2).await;
    for task in [compute(work, ()), compute_async(work_async, ())] {
        let before = TICKS.get();
        assert_eq!(in_time("a job", task).await, Ok((false, 0)));
        assert!(TICKS.get() >= before, "{before}");
    }
    let before = TICKS.get();
    assert_eq!(in_time("a job", compute(work, ())).await, Ok((false, 0)));
    let ticks = TICKS.get() - before;
    assert!(ticks >= 10, "{ticks} ticks in 400 ms of work elsewhere");

    drop(pool);
    no_worker_is_left().await;
}

fn boom(number: u32) -> u32 {
    assert!(number < 3, "boom");
    number
}

#[wasm_bindgen_test]
async fn a_panic_is_its_task_s_and_jobs_go_on() {
    let pool = in_time("the pool", ComputePool::install(2))
        .await
        .expect("it starts");
    for number in 0..6 {
        match (number, in_time("a job", compute(boom, number)).await) {
            (..3, outcome) => assert_eq!(outcome, Ok(number)),
            (
                _,
                Err(
                    TaskError::IsolateLost {
                        reason: ExitReason::Failed(error),
                        ..
                    }
                    | TaskError::Panicked(error),
                ),
            ) => assert_eq!(error.description(), "boom"),
            (_, other) => panic!("{other:?}"),
        }
    }
    assert_eq!(in_time("a job", compute(boom, 1)).await, Ok(1));
    drop(pool);
    no_worker_is_left().await;
}

async fn compute_there_for_good(number: u32) -> Option<u32> {
    ComputePool::install(1).await.ok()?.detach();
    compute(boom, number).await.ok()
}

async fn compute_there(number: u32) -> Option<u32> {
    let _pool = ComputePool::install(1).await.ok()?;
    compute(boom, number).await.ok()
}

/// A detached pool ends with its isolate, although that is terminated.
#[wasm_bindgen_test]
async fn a_detached_pool_ends_with_its_worker() {
    let runner = runner().await;
    let task = runner.run_async(compute_there_for_good, 2);
    assert_eq!(in_time("the job", task).await, Ok(Some(2)));
    workers_are(2).await;
    runner.isolate().kill(Priority::Immediate);
    no_worker_is_left().await;
}

/// A worker can install a pool, which ends with its handle.
#[wasm_bindgen_test]
async fn a_worker_has_a_pool_of_its_own() {
    let runner = runner().await;
    let task = runner.run_async(compute_there, 2);
    assert_eq!(in_time("the job", task).await, Ok(Some(2)));
    workers_are(1).await;
    drop(runner);
    no_worker_is_left().await;
}
