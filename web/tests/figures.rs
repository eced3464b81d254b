//! What a message costs, beside a bare `postMessage`.
//!
//! By `wasm-pack test --headless --chrome -- --test figures --release -- --nocapture` in web/; `cargo test` leaves it out.
#![cfg(target_arch = "wasm32")]

mod common;

use common::{in_time, javascript, now_ms, resolved, runner};
use insula_web::{IsolateRunner, Priority, ReceivePort, SendPort, ask};
use serde::{Deserialize, Serialize};
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[derive(Serialize, Deserialize)]
enum Work {
    Echo(u32, SendPort<u32>),
    Bytes(Vec<u8>, SendPort<u32>),
    Count(u32),
    Say(u32, SendPort<u32>),
}

async fn work(ready: SendPort<SendPort<Work>>) {
    let mut works = ReceivePort::new();
    let _ = ready.send(works.send_port());
    let mut sum = 0_u32;
    while let Some(work) = works.next().await {
        match work {
            Work::Echo(number, reply) => drop(reply.send(number + sum)),
            Work::Bytes(bytes, reply) => drop(reply.send(bytes.len() as u32)),
            Work::Count(number) => sum = sum.wrapping_add(number),
            Work::Say(count, to) => {
                for number in 0..count {
                    drop(to.send(number));
                }
            }
        }
    }
}

async fn worker() -> (IsolateRunner, SendPort<Work>) {
    let mut ready = ReceivePort::new();
    let runner = runner().await;
    drop(runner.run_async(work, ready.send_port()));
    let work = in_time("the worker", ready.next()).await.expect("open");
    (runner, work)
}

async fn bare(what: &str) -> f64 {
    let text = format!(
        "(async () => {{
           const source = `
             let sum = 0;
             onmessage = ({{ data }}) => {{
               if (data.say) for (let i = 0; i < data.say; i++) postMessage(i);
               else if (data.echo !== undefined) postMessage(data.echo);
               else if (data.bytes) postMessage(data.bytes.length);
               else sum += data.count;
             }}`;
           const worker = new Worker(URL.createObjectURL(new Blob([source])));
           let come;
           worker.onmessage = ({{ data }}) => come(data);
           const answer = () => new Promise((resolve) => (come = resolve));
           const ask = (message, transfer) => {{ const a = answer(); worker.postMessage(message, transfer ?? []); return a; }};
           for (let i = 0; i < 200; i++) await ask({{ echo: i }});
           const began = performance.now();
           const result = await (async () => {{ {what} }})();
           worker.terminate();
           return result ?? performance.now() - began;
         }})()"
    );
    resolved(javascript(&text))
        .await
        .as_f64()
        .expect("a number")
}

#[wasm_bindgen_test]
async fn round_trips() {
    const COUNT: u32 = 2_000;
    let (runner, work) = worker().await;
    for warm in [true, false] {
        let began = now_ms();
        for number in 0..COUNT {
            let echo = ask(&work, |reply| Work::Echo(number, reply)).await;
            assert_eq!(echo, Ok(number));
        }
        let took = now_ms() - began;
        if !warm {
            let bare = bare(&format!(
                "for (let i = 0; i < {COUNT}; i++) await ask({{ echo: i }});"
            ))
            .await;
            console_log!(
                "a round trip: {:.1} µs, bare {:.1} µs, {:.2} times",
                1000.0 * took / f64::from(COUNT),
                1000.0 * bare / f64::from(COUNT),
                took / bare
            );
        }
    }
    runner.isolate().kill(Priority::Immediate);
}

#[wasm_bindgen_test]
async fn one_way() {
    const COUNT: u32 = 50_000;
    let (runner, work) = worker().await;
    for warm in [true, false] {
        let began = now_ms();
        for number in 0..COUNT {
            drop(work.send(Work::Count(number)));
        }
        let posted = now_ms() - began;
        let echo = ask(&work, |reply| Work::Echo(0, reply)).await;
        assert!(echo.is_ok());
        let took = now_ms() - began;
        if !warm {
            let bare = bare(&format!(
                "for (let i = 0; i < {COUNT}; i++) worker.postMessage({{ count: i }}); await ask({{ echo: 1 }});"
            ))
            .await;
            console_log!(
                "to a worker: {:.0} thousand a second (posted at {:.0}), bare {:.0}, {:.2} of it",
                f64::from(COUNT) / took,
                f64::from(COUNT) / posted,
                f64::from(COUNT) / bare,
                bare / took
            );
        }
    }
    let mut said = ReceivePort::<u32>::new();
    for warm in [true, false] {
        let began = now_ms();
        drop(work.send(Work::Say(COUNT, said.send_port())));
        for number in 0..COUNT {
            assert_eq!(said.next().await, Some(number));
        }
        let took = now_ms() - began;
        if !warm {
            let bare = bare(&format!(
                "await new Promise((resolve) => {{
                   worker.onmessage = ({{ data }}) => data === {COUNT} - 1 && resolve();
                   worker.postMessage({{ say: {COUNT} }});
                 }});"
            ))
            .await;
            console_log!(
                "from a worker: {:.0} thousand a second, bare {:.0}, {:.2} of it",
                f64::from(COUNT) / took,
                f64::from(COUNT) / bare,
                bare / took
            );
        }
    }
    runner.isolate().kill(Priority::Immediate);
}

/// What decides from which size on bytes are transferred.
#[wasm_bindgen_test]
async fn cloned_and_transferred() {
    for size in [
        256,
        1 << 10,
        4 << 10,
        8 << 10,
        16 << 10,
        32 << 10,
        64 << 10,
        256 << 10,
        1 << 20,
    ] {
        let count = (20_000_000 / size).clamp(20, 3_000);
        let fill = |rest: &str| {
            format!(
                "const from = new Uint8Array({size});
                 const times = [];
                 for (let round = 0; round < 5; round++) {{
                   const began = performance.now();
                   for (let i = 0; i < {count}; i++) {{ const bytes = new Uint8Array({size}); bytes.set(from); {rest} }}
                   times.push((performance.now() - began) / {count} * 1000);
                 }}
                 return times.sort((a, b) => a - b)[2];"
            )
        };
        let cloned = bare(&fill("await ask({ bytes });")).await;
        let transferred = bare(&fill("await ask({ bytes }, [bytes.buffer]);")).await;
        console_log!(
            "{size:8} bytes there: cloned {cloned:.1} µs, transferred {transferred:.1} µs"
        );
    }
}
