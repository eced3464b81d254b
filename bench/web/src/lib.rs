//! What the browser's rows measure of insula. page/rows.js calls this, beside the peers.
//!
//! Each function does its work `count` times. The page takes the time.
#![cfg(target_arch = "wasm32")]

pub mod documents;
mod pair;
mod pool;

use std::fmt::Display;

use insula::IsolateRunner;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(start)]
fn start() {
    insula::main(async || ());
}

fn echo(number: u32) -> u32 {
    number
}

/// For a worker that has no insula around it.
#[wasm_bindgen(js_name = echoOf)]
pub fn echo_of(number: u32) -> u32 {
    echo(number)
}

/// A worker of its own, from its start to its first answer, `count` times.
#[wasm_bindgen(js_name = firstResults)]
pub async fn first_results(count: u32) -> Result<(), JsError> {
    for number in 0..count {
        let runner = IsolateRunner::spawn().await.map_err(told)?;
        expect(runner.run(echo, number).await.map_err(told)?, number)?;
        runner.isolate().kill(insula::Priority::Immediate);
    }
    Ok(())
}

/// What came must be what was sent, so that nobody measures a mistake.
fn expect<T: PartialEq + std::fmt::Debug>(came: T, sent: T) -> Result<(), JsError> {
    if came == sent {
        return Ok(());
    }
    Err(JsError::new(&format!("{came:?} came for {sent:?}")))
}

fn told(error: impl Display) -> JsError {
    JsError::new(&error.to_string())
}
