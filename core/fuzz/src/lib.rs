//! What must hold whatever bytes arrive. libFuzzer looks for bytes for which it doesn't;
//! `core/tests/wire_corpus.rs` compiles this file too and tries those that were found interesting,
//! on any toolchain.
//!
//! * Decoding gives a message or an error that names the type and a place in the bytes; it never
//!   panics.
//! * A message that was decoded can be encoded, and what that gives is decoded and encoded to the
//!   same bytes.
//! * Attachments are in the message, or dropped: none is there twice, none is lost.

use std::{
    any::type_name,
    collections::{BTreeMap, BTreeSet, VecDeque},
    num::NonZeroU16,
    sync::Arc,
    time::Duration,
};

use insula_core::{
    Capability, RemoteError,
    contract::PortId,
    wire::{
        Attach, Attachment, Encoded, decode, deserialize_attachment, encode, serialize_attachment,
    },
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

/// Every shape that serde knows.
#[derive(Serialize, Deserialize)]
enum Shape {
    Unit,
    Bool(bool),
    Small(u8, i8, u16, i16),
    Large(u64, i64, u128, i128),
    Float(f32, f64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    Nothing(()),
    Maybe(Option<Box<Shape>>),
    Many(Vec<Shape>),
    Map(BTreeMap<String, Shape>),
    Set(BTreeSet<u32>),
    Array([u16; 3]),
    Record {
        id: u32,
        name: String,
        rest: VecDeque<Shape>,
    },
    Checked(NonZeroU16, Duration),
    Empty(Vec<()>),
    Outcome(Result<u8, String>),
}

#[derive(Serialize, Deserialize)]
struct List(Option<Box<List>>);

/// What insula itself sends.
#[derive(Serialize, Deserialize)]
struct Own {
    error: Option<RemoteError>,
    capability: Capability<()>,
    port: PortId,
}

/// Something that travels beside the bytes. All of a message share one count.
struct Raw(Arc<()>);

impl Attach for Raw {
    const KIND: &'static str = "a port";
}

struct Port(Arc<()>);

impl Serialize for Port {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let count = self.0.clone();
        serialize_attachment(serializer, move || Raw(count))
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_attachment::<Raw, D>(deserializer).map(|raw| Self(raw.0))
    }
}

#[derive(Serialize, Deserialize)]
enum Request {
    Sort { items: Vec<u8>, reply: Port },
    Many(Vec<(Option<Port>, u8)>),
    Named(BTreeMap<u8, Port>),
    Nested(Box<Request>, Port),
}

/// The bytes as messages without attachments: the first says of which type.
pub fn plain(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    match kind % 8 {
        0 => plain_as::<Shape>(bytes),
        1 => plain_as::<Vec<Shape>>(bytes),
        2 => plain_as::<List>(bytes),
        3 => plain_as::<Own>(bytes),
        4 => plain_as::<BTreeMap<u64, Vec<String>>>(bytes),
        5 => plain_as::<Vec<Vec<()>>>(bytes),
        6 => plain_as::<(String, char, Option<Vec<u16>>)>(bytes),
        _ => plain_as::<Request>(bytes),
    }
}

fn plain_as<M: Serialize + DeserializeOwned + 'static>(bytes: &[u8]) {
    check::<M>(bytes, Vec::new());
}

/// The bytes as a message with attachments: the first says how many, the second which of them are
/// of another type.
pub fn attached(bytes: &[u8]) {
    let [count, others, bytes @ ..] = bytes else {
        return;
    };
    let port = Arc::new(());
    let attachments = (0..count % 8).map(|index| -> Attachment {
        if others >> index & 1 == 0 {
            Box::new(Raw(port.clone()))
        } else {
            Box::new(())
        }
    });
    check::<Request>(bytes, attachments.collect());
    assert_eq!(
        Arc::strong_count(&port),
        1,
        "an attachment outlives its message"
    );
}

fn check<M: Serialize + DeserializeOwned + 'static>(bytes: &[u8], attachments: Vec<Attachment>) {
    let count = attachments.len();
    let message = match read::<M>(bytes, attachments) {
        Ok(message) => message,
        Err(error) => {
            assert!(error.offset() <= bytes.len(), "{error}");
            assert_eq!(error.type_name(), type_name::<M>());
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let encoded = encode(&message).expect("what was decoded can be encoded");
    // Fewer where a map had a key twice.
    let kept = encoded.attachments.len();
    assert!(kept <= count);
    let bytes = encoded.bytes.clone();
    let again = decode::<M>(encoded).expect("what was encoded can be decoded");
    let again = encode(&again).expect("what was decoded can be encoded");
    assert_eq!(again.bytes, bytes);
    assert_eq!(again.attachments.len(), kept);
}

fn read<M: DeserializeOwned>(
    bytes: &[u8],
    attachments: Vec<Attachment>,
) -> Result<M, insula_core::DecodeError> {
    decode(Encoded {
        bytes: bytes.to_vec(),
        attachments,
    })
}
