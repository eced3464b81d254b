//! Every shape of serde's data model arrives as it was sent.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    fmt::Debug,
    net::{IpAddr, SocketAddr},
    num::NonZeroU8,
    ops::Range,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use insula_core::wire::{MAX_DEPTH, MAX_ZERO_SIZED, decode, encode};
use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned};

#[track_caller]
fn arrives<M: Serialize + DeserializeOwned + PartialEq + Debug + 'static>(message: M) {
    let encoded = encode(&message).unwrap();
    assert!(encoded.attachments.is_empty());
    assert_eq!(decode::<M>(encoded).unwrap(), message);
}

/// What postcard can write at all, we write the same way.
#[track_caller]
fn is_postcard<M: Serialize + DeserializeOwned + 'static>(message: M) {
    assert_eq!(
        encode(&message).unwrap().bytes,
        postcard::to_stdvec(&message).unwrap()
    );
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Clone)]
struct Unit;
#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Newtype(u32);
#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Tuple(u8, String);
#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Point<T> {
    x: T,
    y: T,
}
#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Empty {}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
enum Shape {
    Unit,
    Newtype(Newtype),
    Tuple(i8, Option<Box<Self>>),
    Struct {
        points: Vec<Point<f64>>,
        name: String,
    },
    Empty {},
}

#[test]
fn primitives() {
    arrives((
        true,
        false,
        'é',
        '\u{10ffff}',
        "żółw".to_owned(),
        String::new(),
    ));
    arrives((u8::MAX, u16::MAX, u32::MAX, u64::MAX, u128::MAX, usize::MAX));
    arrives((i8::MIN, i16::MIN, i32::MIN, i64::MIN, i128::MIN, isize::MIN));
    arrives((f32::MIN_POSITIVE, f64::NEG_INFINITY, -0.0_f64));
    arrives(());
    arrives(NonZeroU8::new(7).unwrap());
}

#[test]
fn structs() {
    arrives(Unit);
    arrives(Empty {});
    arrives(Newtype(300));
    arrives(Tuple(1, "a".into()));
    arrives(Point {
        x: Some(Newtype(1)),
        y: None,
    });
    arrives(((), Unit, Empty {}, 7_u8));
    arrives([Point { x: 1, y: 2 }, Point { x: 3, y: 4 }]);
}

#[test]
fn enums() {
    arrives(Shape::Unit);
    arrives(Shape::Empty {});
    arrives(Shape::Newtype(Newtype(1)));
    arrives(Shape::Tuple(-1, Some(Box::new(Shape::Tuple(2, None)))));
    arrives(Shape::Struct {
        points: vec![Point { x: 0.5, y: -1.0 }],
        name: "n".into(),
    });
    arrives(vec![Ok::<u8, String>(1), Err("no".into())]);
}

#[test]
fn options() {
    arrives(None::<Option<u8>>);
    arrives(Some(None::<u8>));
    arrives(Some(Some(3_u8)));
    arrives(Some(()));
    arrives(vec![Some(vec![None, Some(Unit)])]);
}

#[test]
fn collections() {
    arrives(vec![vec![1_u8, 2], vec![], vec![3; 300]]);
    arrives(VecDeque::from([1, 2]));
    arrives(BTreeMap::from([(1, "a".to_owned()), (2, "b".to_owned())]));
    arrives(HashMap::from([("k".to_owned(), vec![Some(1.5)])]));
    arrives(BTreeSet::from([(1, 'a'), (2, 'b')]));
    arrives(HashSet::from([Unit]));
    arrives(BTreeMap::from([(
        Unit,
        BTreeMap::from([(vec![1], [(); 3])]),
    )]));
    arrives(vec![(); MAX_ZERO_SIZED]);
}

#[test]
fn types_of_std() {
    arrives((Duration::from_millis(1500), SystemTime::UNIX_EPOCH));
    arrives(Range { start: 1, end: 5 });
    arrives("127.0.0.1".parse::<IpAddr>().unwrap());
    arrives("[::1]:80".parse::<SocketAddr>().unwrap());
    arrives((
        PathBuf::from("/a/b"),
        Box::<str>::from("c"),
        Box::<[u16]>::from([1, 2]),
    ));
    arrives(std::cell::Cell::new(7));
    arrives(std::num::Wrapping(3_u16));
    arrives(std::cmp::Reverse(3_u16));
    arrives(std::ops::Bound::Included(3_u16));
}

#[test]
fn bytes_are_postcards() {
    is_postcard(Shape::Struct {
        points: vec![Point { x: 0.5, y: -1.0 }; 200],
        name: "n".repeat(200),
    });
    is_postcard((
        1_u64 << 40,
        -5_i32,
        'x',
        Some("s".to_owned()),
        BTreeMap::from([(1, Unit)]),
    ));
}

/// Bytes, by an iterator that knows how many there are or does not, or that counts wrong.
#[derive(Debug, PartialEq, Deserialize)]
struct Collected(Vec<u8>);

impl Serialize for Collected {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Counted<'a>(&'a [u8]);
        impl Serialize for Counted<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.0.len() % 3 {
                    0 => serializer.collect_seq(self.0),
                    1 => serializer.collect_seq(self.0.iter().filter(|_| true)),
                    _ => serializer.collect_seq(Miscounted(self.0.iter())),
                }
            }
        }
        serializer.serialize_newtype_struct("Collected", &Counted(&self.0))
    }
}

/// Tells twice as many as there are.
struct Miscounted<'a>(std::slice::Iter<'a, u8>);

impl<'a> Iterator for Miscounted<'a> {
    type Item = &'a u8;

    fn next(&mut self) -> Option<&'a u8> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = 2 * self.0.len();
        (count, Some(count))
    }
}

#[test]
fn bytes_in_a_row_are_elements_like_others() {
    for length in [0, 1, 2, 3, 127, 128, 129, 16_383, 16_384, 70_001] {
        let bytes: Vec<u8> = (0..length).map(|at| at as u8).collect();
        is_postcard(bytes.clone());
        is_postcard(bytes.clone().into_boxed_slice());
        arrives((bytes.clone(), 9_u8));
        arrives((bytes.clone().into_boxed_slice(), 9_u8));
        arrives((VecDeque::from(bytes.clone()), 9_u8));
        arrives((vec![bytes.clone(); 3], 9_u8));
        arrives((Collected(bytes), 9_u8));
    }
}

/// Bytes that travel as something else: a visitor whose value is a vector of bytes need not read bytes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Spelled(#[serde(with = "spelled")] Vec<u8>);

mod spelled {
    use std::fmt;

    use serde::{Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(bytes.iter().map(|byte| u32::from(*byte) * 1000))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        struct Numbers;
        impl<'de> de::Visitor<'de> for Numbers {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("numbers")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut numbers: A) -> Result<Vec<u8>, A::Error> {
                let mut bytes = Vec::new();
                while let Some(number) = numbers.next_element::<u32>()? {
                    bytes.push((number / 1000) as u8);
                }
                Ok(bytes)
            }
        }
        deserializer.deserialize_seq(Numbers)
    }
}

#[test]
fn bytes_may_travel_as_numbers() {
    arrives((Spelled((0..=255).collect()), 9_u8));
}

/// A sequence and a map that don't know their length, a text that is displayed.
#[derive(Debug, PartialEq, Deserialize)]
struct Lazy {
    items: Vec<u32>,
    entries: BTreeMap<u32, String>,
    text: String,
}

impl Serialize for Lazy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        struct Seq<'a>(&'a [u32]);
        impl Serialize for Seq<'_> {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_seq(self.0.iter().filter(|_| true))
            }
        }
        struct Map<'a>(&'a BTreeMap<u32, String>);
        impl Serialize for Map<'_> {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_map(self.0.iter().filter(|_| true))
            }
        }
        struct Text<'a>(&'a str);
        impl Serialize for Text<'_> {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self.0)
            }
        }
        let mut s = serializer.serialize_struct("Lazy", 3)?;
        s.serialize_field("items", &Seq(&self.items))?;
        s.serialize_field("entries", &Map(&self.entries))?;
        s.serialize_field("text", &Text(&self.text))?;
        s.end()
    }
}

#[test]
fn lengths_unknown_in_advance() {
    for n in [0, 1, 127, 128, 20_000] {
        arrives(vec![Lazy {
            items: (0..n).collect(),
            entries: (0..n).map(|i| (i, i.to_string())).collect(),
            text: "x".repeat(n as usize),
        }]);
    }
}

/// A length that is announced wrong is corrected.
#[derive(Debug, PartialEq, Deserialize)]
struct Liar(Vec<u8>);

impl Serialize for Liar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        struct Seq<'a>(&'a [u8]);
        impl Serialize for Seq<'_> {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                let mut s = s.serialize_seq(Some(self.0.len() * 100))?;
                self.0
                    .iter()
                    .try_for_each(|item| s.serialize_element(item))?;
                s.end()
            }
        }
        serializer.serialize_newtype_struct("Liar", &Seq(&self.0))
    }
}

#[test]
fn wrong_length_is_corrected() {
    arrives((Liar(vec![1, 2, 3]), 9_u8));
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(rename_all(serialize = "camelCase"))]
struct Attributes {
    #[serde(alias = "a", alias = "b")]
    first_field: u8,
    #[serde(skip)]
    skipped: u8,
    #[serde(default)]
    second_field: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    sometimes: Option<u8>,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
enum Aliased {
    #[serde(alias = "0", alias = "zz")]
    A {
        x: u8,
    },
    #[serde(alias = "c")]
    B {
        x: u8,
        y: u8,
    },
    C {
        z: (u8, u8, u8),
    },
    #[serde(other)]
    Other,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
enum AliasedOnly {
    #[serde(alias = "0", alias = "zz")]
    A {
        x: u8,
    },
    #[serde(alias = "c")]
    B {
        x: u8,
        y: u8,
    },
    C {
        z: (u8, u8, u8),
    },
}

#[test]
fn attributes_that_fit() {
    arrives(vec![
        AliasedOnly::C { z: (1, 2, 3) },
        AliasedOnly::B { x: 1, y: 2 },
        AliasedOnly::A { x: 1 },
    ]);
    arrives(Attributes {
        first_field: 1,
        skipped: 0,
        second_field: 2,
        sometimes: Some(3),
    });
    arrives(vec![
        Aliased::C { z: (1, 2, 3) },
        Aliased::A { x: 1 },
        Aliased::Other,
        Aliased::B { x: 1, y: 2 },
    ]);
}

mod other {
    use super::*;
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    pub(crate) struct Tuple(pub u8, pub u8, pub u8);
}

#[test]
fn two_types_of_one_name() {
    arrives((Tuple(1, "a".into()), other::Tuple(1, 2, 3)));
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct List(u8, Option<Box<Self>>);

#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(transparent)]
struct Forest(Vec<Self>);

#[derive(Serialize, Deserialize, Debug, PartialEq)]
enum Expr {
    Add(Box<Self>, Box<Self>),
    Mul(Box<Self>, Box<Self>, Box<Self>),
    Call { name: String, args: Vec<Self> },
    Number(f64),
}

#[test]
fn recursive_types() {
    arrives(List(1, Some(Box::new(List(2, None)))));
    arrives(Forest(vec![Forest(vec![]), Forest(vec![Forest(vec![])])]));
    let number = || Box::new(Expr::Number(1.0));
    arrives(Expr::Add(
        number(),
        Box::new(Expr::Mul(number(), number(), number())),
    ));
    arrives(Expr::Call {
        name: "f".into(),
        args: vec![*number()],
    });
}

/// Runs where a WebAssembly module would: on a stack of 1 MiB.
#[test]
fn depth_has_one_limit() {
    let run = || {
        let list = |n| (0..n).fold(List(0, None), |tail, _| List(0, Some(Box::new(tail))));
        let deepest = MAX_DEPTH / 2;
        arrives(list(deepest - 1));
        let error = encode(&list(deepest)).unwrap_err();
        let error = error.to_string();
        assert!(
            error.ends_with("nested more than 256 deep; send a long chain as a Vec"),
            "{error}"
        );
        let forest = (1..MAX_DEPTH).fold(Forest(vec![]), |inner, _| Forest(vec![inner]));
        arrives(forest);
    };
    std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}
