//! The browser's timeouts, which the event loop's timers wait by.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use insula_web::{RawReceivePort, ReceivePort, sleep};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{in_time, javascript, resolved};

/// Whether `future` is done within 5 seconds, by a timeout of the browser's own.
async fn is_done<F: Future>(future: F) -> bool {
    let limit = "new Promise(resolve => (self.kept ?? setTimeout)(resolve, 5000))";
    let (mut future, mut limit) = (pin!(future), pin!(resolved(javascript(limit))));
    poll_fn(|context| {
        if future.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        limit.as_mut().poll(context).map(|_| false)
    })
    .await
}

/// Gecko's timeouts do, now and then, by less than a millisecond; here all do, by more.
#[wasm_bindgen_test]
async fn a_timeout_that_comes_too_early_is_set_again() {
    javascript(
        "self.kept = setTimeout.bind(self);
        self.setTimeout = (callback, ms) => kept(callback, Math.max(0, ms - 5))",
    );
    let before = javascript("performance.now()").as_f64();
    let mut slept = true;
    for _ in 0..3 {
        slept &= is_done(sleep(Duration::from_millis(20))).await;
    }
    let after = javascript("performance.now()").as_f64();
    javascript("self.setTimeout = kept; delete self.kept");
    assert!(slept, "a timer never came");
    let took = after.zip(before).map(|(after, before)| after - before);
    assert!(took >= Some(60.0), "three timers of 20 ms took {took:?} ms");
}

/// In a tab in the background every timeout takes a second, as each does here. Events do not wait for any.
#[wasm_bindgen_test]
async fn a_page_in_the_background_works_on() {
    if javascript("globalThis.document").is_undefined() {
        return; // Deno and Bun have no page, so no timeout takes longer than it should
    }
    javascript(
        "self.kept = setTimeout.bind(self);
        self.setTimeout = (callback, ms) => kept(callback, Math.max(1000, ms))",
    );
    let now_ms = || javascript("performance.now()").as_f64().expect("a number");
    let mut done = ReceivePort::new();
    let tell = done.send_port();
    let work = RawReceivePort::new(move |number: u32| {
        let end = now_ms() + 1.0;
        while now_ms() < end {}
        if number == 200 {
            let _ = tell.send(());
        }
    });
    let began = now_ms();
    for number in 1..=200 {
        let _ = work.send_port().send(number);
    }
    in_time("the work", done.next()).await;
    let took = now_ms() - began;
    javascript("self.setTimeout = kept; delete self.kept");
    // By timeouts it would be one every eight milliseconds of work.
    assert!(took < 5_000.0, "{took} ms");
}
