//! Hosts that are no browsers: `cargo test` with the runner `tests/hosts/run-in`. A browser's runner passes this program over.
#![cfg(target_arch = "wasm32")]

mod common;

use std::time::Duration;

use common::{Patient, for_ever, in_time, javascript, no_worker_is_left, runner, spawn_from};
use insula_web::{
    Error, ExitReason, IsolateRunner, LoadBalancer, SpawnError, TaskError, Timer, compute,
};
use wasm_bindgen_test::wasm_bindgen_test;

fn has_workers() -> bool {
    !javascript("globalThis.Worker").is_undefined()
}

#[wasm_bindgen_test]
async fn compute_runs_without_workers() {
    assert_eq!(compute(|n: u32| n + 1, 1).await, Ok(2));
}

#[wasm_bindgen_test]
async fn a_host_without_workers_says_so() {
    javascript("globalThis.kept = globalThis.Worker; delete globalThis.Worker");
    let runner = in_time("a spawn", IsolateRunner::spawn()).await;
    let balancer = in_time("spawns", LoadBalancer::spawn(2)).await;
    javascript("if (globalThis.kept !== undefined) globalThis.Worker = globalThis.kept");
    let error = runner.expect_err("there are no workers");
    assert!(matches!(error, SpawnError::Unsupported(_)), "{error}");
    assert!(error.to_string().contains("has no Web Workers"), "{error}");
    let error = Error::from(balancer.expect_err("there are no workers"));
    assert!(error.to_string().contains("has no Web Workers"), "{error}");
}

#[wasm_bindgen_test]
async fn workers_find_their_code_in_a_file() {
    if !has_workers() {
        return;
    }
    let runner = runner().await;
    assert_eq!(in_time("a job", runner.run(|n: u32| n + 1, 1)).await, Ok(2));
    drop(runner);
    no_worker_is_left().await;
}

/// By the lock in Deno, by the event `close` in Bun. The heartbeat would give another reason.
#[wasm_bindgen_test]
async fn a_worker_that_ends_itself_is_noticed() {
    if !has_workers() {
        return;
    }
    let runner = runner().await;
    let waiting = runner.run_async(for_ever, ());
    let leave = |()| {
        javascript("setTimeout(() => globalThis.Bun ? process.exit() : self.close())");
    };
    assert_eq!(in_time("a job", runner.run(leave, ())).await, Ok(()));
    let lost = in_time("the other job", waiting).await;
    let Err(TaskError::IsolateLost { reason, .. }) = lost else {
        panic!("{lost:?}")
    };
    assert!(
        matches!(&reason, ExitReason::Lost(error) if error.description().contains("it has closed")),
        "{reason:?}"
    );
    no_worker_is_left().await;
}

/// Deno's event for it has no file name.
#[wasm_bindgen_test]
async fn an_exception_in_a_timeout_ends_its_worker() {
    if !has_workers() {
        return;
    }
    let throw = |()| {
        javascript("setTimeout(() => { throw new Error('in a timeout'); })");
    };
    let patient = Patient::new().await;
    let job = in_time("the job", patient.runner.run(throw, ())).await;
    assert_eq!(job, Ok(()));
    let error = patient.dies_of_itself().await;
    assert!(error.description().contains("in a timeout"), "{error:?}");
}

/// Deno tells of the trap that follows before it delivers what the worker has said of the panic.
#[wasm_bindgen_test]
async fn a_panic_is_not_overtaken_by_its_trap() {
    if !has_workers() {
        return;
    }
    for _ in 0..10 {
        let patient = Patient::new().await;
        let boom = |()| {
            Timer::new(Duration::ZERO, || panic!("boom"));
        };
        let job = in_time("the job", patient.runner.run(boom, ())).await;
        assert_eq!(job, Ok(()));
        let error = patient.dies_of_itself().await;
        assert!(error.description().contains("boom"), "{error:?}");
    }
}

/// Such a host has no page to which a URL could be relative.
#[wasm_bindgen_test]
async fn a_worker_url_is_relative_to_the_program() {
    if !has_workers() {
        return;
    }
    let error = spawn_from("./nothing-here.js").await;
    let is_not_found =
        matches!(&error, SpawnError::NotFound { uri, .. } if uri == "./nothing-here.js");
    assert!(is_not_found, "{error}");
    no_worker_is_left().await;
}
