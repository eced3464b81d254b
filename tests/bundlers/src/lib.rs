//! The application that is built by every bundler and run in a browser: it asks workers who they are,
//! and shows their answers.
//!
//! `entry.js` counts in `starts` how often it ran in its realm: once on the page, never in a worker.
//! A driver reads `document.body.dataset.state`, which becomes `done` or `failed`, and `textContent`.
#![cfg(target_arch = "wasm32")]

use std::time::Duration;

use insula::{Error, IsolateRunner, LoadBalancer};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = globalThis, js_name = starts)]
    static STARTS: Option<u32>;
    #[wasm_bindgen(thread_local_v2, js_namespace = globalThis, js_name = workerUrl)]
    static WORKER_URL: Option<String>;
    #[wasm_bindgen(thread_local_v2, js_namespace = globalThis, js_name = startTimeout)]
    static START_TIMEOUT: Option<u32>;
    #[wasm_bindgen(thread_local_v2, js_namespace = globalThis, js_name = name)]
    static NAME: String;
    #[wasm_bindgen(js_namespace = globalThis, js_name = show)]
    fn show(state: &str, text: &str);
}

/// What one realm, page or worker, says of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Realm {
    name: String,
    starts: u32,
    square: u32,
}

#[derive(Debug, Serialize)]
struct Report {
    page: Realm,
    runner: Realm,
    balancer: Vec<Realm>,
}

/// Runs on the page and in workers.
fn realm(number: u32) -> Realm {
    Realm {
        name: NAME.with(Clone::clone),
        starts: STARTS.with(|starts| starts.unwrap_or(0)),
        square: number * number,
    }
}

async fn report() -> Result<Report, Error> {
    let runner = IsolateRunner::builder()
        .debug_name("squares")
        .spawn()
        .await?;
    let balancer = LoadBalancer::spawn(2).await?;
    let jobs: Vec<_> = (3..7).map(|number| balancer.run(realm, number)).collect();
    let mut report = Report {
        page: realm(1),
        runner: runner.run(realm, 2).await?,
        balancer: Vec::new(),
    };
    for job in jobs {
        report.balancer.push(job.await?);
    }
    Ok(report)
}

async fn app() {
    match report().await {
        Ok(report) => show(
            "done",
            &serde_json::to_string(&report).unwrap_or_else(|error| error.to_string()),
        ),
        Err(error) => show("failed", &error.to_string()),
    }
}

#[wasm_bindgen(start)]
fn start() {
    let mut options = insula::web::Options::new();
    if let Some(url) = WORKER_URL.with(Clone::clone) {
        options = options.worker_url(url);
    }
    if let Some(limit) = START_TIMEOUT.with(|limit| *limit) {
        options = options.start_timeout(Duration::from_millis(limit.into()));
    }
    insula::web::configure(options);
    insula::main(app);
}
