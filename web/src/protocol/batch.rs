//! Frames as one JavaScript message, and back.
//!
//! One array: `["insula", to, kind, bytes, functions, value, ...buffers]`, as far as there is something in it. `kind` says
//! whether the root hands it on unread. `bytes` holds frames one after the other, mostly one, copied once. Functions are
//! numbers beside the bytes; `value` is that of a message to or from a script.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::{
    frame::{Beside, Frame},
    objects::{Buffer, Object},
    parcel::ShippedFunction,
    plain::{Posted, TAG_VALUE, THIRD},
};
use crate::{ids::IsolateId, js};

/// The kind of frames that the root reads, wherever they go.
const READ: u32 = 0;
/// The kind of frames that it hands on as they are: events, and their fences.
const HANDED_ON: u32 = 1;

/// Where in a message its bytes and its functions are.
const BYTES: u32 = 3;
const FUNCTIONS: u32 = 4;

/// Where in a message its buffers begin.
pub(crate) const BUFFERS_FROM: u32 = 6;

/// From this size on, the bytes of a message are transferred instead of cloned. Up to here both cost
/// the same in Blink, Gecko and WebKit.
const TRANSFER_FROM: u32 = 16 * 1024;

thread_local! {
    static NOTHING: Array = Array::new();
}

/// Frames that go together, with nothing beside their bytes but functions.
#[derive(Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    functions: Vec<ShippedFunction>,
    is_read: bool,
}

impl Batch {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn push(&mut self, frame: Frame) {
        self.is_read |= !frame.head.is_handed_on();
        frame.append_to(&mut self.bytes, &mut self.functions);
    }

    /// The JavaScript message and its transfer list.
    pub(crate) fn into_js(self, to: IsolateId) -> Posted {
        self.into_js_with(to, Beside::default())
    }

    fn into_js_with(self, to: IsolateId, Beside { value, buffers }: Beside) -> Posted {
        let kind = if self.is_read { READ } else { HANDED_ON };
        let bytes = Uint8Array::from(self.bytes.as_slice());
        let to = js::number(to.number());
        let message = TAG_VALUE.with(|tag| Array::of4(tag, &to, &kind.into(), &bytes));
        let value = value.map_or(JsValue::UNDEFINED, Object::into_js);
        let has_more = !value.is_undefined() || !buffers.is_empty();
        if has_more || !self.functions.is_empty() {
            let numbers = Array::new();
            for function in &self.functions {
                numbers.push(&function.index.into());
                numbers.push(&function.fingerprint.into());
            }
            message.push(&numbers);
        }
        if has_more {
            message.push(&value);
        }
        for buffer in buffers {
            message.push(&buffer.into_js());
        }
        let transfer = transfers(&message);
        (message, transfer)
    }
}

impl Frame {
    /// The JavaScript message and its transfer list.
    pub(crate) fn into_js(mut self, to: IsolateId) -> Posted {
        let beside = std::mem::take(&mut self.beside);
        let mut batch = Batch::default();
        batch.push(self);
        batch.into_js_with(to, beside)
    }

    /// Reads a message of one frame.
    ///
    /// # Errors
    /// What in it is not ours.
    pub(crate) fn from_js(message: &Array) -> Result<Self, &'static str> {
        let mut frames = Self::all_from_js(message)?;
        let frame = frames.pop().ok_or("a message without a frame")?;
        if frames.is_empty() {
            Ok(frame)
        } else {
            Err("a frame with others before it")
        }
    }

    /// Reads a message from one of our endpoints.
    ///
    /// # Errors
    /// What in it is not ours.
    pub(crate) fn all_from_js(message: &Array) -> Result<Vec<Self>, &'static str> {
        let bytes = message.get(BYTES).dyn_into::<Uint8Array>();
        let mut bytes = bytes.map_err(|_| "a frame without bytes")?.to_vec();
        let mut functions = Vec::new();
        let mut beside = Beside::default();
        if message.length() > FUNCTIONS {
            functions = read_functions(&message.get(FUNCTIONS))?;
            let value = message.get(BUFFERS_FROM - 1);
            beside.value = (!value.is_undefined()).then(|| Object::new(value));
            let buffers = (BUFFERS_FROM..message.length()).map(|index| {
                let buffer = message.get(index).dyn_into();
                buffer.map(Buffer::new).map_err(|_| "a buffer that is none")
            });
            beside.buffers = buffers.collect::<Result<_, _>>()?;
        }
        let mut frames = Vec::with_capacity(1);
        while !bytes.is_empty() {
            frames.push(Self::split_off(&mut bytes, &mut functions)?);
        }
        if !functions.is_empty() {
            return Err("functions that belong to no frame");
        }
        // Only a message of one frame has any.
        if let Some(last) = frames.first_mut() {
            last.beside = beside;
        }
        frames.reverse();
        Ok(frames)
    }
}

fn read_functions(functions: &JsValue) -> Result<Vec<ShippedFunction>, &'static str> {
    let functions: &Array = functions.dyn_ref().ok_or("functions that are no list")?;
    let numbers: Option<Vec<u32>> = functions
        .iter()
        .map(|number| Some(number.as_f64()? as u32))
        .collect();
    let numbers = numbers.ok_or("functions that are no numbers")?;
    let (pairs, rest) = numbers.as_chunks();
    if !rest.is_empty() {
        return Err("functions that are not pairs of numbers");
    }
    let function = |&[index, fingerprint]: &[u32; 2]| ShippedFunction { index, fingerprint };
    Ok(pairs.iter().map(function).collect())
}

/// Whether a message consists of frames that the root hands on as they are, unless they are its own.
pub(crate) fn is_handed_on(message: &Array) -> bool {
    message.get(THIRD).as_f64() == Some(f64::from(HANDED_ON))
}

/// What a frame has to transfer: its buffers, and its bytes where they are many.
pub(crate) fn transfers(message: &Array) -> Array {
    let bytes: Uint8Array = message.get(BYTES).unchecked_into();
    let are_many = bytes.length() >= TRANSFER_FROM;
    if !are_many && message.length() <= BUFFERS_FROM {
        return NOTHING.with(Clone::clone);
    }
    let transfers = Array::new();
    if are_many {
        transfers.push(&bytes.buffer());
    }
    for index in BUFFERS_FROM..message.length() {
        transfers.push(&message.get(index));
    }
    transfers
}
