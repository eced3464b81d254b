//! What works in every host, with workers and without.

use insula_web::{IsolateRunner, SpawnError, compute};

use crate::common::{in_time, javascript, no_worker_is_left};

pub(crate) async fn compute_runs() {
    assert_eq!(in_time("a job", compute(|n: u32| n + 1, 1)).await, Ok(2));
}

pub(crate) async fn a_runner_starts_where_there_are_workers() {
    let has_workers = !javascript("globalThis.Worker").is_undefined();
    match in_time("a spawn", IsolateRunner::spawn()).await {
        Ok(runner) => {
            assert!(has_workers);
            assert_eq!(in_time("a job", runner.run(|n: u32| n + 1, 1)).await, Ok(2));
        }
        Err(error) => assert!(
            !has_workers && matches!(error, SpawnError::Unsupported(_)),
            "{error}"
        ),
    }
    no_worker_is_left().await;
}

/// Each test, in the host of the program.
#[macro_export]
macro_rules! anywhere_tests {
    ($($name:ident)+) => {
        $(
            #[wasm_bindgen_test]
            async fn $name() {
                $crate::common::anywhere::$name().await;
            }
        )+
    };
}
