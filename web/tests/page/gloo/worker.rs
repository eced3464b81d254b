//! A worker of gloo's as an application has one, which becomes isolates beside its own work.
#![allow(dead_code, reason = "each test program uses some of it")]

use std::rc::Rc;

use gloo_worker::{HandlerId, Registrable, Spawnable, Worker, WorkerBridge, WorkerScope};
use insula_web::{
    Isolate, Message, ReceivePort, RemoteError, SpawnError, Web,
    web::{self, gloo::Packet},
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::common::{in_time, no_worker_is_left, program_url, script};
use insula_tests::within;

/// What the application sends to its worker.
#[derive(Serialize, Deserialize)]
pub(crate) enum Input {
    Add(u32, u32),
    Isolate(Packet),
}

/// What the worker answers.
#[derive(Serialize, Deserialize)]
pub(crate) enum Output {
    Sum(u32),
    Isolate(Packet),
}

impl From<Packet> for Input {
    fn from(packet: Packet) -> Self {
        Self::Isolate(packet)
    }
}

impl From<Packet> for Output {
    fn from(packet: Packet) -> Self {
        Self::Isolate(packet)
    }
}

impl TryFrom<Output> for Packet {
    type Error = Output;

    fn try_from(output: Output) -> Result<Self, Output> {
        match output {
            Output::Isolate(packet) => Ok(packet),
            own => Err(own),
        }
    }
}

pub(crate) struct Adder;

impl Worker for Adder {
    type Message = ();
    type Input = Input;
    type Output = Output;

    fn create(_: &WorkerScope<Self>) -> Self {
        Self
    }

    fn update(&mut self, _: &WorkerScope<Self>, (): ()) {}

    fn received(&mut self, scope: &WorkerScope<Self>, input: Input, from: HandlerId) {
        match input {
            Input::Add(a, b) => scope.respond(from, Output::Sum(a + b)),
            Input::Isolate(packet) => web::gloo::receive(scope, packet, from),
        }
    }
}

/// What the worker's script calls.
#[allow(unreachable_pub, reason = "JavaScript reaches it")]
#[wasm_bindgen]
pub fn register_adder() {
    Adder::registrar().register();
}

/// The same in a worker whose own code uses ports.
#[allow(unreachable_pub, reason = "JavaScript reaches it")]
#[wasm_bindgen]
pub fn register_adder_with_a_port() {
    ReceivePort::<()>::new().detach();
    register_adder();
}

/// The script of a worker: it loads this very program and calls `register`, an expression.
pub(crate) fn worker_script(register: &str) -> String {
    let program = program_url();
    script(&format!(
        "import * as program from '{program}';\nawait program.default({{ module_or_path: '{program}_bg.wasm' }});\n{register};"
    ))
}

/// The application's bridge to its worker, and what comes over it.
pub(crate) struct App {
    pub(crate) bridge: WorkerBridge<Adder>,
    sums: ReceivePort<u32>,
}

impl App {
    pub(crate) fn new() -> Self {
        Self::from_script(&worker_script("program.register_adder()"))
    }

    pub(crate) fn from_script(url: &str) -> Self {
        let sums = ReceivePort::new();
        let told = Rc::new(sums.send_port());
        let callback = move |output| match output {
            Output::Sum(sum) => drop(told.send(sum)),
            Output::Isolate(packet) => panic!("{packet:?} came over the application's own bridge"),
        };
        let bridge = Adder::spawner()
            .callback(callback)
            .with_loader(true)
            .spawn(url);
        Self { bridge, sums }
    }

    /// Starts an isolate in the worker.
    pub(crate) async fn spawn<M: Message, F: Future<Output = ()> + 'static>(
        &self,
        entry: fn(M) -> F,
        message: M,
    ) -> Isolate {
        in_time("a spawn", web::gloo::spawn(&self.bridge, entry, message))
            .await
            .expect("the worker becomes an isolate")
    }

    /// What prevents an isolate in the worker.
    pub(crate) async fn does_not_spawn(&self) -> SpawnError {
        let spawned = web::gloo::spawn(&self.bridge, |()| async {}, ());
        in_time("a spawn", spawned)
            .await
            .expect_err("it does not start")
    }

    /// The worker's own work goes on.
    pub(crate) async fn adds(&mut self) {
        self.bridge.send(Input::Add(20, 22));
        assert_eq!(in_time("a sum", self.sums.next()).await, Some(42));
    }
}

/// What an isolate's listeners are told.
pub(crate) struct Listeners {
    exits: ReceivePort<u32>,
    errors: ReceivePort<RemoteError>,
}

impl Listeners {
    pub(crate) fn of(isolate: &Isolate) -> Self {
        let (exits, errors) = (ReceivePort::new(), ReceivePort::new());
        isolate
            .add_exit_listener(&exits.send_port(), 7)
            .expect("a number can be sent");
        isolate.add_error_listener(&errors.send_port());
        Self { exits, errors }
    }

    /// The next error.
    pub(crate) async fn error(&mut self) -> RemoteError {
        in_time("the error", self.errors.next())
            .await
            .expect("the port is open")
    }

    /// The end is told once, and no error that was not asked for.
    pub(crate) async fn end(mut self) {
        assert_eq!(in_time("the end", self.exits.next()).await, Some(7));
        // Longer than the root waits for a worker that has fallen silent.
        let quiet = std::time::Duration::from_millis(300);
        assert_eq!(within::<Web, _>(quiet, self.exits.next()).await, None);
        let error = within::<Web, _>(std::time::Duration::ZERO, self.errors.next()).await;
        assert_eq!(error, None, "an error that was not expected");
        no_worker_is_left().await;
    }
}
