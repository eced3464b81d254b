//! [`Worker`]: an isolate that obeys the orders of a test.

use std::{rc::Rc, time::Duration};

use insula_core::{
    Capability, Isolate, IsolateBuilder, Platform, Priority, RawReceivePort, ReceivePort,
    RemoteError, SendPort, Start, Timer, schedule_microtask,
};
use serde::{Deserialize, Serialize};

use crate::{starting::By, support::drain};

/// An order to a worker, which handles each in an event of its own.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) enum Order<P> {
    /// Says the number.
    Say(u32),
    /// Panics.
    Throw(String),
    /// Does all, in one event.
    All(Vec<Self>),
    /// Does it in a microtask.
    Soon(Box<Self>),
    /// Does it after so many milliseconds.
    Later(u64, Box<Self>),
    /// Pauses itself.
    Pause(Capability<P>),
    /// Kills itself.
    Kill(bool),
    /// Takes no more orders. It ends when nothing else keeps it alive.
    Leave,
}

impl<P> Order<P> {
    pub(crate) fn throw(text: &str) -> Self {
        Self::Throw(text.to_owned())
    }

    pub(crate) fn soon(self) -> Self {
        Self::Soon(Box::new(self))
    }

    pub(crate) fn later(self, milliseconds: u64) -> Self {
        Self::Later(milliseconds, Box::new(self))
    }
}

/// The message of the worker's entry point.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Seat<P: Platform> {
    said: SendPort<P, u32>,
    hello: SendPort<P, SendPort<P, Order<P>>>,
    first: Vec<Order<P>>,
}

/// A worker, seen by the test. Its errors and its end are listened to from the start.
pub(crate) struct Worker<P: Platform> {
    pub(crate) isolate: Isolate<P>,
    pub(crate) said: ReceivePort<P, u32>,
    pub(crate) errors: ReceivePort<P, RemoteError>,
    pub(crate) ended: ReceivePort<P, ()>,
    hello: ReceivePort<P, SendPort<P, Order<P>>>,
    orders: Option<SendPort<P, Order<P>>>,
}

impl<P: Platform> Worker<P> {
    /// A program with the options an isolate has by itself.
    pub(crate) async fn start() -> Self {
        Self::start_with(By::Program, Isolate::builder()).await
    }

    /// Pings so that the answer stands among what the worker says.
    pub(crate) fn ping(&self, answer: u32, priority: Priority) {
        self.isolate
            .ping(&self.said.send_port(), answer, priority)
            .unwrap();
    }

    /// A program that errors don't end.
    pub(crate) async fn forgiving() -> Self {
        Self::start_with(By::Program, Isolate::builder().errors_fatal(false)).await
    }

    /// A program that waits to be resumed.
    pub(crate) async fn paused() -> Self {
        Self::launch(By::Program, Isolate::builder().paused(true), Vec::new()).await
    }

    pub(crate) async fn start_with(by: By, options: IsolateBuilder<P>) -> Self {
        let mut this = Self::launch(by, options, Vec::new()).await;
        this.greet().await;
        this
    }

    /// Starts a worker that does `first` in its entry point, and does not wait for it.
    pub(crate) async fn launch(by: By, options: IsolateBuilder<P>, first: Vec<Order<P>>) -> Self {
        let (said, hello) = (ReceivePort::<P, _>::new(), ReceivePort::<P, _>::new());
        let (errors, ended) = (ReceivePort::<P, _>::new(), ReceivePort::<P, _>::new());
        let options = options
            .on_error(errors.send_port())
            .on_exit(ended.send_port());
        let seat = Seat {
            said: said.send_port(),
            hello: hello.send_port(),
            first,
        };
        let isolate = by
            .start(options, obey::<P>, seat)
            .await
            .expect("the worker starts");
        Self {
            isolate,
            said,
            errors,
            ended,
            hello,
            orders: None,
        }
    }

    /// Waits until the worker takes orders.
    pub(crate) async fn greet(&mut self) {
        self.orders = self.hello.next().await;
    }

    pub(crate) fn order(&self, order: Order<P>) {
        self.orders().send(order).unwrap();
    }

    /// Orders the worker to say numbers, each in an event of its own.
    pub(crate) fn say<const N: usize>(&self, numbers: [u32; N]) {
        for number in numbers {
            self.order(Order::Say(number));
        }
    }

    pub(crate) fn orders(&self) -> &SendPort<P, Order<P>> {
        self.orders.as_ref().expect("the worker was greeted")
    }

    /// What the worker says next.
    pub(crate) async fn hear(&mut self) -> u32 {
        self.said.next().await.expect("the test holds the port")
    }

    /// Waits for an answer that shows that the worker has handled the control sent before.
    pub(crate) async fn settle(&self) {
        let mut settled = ReceivePort::<P, ()>::new();
        self.isolate
            .ping(&settled.send_port(), (), Priority::Immediate)
            .unwrap();
        settled.next().await;
    }

    /// Waits for the worker's end, and gives what it has said that was not heard yet.
    pub(crate) async fn end(&mut self) -> Vec<u32> {
        self.ended.next().await;
        drain(&mut self.said)
    }

    /// Orders the worker to leave, and gives what it has said that was not heard yet.
    pub(crate) async fn dismiss(&mut self) -> Vec<u32> {
        self.order(Order::Leave);
        self.end().await
    }

    /// What the errors said that have arrived.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        drain(&mut self.errors)
            .into_iter()
            .map(|error| error.description().to_owned())
            .collect()
    }
}

/// No test leaves its worker behind.
impl<P: Platform> Drop for Worker<P> {
    fn drop(&mut self) {
        self.isolate.kill(Priority::Immediate);
    }
}

/// The worker's entry point.
async fn obey<P: Platform>(start: Start<Seat<P>>) {
    let Seat { said, hello, first } = start.message;
    let port = Rc::new(RawReceivePort::<P, Order<P>>::silent());
    let obedient = Obedient {
        said,
        port: port.clone(),
    };
    let starter = obedient.clone();
    port.set_handler(move |order| obedient.obey(order));
    let _ = hello.send(port.send_port());
    for order in first {
        starter.obey(order);
    }
}

#[derive(Clone)]
struct Obedient<P: Platform> {
    said: SendPort<P, u32>,
    port: Rc<RawReceivePort<P, Order<P>>>,
}

impl<P: Platform> Obedient<P> {
    fn obey(&self, order: Order<P>) {
        let this = self.clone();
        match order {
            Order::Say(number) => self.said.send(number).unwrap(),
            Order::Throw(text) => panic!("{text}"),
            Order::All(orders) => orders.into_iter().for_each(|order| self.obey(order)),
            Order::Soon(order) => schedule_microtask::<P>(move || this.obey(*order)),
            Order::Later(milliseconds, order) => {
                Timer::<P>::new(Duration::from_millis(milliseconds), move || {
                    this.obey(*order);
                });
            }
            Order::Pause(resume) => Isolate::<P>::current().pause_with(resume),
            Order::Kill(true) => Isolate::<P>::current().kill(Priority::Immediate),
            Order::Kill(false) => Isolate::<P>::current().kill(Priority::BeforeNextEvent),
            Order::Leave => self.port.close(),
        }
    }
}
