//! What becomes of workers when their page is gone.

use std::time::Duration;

use insula_web::{IsolateRunner, sleep, spawn_local, web};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{
    for_ever, in_time, javascript, locks_held, no_worker_is_left, program_url, resolved, runner,
    tell,
};

/// The application of another page: workers that work on and on.
#[allow(unreachable_pub, reason = "JavaScript reaches it")]
#[wasm_bindgen]
pub fn begin_another_page() {
    fn spin(_: ()) {
        loop {
            insula_web::Isolate::checkpoint();
        }
    }
    for job in [None, Some(spin as fn(()))] {
        spawn_local(async move {
            let Ok(runner) = IsolateRunner::spawn().await else {
                return;
            };
            let waiting = runner.run_async(for_ever, ());
            let working = job.map(|job| runner.run(job, ()));
            let _ = waiting.await;
            drop((runner, working));
        });
    }
}

/// Opens another page of this program within this one.
fn open_page() -> JsValue {
    let program = program_url();
    javascript(&format!(
        "(() => {{
           const page = document.createElement('iframe');
           page.srcdoc = `<script type='module'>
             import * as program from '{program}';
             await program.default({{ module_or_path: '{program}_bg.wasm' }});
             program.begin_another_page();
           </` + `script>`;
           document.body.append(page);
           return page;
         }})()"
    ))
}

async fn locks_are(count: u32) {
    in_time("the locks", async {
        while locks_held().await != count {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// Idle or busy, workers end with their page, and end no worker of another page.
#[wasm_bindgen_test]
async fn workers_end_when_their_page_goes_elsewhere() {
    let own = runner().await;
    locks_are(1).await;
    for go in [
        "page.srcdoc = '<p>elsewhere</p>'",
        "page.contentWindow.location.reload()",
        "page.remove()",
    ] {
        let page = open_page();
        locks_are(3).await;
        js_sys::Reflect::set(&js_sys::global(), &"page".into(), &page).expect("it is set");
        javascript(go);
        if go.contains("reload") {
            // Those of the old page end, those of the new one begin.
            sleep(Duration::from_millis(300)).await;
            locks_are(3).await;
            javascript("page.remove()");
        }
        locks_are(1).await;
        javascript("page.remove()");
    }
    let answer = in_time("the job", own.run(|number: u32| number + 1, 1)).await;
    assert_eq!(answer, Ok(2));
    drop(own);
    no_worker_is_left().await;
}

/// Begins a job that never ends, and tells what becomes of it.
#[allow(unreachable_pub, reason = "JavaScript reaches it")]
#[wasm_bindgen]
pub fn work_until_the_end() {
    spawn_local(async {
        let Ok(runner) = IsolateRunner::spawn().await else {
            return tell("no runner");
        };
        let work = runner.run_async(for_ever, ());
        tell("begun");
        let outcome = work.await;
        tell(&outcome.map_or_else(|error| error.to_string(), |()| "done".to_owned()));
    });
}

/// What hot reload does with an old instance.
#[allow(unreachable_pub, reason = "JavaScript reaches it")]
#[wasm_bindgen]
pub fn end_this_instance() -> usize {
    web::shut_down();
    web::worker_count()
}

/// Instances of one module follow each other on one page, as with hot reload: each tells its jobs in flight and leaves
/// nothing, and the first instance goes on.
#[wasm_bindgen_test]
async fn instances_that_follow_each_other_leave_nothing() {
    let own = runner().await;
    locks_are(1).await;
    let program = program_url();
    for number in 0..4 {
        let outcome = javascript(&format!(
            "(async () => {{
               const program = await import('{program}?instance={number}');
               await program.default({{ module_or_path: '{program}_bg.wasm' }});
               const next = () => new Promise((told) => {{ globalThis.told = told; }});
               const first = next();
               program.work_until_the_end();
               const begun = await first;
               const {{ held }} = await navigator.locks.query();
               const outcome = next();
               const left = program.end_this_instance();
               return [begun, held.length, left, await outcome].join();
             }})()"
        ));
        let outcome = in_time("an instance", resolved(outcome)).await;
        let outcome = outcome.as_string().expect("a text");
        let told = outcome.strip_prefix("begun,2,0,the isolate ");
        assert!(
            told.is_some_and(|told| told.contains("was lost: it was killed")),
            "{outcome}"
        );
        locks_are(1).await;
    }
    let answer = in_time("the job", own.run(|number: u32| number + 1, 1)).await;
    assert_eq!(answer, Ok(2));
    drop(own);
    no_worker_is_left().await;
}
