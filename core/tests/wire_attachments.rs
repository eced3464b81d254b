//! Handles travel beside the bytes, wherever they stand.
#![allow(missing_docs, reason = "tests")]

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use insula_core::wire::{
    Attach, AttachmentError, DecodeErrorKind, EncodeErrorKind, Encoded, attach, decode,
    deserialize_attachment, encode, serialize_attachment, take,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

thread_local! {
    static PACKED: Cell<u32> = const { Cell::new(0) };
}

/// What a port is on this platform.
#[derive(Debug, PartialEq, Clone, Copy)]
struct Raw(u64);

impl Attach for Raw {
    const KIND: &'static str = "a port";

    fn stand_in() -> Option<Self> {
        Some(Self(0))
    }
}

#[derive(Debug, PartialEq, Clone, Copy)]
struct Port(u64);

impl Serialize for Port {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = Raw(self.0);
        serialize_attachment(serializer, move || {
            PACKED.set(PACKED.get() + 1);
            raw
        })
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_attachment::<Raw, D>(deserializer).map(|raw| Self(raw.0))
    }
}

fn indices(indices: &[u8], attachments: usize) -> Encoded {
    let attachments = (0..attachments)
        .map(|n| Box::new(Raw(n as u64)) as _)
        .collect();
    Encoded {
        bytes: indices.to_vec(),
        attachments,
    }
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
enum Request {
    Sort { items: Vec<u8>, reply: Option<Port> },
    Many(BTreeMap<u8, (Port, Port)>),
}

#[test]
fn in_order_and_anywhere() {
    let encoded = encode(&vec![Port(5), Port(6), Port(5)]).unwrap();
    let raws: Vec<_> = encoded
        .attachments
        .iter()
        .map(|a| *a.downcast_ref::<Raw>().unwrap())
        .collect();
    assert_eq!(raws, [Raw(5), Raw(6), Raw(5)]);
    assert_eq!(
        decode::<Vec<Port>>(encoded).unwrap(),
        [Port(5), Port(6), Port(5)]
    );

    let port = Port(9);
    let message = vec![
        Request::Sort {
            items: vec![1, 2],
            reply: Some(port),
        },
        Request::Many(BTreeMap::from([(1, (port, Port(1))), (2, (Port(2), port))])),
    ];
    assert_eq!(
        decode::<Vec<Request>>(encode(&message).unwrap()).unwrap(),
        message
    );
}

#[test]
fn each_is_taken_once() {
    let reason = |encoded| decode::<(Port, Port)>(encoded).unwrap_err().to_string();
    assert!(decode::<(Port, Port)>(indices(&[1, 0], 2)).is_ok());
    assert!(
        reason(indices(&[0, 0], 2))
            .ends_with("at byte 1: expected a port, attachment 0 was taken twice")
    );
    assert!(reason(indices(&[0, 2], 2)).contains("the message has no attachment 2"));
    assert!(reason(indices(&[0, 0], 0)).contains("the message has no attachment 0"));
    let error = decode::<(Port, Port)>(indices(&[0, 1], 5)).unwrap_err();
    assert_eq!(
        error.kind(),
        &DecodeErrorKind::UnclaimedAttachments { count: 3 }
    );
    let wrong = Encoded {
        bytes: vec![0, 1],
        attachments: vec![Box::new(Raw(1)), Box::new("text")],
    };
    let reason = reason(wrong);
    assert!(
        reason.contains("expected a port, attachment 1 is no wire_attachments::Raw"),
        "{reason}"
    );
}

/// Fails after the port before it has been serialized.
#[derive(Debug, PartialEq, Deserialize)]
struct Fails;

impl Serialize for Fails {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("fails"))
    }
}

#[test]
fn a_failed_send_gives_nothing_away() {
    PACKED.set(0);
    assert!(encode(&(Port(1), Fails)).is_err());
    assert_eq!(PACKED.get(), 0);
    encode(&(Port(1), Port(2))).unwrap();
    assert_eq!(PACKED.get(), 2);
}

#[test]
fn only_in_a_message() {
    let error = serde_json::to_string(&Port(1)).unwrap_err().to_string();
    assert!(
        error.starts_with("a port can only be sent in a message"),
        "{error}"
    );
    let handle = r#"{"insula::attachment":0}"#;
    let error = serde_json::from_str::<Port>(handle)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("a port can only be sent in a message"),
        "{error}"
    );
    assert_eq!(
        attach(|| Box::new(())),
        Err(AttachmentError::OutsideMessage)
    );
    assert_eq!(take::<()>(0), Err(AttachmentError::OutsideMessage));
}

/// Encodes a message within a message, and panics on request.
#[derive(Debug)]
struct Envelope(Vec<Port>, bool);

thread_local! {
    static INNER: RefCell<Vec<Encoded>> = const { RefCell::new(Vec::new()) };
}

impl Serialize for Envelope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(!self.1, "as asked");
        let inner = encode(&self.0).map_err(serde::ser::Error::custom)?;
        assert_eq!(inner.attachments.len(), self.0.len());
        let result = inner.bytes.serialize(serializer);
        INNER.with_borrow_mut(|list| list.push(inner));
        result
    }
}

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<u8>::deserialize(deserializer)?;
        let inner = INNER.with_borrow_mut(Vec::pop).map(decode);
        inner
            .transpose()
            .map(|ports| Self(ports.unwrap_or_default(), false))
            .map_err(serde::de::Error::custom)
    }
}

#[test]
fn scopes_nest() {
    let encoded = encode(&(Port(1), Envelope(vec![Port(2), Port(3)], false), Port(4))).unwrap();
    assert_eq!(encoded.attachments.len(), 2);
    let (first, envelope, last) = decode::<(Port, Envelope, Port)>(encoded).unwrap();
    assert_eq!((first, last), (Port(1), Port(4)));
    let _ = envelope;
}

#[test]
fn scopes_survive_panics() {
    let panicking = (Port(1), Envelope(vec![], true));
    assert!(std::panic::catch_unwind(|| encode(&panicking).map(drop)).is_err());
    assert_eq!(
        attach(|| Box::new(())),
        Err(AttachmentError::OutsideMessage)
    );
    assert_eq!(encode(&Port(1)).unwrap().attachments.len(), 1);
}

/// A stand-in lets the rehearsal read past a port.
#[test]
fn types_behind_a_port_are_checked() {
    #[derive(Serialize, Deserialize)]
    struct Job {
        reply: Port,
        value: serde_json::Value,
    }
    let error = encode(&Job {
        reply: Port(1),
        value: serde_json::json!(1),
    })
    .unwrap_err();
    match error.kind() {
        EncodeErrorKind::SelfDescribing { place } => assert!(place.ends_with("Job.value")),
        other => panic!("{other}"),
    }
}

#[cfg(feature = "json")]
#[test]
fn json_carries_what_the_format_cant() {
    use insula_core::wire::Json;
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    #[serde(tag = "type")]
    enum Event {
        Start {
            reply: Port,
            inner: Json<serde_json::Value>,
        },
        Stop,
    }
    let event = Event::Start {
        reply: Port(7),
        inner: Json(serde_json::json!({"a": [1, null]})),
    };
    let message = (Json(event), Port(8), Json(Event::Stop));
    let encoded = encode(&message).unwrap();
    assert_eq!(encoded.attachments.len(), 2);
    assert_eq!(
        decode::<(Json<Event>, Port, Json<Event>)>(encoded).unwrap(),
        message
    );
    assert!(
        decode::<Json<u8>>(Encoded {
            bytes: vec![1, b'x'],
            attachments: vec![]
        })
        .is_err()
    );
}
