//! How isolates in a worker of gloo's end, and how they fail to start: told once, in bounded time, and nothing is left.

use std::time::Duration;

use super::worker::{App, Listeners, worker_script};
use insula_web::{
    Isolate, Priority, ReceivePort, RemoteError, SendPort, SpawnError, TaskError, ask, sleep, web,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{
    block, in_time, javascript, no_worker_is_left, overflow_the_stack, resolved, runner, script,
    workers,
};

/// Tells that it runs, and waits for ever at an open port.
async fn wait(running: SendPort<SendPort<SendPort<u32>>>) {
    let mut questions = ReceivePort::<SendPort<u32>>::new();
    let _ = running.send(questions.send_port());
    while let Some(reply) = questions.next().await {
        let _ = reply.send(1);
    }
}

/// Tells that it runs, and is busy for ever.
async fn spin(running: SendPort<SendPort<SendPort<u32>>>) {
    let questions = ReceivePort::<SendPort<u32>>::new();
    let _ = running.send(questions.send_port());
    loop {
        Isolate::checkpoint();
    }
}

type Entry<F> = fn(SendPort<SendPort<SendPort<u32>>>) -> F;

async fn running<F: Future<Output = ()> + 'static>(
    app: &App,
    entry: Entry<F>,
) -> (Isolate, SendPort<SendPort<u32>>) {
    let mut running = ReceivePort::new();
    let isolate = app.spawn(entry, running.send_port()).await;
    let questions = in_time("its port", running.next()).await.expect("open");
    (isolate, questions)
}

/// It is dead to everybody as soon as it is killed, and its worker is itself again.
async fn is_killed<F: Future<Output = ()> + 'static>(app: &mut App, entry: Entry<F>) {
    let (isolate, questions) = running(app, entry).await;
    sleep(Duration::from_millis(50)).await;
    let listeners = Listeners::of(&isolate);
    isolate.kill(Priority::Immediate);
    assert_eq!(workers(), 0);
    let answer = ask(&questions, |reply| reply);
    let answer = in_time("the answer", answer).await;
    assert!(
        matches!(answer, Err(TaskError::IsolateLost { .. })),
        "{answer:?}"
    );
    listeners.end().await;
    app.adds().await;
}

#[wasm_bindgen_test]
async fn a_kill_ends_a_waiting_isolate() {
    let mut app = App::new();
    for _ in 0..3 {
        is_killed(&mut app, wait).await;
    }
}

/// Of three isolates in turn in the same worker, each of which leaves its running code.
#[wasm_bindgen_test]
async fn a_kill_ends_an_isolate_at_a_checkpoint() {
    let mut app = App::new();
    for _ in 0..3 {
        is_killed(&mut app, spin).await;
    }
    is_killed(&mut app, wait).await;
}

/// The isolate makes a control signal that the root does not see any more. It does not wait for the answer.
#[wasm_bindgen_test]
async fn a_kill_that_crosses_a_control_signal_is_not_lost() {
    fn busy(for_ms: f64, mut work: impl FnMut()) {
        let end = js_sys::Date::now() + for_ms;
        while js_sys::Date::now() < end {
            work();
        }
    }
    async fn signal_and_wait(running: SendPort<SendPort<SendPort<u32>>>) {
        let mut questions = ReceivePort::<SendPort<u32>>::new();
        let _ = running.send(questions.send_port());
        busy(100.0, Isolate::checkpoint);
        busy(400.0, || {});
        questions.next().await;
    }
    let mut app = App::new();
    let (isolate, _) = running(&app, signal_and_wait).await;
    busy(250.0, || {});
    isolate.kill(Priority::Immediate);
    app.adds().await;
    is_killed(&mut app, wait).await;
}

/// A busy worker hears of the kill and of the next isolate before it comes to end the first one.
#[wasm_bindgen_test]
async fn the_next_isolate_starts_while_the_last_one_still_ends() {
    async fn mostly_busy(running: SendPort<SendPort<SendPort<u32>>>) {
        let questions = ReceivePort::<SendPort<u32>>::new();
        let _ = running.send(questions.send_port());
        loop {
            sleep(Duration::from_millis(1)).await;
            block(Duration::from_millis(300));
        }
    }
    let mut app = App::new();
    for _ in 0..2 {
        let (isolate, _) = running(&app, mostly_busy).await;
        // It is in the middle of its work.
        sleep(Duration::from_millis(50)).await;
        isolate.kill(Priority::Immediate);
        let (next, questions) = running(&app, wait).await;
        let answer = in_time("the answer", ask(&questions, |reply| reply)).await;
        assert_eq!(answer, Ok(1));
        next.kill(Priority::Immediate);
    }
    no_worker_is_left().await;
    app.adds().await;
}

/// Code that is left keeps what is on its stack; what lies beside it is dropped, before the end is told, and may take its
/// time for that.
#[wasm_bindgen_test]
async fn an_exit_runs_the_destructors_of_other_futures() {
    struct Tell(SendPort<u32>);
    impl Drop for Tell {
        fn drop(&mut self) {
            block(Duration::from_millis(400));
            let _ = self.0.send(1);
        }
    }
    async fn keep_and_exit(to: SendPort<u32>) {
        let tell = Tell(to.clone());
        insula_web::spawn_local(async move {
            let mut never = ReceivePort::<()>::new();
            never.next().await;
            drop(tell);
        });
        sleep(Duration::from_millis(1)).await;
        let _ = Isolate::exit(&to, 0);
    }
    let mut app = App::new();
    let mut told = ReceivePort::new();
    let isolate = app.spawn(keep_and_exit, told.send_port()).await;
    let listeners = Listeners::of(&isolate);
    assert_eq!(in_time("its word", told.next()).await, Some(0));
    assert_eq!(in_time("the other's", told.next()).await, Some(1));
    listeners.end().await;
    is_killed(&mut app, wait).await;
}

#[wasm_bindgen_test]
async fn a_kill_ends_an_isolate_that_has_not_begun() {
    let mut app = App::new();
    let spawned = web::gloo::spawn_with(
        Isolate::builder().paused(true),
        &app.bridge,
        wait,
        ReceivePort::new().send_port(),
    );
    let isolate = in_time("a spawn", spawned).await.expect("it starts");
    let listeners = Listeners::of(&isolate);
    isolate.kill(Priority::BeforeNextEvent);
    listeners.end().await;
    app.adds().await;
}

async fn dies_of(app: &App, entry: fn(()) -> std::future::Ready<()>) -> RemoteError {
    let spawned = web::gloo::spawn_with(Isolate::builder().paused(true), &app.bridge, entry, ());
    let isolate = in_time("a spawn", spawned).await.expect("it starts");
    let mut listeners = Listeners::of(&isolate);
    isolate.resume(isolate.pause_capability().expect("its spawner has it"));
    let error = listeners.error().await;
    listeners.end().await;
    error
}

/// A panic loses the isolate; where it aborts no other starts in that worker's memory, which still adds.
#[wasm_bindgen_test]
async fn a_panic_loses_the_isolate() {
    let mut app = App::new();
    let error = dies_of(&app, |()| panic!("boom")).await;
    assert_eq!(error.description(), "boom");
    assert!(error.stack_trace().contains("ends.rs"), "{error:?}");
    app.adds().await;
    if cfg!(panic = "abort") {
        let error = app.does_not_spawn().await;
        assert!(matches!(error, SpawnError::Failed(_)), "{error}");
        assert!(error.to_string().contains("has panicked"), "{error}");
    }
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn a_trap_loses_the_isolate() {
    let error = dies_of(&App::new(), |()| std::arch::wasm32::unreachable()).await;
    assert!(
        error.description().to_lowercase().contains("unreachable"),
        "{error:?}"
    );
}

#[wasm_bindgen_test]
async fn a_stack_overflow_loses_the_isolate() {
    let overflow = |()| {
        overflow_the_stack(());
        std::future::ready(())
    };
    let error = dies_of(&App::new(), overflow).await;
    assert!(!error.description().is_empty(), "{error:?}");
}

fn run(text: &str) -> std::future::Ready<()> {
    javascript(text);
    ReceivePort::<()>::new().detach();
    std::future::ready(())
}

#[wasm_bindgen_test]
async fn errors_of_foreign_code_lose_the_isolate() {
    let throw = |()| run("setTimeout(() => { throw new Error('in a timer'); })");
    let error = dies_of(&App::new(), throw).await;
    // WebKit (GTK 2.50) does not say what evaluated code has thrown in a blob's worker.
    let known = ["Error: in a timer", "Script error."];
    assert!(known.contains(&error.description()), "{error:?}");
    let reject = |()| run("Promise.reject(new Error('rejected'))");
    let error = dies_of(&App::new(), reject).await;
    assert!(error.description().contains("rejected"), "{error:?}");
}

/// No event tells of it, only the lock.
#[wasm_bindgen_test]
async fn a_worker_that_closes_is_noticed() {
    let close = |()| run("setTimeout(() => self.close())");
    let error = dies_of(&App::new(), close).await;
    assert!(error.description().contains("closed"), "{error:?}");
}

/// As over plain http: without locks a heartbeat tells.
#[wasm_bindgen_test]
async fn a_worker_that_closes_is_noticed_without_locks() {
    web::configure(web::Options::new().heartbeat(Duration::from_secs(2)));
    let without_locks =
        "Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })";
    javascript(without_locks);
    let url = worker_script(&format!("{without_locks}; program.register_adder()"));
    let (dying, living) = (App::from_script(&url), App::from_script(&url));
    let (isolate, questions) = running(&living, wait).await;
    let close = |()| run("setTimeout(() => self.close())");
    let spawned = web::gloo::spawn(&dying.bridge, close, ());
    let dead = in_time("a spawn", spawned).await.expect("it starts");
    javascript("delete navigator.locks");
    let mut listeners = Listeners::of(&dead);
    let error = listeners.error().await;
    assert!(error.description().contains("sign of life"), "{error:?}");
    sleep(Duration::from_secs(2)).await;
    let answer = in_time("the answer", ask(&questions, |reply| reply)).await;
    assert_eq!(answer, Ok(1), "it was idle, and gave signs of life");
    web::configure(web::Options::new());
    isolate.kill(Priority::Immediate);
    listeners.end().await;
}

#[wasm_bindgen_test]
async fn a_script_that_says_nothing_times_out() {
    for url in [script("export {};"), "/nothing-here.js".to_owned()] {
        web::configure(web::Options::new().start_timeout(Duration::from_millis(1500)));
        let error = App::from_script(&url).does_not_spawn().await;
        web::configure(web::Options::new());
        assert!(matches!(error, SpawnError::TimedOut { .. }), "{error}");
        assert!(error.to_string().contains("Adder"), "{error}");
        no_worker_is_left().await;
    }
}

/// A worker that comes up when its isolate was given up does not run that.
#[wasm_bindgen_test]
async fn a_late_worker_runs_nothing_that_was_given_up() {
    let register = "await new Promise((done) => setTimeout(done, 1000)); program.register_adder()";
    let mut app = App::from_script(&worker_script(register));
    let mut running = ReceivePort::new();
    web::configure(web::Options::new().start_timeout(Duration::from_millis(200)));
    let spawned = web::gloo::spawn(&app.bridge, wait, running.send_port());
    let error = in_time("a spawn", spawned).await.expect_err("it is late");
    web::configure(web::Options::new());
    assert!(matches!(error, SpawnError::TimedOut { .. }), "{error}");
    app.adds().await;
    let quiet = Duration::from_millis(300);
    let word = insula_tests::within::<insula_web::Web, _>(quiet, running.next()).await;
    assert!(word.is_none(), "it ran");
    is_killed(&mut app, wait).await;
}

/// The same program, which seems to export one function more.
#[wasm_bindgen_test]
async fn a_worker_of_another_build_is_refused() {
    let register = "
        const { exports } = WebAssembly.Module;
        WebAssembly.Module.exports = (module) => [...exports(module), { name: 'another' }];
        program.register_adder()";
    let mut app = App::from_script(&worker_script(register));
    let error = app.does_not_spawn().await;
    assert!(matches!(error, SpawnError::BuildMismatch { .. }), "{error}");
    no_worker_is_left().await;
    app.adds().await;
}

#[wasm_bindgen_test]
async fn a_worker_is_one_isolate_at_a_time() {
    let mut app = App::new();
    let (isolate, questions) = running(&app, wait).await;
    let error = app.does_not_spawn().await;
    assert!(error.to_string().contains("already"), "{error}");
    let answer = in_time("the answer", ask(&questions, |reply| reply)).await;
    assert_eq!(answer, Ok(1), "the first is not disturbed");
    isolate.kill(Priority::Immediate);
    is_killed(&mut app, wait).await;
}

#[wasm_bindgen_test]
async fn a_worker_whose_own_code_uses_ports_is_a_host() {
    let url = worker_script("program.register_adder_with_a_port()");
    let mut app = App::from_script(&url);
    let error = app.does_not_spawn().await;
    assert!(error.to_string().contains("is a host"), "{error}");
    no_worker_is_left().await;
    app.adds().await;
}

/// A worker that insula has started has no bridges; where one had one, all messages would take a way around.
#[wasm_bindgen_test]
async fn a_worker_of_our_own_can_not_start_one() {
    async fn spawn_there(url: String) -> bool {
        let app = App::from_script(&url);
        let error = app.does_not_spawn().await;
        matches!(error, SpawnError::Unsupported(_))
    }
    let runner = runner().await;
    let url = worker_script("program.register_adder()");
    let refused = runner.run_async(spawn_there, url);
    assert_eq!(in_time("the job", refused).await, Ok(true));
    drop(runner);
    no_worker_is_left().await;
}

async fn held() -> (u32, u32) {
    let locks = "navigator.locks.query().then(({ held, pending }) => held.length + pending.length)";
    let locks = resolved(javascript(locks)).await;
    (
        locks.as_f64().expect("a number") as u32,
        wasm_bindgen::externref_heap_live_count(),
    )
}

/// A busy machine takes its time to give a lock back.
async fn no_lock_is_left() {
    while held().await.0 > 0 {
        sleep(Duration::from_millis(50)).await;
    }
}

/// Neither side keeps anything of an isolate that is over.
#[wasm_bindgen_test]
async fn nothing_is_left_behind() {
    async fn values(to: SendPort<u32>) {
        let _ = to.send(wasm_bindgen::externref_heap_live_count());
    }
    let mut app = App::new();
    let mut before = None;
    for _ in 0..3 {
        for _ in 0..10 {
            is_killed_quickly(&app).await;
        }
        let mut there = ReceivePort::new();
        app.spawn(values, there.send_port()).await;
        let there = in_time("the number", there.next()).await.expect("open");
        no_worker_is_left().await;
        app.adds().await;
        in_time("an end of all locks", no_lock_is_left()).await;
        sleep(Duration::from_millis(300)).await;
        let now = (held().await, there);
        // The first round warms up.
        assert_eq!(*before.get_or_insert(now), now);
    }
}

async fn is_killed_quickly(app: &App) {
    let (isolate, _) = running(app, wait).await;
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}
