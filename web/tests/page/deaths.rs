//! The ways in which a worker can die: each is one error and one end, in bounded time.

use std::{hint::black_box, time::Duration};

use insula_web::{
    ExitReason, IsolateRunner, Priority, TaskError, TransferableTypedData, sleep, web,
};
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{
    Patient, for_ever, in_time, javascript, locks_held, no_worker_is_left, overflow_the_stack,
    runner,
};

/// Where panics unwind it ends no worker: `panics.rs`.
#[wasm_bindgen_test]
async fn a_panic_is_reported_with_its_place() {
    let patient = Patient::new().await;
    let boom = |()| panic!("boom");
    let error = if cfg!(panic = "unwind") {
        match in_time("the job", patient.runner.run(boom, ())).await {
            Err(TaskError::Panicked(error)) => error,
            other => panic!("{other:?}"),
        }
    } else {
        patient.dies_of(boom).await
    };
    assert_eq!(error.description(), "boom");
    assert!(error.stack_trace().contains("deaths.rs"), "{error:?}");
}

#[wasm_bindgen_test]
async fn a_trap_ends_its_worker() {
    let trap = |()| std::arch::wasm32::unreachable();
    let error = Patient::new().await.dies_of(trap).await;
    assert!(
        error.description().to_lowercase().contains("unreachable"),
        "{error:?}"
    );
}

#[wasm_bindgen_test]
async fn a_stack_overflow_ends_its_worker() {
    let error = Patient::new().await.dies_of(overflow_the_stack).await;
    assert!(!error.description().is_empty(), "{error:?}");
}

/// Two allocations that no 32-bit memory can hold together; no byte of them is written.
#[wasm_bindgen_test]
async fn running_out_of_memory_ends_its_worker() {
    fn exhaust(_: ()) {
        let half = || Vec::<u8>::with_capacity(0x7fff_0000);
        drop(black_box([half(), half()]));
    }
    let error = Patient::new().await.dies_of(exhaust).await;
    assert!(!error.description().is_empty(), "{error:?}");
}

#[wasm_bindgen_test]
async fn an_exception_of_foreign_code_ends_its_worker() {
    let throw = |()| {
        javascript("setTimeout(() => { throw new Error('in a timer'); })");
    };
    let patient = Patient::new().await;
    assert_eq!(
        in_time("the job", patient.runner.run(throw, ())).await,
        Ok(())
    );
    let error = patient.dies_of_itself().await;
    assert!(error.description().contains("in a timer"), "{error:?}");
}

/// How the end of a runner came about that does `job`, and the job's outcome.
async fn reason_of(job: fn(())) -> (ExitReason, Result<(), TaskError>) {
    let runner = IsolateRunner::builder().debug_name("surgeon").spawn();
    let runner = in_time("a start", runner).await.expect("it starts");
    let outcome = runner.run(job, ());
    let reason = in_time("the end", runner.on_exit())
        .await
        .expect("it is told");
    (reason, in_time("the job", outcome).await)
}

/// A worker whose instance or whose thread is gone was lost. One whose code has panicked has failed.
#[wasm_bindgen_test]
async fn the_reason_tells_what_was_lost_from_what_has_failed() {
    let (trapped, lost) = reason_of(|()| std::arch::wasm32::unreachable()).await;
    assert!(matches!(trapped, ExitReason::Lost(_)), "{trapped:?}");
    let text = lost.expect_err("it gave no answer").to_string();
    assert!(
        text.starts_with("the isolate `surgeon` was lost: "),
        "{text}"
    );

    let close = |()| {
        javascript("setTimeout(() => self.close())");
    };
    let (closed, _) = reason_of(close).await;
    assert!(matches!(closed, ExitReason::Lost(_)), "{closed:?}");

    if cfg!(panic = "abort") {
        let (panicked, lost) = reason_of(|()| panic!("boom")).await;
        assert!(
            matches!(&panicked, ExitReason::Failed(error) if error.description() == "boom"),
            "{panicked:?}"
        );
        let text = lost.expect_err("it gave no answer").to_string();
        assert!(
            text.contains("boom at ") && text.contains("deaths.rs"),
            "{text}"
        );
    }
    no_worker_is_left().await;
}

/// An error that fails a job is that job's, and stands in no console.
#[wasm_bindgen_test]
async fn the_error_of_a_lost_job_is_not_printed() {
    javascript(
        "globalThis.said = console.error; globalThis.lines = [];
         console.error = (line) => globalThis.lines.push(line);",
    );
    let lines = || javascript("globalThis.lines.splice(0).join()").as_string();
    let runner = runner().await;
    let lost = in_time(
        "the job",
        runner.run::<_, ()>(|()| std::arch::wasm32::unreachable(), ()),
    )
    .await;
    let heard = lines();
    // The same where nobody waits.
    let runner = self::runner().await;
    let leave = |()| {
        javascript("setTimeout(() => self.close())");
    };
    let left = in_time("the job", runner.run(leave, ())).await;
    no_worker_is_left().await;
    sleep(Duration::from_millis(50)).await;
    let unheard = lines().expect("a text");
    javascript("console.error = globalThis.said");
    assert!(lost.is_err() && left.is_ok(), "{lost:?}, {left:?}");
    assert_eq!(heard.as_deref(), Some(""));
    assert_eq!(unheard.matches("it has closed").count(), 1, "{unheard}");
}

/// No engine tells the page of a rejection in a worker; the loader does.
#[wasm_bindgen_test]
async fn a_rejection_of_foreign_code_ends_its_worker() {
    let reject = |()| {
        javascript("Promise.reject(new Error('rejected'))");
    };
    let patient = Patient::new().await;
    assert_eq!(
        in_time("the job", patient.runner.run(reject, ())).await,
        Ok(())
    );
    let error = patient.dies_of_itself().await;
    assert!(error.description().contains("rejected"), "{error:?}");
}

/// No event tells of it, only the lock.
#[wasm_bindgen_test]
async fn a_close_by_foreign_code_is_noticed() {
    let close = |()| {
        javascript("setTimeout(() => self.close())");
    };
    let patient = Patient::new().await;
    assert_eq!(
        in_time("the job", patient.runner.run(close, ())).await,
        Ok(())
    );
    let error = patient.dies_of_itself().await;
    assert!(error.description().contains("closed"), "{error:?}");
}

/// What was sent before an end that only the lock tells of arrives before the error.
#[wasm_bindgen_test]
async fn messages_before_a_close_arrive() {
    fn say_and_close(said: insula_web::SendPort<Vec<u8>>) {
        for number in 0..200 {
            let _ = said.send(vec![number; 50_000]);
        }
        javascript("self.close()");
    }
    let mut said = insula_web::ReceivePort::<Vec<u8>>::new();
    let patient = Patient::new().await;
    // Whether its own answer arrives, which is sent after the call, is the engine's to say.
    let task = patient.runner.run(say_and_close, said.send_port());
    for number in 0..200 {
        let message = in_time("a message", said.next()).await.expect("open");
        assert_eq!(message[0], number);
    }
    let answer = in_time("the answer", task).await;
    assert!(
        matches!(answer, Ok(()) | Err(TaskError::IsolateLost { .. })),
        "{answer:?}"
    );
    patient.dies_of_itself().await;
}

/// As over plain http: without locks a heartbeat tells.
#[wasm_bindgen_test]
async fn a_close_is_noticed_without_locks() {
    web::configure(web::Options::new().heartbeat(Duration::from_secs(2)));
    javascript(
        "Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })",
    );
    let patient = Patient::new().await;
    let healthy = runner().await;
    javascript("delete navigator.locks");
    let close = |()| {
        javascript("setTimeout(() => self.close())");
    };
    assert_eq!(
        in_time("the job", patient.runner.run(close, ())).await,
        Ok(())
    );
    let error = patient.dies_of_itself_beside(1).await;
    assert!(error.description().contains("sign of life"), "{error:?}");
    sleep(Duration::from_secs(2)).await;
    assert!(!healthy.is_lost(), "it was idle, and answered");
    web::configure(web::Options::new());
    drop(healthy);
    no_worker_is_left().await;
}

/// A busy worker answers the heartbeat at its checkpoints.
#[wasm_bindgen_test]
async fn a_busy_worker_is_not_taken_for_dead() {
    fn work(_: ()) {
        let end = js_sys::Date::now() + 3_500.0;
        while js_sys::Date::now() < end {
            insula_web::Isolate::checkpoint();
        }
    }
    web::configure(web::Options::new().heartbeat(Duration::from_secs(2)));
    javascript(
        "Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })",
    );
    let runner = runner().await;
    javascript("delete navigator.locks");
    assert_eq!(in_time("the job", runner.run(work, ())).await, Ok(()));
    web::configure(web::Options::new());
    drop(runner);
    no_worker_is_left().await;
}

fn length(data: TransferableTypedData) -> Option<usize> {
    data.materialize().ok().map(|bytes| bytes.len())
}

/// The engine refuses to transfer both; the job is told that its data is gone.
#[wasm_bindgen_test]
async fn a_buffer_that_cannot_be_cloned_arrives_empty() {
    let detached = ArrayBuffer::new(8);
    let list = js_sys::Array::of1(&detached);
    js_sys::Reflect::set(&js_sys::global(), &"transferred".into(), &list).expect("it is set");
    javascript("new MessageChannel().port1.postMessage(0, globalThis.transferred)");
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let runner = runner().await;
    for buffer in [detached, memory.buffer().unchecked_into()] {
        let data = web::transferable_from_array_buffer(buffer);
        let answer = in_time("the job", runner.run(length, data)).await;
        assert_eq!(answer, Ok(None));
    }
    let data = web::transferable_from_array_buffer(Uint8Array::new_with_length(5).buffer());
    assert_eq!(
        in_time("the job", runner.run(length, data)).await,
        Ok(Some(5))
    );
    drop(runner);
    no_worker_is_left().await;
}

/// Killed while it waits, while it works, and while it works and reaches checkpoints.
#[wasm_bindgen_test]
async fn a_kill_ends_an_idle_and_a_busy_worker() {
    /// Some seconds without a checkpoint. WebKit stops such a loop only at its end, which gives its lock and its core back.
    fn spin(_: ()) {
        let mut state = 1_u32;
        for _ in 0..2_000_000_000_u32 {
            state = black_box(state).wrapping_mul(3);
        }
    }
    fn reach_checkpoints(_: ()) {
        loop {
            insula_web::Isolate::checkpoint();
        }
    }
    for job in [None, Some(spin as fn(())), Some(reach_checkpoints)] {
        let patient = Patient::new().await;
        let waiting = patient.runner.run_async(for_ever, ());
        let working = job.map(|job| patient.runner.run(job, ()));
        sleep(Duration::from_millis(50)).await;
        patient.runner.isolate().kill(Priority::Immediate);
        for task in [Some(waiting), working].into_iter().flatten() {
            let answer = in_time("the job", task).await;
            assert!(
                matches!(answer, Err(TaskError::IsolateLost { .. })),
                "{answer:?}"
            );
        }
        patient.ends_once().await;
    }
}

/// A busy worker that was killed gives its processor back when it next reaches a checkpoint, in WebKit as
/// elsewhere: its lock is free.
#[wasm_bindgen_test]
async fn a_kill_at_a_checkpoint_stops_the_worker() {
    fn reach_checkpoints(_: ()) {
        loop {
            insula_web::Isolate::checkpoint();
        }
    }
    let patient = Patient::new().await;
    let working = patient.runner.run(reach_checkpoints, ());
    sleep(Duration::from_millis(50)).await;
    assert!(locks_held().await >= 1);
    patient.runner.isolate().kill(Priority::Immediate);
    assert!(in_time("the job", working).await.is_err());
    patient.ends_once().await;
    in_time("the end of the worker's thread", async {
        while locks_held().await > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
