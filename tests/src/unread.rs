//! Who waits for an answer to a message that its receiver could not read is told so at once.

use insula_core::{
    IsolateRunner, Message, Platform, RawReceivePort, ReceivePort, SendPort, TaskError, ask,
    ports::single_response,
};
use serde::{Deserialize, Serialize};

use crate::{
    encoding::{Even, PanicsWhenRead},
    support::{ms, ok, within},
};

/// A request whose port is read before what can't be read.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "N: Message")]
struct PortFirst<P: Platform, N> {
    reply: SendPort<P, u32>,
    number: N,
}

/// One whose port is not read any more.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
struct PortLast<P: Platform> {
    number: Even,
    reply: SendPort<P, u32>,
}

/// What a request asks for.
trait Request<P: Platform>: Message {
    fn answer(self);
}

impl<P: Platform> Request<P> for PortFirst<P, Even> {
    fn answer(self) {
        self.reply.send(self.number.0 + 1).unwrap();
    }
}

impl<P: Platform> Request<P> for PortFirst<P, PanicsWhenRead> {
    fn answer(self) {
        self.reply.send(self.number.0 + 1).unwrap();
    }
}

impl<P: Platform> Request<P> for PortLast<P> {
    fn answer(self) {
        self.reply.send(self.number.0 + 1).unwrap();
    }
}

async fn serve<P: Platform, M: Request<P>>(ready: SendPort<P, SendPort<P, M>>) {
    let mut requests = ReceivePort::<P, M>::new();
    ready.send(requests.send_port()).unwrap();
    while let Some(request) = requests.next().await {
        request.answer();
    }
}

/// Asks a server on a runner with 4, 5 and 6, of which it can't read 5.
async fn ask_thrice<P: Platform, M: Request<P>>(make: fn(u32, SendPort<P, u32>) -> M) {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut ready = ReceivePort::new();
    drop(runner.run_async(serve::<P, M>, ready.send_port()));
    let server = ready.next().await.unwrap();
    for (number, answer) in [(4, Some(5)), (5, None), (6, Some(7))] {
        let asked = ask(&server, |reply| make(number, reply));
        let outcome = within::<P, _>(ms(10_000), asked).await.expect("it ends");
        match answer {
            Some(answer) => assert_eq!(outcome, Ok(answer)),
            None => {
                let text = outcome.as_ref().unwrap_err().to_string();
                assert!(matches!(outcome, Err(TaskError::Decode(_))), "{text}");
                assert!(
                    text.contains("PortFirst") || text.contains("PortLast"),
                    "{text}"
                );
            }
        }
    }
    ok(runner.shutdown(ms(0))).await;
}

/// An ask whose request can't be read fails, wherever in it the reply port stands; the server goes on.
pub async fn ask_fails_when_its_request_cannot_be_read<P: Platform>() {
    ask_thrice::<P, _>(|number, reply| PortFirst {
        number: Even(number),
        reply,
    })
    .await;
    ask_thrice::<P, _>(|number, reply| PortLast {
        number: Even(number),
        reply,
    })
    .await;
}

/// So does one whose `Deserialize` panics.
pub async fn ask_fails_when_its_request_panics<P: Platform>() {
    ask_thrice::<P, _>(|number, reply| PortFirst {
        number: PanicsWhenRead(number),
        reply,
    })
    .await;
}

/// So does one that a handler was to get.
pub async fn ask_fails_when_a_handler_cannot_be_called<P: Platform>() {
    let server = RawReceivePort::new(PortLast::<P>::answer);
    let ask_with = |number| {
        ask::<P, _, u32>(&server.send_port(), |reply| PortLast {
            number: Even(number),
            reply,
        })
    };
    assert_eq!(ask_with(4).await, Ok(5));
    let outcome = within::<P, _>(ms(10_000), ask_with(5))
        .await
        .expect("it ends");
    assert!(matches!(outcome, Err(TaskError::Decode(_))), "{outcome:?}");
}

/// A single response is not awaited when the message or argument that held its port could not be read.
pub async fn single_response_fails_when_its_port_cannot_be_read<P: Platform>() {
    let mut port = ReceivePort::<P, PortLast<P>>::new();
    let ask_with = |number| {
        let number = Even(number);
        let to = port.send_port();
        single_response::<P, u32>(|reply| to.send(PortLast { number, reply }).unwrap())
    };
    let (answered, unread) = (ask_with(4), ask_with(5));
    port.next().await.unwrap().answer();
    assert_eq!(answered.await, Ok(5));
    assert!(within::<P, _>(ms(50), port.next()).await.is_none());
    let outcome = within::<P, _>(ms(10_000), unread).await.expect("it ends");
    assert!(matches!(outcome, Err(TaskError::Decode(_))), "{outcome:?}");

    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut job = None;
    let response = single_response::<P, u32>(|reply| {
        job = Some(runner.run(
            PortLast::<P>::answer,
            PortLast {
                number: Even(5),
                reply,
            },
        ));
    });
    let outcome = within::<P, _>(ms(10_000), response).await.expect("it ends");
    assert!(matches!(outcome, Err(TaskError::Decode(_))), "{outcome:?}");
    assert!(job.expect("it was given").await.is_err());
}

/// A port that takes many messages does not end with one message that could not be read.
pub async fn port_of_many_messages_outlives_an_unread_one<P: Platform>() {
    let (mut answers, mut requests) = (ReceivePort::new(), ReceivePort::<P, PortLast<P>>::new());
    for number in [4, 5, 6] {
        let (number, reply) = (Even(number), answers.send_port());
        requests
            .send_port()
            .send(PortLast { number, reply })
            .unwrap();
    }
    for answer in [5, 7] {
        requests.next().await.unwrap().answer();
        assert_eq!(answers.next().await, Some(answer));
    }
}
