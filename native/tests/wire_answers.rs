//! Where messages are encoded, every job is answered, whatever its value is.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::use_self,
    reason = "tests; serde's derive"
)]

use std::{any::type_name, env, process::Command, time::Duration};

use insula_core::Message;
use insula_native::{IsolateRunner, TaskError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    Circle { r: f64 },
}

/// Runs the tests of this file once more, in a process in which messages are encoded.
#[test]
fn encoded() {
    let here = env::current_exe().unwrap();
    let status = Command::new(here)
        .args(["--ignored", "--test-threads=1"])
        .env("INSULA_ENCODE", "1")
        .status()
        .unwrap();
    assert!(status.success());
}

fn outcome<R: Message + std::fmt::Debug>(job: fn(u32) -> R) -> TaskError {
    insula_native::block_on(async move {
        let runner = IsolateRunner::spawn().await.unwrap();
        let outcome = runner.run(job, 1).timeout(Duration::from_secs(10)).await;
        runner.close().await.unwrap();
        outcome.unwrap_err()
    })
}

#[track_caller]
fn is_refused(error: &TaskError, type_name: &str) {
    assert!(matches!(error, TaskError::Encode(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains(type_name) && text.contains("wrap it in Json<T>"),
        "{text}"
    );
}

#[test]
#[ignore = "run by `encoded`"]
fn a_value_that_describes_itself() {
    is_refused(&outcome(|n| json!(n)), "serde_json::value::Value");
    is_refused(&outcome(|n| Some(json!(n))), "serde_json::value::Value");
    is_refused(
        &outcome(|_| Err::<Tagged, _>("none".to_owned())),
        type_name::<Tagged>(),
    );
    is_refused(
        &outcome(|_| Tagged::Circle { r: 1.0 }),
        type_name::<Tagged>(),
    );
}

#[test]
#[ignore = "run by `encoded`"]
fn a_panic_instead_of_such_a_value() {
    let error = outcome(|_| -> Value { panic!("no value") });
    assert!(
        matches!(&error, TaskError::Panicked(panic) if panic.to_string().contains("no value")),
        "{error:?}"
    );
}

#[test]
#[ignore = "run by `encoded`"]
fn an_argument_that_describes_itself() {
    insula_native::block_on(async move {
        let runner = IsolateRunner::spawn().await.unwrap();
        let task = runner.run(|value: Value| value.is_null(), json!(1));
        is_refused(
            &task.timeout(Duration::from_secs(10)).await.unwrap_err(),
            "Value).1",
        );
        runner.close().await.unwrap();
    });
}
