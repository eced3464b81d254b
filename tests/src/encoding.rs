//! Encoded messages. A message that can't be encoded comes back to its sender, and a message that can't
//! be decoded is an error of its receiver.

use std::fmt::Debug;

use insula_core::{
    EncodeErrorKind, Isolate, Message, Platform, ReceivePort, RemoteError, SendPort, Start, Task,
    TaskError, program,
    stream::{Sender, channel},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    differences::Refusing,
    starting::start_with,
    support::{drain, ms, ok, take, within},
    worker::Worker,
};

/// A message that can't be encoded comes back with the reason, and the port goes on.
pub async fn send_that_fails_gives_the_message_back<P: Platform>() {
    let mut port = ReceivePort::<P, (u32, Option<Refusing>)>::new();
    let error = port.send_port().send((5, Some(Refusing))).unwrap_err();
    assert_eq!(error.message.0, 5);
    assert!(
        matches!(error.error.kind(), EncodeErrorKind::Refused(reason) if reason.contains("it refuses"))
    );
    port.send_port().send((6, None)).unwrap();
    assert_eq!(port.next().await.unwrap().0, 6);
}

/// A type that only a self-describing format could carry.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Loose {
    Number(u32),
    Text(String),
}

/// A type that only a self-describing format could carry is refused when it is sent, by name.
pub async fn send_that_fails_names_the_type<P: Platform>() {
    let port = ReceivePort::<P, Loose>::new();
    for message in [Loose::Number(1), Loose::Text(String::new())] {
        let error = port.send_port().send(message).unwrap_err().to_string();
        assert!(
            error.contains("Loose") && error.contains("Json<T>"),
            "{error}"
        );
    }
}

/// A number that its receiver takes only when it is even.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Even(pub(crate) u32);

impl<'de> Deserialize<'de> for Even {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)?;
        if number % 2 == 0 {
            Ok(Self(number))
        } else {
            Err(D::Error::custom("an odd number"))
        }
    }
}

async fn hear_evens<P: Platform>(start: Start<(SendPort<P, u32>, SendPort<P, SendPort<P, Even>>)>) {
    let (said, hello) = start.message;
    let mut port = ReceivePort::<P, Even>::new();
    hello.send(port.send_port()).unwrap();
    while let Some(Even(number)) = port.next().await {
        said.send(number).unwrap();
        if number == 0 {
            break;
        }
    }
}

/// A message that does not decode is told to the receiver's error listeners; the stream goes on
/// without it, although errors are fatal.
pub async fn undecodable_message_is_an_error_of_the_receiver<P: Platform>() {
    let (mut said, mut hello) = (
        ReceivePort::<P, u32>::new(),
        ReceivePort::<P, SendPort<P, Even>>::new(),
    );
    let (mut errors, mut ended) = (
        ReceivePort::<P, RemoteError>::new(),
        ReceivePort::<P, ()>::new(),
    );
    let options = Isolate::builder()
        .on_error(errors.send_port())
        .on_exit(ended.send_port());
    start_with(
        options,
        hear_evens::<P>,
        (said.send_port(), hello.send_port()),
    )
    .await;
    let port = hello.next().await.unwrap();
    for number in [2, 3, 4, 0] {
        port.send(Even(number)).unwrap();
    }
    ended.next().await;
    assert_eq!(drain(&mut said), [2, 4, 0]);
    let errors = drain(&mut errors);
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].description().contains("Even")
            && errors[0].description().contains("an odd number"),
        "{:?}",
        errors[0]
    );
}

/// An argument that does not decode fails its task, and the runner goes on.
pub async fn undecodable_argument_fails_its_task<P: Platform>() {
    let runner = ok(insula_core::IsolateRunner::<P>::spawn()).await;
    assert_eq!(ok(runner.run(|even: Even| even.0, Even(2))).await, 2);
    let error = runner.run(|even: Even| even.0, Even(3)).await.unwrap_err();
    assert!(matches!(error, TaskError::Decode(_)), "{error:?}");
    assert_eq!(ok(runner.run(|even: Even| even.0, Even(4))).await, 4);
    ok(runner.close()).await;
}

/// An argument that can't be sent fails its task, and the runner goes on.
pub async fn unsendable_argument_fails_its_task<P: Platform>() {
    let runner = ok(insula_core::IsolateRunner::<P>::spawn()).await;
    let error = runner.run(|_: Refusing| 1, Refusing).await.unwrap_err();
    assert!(matches!(error, TaskError::Encode(_)), "{error:?}");
    assert_eq!(ok(runner.run(|n: u32| n, 4)).await, 4);
    ok(runner.close()).await;
}

/// A value that can't be sent back fails its task, and the runner goes on: nothing hangs.
pub async fn unsendable_value_fails_its_task<P: Platform>() {
    let runner = ok(insula_core::IsolateRunner::<P>::spawn()).await;
    let error = runner.run(|_: u32| Refusing, 1).await.unwrap_err();
    assert!(matches!(error, TaskError::Encode(_)), "{error:?}");
    assert_eq!(ok(runner.run(|n: u32| n, 4)).await, 4);
    ok(runner.close()).await;
}

/// So does a value that only a self-describing format could carry, alone or in another. The error names its type.
pub async fn self_describing_value_fails_its_task<P: Platform>() {
    async fn is_refused<P: Platform, R: Message + Debug>(task: Task<P, R>) {
        let outcome = within::<P, _>(ms(10_000), task).await.expect("it ends");
        let error = outcome.unwrap_err();
        assert!(matches!(error, TaskError::Encode(_)), "{error:?}");
        assert!(error.to_string().contains("Loose"), "{error}");
    }
    let runner = ok(insula_core::IsolateRunner::<P>::spawn()).await;
    is_refused(runner.run(Loose::Number, 1)).await;
    is_refused(runner.run(|n| Some(Loose::Number(n)), 1)).await;
    is_refused(runner.run(|n| Ok::<_, String>(Loose::Number(n)), 1)).await;
    is_refused(runner.run_async(|n| async move { Loose::Number(n) }, 1)).await;
    assert_eq!(ok(runner.run(|n: u32| n, 4)).await, 4);
    ok(runner.close()).await;
}

/// A program's message that can't be sent fails its start.
pub async fn unsendable_initial_message_fails_the_start<P: Platform>() {
    async fn nothing(_: Start<Refusing>) {}
    program::register::<P, _, _>("tests/refusing", nothing);
    let error = Isolate::<P>::spawn_uri("insula:tests/refusing", None::<&str>, Refusing)
        .await
        .unwrap_err();
    assert!(
        matches!(error, insula_core::SpawnError::Encode(_)),
        "{error:?}"
    );
}

/// A program that expects another message than it got has an error, and ends: nothing hangs.
pub async fn program_that_expects_another_message_ends<P: Platform>() {
    async fn expect_text(_: Start<String>) {}
    program::register::<P, _, _>("tests/text", expect_text);
    let (mut errors, mut ended) = (
        ReceivePort::<P, RemoteError>::new(),
        ReceivePort::<P, ()>::new(),
    );
    let options = Isolate::<P>::builder()
        .on_error(errors.send_port())
        .on_exit(ended.send_port());
    ok(options.spawn_uri("insula:tests/text", None::<&str>, 5_u8)).await;
    ended.next().await;
    assert_eq!(drain(&mut errors).len(), 1);
}

/// A response to a ping that can't be sent comes back, and no ping is sent.
pub async fn unsendable_response_comes_back<P: Platform>() {
    let worker = Worker::<P>::start().await;
    let mut port = ReceivePort::<P, Option<Refusing>>::new();
    assert!(
        worker
            .isolate
            .ping(
                &port.send_port(),
                Some(Refusing),
                insula_core::Priority::Immediate
            )
            .is_err()
    );
    assert!(
        worker
            .isolate
            .add_exit_listener(&port.send_port(), Some(Refusing))
            .is_err()
    );
    worker
        .isolate
        .ping(&port.send_port(), None, insula_core::Priority::Immediate)
        .unwrap();
    assert!(take(&mut port, 1).await[0].is_none());
}

/// A number whose `Deserialize` panics when it is 5. What it does with the first value that is sent shows nothing of it.
#[derive(Debug, Serialize)]
pub(crate) struct PanicsWhenRead(pub(crate) u32);

impl<'de> Deserialize<'de> for PanicsWhenRead {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)?;
        assert!(number != 5, "{number} can't be read");
        Ok(Self(number))
    }
}

/// A value whose `Deserialize` panics fails its task, and the runner goes on.
pub async fn panicking_deserialize_of_a_value<P: Platform>() {
    let runner = ok(insula_core::IsolateRunner::<P>::spawn()).await;
    assert_eq!(ok(runner.run(PanicsWhenRead, 4)).await.0, 4);
    let task = runner.run(PanicsWhenRead, 5);
    let outcome = within::<P, _>(ms(10_000), task).await.expect("it ends");
    assert!(matches!(outcome, Err(TaskError::Decode(_))), "{outcome:?}");
    assert_eq!(ok(runner.run(|n: u32| n, 4)).await, 4);
    ok(runner.close()).await;
}

/// An argument whose `Deserialize` panics fails its task, and the runner goes on.
pub async fn panicking_deserialize_of_an_argument<P: Platform>() {
    let runner = ok(insula_core::IsolateRunner::<P>::spawn()).await;
    assert_eq!(
        ok(runner.run(|read: PanicsWhenRead| read.0, PanicsWhenRead(4))).await,
        4
    );
    let task = runner.run(|_: PanicsWhenRead| 1, PanicsWhenRead(5));
    let outcome = within::<P, _>(ms(10_000), task).await.expect("it ends");
    assert!(matches!(outcome, Err(TaskError::Decode(_))), "{outcome:?}");
    let late = |_: PanicsWhenRead| async { 1 };
    let task = runner.run_async(late, PanicsWhenRead(5));
    let outcome = within::<P, _>(ms(10_000), task).await.expect("it ends");
    assert!(matches!(outcome, Err(TaskError::Decode(_))), "{outcome:?}");
    assert_eq!(ok(runner.run(|n: u32| n, 4)).await, 4);
    ok(runner.close()).await;
}

/// A number whose `Serialize` panics.
#[derive(Debug, Deserialize)]
struct PanicsWhenWritten;

impl Serialize for PanicsWhenWritten {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("it can't be written");
    }
}

/// A value whose `Serialize` panics fails its task, and the runner goes on.
pub async fn panicking_serialize_of_a_value<P: Platform>() {
    let runner = ok(insula_core::IsolateRunner::<P>::spawn()).await;
    let task = runner.run(|_: u32| PanicsWhenWritten, 5);
    let outcome = within::<P, _>(ms(10_000), task).await.expect("it ends");
    let error = outcome.unwrap_err();
    assert!(error.to_string().contains("it can't be written"), "{error}");
    assert_eq!(ok(runner.run(|n: u32| n, 4)).await, 4);
    ok(runner.close()).await;
}

/// An item whose `Serialize` panics takes no credit along: its stream ends.
pub async fn panicking_serialize_of_an_item<P: Platform>() {
    async fn send_one<P: Platform>(to: Sender<P, PanicsWhenWritten>) {
        let _ = to.send(PanicsWhenWritten).await;
    }
    let runner = ok(insula_core::IsolateRunner::<P>::spawn()).await;
    let (to, mut items) = channel::<P, PanicsWhenWritten>(2);
    let sending = runner.run_async(send_one::<P>, to);
    let read_all = async { while items.next().await.is_some() {} };
    let ended = within::<P, _>(ms(10_000), read_all).await;
    assert!(ended.is_some(), "the stream ends");
    // It has failed where the item had to be encoded.
    let _ = sending.await;
}
