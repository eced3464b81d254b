//! What could not be read is refused when it is sent, by name.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use insula_core::wire::{EncodeErrorKind, MAX_ZERO_SIZED, encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Value, json};

#[track_caller]
fn refusal<M: Serialize + DeserializeOwned + 'static>(message: M) -> String {
    let error = encode(&message).unwrap_err();
    assert_eq!(error.type_name(), std::any::type_name::<M>());
    let again = encode(&message).unwrap_err();
    assert_eq!(error, again, "the verdict stands");
    error.to_string()
}

#[track_caller]
fn self_describing<M: Serialize + DeserializeOwned + 'static>(message: M, at: &str) {
    let error = encode(&message).unwrap_err();
    match error.kind() {
        EncodeErrorKind::SelfDescribing { place } => assert_eq!(place, at),
        other => panic!("{other}"),
    }
    assert!(error.to_string().contains("Json<T>"));
}

#[derive(Serialize, Deserialize, Default)]
struct Job {
    id: u32,
    extra: Option<Vec<Value>>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    A(u8),
    B { x: String },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type")]
enum Internal {
    A { x: u8 },
    B,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Unit,
    Newtype(u8),
}

#[derive(Serialize, Deserialize)]
struct Flat {
    a: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

#[derive(Serialize, Deserialize)]
enum Late {
    A,
    B(u8),
    C {
        deep: Option<Vec<BTreeMap<u8, Inner>>>,
    },
}

#[derive(Serialize, Deserialize)]
enum Inner {
    X(u8),
    Y(Untagged),
}

#[test]
fn self_describing_types() {
    self_describing(json!(1), "serde_json::value::Value");
    self_describing(Job::default(), "wire_refused::Job.extra");
    self_describing(Untagged::A(1), "wire_refused::Untagged");
    self_describing(Untagged::B { x: String::new() }, "wire_refused::Untagged");
    self_describing(
        vec![Internal::B, Internal::A { x: 1 }],
        "alloc::vec::Vec<wire_refused::Internal>",
    );
    self_describing(Adjacent::Unit, "wire_refused::Adjacent.t");
    self_describing(Adjacent::Newtype(1), "wire_refused::Adjacent.t");
    self_describing(
        Flat {
            a: 1,
            rest: BTreeMap::new(),
        },
        "wire_refused::Flat",
    );
}

#[test]
fn variants_that_are_not_in_the_message() {
    let _ = (Late::B(1), Late::C { deep: None }, Inner::X(1));
    self_describing(Late::A, "wire_refused::Inner.Y");
}

#[test]
fn deserialize_any_behind_values_that_are_refused() {
    #[derive(Serialize)]
    struct Address(String);
    impl<'de> Deserialize<'de> for Address {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            let text = String::deserialize(d)?;
            text.parse::<std::net::IpAddr>()
                .map_err(serde::de::Error::custom)?;
            Ok(Self(text))
        }
    }
    /// Nothing fabricated pleases it.
    #[derive(Serialize)]
    struct Picky(String);
    impl<'de> Deserialize<'de> for Picky {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            let text = String::deserialize(d)?;
            assert!(!text.is_empty(), "a panic is no verdict");
            if text != "picky" {
                return Err(serde::de::Error::custom("not picky"));
            }
            Ok(Self(text))
        }
    }
    #[derive(Serialize, Deserialize)]
    struct Behind {
        address: Address,
        many: Vec<Picky>,
        maybe: Option<Picky>,
        port: std::num::NonZeroU16,
        value: Value,
    }
    let message = Behind {
        address: Address("::1".into()),
        many: vec![],
        maybe: Some(Picky("picky".into())),
        port: std::num::NonZeroU16::MIN,
        value: json!(null),
    };
    let place = std::any::type_name::<Behind>().to_owned() + ".value";
    self_describing(message, &place);

    // Where nothing helps, the message itself is read back (with debug assertions).
    #[derive(Serialize, Deserialize)]
    struct Hidden(Picky, Value);
    let error = encode(&Hidden(Picky("picky".into()), json!(1))).unwrap_err();
    assert!(
        matches!(error.kind(), EncodeErrorKind::SelfDescribing { .. }),
        "{error}"
    );
    encode(&Picky("picky".into())).unwrap();
}

#[derive(Serialize, Deserialize)]
struct SkipIf {
    a: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<u8>,
}

#[derive(Serialize, Deserialize)]
enum SkipIfVariant {
    V {
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        b: Vec<u8>,
    },
}

#[derive(Serialize, Deserialize)]
#[allow(dead_code, reason = "never read")]
struct SkipOneWay {
    a: u8,
    #[serde(skip_serializing, default)]
    b: u8,
    c: u8,
}

#[derive(Serialize, Deserialize)]
struct SkipOtherWay(u8, #[serde(skip_deserializing)] u8, u8);

#[derive(Serialize, Deserialize)]
enum SkipVariant {
    A,
    #[serde(skip)]
    #[allow(dead_code, reason = "never made")]
    Hole,
    C,
    D,
}

#[test]
fn fields_that_would_shift() {
    encode(&SkipIf { a: 1, b: Some(2) }).unwrap();
    let error = encode(&SkipIf { a: 1, b: None }).unwrap_err();
    assert_eq!(
        error.kind(),
        &EncodeErrorKind::SkippedField {
            owner: "SkipIf",
            field: "b"
        }
    );
    assert!(refusal(SkipIfVariant::V { b: vec![] }).contains("`b` of SkipIfVariant"));
    let error = refusal(SkipOneWay { a: 1, b: 2, c: 3 });
    assert!(
        error.contains("SkipOneWay is written with 2 fields and read with 3"),
        "{error}"
    );
    let error = refusal(SkipOtherWay(1, 2, 3));
    assert!(
        error.contains("written with 3 fields and read with 2"),
        "{error}"
    );
}

#[test]
fn variants_that_would_shift() {
    encode(&SkipVariant::A).unwrap();
    for variant in [SkipVariant::C, SkipVariant::D] {
        let error = encode(&variant).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("of SkipVariant is written as number"),
            "{error}"
        );
    }
}

#[test]
fn impls_that_differ() {
    #[derive(Debug)]
    struct Differs;
    impl Serialize for Differs {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            s.serialize_str("text")
        }
    }
    impl<'de> Deserialize<'de> for Differs {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            u64::deserialize(d).map(|_| Self)
        }
    }
    assert!(
        refusal(Differs).contains("its Deserialize fails on what its Serialize wrote, at byte 1")
    );

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "never read")]
    struct Short(u8, u8);
    impl Serialize for Short {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeTuple;
            let mut s = s.serialize_tuple(2)?;
            s.serialize_element(&1_u8)?;
            s.end()
        }
    }
    assert!(refusal(Short(1, 2)).contains("announced 2 fields or elements and wrote 1"));
}

#[test]
fn elements_without_bytes() {
    assert!(refusal(vec![vec![(); MAX_ZERO_SIZED], vec![()]]).contains("take no byte"));
}

/// `serde_json` would refuse to read it.
#[cfg(feature = "json")]
#[test]
fn json_that_is_nested_too_deep() {
    use insula_core::wire::{Json, decode};
    let nested = |depth| Json((1..depth).fold(json!([]), |inner, _| json!([inner])));
    let deepest = nested(127);
    let encoded = encode(&deepest).unwrap();
    assert_eq!(decode::<Json<Value>>(encoded).unwrap(), deepest);
    let error = encode(&nested(128)).unwrap_err().to_string();
    assert!(
        error.ends_with("JSON is nested more than 127 deep"),
        "{error}"
    );
}

#[test]
fn what_serialize_says_is_passed_on() {
    assert!(refusal(NoWay).ends_with("no way"));
}

#[derive(Deserialize)]
struct NoWay;
impl Serialize for NoWay {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no way"))
    }
}

/// 20 enums of 6 variants, each holding the next two: it would take years if every combination were
/// tried.
#[test]
fn large_types_cost_bounded_time() {
    macro_rules! chain {
        ($name:ident $next:ident $($rest:ident)*) => {
            #[derive(Serialize, Deserialize, Clone)]
            enum $name { A(Box<$next>, Box<$next>), B(Box<$next>), C(u8), D { x: Vec<$next> }, E, F(Option<Box<$next>>, Box<E0>) }
            chain!($next $($rest)*);
        };
        ($name:ident) => {
            #[derive(Serialize, Deserialize, Clone)]
            enum $name { A(u8), B(String), C(Vec<E0>) }
        };
    }
    chain!(E0 E1 E2 E3 E4 E5 E6 E7 E8 E9 E10 E11 E12 E13 E14 E15 E16 E17 E18 E19);
    encode(&E0::E).unwrap();
}
