//! `ReceivePort` is a stream of messages, and `SendPort` the way to it.

use futures_util::StreamExt;
use insula_core::{Isolate, Platform, RawReceivePort, ReceivePort, SendPort, Start};
use serde::{Deserialize, Serialize};

use crate::{
    starting::{start, start_with},
    support::{drain, take},
    worker::Worker,
};

/// The simplest of all: a program sends a text.
///
/// Source: dart-sdk `tests/lib/isolate/simple_message_test`.
pub async fn program_sends_a_text<P: Platform>() {
    async fn send_foo<P: Platform>(start: Start<SendPort<P, String>>) {
        start.message.send("foo".to_owned()).unwrap();
    }
    let mut port = ReceivePort::<P, String>::new();
    start::<P, _, _>(send_foo::<P>, port.send_port()).await;
    assert_eq!(port.next().await.as_deref(), Some("foo"));
}

/// A message to an isolate's own port arrives.
///
/// Source: co19 `ReceivePort/sendPort_A01_t01`.
pub async fn port_receives_what_it_is_sent<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    port.send_port().send(7).unwrap();
    assert_eq!(port.next().await, Some(7));
}

/// A port keeps messages in order until they are taken.
///
/// Source: co19 `ReceivePort/ReceivePort_A01_t01`.
pub async fn port_keeps_messages_until_they_are_taken<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let mut last = ReceivePort::<P, ()>::new();
    for number in 0..10 {
        port.send_port().send(number).unwrap();
    }
    last.send_port().send(()).unwrap();
    last.next().await;
    assert_eq!(drain(&mut port), (0..10).collect::<Vec<_>>());
}

/// A reader gets each message once.
///
/// Source: co19 `ReceivePort/listen_A01_t01`.
pub async fn port_gives_every_message<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    for number in [4, 5, 6] {
        port.send_port().send(number).unwrap();
    }
    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.extend(port.next().await);
    }
    assert_eq!(heard, [4, 5, 6]);
}

/// Closing twice is closing once.
///
/// Source: co19 `ReceivePort/close_A02_t01`.
pub async fn port_can_be_closed_twice<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    port.close();
    port.close();
    assert_eq!(port.next().await, None);
    assert_eq!(port.next().await, None, "the end stays the end");
}

/// Closing a port ends its stream.
pub async fn port_close_ends_the_stream<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let all = async {
        port.close();
        port.collect::<Vec<_>>().await
    };
    assert!(all.await.is_empty());
}

/// Messages that arrived before a port was closed can still be read.
pub async fn port_close_keeps_what_arrived<P: Platform>() {
    let (mut port, mut last) = (ReceivePort::<P, u32>::new(), ReceivePort::<P, ()>::new());
    port.send_port().send(1).unwrap();
    last.send_port().send(()).unwrap();
    last.next().await;
    port.close();
    assert_eq!(port.next().await, Some(1));
    assert_eq!(port.next().await, None);
}

/// What was sent in the isolate itself before the port was closed can still be read.
pub async fn port_close_keeps_what_was_sent<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    port.send_port().send(1).unwrap();
    port.send_port().send(2).unwrap();
    port.close();
    port.send_port().send(3).unwrap();
    assert_eq!(port.next().await, Some(1));
    assert_eq!(port.next().await, Some(2));
    assert_eq!(port.next().await, None);
    assert_eq!(port.next().await, None, "the end stays the end");
}

/// The same inside an isolate.
pub async fn port_close_in_an_isolate_keeps_what_was_sent<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, Option<u32>>>) {
        let mut port = ReceivePort::<P, u32>::new();
        port.send_port().send(1).unwrap();
        port.close();
        start.message.send(port.next().await).unwrap();
        start.message.send(port.next().await).unwrap();
    }
    let mut read = ReceivePort::<P, Option<u32>>::new();
    start::<P, _, _>(entry::<P>, read.send_port()).await;
    assert_eq!(read.next().await, Some(Some(1)));
    assert_eq!(read.next().await, Some(None));
}

/// A message to a closed port is dropped, and the sender gets no error.
pub async fn port_closed_drops_messages<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let to = port.send_port();
    port.close();
    to.send(1).unwrap();
    assert_eq!(port.next().await, None);
}

/// A message to an isolate that has ended is dropped, and the sender gets no error.
pub async fn send_to_an_ended_isolate_is_dropped<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.dismiss().await;
    worker.say([1]);
    assert!(drain(&mut worker.said).is_empty());
}

/// `Request` and its answer, in one program.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Sum<P: Platform> {
    numbers: (u32, u32),
    reply: SendPort<P, u32>,
}

async fn add<P: Platform>(start: Start<SendPort<P, SendPort<P, Sum<P>>>>) {
    let mut requests = ReceivePort::<P, Sum<P>>::new();
    start.message.send(requests.send_port()).unwrap();
    let Sum { numbers, reply } = requests.next().await.unwrap();
    reply.send(numbers.0 + numbers.1).unwrap();
}

/// A request carries the port for its reply.
///
/// Source: dart-sdk `tests/lib/isolate/request_reply_test`.
pub async fn request_carries_its_reply_port<P: Platform>() {
    let mut hello = ReceivePort::<P, _>::new();
    start::<P, _, _>(add::<P>, hello.send_port()).await;
    let requests = hello.next().await.unwrap();
    let mut reply = ReceivePort::<P, _>::new();
    requests
        .send(Sum {
            numbers: (99, 87),
            reply: reply.send_port(),
        })
        .unwrap();
    assert_eq!(reply.next().await, Some(186));
}

/// Where a program's messages go, and where it says how to reach it.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Pair<P: Platform, T, H> {
    back: SendPort<P, T>,
    hello: SendPort<P, H>,
}

async fn count_on<P: Platform>(start: Start<Pair<P, Option<u32>, SendPort<P, Option<u32>>>>) {
    let Pair { back, hello } = start.message;
    let mut counts = ReceivePort::<P, _>::new();
    hello.send(counts.send_port()).unwrap();
    while let Some(Some(count)) = counts.next().await {
        back.send(Some(count + 1)).unwrap();
    }
    back.send(None).unwrap();
}

/// Ten requests and their replies alternate, and then the isolate says that it is done.
///
/// Source: dart-sdk `tests/lib/isolate/count_test`.
pub async fn ten_requests_and_replies_alternate<P: Platform>() {
    let (mut back, mut hello, mut ended) = (
        ReceivePort::<P, _>::new(),
        ReceivePort::<P, _>::new(),
        ReceivePort::<P, _>::new(),
    );
    let pair = Pair {
        back: back.send_port(),
        hello: hello.send_port(),
    };
    start_with::<P, _, _>(
        Isolate::builder().on_exit(ended.send_port()),
        count_on::<P>,
        pair,
    )
    .await;
    let to = hello.next().await.unwrap();
    for count in (0..20).step_by(2) {
        to.send(Some(count)).unwrap();
        assert_eq!(back.next().await, Some(Some(count + 1)));
    }
    to.send(None).unwrap();
    assert_eq!(back.next().await, Some(None));
    assert_eq!(ended.next().await, Some(()));
}

/// The ports of a weaving program: two for numbers, and one that ends it.
type Looms<P> = (SendPort<P, u32>, SendPort<P, u32>, SendPort<P, ()>);

async fn weave<P: Platform>(start: Start<Pair<P, u32, Looms<P>>>) {
    let Pair { back, hello } = start.message;
    let pass = |back: SendPort<P, u32>| {
        RawReceivePort::<P, u32>::new(move |number| back.send(number).unwrap())
    };
    let (warp, weft, mut end) = (pass(back.clone()), pass(back), ReceivePort::<P, _>::new());
    hello
        .send((warp.send_port(), weft.send_port(), end.send_port()))
        .unwrap();
    end.next().await;
}

/// Messages of one sender arrive in the order they were sent, whichever ports of an isolate they are for.
pub async fn messages_keep_their_order_across_ports<P: Platform>() {
    let (mut back, mut hello) = (ReceivePort::<P, _>::new(), ReceivePort::<P, _>::new());
    start::<P, _, _>(
        weave::<P>,
        Pair {
            back: back.send_port(),
            hello: hello.send_port(),
        },
    )
    .await;
    let (warp, weft, end) = hello.next().await.unwrap();
    for number in (0..20).step_by(2) {
        warp.send(number).unwrap();
        weft.send(number + 1).unwrap();
    }
    end.send(()).unwrap();
    assert_eq!(take(&mut back, 20).await, (0..20).collect::<Vec<_>>());
}
