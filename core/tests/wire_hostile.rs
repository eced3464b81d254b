//! Reading trusts nothing.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    fmt::Debug,
};

use insula_core::wire::{
    DecodeError, DecodeErrorKind, Encoded, MAX_DEPTH, MAX_ZERO_SIZED, decode, encode,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

fn read<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, DecodeError> {
    decode(Encoded {
        bytes: bytes.to_vec(),
        attachments: Vec::new(),
    })
}

#[track_caller]
fn error<M: DeserializeOwned + Debug>(bytes: &[u8]) -> (usize, DecodeErrorKind) {
    let error = read::<M>(bytes).unwrap_err();
    assert_eq!(error.type_name(), std::any::type_name::<M>());
    (error.offset(), error.kind().clone())
}

/// The varint of 2⁶⁴ − 1.
const HUGE: [u8; 10] = [255, 255, 255, 255, 255, 255, 255, 255, 255, 1];

#[test]
fn errors_name_type_offset_and_expectation() {
    use DecodeErrorKind::{Malformed, TrailingBytes, UnexpectedEnd};
    assert_eq!(
        error::<(u8, bool)>(&[1, 2]),
        (1, Malformed { expected: "a bool" })
    );
    assert_eq!(
        error::<(u8, u64)>(&[1, 255]),
        (1, UnexpectedEnd { expected: "a u64" })
    );
    assert_eq!(
        error::<String>(&[2, 0xff, 0xff]),
        (
            0,
            Malformed {
                expected: "a string"
            }
        )
    );
    assert_eq!(
        error::<(u8, String)>(&[0, 9, b'a']),
        (
            1,
            UnexpectedEnd {
                expected: "a string"
            }
        )
    );
    assert_eq!(
        error::<(u8, Option<u8>)>(&[0, 2]),
        (
            1,
            Malformed {
                expected: "an option"
            }
        )
    );
    assert_eq!(error::<u8>(&[1, 2, 3]), (1, TrailingBytes { count: 2 }));
    assert_eq!(
        read::<(u8, bool)>(&[1, 2]).unwrap_err().to_string(),
        "(u8, bool) can't be read at byte 1: expected a bool"
    );
    assert!(
        read::<Tree>(&[7])
            .unwrap_err()
            .to_string()
            .contains("variant index")
    );
    assert_eq!(
        error::<serde_json::Value>(&[1]).1,
        DecodeErrorKind::SelfDescribing
    );
}

#[test]
fn lengths_without_bytes_behind_them() {
    let announced = usize::MAX;
    let expected = (
        0,
        DecodeErrorKind::Length {
            announced,
            remaining: 0,
        },
    );
    assert_eq!(error::<Vec<u8>>(&HUGE), expected);
    assert_eq!(error::<Vec<()>>(&HUGE), expected);
    assert_eq!(error::<HashMap<u8, u8>>(&HUGE), expected);
    assert_eq!(error::<HashSet<()>>(&HUGE), expected);
    assert!(read::<String>(&HUGE).is_err());
    assert!(read::<Vec<u64>>(&[200, 1, 0]).is_err());
    let expected = (3, DecodeErrorKind::UnexpectedEnd { expected: "a u8" });
    assert_eq!(error::<Vec<u8>>(&[3, 1, 2]), expected);
    assert_eq!(error::<VecDeque<u8>>(&[3, 1, 2]), expected);
}

#[test]
fn elements_without_bytes_are_counted_over_the_message() {
    let length = postcard::to_stdvec(&MAX_ZERO_SIZED).unwrap();
    assert_eq!(read::<Vec<()>>(&length).unwrap().len(), MAX_ZERO_SIZED);
    let mut bomb = postcard::to_stdvec(&100_000_usize).unwrap();
    bomb.extend(length.repeat(100_000));
    assert_eq!(error::<Vec<Vec<()>>>(&bomb).1, DecodeErrorKind::ZeroSized);
    assert_eq!(
        error::<Vec<BTreeMap<(), ()>>>(&bomb).1,
        DecodeErrorKind::ZeroSized
    );
}

#[derive(Serialize, Deserialize, Debug)]
struct List(Option<Box<Self>>);

#[derive(Serialize, Deserialize, Debug)]
enum Tree {
    Leaf,
    Node(Vec<Self>),
}

/// Reads itself without reading a byte.
#[derive(Deserialize, Debug)]
struct Endless(#[allow(dead_code, reason = "never made")] Box<Self>);

/// Runs where a WebAssembly module would: on a stack of 1 MiB.
#[test]
fn deep_nesting() {
    let run = || {
        assert_eq!(error::<List>(&[1; 100_000]).1, DecodeErrorKind::TooDeep);
        assert_eq!(error::<Tree>(&[1; 100_000]).1, DecodeErrorKind::TooDeep);
        assert_eq!(error::<Endless>(&[]).1, DecodeErrorKind::TooDeep);
    };
    std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
    let _ = MAX_DEPTH;
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Big(u128),
    Float(f64),
    Char(char),
    Text(String),
    Pair(Box<Self>, Option<Box<Self>>),
    List(Vec<Self>),
    Map(BTreeMap<String, Self>),
    Record {
        id: u32,
        tags: (u8, i16),
        inner: Box<Self>,
    },
}

fn data() -> impl Strategy<Value = Data> {
    let leaf = prop_oneof![
        Just(Data::Null),
        any::<bool>().prop_map(Data::Bool),
        any::<i64>().prop_map(Data::Int),
        any::<u128>().prop_map(Data::Big),
        (-1e300..1e300).prop_map(Data::Float),
        any::<char>().prop_map(Data::Char),
        ".*".prop_map(Data::Text),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            (boxed.clone(), prop::option::of(boxed.clone())).prop_map(|(a, b)| Data::Pair(a, b)),
            prop::collection::vec(inner.clone(), 0..6).prop_map(Data::List),
            prop::collection::btree_map(".*", inner, 0..6).prop_map(Data::Map),
            (any::<u32>(), any::<(u8, i16)>(), boxed).prop_map(|(id, tags, inner)| Data::Record {
                id,
                tags,
                inner
            }),
        ]
    })
}

proptest! {
    #[test]
    fn messages_arrive_equal(message in data()) {
        prop_assert_eq!(decode::<Data>(encode(&message).unwrap()).unwrap(), message);
    }

    #[test]
    fn truncated_and_extended_messages_are_refused(message in data(), cut in any::<prop::sample::Index>()) {
        let mut bytes = encode(&message).unwrap().bytes;
        let length = cut.index(bytes.len());
        prop_assert!(read::<Data>(&bytes[..length]).is_err());
        bytes.push(0);
        prop_assert!(read::<Data>(&bytes).is_err());
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        // What is accepted is a value, and as a value it can be sent.
        macro_rules! all {
            ($($type:ty),*) => { $( if let Ok(message) = read::<$type>(&bytes) { encode(&message).unwrap(); } )* };
        }
        all!(
            Data, Vec<Data>, Tree, List, Vec<()>, Vec<Vec<()>>, HashMap<String, Vec<Option<char>>>, (i8, u16, f32),
            Result<String, Vec<u64>>, std::time::Duration, std::net::SocketAddr, [Option<u32>; 3]
        );
    }
}
