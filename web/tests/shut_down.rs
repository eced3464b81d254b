//! `web::shut_down()`: nothing of the module is left on a page that goes on.
#![cfg(target_arch = "wasm32")]

mod common;

use std::time::Duration;

use insula_web::{
    Isolate, IsolateRunner, LoadBalancer, ReceivePort, SpawnError, TaskError, sleep, web,
};
use wasm_bindgen_test::wasm_bindgen_test;

use common::{for_ever, in_time, javascript, locks_held, runner};

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Counts the URLs of this page that were made and not revoked.
fn count_urls() {
    javascript(
        "globalThis.urls = new Set();
         const { createObjectURL, revokeObjectURL } = URL;
         URL.createObjectURL = (blob) => {
           const url = createObjectURL.call(URL, blob);
           urls.add(url);
           return url;
         };
         URL.revokeObjectURL = (url) => {
           urls.delete(url);
           revokeObjectURL.call(URL, url);
         };",
    );
}

fn urls() -> Option<f64> {
    javascript("urls.size").as_f64()
}

/// Spawns a script that stays; its helper's URL is the one that is left.
#[cfg(feature = "js")]
async fn spawn_script() {
    let url = web::isolate_module_url();
    assert_eq!(web::isolate_module_url(), url);
    assert_eq!(urls(), Some(1.0));
    let text = format!("import {{ ReceivePort }} from '{url}'; new ReceivePort();");
    let spawned = Isolate::spawn_uri(&common::script(&text), None::<&str>, ());
    in_time("a spawn", spawned).await.expect("it starts");
    javascript("[...urls].slice(1).forEach((url) => URL.revokeObjectURL(url))");
}

fn spin(_: ()) {
    loop {
        Isolate::checkpoint();
    }
}

async fn shut_down_there(_: ()) -> bool {
    let Ok(runner) = IsolateRunner::spawn().await else {
        return false;
    };
    web::shut_down();
    runner.run(|number: u32| number + 1, 1).await == Ok(2)
}

#[wasm_bindgen_test]
async fn all_workers_end_and_who_waits_is_told() {
    count_urls();
    let (idle, busy, balancer) = (
        runner().await,
        runner().await,
        in_time("a spawn", LoadBalancer::spawn(2))
            .await
            .expect("it starts"),
    );
    #[cfg(feature = "js")]
    spawn_script().await;
    let mut exits = ReceivePort::new();
    idle.isolate()
        .add_exit_listener(&exits.send_port(), 7)
        .expect("a number can be sent");
    let jobs = [
        idle.run_async(for_ever, ()),
        busy.run(spin, ()),
        balancer.run_async(for_ever, ()),
    ];
    // Long enough for the busy worker to have a control signal.
    sleep(Duration::from_millis(100)).await;
    let starting = IsolateRunner::spawn();

    web::shut_down();
    assert_eq!(web::worker_count(), 0);
    for job in jobs {
        let lost = in_time("a job", job).await;
        assert!(
            matches!(lost, Err(TaskError::IsolateLost { .. })),
            "{lost:?}"
        );
    }
    assert_eq!(in_time("the end", exits.next()).await, Some(7));
    let started = in_time("a spawn", starting).await;
    assert!(matches!(started, Err(SpawnError::Failed(_))), "{started:?}");
    in_time("the locks", async {
        while locks_held().await > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(urls(), Some(0.0));

    // Nothing starts any more, not even a balancer's next runner.
    let spawned = in_time("a spawn", IsolateRunner::spawn()).await;
    let error = spawned.expect_err("it was shut down").to_string();
    assert!(error.contains("shut_down"), "{error}");
    let job = balancer.run(|number: u32| number + 1, 1);
    assert!(in_time("a job", job).await.is_err());
    web::shut_down();
    assert_eq!(web::worker_count(), 0);

    // Unless the application begins anew.
    web::configure(web::Options::new());
    #[cfg(feature = "js")]
    spawn_script().await;
    let runner = runner().await;
    let job = in_time("a job", runner.run_async(shut_down_there, ())).await;
    assert_eq!(job, Ok(true), "in an isolate it does nothing");
    drop(runner);
    web::shut_down();
    assert_eq!(web::worker_count(), 0);
    assert_eq!(urls(), Some(0.0));
    web::configure(web::Options::new());
}
