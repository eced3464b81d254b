//! Isolates in workers of [gloo-worker](gloo_worker), for applications that have such workers.
//!
//! Such a worker goes on with its own work, and takes part as an isolate beside it: its ports reach every other
//! isolate and are reached from there, and it is paused, pinged, listened to and killed as any. The application's
//! `Input` and `Output` get a variant that carries a [`Packet`], and the worker hands those to [`receive`]; then
//! [`spawn`] calls a function in the worker. One isolate at a time: when it has ended, the next may be spawned.
//!
//! ```ignore-linux,ignore-apple,ignore-windows
//! use gloo_worker::{HandlerId, Registrable, Spawnable, Worker, WorkerScope};
//! use insula::{Priority, ReceivePort, SendPort, web::gloo::{self, Packet}};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! enum Input {
//!     Add(u32, u32),
//!     Isolate(Packet),
//! }
//!
//! #[derive(Serialize, Deserialize)]
//! enum Output {
//!     Sum(u32),
//!     Isolate(Packet),
//! }
//!
//! struct Adder;
//!
//! impl Worker for Adder {
//!     type Message = ();
//!     type Input = Input;
//!     type Output = Output;
//!
//!     fn create(_: &WorkerScope<Self>) -> Self {
//!         Self
//!     }
//!
//!     fn update(&mut self, _: &WorkerScope<Self>, (): ()) {}
//!
//!     fn received(&mut self, scope: &WorkerScope<Self>, input: Input, from: HandlerId) {
//!         match input {
//!             Input::Add(a, b) => scope.respond(from, Output::Sum(a + b)),
//!             Input::Isolate(packet) => gloo::receive(scope, packet, from),
//!         }
//!     }
//! }
//!
//! impl From<Packet> for Input {
//!     fn from(packet: Packet) -> Self {
//!         Self::Isolate(packet)
//!     }
//! }
//!
//! impl From<Packet> for Output {
//!     fn from(packet: Packet) -> Self {
//!         Self::Isolate(packet)
//!     }
//! }
//!
//! impl TryFrom<Output> for Packet {
//!     type Error = Output;
//!
//!     fn try_from(output: Output) -> Result<Self, Output> {
//!         match output {
//!             Output::Isolate(packet) => Ok(packet),
//!             own => Err(own),
//!         }
//!     }
//! }
//!
//! /// In the worker.
//! async fn counter(to: SendPort<u32>) {
//!     for number in 0.. {
//!         let _ = to.send(number);
//!         insula::sleep(std::time::Duration::from_millis(1)).await;
//!     }
//! }
//!
//! /// On the page.
//! async fn count(script: &str) -> Result<(), insula::Error> {
//!     let adder = Adder::spawner().callback(|_sum| {}).with_loader(true).spawn(script);
//!     adder.send(Input::Add(20, 22));
//!
//!     let mut numbers = ReceivePort::new();
//!     let isolate = gloo::spawn(&adder, counter, numbers.send_port()).await?;
//!     assert_eq!(numbers.next().await, Some(0));
//!     assert_eq!(numbers.next().await, Some(1));
//!     isolate.kill(Priority::Immediate); // the worker goes on to add
//!     Ok(())
//! }
//! # use wasm_bindgen::prelude::*;
//! # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
//! #
//! # #[wasm_bindgen]
//! # pub fn register() {
//! #     Adder::registrar().register();
//! # }
//! #
//! # #[wasm_bindgen]
//! # extern "C" {
//! #     #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
//! #     static EXAMPLE_URL: String;
//! # }
//! #
//! # #[wasm_bindgen_test::wasm_bindgen_test]
//! # async fn example() {
//! #     let program = EXAMPLE_URL.with(Clone::clone);
//! #     let text = format!("import * as program from '{program}';
//! #         await program.default({{ module_or_path: '{program}_bg.wasm' }});
//! #         program.register();");
//! #     let options = web_sys::BlobPropertyBag::new();
//! #     options.set_type("text/javascript");
//! #     let parts = js_sys::Array::of1(&text.into());
//! #     let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options).unwrap();
//! #     count(&web_sys::Url::create_object_url_with_blob(&blob).unwrap()).await.unwrap();
//! # }
//! ```
//!
//! What differs from isolates in workers of insula's own:
//! * A kill is cooperative, because gloo gives no handle: the isolate ends at its next event, await or `checkpoint()`. Its
//!   exit listeners are told at once, and nothing that it sends after that arrives. Where the page's content security
//!   policy forbids to connect to blobs, a checkpoint does not find the kill.
//! * Messages are copied, also the bytes of `TransferableTypedData`: gloo's bridges transfer nothing. They ride on
//!   the codec that the application has chosen, as bytes.
//! * After an uncaught error the isolate is lost, and the worker is not: it may go on, but where panics abort no isolate
//!   starts there again after one.
//! * An isolate keeps its worker, as a bridge does; when both are gone, gloo destroys the worker.
//! * The worker's own code may use the ports of the isolate while there is one. What it makes before that makes the worker
//!   a host of its own, which no isolate can be.

use std::rc::Rc;

use gloo_worker::{HandlerId, Worker, WorkerBridge, WorkerScope};
use insula_core::{Message, SpawnError, Unsupported, contract::Entry, start_with};

use super::{arrivals::arrived, bridge::reach, hosted};
pub use crate::protocol::packet::Packet;
use crate::{
    Isolate, IsolateBuilder, Task,
    ids::IsolateId,
    protocol::{launch::Program, parcel::Parcel},
    root, side, spawner,
};

/// Handles a packet that came to this worker; to be called from [`Worker::received`] with what that was given.
///
/// It returns at once: what the packet brings runs when gloo has returned. The [module](self) has an example.
pub fn receive<W>(scope: &WorkerScope<W>, packet: Packet, from: HandlerId)
where
    W: Worker<Output: From<Packet>> + 'static,
{
    let scope = scope.clone();
    let answer = move |packet: Packet| scope.respond(from, packet.into());
    arrived(
        packet,
        Box::new(move |message| hosted::receive(message, from, Rc::new(answer))),
    );
}

/// Starts an isolate in the worker at the other end of a bridge; it calls `entry(message)` as its first event.
///
/// As [`spawn_with`], with no options. The [module](self) has an example.
///
/// # Errors
/// As [`spawn_with`].
pub fn spawn<W, M, F>(
    bridge: &WorkerBridge<W>,
    entry: fn(M) -> F,
    message: M,
) -> Task<Isolate, SpawnError>
where
    W: Worker<Input: From<Packet>> + 'static,
    Packet: TryFrom<W::Output>,
    M: Message,
    F: Future<Output = ()> + 'static,
{
    spawn_with(Isolate::builder(), bridge, entry, message)
}

/// As [`spawn`], with the options of an isolate: `Isolate::builder().debug_name("counter").paused(true)`, and so on.
///
/// The isolate has a bridge of its own beside `bridge`, so the worker sees a further [`HandlerId`], and lives at least
/// as long as its isolate.
///
/// # Errors
/// `TimedOut` when the worker has not answered within the time that
/// [`Options::start_timeout`](crate::web::Options::start_timeout) allows: gloo does not tell of a script that is missing or fails. `BuildMismatch` when the worker runs another build.
/// `Failed` when it is an isolate already, or its own code uses insula outside of one. `Encode` when `message` can't be
/// sent. `Unsupported` in a worker that insula has started: the bridge has to be where the application began.
///
/// # Panics
/// When it is called in a callback of `bridge`: gloo-worker can't fork a bridge there.
pub fn spawn_with<W, M, F>(
    builder: IsolateBuilder,
    bridge: &WorkerBridge<W>,
    entry: fn(M) -> F,
    message: M,
) -> Task<Isolate, SpawnError>
where
    W: Worker<Input: From<Packet>> + 'static,
    Packet: TryFrom<W::Output>,
    M: Message,
    F: Future<Output = ()> + 'static,
{
    let name = std::any::type_name::<W>();
    start_with(builder, name, |launch, started| {
        if !side::is_root() {
            return started(Err(SpawnError::Unsupported(Unsupported {
                operation: "gloo::spawn",
                reason: "a worker of gloo's becomes an isolate where the application began, which carries all messages",
            })));
        }
        let message = match Parcel::pack(message) {
            Ok(message) => message,
            Err((error, _)) => return started(Err(SpawnError::Encode(error))),
        };
        let program = Program {
            uri: format!("gloo:{name}"),
            entry: Some(Entry::new(entry)),
            args: Vec::new(),
            message,
        };
        let id = IsolateId::random(false);
        spawner::ask(id, launch, program, started, |frame| {
            root::spawn::adopt(|received| reach(bridge, id, received), frame);
        });
    })
}
