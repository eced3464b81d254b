//! Messages to and from scripts: JavaScript values, with handles beside them.
//!
//! A plain message of the kind `value`: `["insula", to, "value", port, value, handles, ...buffers]`. An object
//! `{"insula::attachment": INDEX}` stands in the value for each handle, and `handles` has what it stands for:
//!
//! - `[isolate, port]`: a send port;
//! - `"buffer"`: the next buffer;
//! - a number: the same as the handle with that index;
//! - `null`: data that is gone.

use insula_core::{
    DecodeError, EncodeError, Message,
    contract::{Event, PortId},
    function::Shipped,
    wire,
};
use js_sys::Array;
use serde_wasm_bindgen::{Serializer, from_value};
use wasm_bindgen::prelude::*;

use super::{
    head::Kind,
    objects::{Buffer, Object},
    parcel::{Carried, Parcel, carry, uncarry},
    plain::{self, Posted},
};
use crate::{
    Web,
    ids::{IsolateId, PortAddress},
    js::{self, number},
};

#[wasm_bindgen(module = "/src/scripts.js")]
extern "C" {
    /// Why a value of a script's can't be unfolded into Rust's.
    #[wasm_bindgen(js_name = whyEndless)]
    fn why_endless(value: &JsValue) -> Option<String>;
}

/// Where in a message its buffers begin.
const BUFFERS_FROM: u32 = 6;

pub(crate) fn pack<M: Message>(message: M) -> Result<Parcel, (EncodeError, M)> {
    match wire::encode_with(|| message.serialize(&Serializer::new())) {
        Ok((_, attachments))
            if attachments
                .iter()
                .any(|attachment| attachment.is::<Shipped<Web>>()) =>
        {
            Err((
                EncodeError::refused::<M>("a function of this build can't be called by a script"),
                message,
            ))
        }
        Ok((value, attachments)) => Ok(Parcel {
            bytes: Vec::new(),
            attachments: carry(attachments),
            value: Some(Object::new(value)),
        }),
        Err(error) => Err((EncodeError::refused::<M>(error.to_string()), message)),
    }
}

/// The message of a parcel that came from a script, and so is a value.
pub(crate) fn unpack<M: Message>(parcel: Parcel) -> Result<M, DecodeError> {
    let attachments = uncarry(parcel.attachments);
    let value = parcel.value.unwrap_or_default().into_js();
    if let Some(reason) = why_endless(&value) {
        return Err(DecodeError::refused::<M>(reason));
    }
    wire::decode_with(attachments, || from_value(value))
        .map_err(|error| DecodeError::refused::<M>(error.to_string()))
}

/// The value of a parcel for a script, what its handles are, and its buffers.
///
/// # Errors
/// The parcel was packed for a program of this build, and is not empty.
pub(crate) fn parts(parcel: Parcel) -> Result<(JsValue, Array, Array), &'static str> {
    let value = match parcel.value {
        Some(value) => value.into_js(),
        None if parcel.bytes.is_empty() => JsValue::UNDEFINED,
        None => return Err("it was packed for a program of this build, and went to a script"),
    };
    let (handles, buffers) = (Array::new(), Array::new());
    for carried in parcel.attachments {
        handles.push(&match carried {
            Carried::Port(address) => {
                Array::of2(&number(address.isolate.number()), &number(address.port)).into()
            }
            Carried::Buffer(buffer) => {
                buffers.push(&buffer.into_js());
                "buffer".into()
            }
            Carried::SameAs(index) => number(index as u64),
            // No script is a sender, so what the will says is so.
            Carried::Gone | Carried::Function(_) | Carried::Will(_) => JsValue::NULL,
        });
    }
    Ok((value, handles, buffers))
}

/// The JavaScript message for a port of a script, and its transfer list.
pub(crate) fn into_js(to: IsolateId, port: u64, parcel: Parcel) -> Result<Posted, &'static str> {
    let (value, handles, buffers) = parts(parcel)?;
    let message = plain::message(to, Kind::Value, &[number(port), value, handles.into()]);
    for buffer in buffers.iter() {
        message.push(&buffer);
    }
    Ok((message, buffers))
}

/// The port that a script's handle stands for.
fn port_of(pair: &Array) -> Result<PortAddress, &'static str> {
    let (isolate, port) = (js::number_of(&pair.get(0)), js::number_of(&pair.get(1)));
    let (Some(isolate), Some(port)) = (isolate.map(IsolateId::from_number), port) else {
        return Err("a port that is not two numbers");
    };
    if !isolate.is_of_an_isolate() {
        return Err("a port of no isolate");
    }
    Ok(PortAddress { isolate, port })
}

/// Reads a message that came from a script, which may have put anything into it.
///
/// # Errors
/// What in it is not ours.
pub(crate) fn from_js(message: &Array) -> Result<Event<Web>, &'static str> {
    let handles: Array = message
        .get(5)
        .dyn_into()
        .map_err(|_| "a value without handles")?;
    let mut buffers = (BUFFERS_FROM..message.length()).map(|index| message.get(index));
    let mut attachments = Vec::new();
    for handle in handles.iter() {
        let carried = if handle.as_f64().is_some() {
            let index = js::number_of(&handle).ok_or("a handle like one that can't be")?;
            Carried::SameAs(index as usize)
        } else if let Some(pair) = handle.dyn_ref::<Array>() {
            Carried::Port(port_of(pair)?)
        } else if handle.is_string() {
            let buffer = buffers.next().and_then(|buffer| buffer.dyn_into().ok());
            buffer.map_or(Carried::Gone, |buffer| Carried::Buffer(Buffer::new(buffer)))
        } else if handle.is_null() {
            Carried::Gone
        } else {
            // Also each place that nothing was put in, of which a list may have billions.
            return Err("a handle that is none");
        };
        attachments.push(carried);
    }
    let port = js::number_of(&message.get(3)).ok_or("a value without a port")?;
    Ok(Event::Message {
        port: PortId(port),
        parcel: Parcel {
            bytes: Vec::new(),
            attachments,
            value: Some(Object::new(message.get(4))),
        },
    })
}
