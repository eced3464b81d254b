//! Inspection where isolates share no memory: what is said of those that can't answer, and in the console.

use std::time::Duration;

#[cfg(feature = "js")]
use insula_web::{Isolate, Priority};
use insula_web::{
    WorkerPool,
    inspect::{Finding, Inspection, IsolateInfo, State, Thresholds, within},
    sleep, web,
};
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(feature = "js")]
use crate::common::script;
use crate::common::{block, in_time, javascript, no_worker_is_left, now_ms, resolved, runner};

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn of<'a>(now: &'a Inspection, name: &str) -> &'a IsolateInfo {
    let mut isolates = now.isolates.iter();
    let found = isolates.find(|isolate| isolate.name == name);
    found.unwrap_or_else(|| panic!("no isolate `{name}` in\n{now}"))
}

fn spin(milliseconds: u64) {
    block(ms(milliseconds));
}

#[wasm_bindgen_test]
async fn inspect_lists_the_page_first() {
    let runner = runner().await;
    let now = within(ms(5_000)).await;
    let main = &now.isolates[0];
    assert_eq!((main.id, &*main.name, &*main.parent_name), (0, "main", ""));
    assert!(
        main.silent.is_none() && main.events > 0 && main.busy_time > ms(0),
        "{main:?}"
    );
    assert!(of(&now, "runner").age < main.age);
    drop(runner);
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn inspect_says_since_when_a_worker_does_not_answer() {
    let runner = runner().await;
    let job = runner.run(spin, 1_500);
    let began = now_ms();
    let first = within(ms(100)).await;
    assert!(now_ms() - began >= 99.0, "it waits for its limit");
    let silent = of(&first, "runner");
    let lasting = silent.silent.expect("it is busy");
    assert!(
        silent.state == State::Busy && lasting >= ms(99),
        "{silent:?}"
    );
    // What is sent to it waits, and is counted.
    let waits: Vec<_> = (0..20).map(|n| runner.run(|n: u32| n, n)).collect();
    let second = within(ms(50)).await;
    let silent = of(&second, "runner");
    assert!(
        silent.silent.expect("it is busy") >= lasting + ms(49),
        "{silent:?}"
    );
    assert!(silent.queue >= Some(20), "{silent:?}");
    let thresholds = Thresholds {
        busy: ms(100),
        queue: 10,
        growth: 10,
        ..Thresholds::default()
    };
    let findings = second.findings_beyond(&thresholds);
    assert!(
        findings
            .iter()
            .any(|finding| matches!(finding, Finding::LongQueue { .. }))
    );
    let busy = findings
        .iter()
        .map(ToString::to_string)
        .find(|text| text.contains("busy"));
    assert!(
        busy.as_ref()
            .is_some_and(|text| text.ends_with(": it does not answer")),
        "{busy:?}"
    );
    let grown = second.growth_since(&first, &thresholds);
    assert!(
        matches!(grown[..], [Finding::GrowingQueue { to: 20.., .. }]),
        "{grown:?}"
    );
    in_time("the job", job).await.expect("it is done");
    for wait in waits {
        in_time("a job", wait).await.expect("it is done");
    }
    let third = within(ms(5_000)).await;
    let free = of(&third, "runner");
    assert!(free.silent.is_none() && free.event.is_none(), "{free:?}");
    assert!(free.busy_time >= ms(1_400) && free.events >= 21, "{free:?}");
    drop(runner);
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn inspect_names_the_job_of_a_worker_that_does_not_answer() {
    let pool = WorkerPool::builder().debug_name("photos").max(1).build();
    in_time("a start", pool.ready()).await.expect("it starts");
    let job = pool.job(spin, 2_500).label("cat.jpg").start();
    let waits = pool.run(spin, 0);
    sleep(ms(100)).await;
    drop(within(ms(0)).await);
    sleep(ms(1_200)).await;
    let now = within(ms(20)).await;
    let photos = of(&now, "photos 0");
    let running = photos.job.as_ref().map(|job| job.running);
    assert!(
        running > photos.silent && photos.silent >= Some(ms(1_200)),
        "{photos:?}"
    );
    let findings: Vec<_> = now.findings().iter().map(ToString::to_string).collect();
    let [pool_is_stuck, busy] = &findings[..] else {
        panic!("{findings:?}");
    };
    assert!(
        pool_is_stuck.contains("1 job waits, and `cat.jpg` has run for "),
        "{findings:?}"
    );
    assert!(
        busy.contains("`photos 0` has been busy for at least 1."),
        "{findings:?}"
    );
    assert!(busy.ends_with(": the job `cat.jpg`"), "{findings:?}");
    in_time("a job", job).await.expect("it is done");
    in_time("a job", waits).await.expect("it is done");
    in_time("the end", pool.close()).await.expect("it ends");
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn inspect_ends_in_a_worker_although_the_page_is_busy() {
    async fn look(_: ()) -> Inspection {
        within(ms(200)).await
    }
    let runner = runner().await;
    let job = runner.run_async(look, ());
    block(ms(1_500));
    let now = in_time("the inspection", job).await.expect("it is done");
    let main = of(&now, "main");
    assert!(
        main.silent.is_some_and(|lasting| lasting >= ms(199)),
        "{main:?}"
    );
    assert!(of(&now, "runner").events > 0);
    drop(runner);
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn inspect_is_in_the_console() {
    javascript(
        "globalThis.printed = { rows: [], warnings: [], table: console.table, warn: console.warn };
         console.table = (rows) => printed.rows.push(...rows);
         console.warn = (text) => printed.warnings.push(text);",
    );
    web::inspect_in_console();
    web::inspect_in_console();
    let runner = runner().await;
    let text = resolved(javascript("insula.inspect(5000)")).await;
    let text = text.as_string().expect("a text");
    assert!(
        text.contains("runner") && text.trim_start().starts_with('#'),
        "{text}"
    );
    let names = javascript("printed.rows.map((row) => row.isolate).join()").as_string();
    assert_eq!(names.as_deref(), Some("main,runner"));
    let state = javascript("printed.rows[1].state").as_string();
    assert_eq!(state.as_deref(), Some("idle"));
    javascript("Object.assign(console, { table: printed.table, warn: printed.warn })");
    drop(runner);
    no_worker_is_left().await;
}

#[cfg(feature = "js")]
#[wasm_bindgen_test]
async fn inspect_tells_what_the_root_knows_of_a_script() {
    let url = script("onmessage = () => {}; globalThis.spin = () => {};");
    let builder = Isolate::builder().debug_name("script");
    let isolate = in_time("a spawn", builder.spawn_uri(&url, None::<&str>, ())).await;
    let isolate = isolate.expect("the script starts");
    let idle = within(ms(5_000)).await;
    let idle = of(&idle, "script");
    assert!(
        idle.state == State::Idle && idle.silent.is_none() && idle.is_named,
        "{idle:?}"
    );
    let pause = isolate.pause();
    let paused = within(ms(5_000)).await;
    let paused = of(&paused, "script");
    assert_eq!(
        (paused.state, paused.pauses, paused.queue),
        (State::Paused, 1, Some(0))
    );
    isolate.resume(pause);
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
    let url = script(
        "setTimeout(() => { const end = Date.now() + 1500; while (Date.now() < end) {} }, 100);",
    );
    let isolate = in_time("a spawn", Isolate::spawn_uri(&url, None::<&str>, ())).await;
    let isolate = isolate.expect("the script starts"); // it is called `main`, as the page
    sleep(ms(200)).await;
    let busy = within(ms(50)).await;
    let busy = &busy.isolates[1];
    assert!(
        busy.state == State::Busy && busy.silent >= Some(ms(49)) && !busy.is_named,
        "{busy:?}"
    );
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}
