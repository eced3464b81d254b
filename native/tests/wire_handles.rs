//! A type that could not be read is refused at its sender, also behind insula's own handles.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::use_self,
    reason = "tests; serde's derive"
)]

use std::{any::type_name, collections::BTreeMap};

use insula_core::wire::{EncodeErrorKind, decode, encode};
use insula_native::{Function, Isolate, Moved, ReceivePort, SendPort, TransferableTypedData};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// `Deserialize` has to see the tag before it knows what it reads.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    Circle { r: f64 },
}

fn circle() -> Tagged {
    Tagged::Circle { r: 1.0 }
}

fn port() -> SendPort<u32> {
    ReceivePort::new().send_port()
}

/// Asserts that `message` is refused, that the error names `place`, and that it names the remedy.
#[track_caller]
fn refused_at<M: Serialize + DeserializeOwned + 'static>(message: &M, place: &str) {
    let error = encode(message).unwrap_err();
    assert_eq!(
        error.kind(),
        &EncodeErrorKind::SelfDescribing {
            place: place.to_owned()
        }
    );
    assert!(error.to_string().contains("wrap it in Json<T>"), "{error}");
    assert_eq!(error.type_name(), type_name::<M>());
}

#[track_caller]
fn refused_after<H>(handle: H)
where
    H: Serialize + DeserializeOwned + 'static,
{
    refused_at(
        &(handle, circle()),
        &format!("{}.1", type_name::<(H, Tagged)>()),
    );
}

#[test]
fn a_field_behind_a_port() {
    #[derive(Serialize, Deserialize)]
    struct Request {
        reply: SendPort<u32>,
        shape: Tagged,
    }
    let (reply, shape) = (port(), circle());
    refused_at(
        &Request { reply, shape },
        &format!("{}.shape", type_name::<Request>()),
    );
}

#[test]
fn a_field_of_a_tuple_struct() {
    #[derive(Serialize, Deserialize)]
    struct Request(SendPort<u32>, Tagged);
    refused_at(
        &Request(port(), circle()),
        &format!("{}.1", type_name::<Request>()),
    );
}

#[test]
fn an_element_of_a_tuple_in_a_field() {
    #[derive(Serialize, Deserialize)]
    struct Requests {
        all: Vec<Request>,
    }
    type Request = (SendPort<u32>, (u8, Option<Value>));
    refused_at(
        &Requests { all: Vec::new() },
        &format!("{}.all.1.1", type_name::<Requests>()),
    );
}

#[test]
fn variants_that_hold_a_port_and_are_not_in_the_message() {
    #[derive(Serialize, Deserialize)]
    enum Request {
        Stop,
        #[allow(dead_code, reason = "never made")]
        Draw(SendPort<u32>, Tagged),
    }
    refused_at(
        &Request::Stop,
        &format!("{}.Draw.1", type_name::<Request>()),
    );
}

#[test]
fn behind_each_kind_of_handle() {
    refused_after(port());
    refused_after(Some(port()));
    refused_after(vec![[port()]]);
    refused_after(BTreeMap::from([(1, port())]));
    refused_after(Function::<u32, u32>::new(|n| n + 1));
    refused_after(TransferableTypedData::from_buffer(vec![1]));
    refused_after(Moved::new(1_u8));
    refused_after(Isolate::current());
}

/// Outside isolates a port of a thread without an event loop needs none to be rehearsed.
#[test]
fn on_a_thread_of_its_own() {
    #[derive(Serialize, Deserialize)]
    struct Request(SendPort<u32>, Value);
    let to = port();
    std::thread::spawn(move || {
        refused_at(
            &Request(to, json!(1)),
            &format!("{}.1", type_name::<Request>()),
        );
    })
    .join()
    .unwrap();
}

#[test]
fn a_refused_message_keeps_its_handles() {
    let message = (
        Moved::new(7_u8),
        TransferableTypedData::from_buffer(vec![1, 2]),
        circle(),
    );
    encode(&message).unwrap_err();
    assert_eq!(message.0.into_inner(), 7);
    assert_eq!(message.1.materialize().unwrap(), [1, 2]);
}

/// Uses its handles while it is read, as `#[serde(try_from)]` may.
#[derive(Debug, Serialize)]
struct Busy {
    to: SendPort<u32>,
    function: Function<u32, u32>,
}

impl<'de> Deserialize<'de> for Busy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (to, function) = <(SendPort<u32>, Function<u32, u32>)>::deserialize(deserializer)?;
        to.send(1).map_err(serde::de::Error::custom)?;
        to.send(function.call(1))
            .map_err(serde::de::Error::custom)?;
        Ok(Self { to, function })
    }
}

#[test]
fn rehearsing_sends_and_calls_nothing() {
    let mut port = ReceivePort::new();
    let message = Busy {
        to: port.send_port(),
        function: Function::new(|n| n + 1),
    };
    let encoded = encode(&message).unwrap();
    assert_eq!(
        port.try_recv(),
        Err(insula_native::error::TryRecvError::Empty)
    );
    decode::<Busy>(encoded).unwrap();
    assert_eq!((port.try_recv(), port.try_recv()), (Ok(1), Ok(2)));
}

#[test]
fn handles_arrive_as_they_were_sent() {
    type Message = (SendPort<u32>, Function<u32, u32>, Moved<u8>, u8);
    let to = port();
    let message: Message = (to.clone(), Function::new(|n| n * 2), Moved::new(7), 9);
    let (port, function, moved, last) = decode::<Message>(encode(&message).unwrap()).unwrap();
    assert_eq!(
        (port, function.call(4), moved.into_inner(), last),
        (to, 8, 7, 9)
    );
}
