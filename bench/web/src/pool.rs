//! [`Pool`]: jobs on two workers.

use futures_util::future::try_join_all;
use insula::WorkerPool;
use wasm_bindgen::prelude::*;

use crate::{expect, told};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Keeps its thread busy for so many milliseconds.
fn busy(milliseconds: f64) -> f64 {
    if milliseconds > 0.0 {
        let end = now() + milliseconds;
        while now() < end {}
    }
    milliseconds
}

/// A pool of workers that are all there.
#[wasm_bindgen]
pub struct Pool {
    pool: WorkerPool,
}

#[wasm_bindgen]
impl Pool {
    /// Starts the workers.
    pub async fn start(workers: usize) -> Result<Self, JsError> {
        let pool = WorkerPool::builder().min(workers).max(workers);
        let pool = pool.prewarm().build();
        pool.ready().await.map_err(told)?;
        Ok(Self { pool })
    }

    /// Jobs that are all there at once and keep a worker busy for so long.
    pub async fn jobs(&self, milliseconds: f64, count: u32) -> Result<(), JsError> {
        let jobs = (0..count).map(|_| self.pool.run(busy, milliseconds));
        let answers = try_join_all(jobs).await.map_err(told)?;
        expect(answers.len() as u32, count)
    }

    /// Ends the workers.
    pub async fn end(self) -> Result<(), JsError> {
        self.pool.close().await.map_err(told)
    }
}
