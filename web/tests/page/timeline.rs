//! What the developer tools show of isolates.

use insula_web::{IsolateRunner, WorkerPool, web};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{in_time, javascript, no_worker_is_left};

#[wasm_bindgen_test]
async fn jobs_of_a_pool_are_measures_on_the_tracks_of_their_isolates() {
    let measures = "JSON.stringify(performance.getEntriesByType('measure').filter((entry) => entry.name === 'cat.jpg').map(({ startTime, duration, detail }) => ({ startTime, duration, detail })))";
    let pool = WorkerPool::builder().debug_name("photos").max(1).build();
    let resize = |label: &str| pool.job(|n: u32| n + 1, 1).label(label).start();
    in_time("a job", resize("cat.jpg")).await.expect("it ends");
    assert_eq!(
        javascript(measures).as_string().as_deref(),
        Some("[]"),
        "it was not asked for"
    );

    web::draw_timeline(true);
    in_time("a job", resize("cat.jpg")).await.expect("it ends");
    web::draw_timeline(false);
    in_time("a job", resize("cat.jpg")).await.expect("it ends");
    let found = javascript(measures).as_string().expect("a text");
    let found: serde_json::Value = serde_json::from_str(&found).expect("it is JSON");
    let [entry] = &found.as_array().expect("a list")[..] else {
        panic!("{found}")
    };
    let devtools = &entry["detail"]["devtools"];
    assert_eq!(devtools["track"], "photos 0");
    assert_eq!(devtools["trackGroup"], "insula");
    assert_eq!(devtools["dataType"], "track-entry");
    let properties: Vec<_> = devtools["properties"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|pair| pair[0].as_str().expect("a text"))
        .collect();
    assert_eq!(properties, ["isolate", "waited", "ran"]);
    let (start, length) = (entry["startTime"].as_f64(), entry["duration"].as_f64());
    let now = javascript("performance.now()").as_f64().expect("a number");
    let end = start.expect("a number") + length.expect("a number");
    assert!(end <= now && length > Some(0.0), "{entry}");
    in_time("the end", pool.close()).await.expect("it ends");
    no_worker_is_left().await;
}

fn listen(_: ()) {
    javascript("globalThis.seen = []; console.timeStamp = (...all) => globalThis.seen.push(all);");
    web::draw_timeline(true);
}

fn seen(_: ()) -> String {
    let seen = javascript("JSON.stringify(globalThis.seen)");
    seen.as_string().expect("a text")
}

#[wasm_bindgen_test]
async fn a_worker_draws_its_events_on_a_track_with_its_name() {
    let runner = IsolateRunner::builder().debug_name("drawn").spawn();
    let runner = in_time("a spawn", runner).await.expect("it starts");
    in_time("a job", runner.run(listen, ()))
        .await
        .expect("ends");
    for _ in 0..3 {
        let job = runner.run(|n: u32| n + 1, 1);
        in_time("a job", job).await.expect("ends");
    }
    let seen = in_time("a job", runner.run(seen, ())).await.expect("ends");
    let seen: Vec<serde_json::Value> = serde_json::from_str(&seen).expect("it is JSON");
    let jobs: Vec<_> = seen.iter().filter(|mark| mark[0] == "job").collect();
    // That in which it was switched on is not timed.
    assert_eq!(jobs.len(), 3, "{seen:?}");
    let mut last = 0.0;
    for mark in jobs {
        let (begin, end) = (mark[1].as_f64().expect("a number"), mark[2].as_f64());
        assert!(last <= begin && Some(begin) <= end, "{mark}");
        last = end.expect("a number");
        assert_eq!((&mark[3], &mark[4]), (&"drawn".into(), &"insula".into()));
    }
    in_time("the end", runner.close()).await.expect("it ends");
    no_worker_is_left().await;
}
