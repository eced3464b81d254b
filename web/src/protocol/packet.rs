//! A message between workers as bytes.
//!
//! | tag | followed by |
//! |---|---|
//! | undefined, null, false, true | |
//! | number | 8 bytes |
//! | text, big integer in decimal, `Uint8Array`, `ArrayBuffer` | length, bytes |
//! | list | length, values |
//! | map, object | length, keys and values in turn |
//!
//! Which is what our messages are made of, those of scripts too. A length has 4 bytes; numbers are little-endian.

use std::fmt;

use js_sys::{Array, ArrayBuffer, BigInt, Function, Map, Object, Reflect, Uint8Array};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use wasm_bindgen::{JsCast, JsValue};

use crate::js;

/// How deep values may lie in each other. Those of scripts may even contain themselves.
const DEEPEST: usize = 128;

/// One message of an isolate, to be handed on as it is.
///
/// It consists of bytes, so every codec of gloo's can carry it. Some of them are numbers of functions, which the other side
/// calls: a packet with changed bytes may do anything.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// use insula::web::gloo::Packet;
/// use serde::{Deserialize, Serialize};
///
/// /// What an application sends to its worker, and a variant for its isolate.
/// #[derive(Serialize, Deserialize)]
/// enum Input {
///     Count(String),
///     Isolate(Packet),
/// }
///
/// impl From<Packet> for Input {
///     fn from(packet: Packet) -> Self {
///         Self::Isolate(packet)
///     }
/// }
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// # drop(Input::Count(String::new()));
/// # }
/// ```
pub struct Packet(Vec<u8>);

impl fmt::Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packet({} bytes)", self.0.len())
    }
}

impl Packet {
    /// # Errors
    /// What in the message no packet can carry; then nothing was consumed.
    pub(crate) fn of(message: &JsValue) -> Result<Self, JsValue> {
        let mut bytes = Vec::new();
        write(message, &mut bytes, 0)?;
        Ok(Self(bytes))
    }

    /// # Errors
    /// What in the bytes is not ours.
    pub(crate) fn read(&self) -> Result<Array, &'static str> {
        let mut rest = self.0.as_slice();
        let message = read(&mut rest, 0)?;
        if !rest.is_empty() {
            return Err("a packet with something behind it");
        }
        message
            .dyn_into()
            .map_err(|_| "a packet that is no message")
    }
}

mod tag {
    pub(super) const UNDEFINED: u8 = 0;
    pub(super) const NULL: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const TRUE: u8 = 3;
    pub(super) const NUMBER: u8 = 4;
    pub(super) const TEXT: u8 = 5;
    pub(super) const BIG_INTEGER: u8 = 6;
    pub(super) const BYTES: u8 = 7;
    pub(super) const BUFFER: u8 = 8;
    pub(super) const LIST: u8 = 9;
    pub(super) const MAP: u8 = 10;
    pub(super) const OBJECT: u8 = 11;
}

fn write(value: &JsValue, out: &mut Vec<u8>, depth: usize) -> Result<(), JsValue> {
    if depth > DEEPEST {
        return Err("values that lie too deep in each other".into());
    }
    if value.is_undefined() {
        out.push(tag::UNDEFINED);
    } else if value.is_null() {
        out.push(tag::NULL);
    } else if let Some(value) = value.as_bool() {
        out.push(if value { tag::TRUE } else { tag::FALSE });
    } else if let Some(number) = value.as_f64() {
        out.push(tag::NUMBER);
        out.extend(number.to_le_bytes());
    } else if let Some(text) = value.as_string() {
        write_bytes(tag::TEXT, text.as_bytes(), out);
    } else if let Some(number) = value.dyn_ref::<BigInt>() {
        let text = String::from(number.to_string(10)?);
        write_bytes(tag::BIG_INTEGER, text.as_bytes(), out);
    } else if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
        write_array(tag::BYTES, bytes, out);
    } else if value.is_instance_of::<ArrayBuffer>() {
        // Unlike the constructor itself this does not throw through our code, should the buffer be detached.
        let constructor = js::field(&js_sys::global(), "Uint8Array");
        let bytes =
            Reflect::construct(constructor.unchecked_ref::<Function>(), &Array::of1(value))?;
        write_array(tag::BUFFER, bytes.unchecked_ref(), out);
    } else if let Some(map) = value.dyn_ref::<Map>() {
        write_pairs(tag::MAP, &Array::from(&map.entries()), out, depth)?;
    } else if let Some(values) = js_sys::try_iter(value)? {
        let values = values.collect::<Result<Vec<_>, _>>()?;
        write_length(tag::LIST, values.len(), out);
        for value in &values {
            write(value, out, depth + 1)?;
        }
    } else if let Some(object) = value.dyn_ref::<Object>() {
        write_pairs(tag::OBJECT, &Object::entries(object), out, depth)?;
    } else {
        return Err("a value that is no data".into());
    }
    Ok(())
}

fn write_length(tag: u8, length: usize, out: &mut Vec<u8>) {
    let length = u32::try_from(length).expect("wasm32 has no longer slices");
    out.push(tag);
    out.extend(length.to_le_bytes());
}

fn write_bytes(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    write_length(tag, bytes.len(), out);
    out.extend_from_slice(bytes);
}

fn write_array(tag: u8, bytes: &Uint8Array, out: &mut Vec<u8>) {
    let length = bytes.length() as usize;
    write_length(tag, length, out);
    let at = out.len();
    out.resize(at + length, 0);
    bytes.copy_to(&mut out[at..]);
}

fn write_pairs(tag: u8, pairs: &Array, out: &mut Vec<u8>, depth: usize) -> Result<(), JsValue> {
    write_length(tag, pairs.length() as usize, out);
    for pair in pairs.iter() {
        let pair: &Array = pair.unchecked_ref();
        write(&pair.get(0), out, depth + 1)?;
        write(&pair.get(1), out, depth + 1)?;
    }
    Ok(())
}

fn read(rest: &mut &[u8], depth: usize) -> Result<JsValue, &'static str> {
    if depth > DEEPEST {
        return Err("a packet with values that lie too deep in each other");
    }
    let [tag] = *take_array(rest)?;
    Ok(match tag {
        tag::UNDEFINED => JsValue::UNDEFINED,
        tag::NULL => JsValue::NULL,
        tag::FALSE => JsValue::FALSE,
        tag::TRUE => JsValue::TRUE,
        tag::NUMBER => f64::from_le_bytes(*take_array(rest)?).into(),
        tag::TEXT => read_text(rest)?.into(),
        tag::BIG_INTEGER => BigInt::new(&read_text(rest)?.into())
            .map_err(|_| "a packet with an integer that is none")?
            .into(),
        tag::BYTES => Uint8Array::from(read_bytes(rest)?).into(),
        tag::BUFFER => Uint8Array::from(read_bytes(rest)?).buffer().into(),
        tag::LIST => {
            let list = Array::new();
            for _ in 0..read_length(rest)? {
                list.push(&read(rest, depth + 1)?);
            }
            list.into()
        }
        tag::MAP => {
            let map = Map::new();
            for _ in 0..read_length(rest)? {
                map.set(&read(rest, depth + 1)?, &read(rest, depth + 1)?);
            }
            map.into()
        }
        tag::OBJECT => {
            let pairs = Array::new();
            for _ in 0..read_length(rest)? {
                pairs.push(&Array::of2(
                    &read(rest, depth + 1)?,
                    &read(rest, depth + 1)?,
                ));
            }
            // It defines fields, and sets none: a key `__proto__` is a key.
            Object::from_entries(&pairs)
                .map_err(|_| "a packet with a field that can't be set")?
                .into()
        }
        _ => return Err("a packet with a value that is none"),
    })
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], &'static str> {
    let (taken, left) = rest
        .split_at_checked(length)
        .ok_or("a packet that ends too early")?;
    *rest = left;
    Ok(taken)
}

fn take_array<'a, const N: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8; N], &'static str> {
    let (taken, left) = rest
        .split_first_chunk()
        .ok_or("a packet that ends too early")?;
    *rest = left;
    Ok(taken)
}

/// The length of bytes, or of a list whose values have at least one byte each.
fn read_length(rest: &mut &[u8]) -> Result<usize, &'static str> {
    let length = u32::from_le_bytes(*take_array(rest)?) as usize;
    if length > rest.len() {
        return Err("a packet that ends too early");
    }
    Ok(length)
}

fn read_bytes<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], &'static str> {
    let length = read_length(rest)?;
    take(rest, length)
}

fn read_text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, &'static str> {
    str::from_utf8(read_bytes(rest)?).map_err(|_| "a packet with a text that is none")
}

impl Serialize for Packet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Packet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }
}

/// Bytes, in each form that a codec may have them in.
struct Bytes;

impl<'de> de::Visitor<'de> for Bytes {
    type Value = Packet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of a packet")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Packet, E> {
        Ok(Packet(bytes.to_vec()))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Packet, E> {
        Ok(Packet(bytes))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut sequence: A) -> Result<Packet, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = sequence.next_element()? {
            bytes.push(byte);
        }
        Ok(Packet(bytes))
    }
}
