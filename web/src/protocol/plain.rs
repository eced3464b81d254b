//! Messages that are no frames, and what both kinds begin with.
//!
//! [`Kind`] lists them.

use js_sys::Array;
use wasm_bindgen::JsValue;

use super::head::{Kind, TAG};
use crate::{
    ids::{IsolateId, NOWHERE, ROOT},
    js::{self, number},
};

/// Where in a message stands what it is: a number in frames, a text otherwise.
pub(super) const THIRD: u32 = 2;
/// Where a plain message's own values begin.
const REST: u32 = 3;

/// A JavaScript message, and what it transfers.
pub(crate) type Posted = (Array, Array);

thread_local! {
    pub(super) static TAG_VALUE: JsValue = TAG.into();
}

/// A message for an isolate.
pub(crate) fn message(to: IsolateId, kind: Kind, rest: &[JsValue]) -> Array {
    let kind = kind.text().into();
    let message = TAG_VALUE.with(|tag| Array::of3(tag, &number(to.number()), &kind));
    for value in rest {
        message.push(value);
    }
    message
}

/// Its build is told in no frame: another build may have other frames.
pub(crate) fn ready(build: &str, holds_lock: bool, life_signal: Option<&str>) -> Array {
    let rest = [build.into(), holds_lock.into(), life_signal.into()];
    message(
        ROOT,
        Kind::Ready,
        &rest[..if life_signal.is_some() { 3 } else { 2 }],
    )
}

/// A message in the name of another isolate, after so many of its events on the channel where that is known.
pub(crate) fn on_behalf_of(
    to: IsolateId,
    isolate: IsolateId,
    after: Option<u64>,
    (said, transfer): Posted,
) -> Posted {
    let after = after.map_or(JsValue::NULL, number);
    let rest = [number(isolate.number()), after, said.into()];
    (message(to, Kind::OnBehalfOf, &rest), transfer)
}

/// Whether a message is one of ours.
pub(crate) fn is_ours(message: &Array) -> bool {
    TAG_VALUE.with(|tag| message.get(0) == *tag)
}

/// For which isolate a message is. For none, when it does not say so.
pub(crate) fn destination(message: &Array) -> IsolateId {
    addressee(js::number_of(&message.get(1)))
}

/// The isolate of a number that stands in a message.
pub(crate) fn addressee(number: Option<u64>) -> IsolateId {
    number.map_or(NOWHERE, IsolateId::from_number)
}

/// What a plain message says; `None` for a frame, and for what is not known here.
pub(crate) fn kind(message: &Array) -> Option<Kind> {
    Kind::from_text(&message.get(THIRD).as_string()?)
}

/// Whether a message is a plain one, known here or not.
pub(crate) fn is_plain(message: &Array) -> bool {
    message.get(THIRD).is_string()
}

/// Why a plain message is dropped.
pub(crate) fn unknown(message: &Array) -> String {
    let kind = message.get(THIRD).as_string().unwrap_or_default();
    format!("its kind `{kind}` is not known here")
}

/// A value of a plain message of its own.
pub(crate) fn value(message: &Array, index: u32) -> JsValue {
    message.get(REST + index)
}

/// As [`value`], where it is a text.
pub(crate) fn text_at(message: &Array, index: u32) -> String {
    value(message, index).as_string().unwrap_or_default()
}

/// As [`value`], where it is a number.
pub(crate) fn number_at(message: &Array, index: u32) -> Option<u64> {
    js::number_of(&value(message, index))
}

/// As [`value`], where it is the number of an isolate.
pub(crate) fn isolate_at(message: &Array, index: u32) -> IsolateId {
    addressee(number_at(message, index))
}
