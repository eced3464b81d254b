//! What a panic does, wherever it happens: where panics unwind it is an error, and everything goes on; where they abort
//! it takes the worker.

use std::time::Duration;

use insula_web::{
    Isolate, Priority, RawReceivePort, ReceivePort, RemoteError, SendPort, Start, TaskError, Timer,
    register_program, schedule_microtask, sleep, spawn_local,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{Patient, in_time, javascript, no_worker_is_left, resolved};

const UNWINDS: bool = cfg!(panic = "unwind");

fn boom() {
    panic!("boom");
}

fn double(number: u32) -> u32 {
    2 * number
}

fn in_a_handler(_: ()) {
    let port = RawReceivePort::new(|(): ()| boom());
    port.send_port().send(()).expect("nothing can be sent");
    port.detach();
}

fn in_a_microtask(_: ()) {
    schedule_microtask(boom);
}

fn in_a_future(_: ()) {
    spawn_local(async {
        sleep(Duration::ZERO).await;
        boom();
    });
}

fn in_a_timer(_: ()) {
    Timer::new(Duration::ZERO, boom);
}

/// A callback that JavaScript calls while Rust waits for it to return.
fn in_a_callback(_: ()) {
    let callback = Closure::<dyn FnMut()>::new(boom);
    let call: js_sys::Function = javascript("(callback) => callback()").unchecked_into();
    // What it throws is not looked at, so it goes on through this frame.
    let thrown = call.call1(&JsValue::UNDEFINED, callback.as_ref());
    wasm_bindgen::throw_val(thrown.expect_err("it throws"));
}

const PLACES: [fn(()); 5] = [
    in_a_handler,
    in_a_microtask,
    in_a_future,
    in_a_timer,
    in_a_callback,
];

fn assert_boom(error: &RemoteError) {
    assert!(error.description().contains("boom"), "{error:?}");
    assert!(error.stack_trace().contains("panics.rs"), "{error:?}");
}

#[wasm_bindgen_test]
async fn a_panic_anywhere_in_a_worker_is_reported() {
    for place in PLACES {
        let mut patient = Patient::new().await;
        let outcome = in_time("the job", patient.runner.run(place, ())).await;
        if !UNWINDS {
            assert_boom(&patient.dies_of_itself().await);
            continue;
        }
        match outcome {
            Ok(()) => assert_boom(&patient.error().await),
            Err(TaskError::Panicked(error)) => assert_boom(&error),
            other => panic!("{other:?}"),
        }
        let answer = in_time("the next job", patient.runner.run(double, 2)).await;
        assert_eq!(answer, Ok(4));
        patient.runner.isolate().kill(Priority::Immediate);
        patient.ends_once().await;
    }
}

#[wasm_bindgen_test]
async fn a_panic_in_an_entry_point_is_reported() {
    /// It panics when it has started what would go on.
    async fn panics(start: Start<SendPort<u32>>) {
        let said = start.message;
        Timer::new(Duration::from_millis(20), move || drop(said.send(1)));
        boom();
    }
    register_program("panics", panics);
    for fatal in [false, true] {
        let (mut said, mut errors) = (ReceivePort::<u32>::new(), ReceivePort::new());
        let mut exits = ReceivePort::new();
        let started = Isolate::builder()
            .errors_fatal(fatal)
            .on_error(errors.send_port())
            .on_exit(exits.send_port())
            .spawn_uri("insula:panics", None::<&str>, said.send_port());
        in_time("a spawn", started).await.expect("it starts");
        let error = in_time("the error", errors.next()).await;
        assert_boom(&error.expect("the port is open"));
        assert_eq!(in_time("the end", exits.next()).await, Some(()));
        said.close();
        let goes_on = UNWINDS && !fatal;
        assert_eq!(said.next().await, goes_on.then_some(1));
        no_worker_is_left().await;
    }
}

/// Its worker's console goes to a channel, for a test to look at.
async fn panics_watched(start: Start<()>) {
    drop(start);
    javascript(
        "const channel = new BroadcastChannel('said');
         console.error = (...said) => channel.postMessage(said.join());
         console.error('a line')",
    );
    boom();
}

#[wasm_bindgen_test]
async fn the_error_that_ends_an_isolate_is_printed_once_by_the_page() {
    register_program("panics-watched", panics_watched);
    javascript(
        "globalThis.told = [];
         globalThis.channel = new BroadcastChannel('said');
         channel.onmessage = ({ data }) => told.push(data);
         globalThis.said = console.error; globalThis.lines = [];
         console.error = (line) => globalThis.lines.push(line);",
    );
    let (mut errors, mut reasons) = (ReceivePort::new(), ReceivePort::new());
    let listened = Isolate::builder().on_error(errors.send_port());
    let awaited = Isolate::builder().on_exit_reason(reasons.send_port());
    let builders = [Isolate::builder().debug_name("loud"), listened, awaited];
    let mut printed = Vec::new();
    for builder in builders {
        let started = builder.spawn_uri("insula:panics-watched", None::<&str>, ());
        drop(in_time("a spawn", started).await.expect("it starts"));
        no_worker_is_left().await;
        let by_the_worker = "(async () => {
            while (!told.includes('a line')) await new Promise((next) => setTimeout(next, 20));
            await new Promise((next) => setTimeout(next, 50));
            return told.splice(0).join();
         })()";
        let by_the_worker = in_time("a line", resolved(javascript(by_the_worker))).await;
        let by_the_page = javascript("lines.splice(0).join()");
        printed.push([by_the_worker, by_the_page].map(|text| text.as_string().expect("a text")));
    }
    javascript("console.error = said; channel.close()");
    let error = in_time("the error", errors.next()).await;
    assert_boom(&error.expect("the port is open"));
    let reason = in_time("the reason", reasons.next()).await;
    assert_boom(
        reason
            .expect("the port is open")
            .error()
            .expect("it failed"),
    );

    let [by_the_worker, by_the_page] = &printed[0];
    assert_eq!(by_the_worker, "a line");
    let is_told = by_the_page.contains("isolate `loud`: boom");
    assert!(
        is_told && by_the_page.matches("boom").count() == 1,
        "{by_the_page}"
    );
    // Somebody has heard of the others.
    assert_eq!(printed[1..], [["a line", ""], ["a line", ""]]);
}

/// What JavaScript throws through a job.
#[wasm_bindgen_test]
async fn an_exception_of_an_import_is_reported() {
    fn throw(told: SendPort<u32>) {
        let _told = OnDrop(told);
        wasm_bindgen::throw_str("thrown");
    }
    let mut told = ReceivePort::new();
    let patient = Patient::new().await;
    let outcome = in_time("the job", patient.runner.run(throw, told.send_port())).await;
    if UNWINDS {
        let Err(TaskError::Panicked(error)) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(error.description(), "thrown");
        assert_eq!(in_time("the destructor", told.next()).await, Some(1));
        let answer = in_time("the next job", patient.runner.run(double, 2)).await;
        assert_eq!(answer, Ok(4));
        patient.runner.isolate().kill(Priority::Immediate);
        patient.ends_once().await;
    } else {
        let error = patient.dies_of_itself().await;
        assert!(error.description().contains("thrown"), "{error:?}");
        told.close();
        assert_eq!(told.next().await, None);
    }
}

/// A trap is neither, in both builds.
#[wasm_bindgen_test]
async fn a_trap_ends_its_worker_in_both_builds() {
    let trap = |()| std::arch::wasm32::unreachable();
    let error = Patient::new().await.dies_of(trap).await;
    let text = error.description().to_lowercase();
    assert!(text.contains("unreachable"), "{error:?}");
}

/// Says so when it is dropped.
struct OnDrop(SendPort<u32>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(1);
    }
}

/// Left by `exit`, and by a kill of its own at a checkpoint: destructors run where panics unwind.
#[wasm_bindgen_test]
async fn an_end_runs_destructors_where_panics_unwind() {
    fn exits(told: SendPort<u32>) {
        let _told = OnDrop(told);
        let Err(error) = Isolate::exit_silently();
        panic!("{error}");
    }
    fn is_killed(told: SendPort<u32>) {
        let _told = OnDrop(told);
        Isolate::current().kill(Priority::Immediate);
        Isolate::checkpoint();
        unreachable!("it is killed");
    }
    for leave in [exits, is_killed] {
        let mut told = ReceivePort::new();
        let patient = Patient::new().await;
        let job = in_time("the job", patient.runner.run(leave, told.send_port())).await;
        assert!(matches!(job, Err(TaskError::IsolateLost { .. })), "{job:?}");
        patient.ends_once().await;
        told.close();
        assert_eq!(told.next().await, UNWINDS.then_some(1));
    }
}

/// On the page. Where panics abort it is the end of the page's instance, and so of this test.
#[cfg(panic = "unwind")]
mod on_the_page {
    use super::*;
    use insula_web::{compute, compute_async};

    /// What the page's loop reports of `code`; afterwards it goes on.
    async fn reported(code: fn(())) -> RemoteError {
        let (mut errors, page) = (ReceivePort::new(), Isolate::current());
        page.add_error_listener(&errors.send_port());
        // In an event of its own: this test is a future of another executor.
        schedule_microtask(move || code(()));
        let error = in_time("the error", errors.next()).await;
        page.remove_error_listener(&errors.send_port());
        goes_on().await;
        error.expect("the port is open")
    }

    /// Handlers, timers, futures and workers do what they did.
    async fn goes_on() {
        let mut port = ReceivePort::new();
        let to = port.send_port();
        let raw = RawReceivePort::new(move |number: u32| drop(to.send(number)));
        let to = raw.send_port();
        Timer::new(Duration::ZERO, move || {
            spawn_local(async move { drop(to.send(7)) });
        });
        assert_eq!(in_time("a message", port.next()).await, Some(7));
        let job = in_time("compute", compute(double, 2)).await;
        assert_eq!(job, Ok(4));
    }

    #[wasm_bindgen_test]
    async fn a_panic_is_reported() {
        for place in PLACES {
            assert_boom(&reported(place).await);
        }
    }

    /// Once in the console where there is no listener, otherwise not at all.
    #[wasm_bindgen_test]
    async fn a_panic_in_the_console() {
        javascript(
            "globalThis.said = console.error; globalThis.lines = [];
             console.error = (line) => globalThis.lines.push(line);",
        );
        reported(in_a_timer).await;
        let heard = javascript("globalThis.lines.splice(0).join()");
        schedule_microtask(boom);
        goes_on().await;
        let unheard = javascript("console.error = globalThis.said; globalThis.lines.join()");
        assert_eq!(heard.as_string().as_deref(), Some(""));
        let unheard = unheard.as_string().expect("a text");
        assert_eq!(unheard.matches("boom").count(), 1, "{unheard}");
    }

    #[wasm_bindgen_test]
    async fn an_exception_is_reported() {
        let error = reported(|()| wasm_bindgen::throw_str("thrown")).await;
        assert_eq!(error.description(), "thrown");
    }

    async fn boom_later(_: ()) {
        sleep(Duration::ZERO).await;
        boom();
    }

    async fn throw_later(text: String) {
        sleep(Duration::ZERO).await;
        wasm_bindgen::throw_str(&text);
    }

    #[wasm_bindgen_test]
    async fn what_compute_runs_is_its_task_s() {
        let tasks = [compute(|()| boom(), ()), compute_async(boom_later, ())];
        for task in tasks {
            match in_time("the task", task).await {
                Err(TaskError::Panicked(error)) => assert_boom(&error),
                other => panic!("{other:?}"),
            }
        }
        let tasks = [
            compute(
                |text: String| wasm_bindgen::throw_str(&text),
                "thrown".to_owned(),
            ),
            compute_async(throw_later, "thrown".to_owned()),
        ];
        for task in tasks {
            match in_time("the task", task).await {
                Err(TaskError::Panicked(error)) => assert_eq!(error.description(), "thrown"),
                other => panic!("{other:?}"),
            }
        }
        goes_on().await;
    }
}
