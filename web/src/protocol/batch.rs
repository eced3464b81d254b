//! Frames as one JavaScript message, and back.
//!
//! One array: `["insula", to, kind, bytes, functions, value, ...buffers]`, as far as there is something in it. `kind` says
//! whether the root hands it on unread. `bytes` holds frames one after the other, mostly one, copied once. Functions are
//! numbers beside the bytes, eight bytes each; `value` is that of a message to or from a script. Both `bytes` and `functions`
//! are a `Uint8Array`, or a text with a character for each byte where they are few (`pack` in `worker.js`).

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::{
    frame::{Beside, Frame},
    objects::Buffer,
    parcel::ShippedFunction,
    plain::{Posted, TAG_VALUE, THIRD},
    room::{Value, value_of},
};
use crate::{ids::IsolateId, js};

/// The kind of frames that the root reads, wherever they go.
const READ: u32 = 0;
/// The kind of frames that it hands on as they are: events, and their fences.
const HANDED_ON: u32 = 1;

/// Where in a message its bytes and its functions are.
const BYTES: u32 = 3;
const FUNCTIONS: u32 = 4;

/// How many bytes a function takes: its index and its fingerprint.
const FUNCTION: usize = 2 * size_of::<u32>();

/// Where in a message its buffers begin.
pub(crate) const BUFFERS_FROM: u32 = 6;

/// From this size on, the bytes of a message are transferred instead of cloned. Up to here both cost
/// the same in Blink, Gecko and WebKit.
const TRANSFER_FROM: u32 = 16 * 1024;

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

    /// Frames of one.
    pub(crate) fn of(frame: Frame) -> Self {
        let mut batch = Self::default();
        batch.push(frame);
        batch
    }

    fn kind(&self) -> u32 {
        if self.is_read { READ } else { HANDED_ON }
    }

    /// Whether its bytes are too many to be cloned.
    fn is_transferred(&self) -> bool {
        self.bytes.len() >= TRANSFER_FROM as usize
    }

    /// Posts it to a worker or a port, or to this worker's parent. Gives it back where something has to be transferred.
    pub(crate) fn post_to(self, target: &JsValue, to: IsolateId) -> Option<Self> {
        if self.is_transferred() {
            return Some(self);
        }
        let functions = bytes_of(&self.functions);
        js::post_frames(target, to.as_f64(), self.kind(), &self.bytes, &functions);
        None
    }

    /// The JavaScript message and its transfer list.
    pub(crate) fn into_js(self, to: IsolateId) -> Posted {
        self.into_js_with(to, Beside::default())
    }

    fn into_js_with(self, to: IsolateId, Beside { value, buffers }: Beside) -> Posted {
        let value = value.map_or(JsValue::UNDEFINED, Value::into_js);
        let has_more = !value.is_undefined() || !buffers.is_empty();
        let functions = bytes_of(&self.functions);
        if !has_more && !self.is_transferred() {
            let message = js::compose(to.as_f64(), self.kind(), &self.bytes, &functions);
            return (message, Array::new());
        }
        let bytes = Uint8Array::from(self.bytes.as_slice());
        let number = js::number(to.number());
        let message = TAG_VALUE.with(|tag| Array::of4(tag, &number, &self.kind().into(), &bytes));
        if has_more || !functions.is_empty() {
            message.push(&Uint8Array::from(functions.as_slice()));
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
        Batch::of(self).into_js_with(to, beside)
    }

    /// Reads a message of one frame.
    ///
    /// # Errors
    /// What in it is not ours.
    pub(crate) fn from_js(message: &Array) -> Result<Self, &'static str> {
        let mut frames = Self::all_from_js(message)?;
        let frame = frames.next().ok_or("a message without a frame")?;
        match frames.next() {
            None => Ok(frame),
            Some(_) => Err("a frame with others behind it"),
        }
    }

    /// Reads a message from one of our endpoints.
    ///
    /// # Errors
    /// What in it is not ours.
    pub(crate) fn all_from_js(message: &Array) -> Result<Frames, &'static str> {
        let bytes = js::unpack(&message.get(BYTES)).ok_or("a frame without bytes")?;
        let mut functions = Vec::new();
        let mut beside = Beside::default();
        if message.length() > FUNCTIONS {
            functions = js::unpack(&message.get(FUNCTIONS)).ok_or("functions that are no bytes")?;
            let value = message.get(BUFFERS_FROM - 1);
            if !value.is_undefined() {
                beside.value = value_of(value);
            }
            for index in BUFFERS_FROM..message.length() {
                let buffer = message.get(index).dyn_into();
                let buffer = buffer.map_err(|_| "a buffer that is none")?;
                beside.buffers.push(Buffer::new(buffer));
            }
        }
        Self::all_from_parts(bytes, &functions, beside)
    }

    /// As [`all_from_js`](Self::all_from_js), for a message in its parts.
    ///
    /// # Errors
    /// What in it is not ours.
    pub(crate) fn all_from_parts(
        mut bytes: Vec<u8>,
        functions: &[u8],
        beside: Beside,
    ) -> Result<Frames, &'static str> {
        let mut functions = functions_of(functions)?;
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
        Ok(Frames(frames))
    }
}

/// The frames of a message, in their order: the first is the last in the list.
pub(crate) struct Frames(Vec<Frame>);

impl Iterator for Frames {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        self.0.pop()
    }
}

/// Functions as they stand in a message.
fn bytes_of(functions: &[ShippedFunction]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(functions.len() * FUNCTION);
    for function in functions {
        bytes.extend(function.index.to_le_bytes());
        bytes.extend(function.fingerprint.to_le_bytes());
    }
    bytes
}

fn functions_of(bytes: &[u8]) -> Result<Vec<ShippedFunction>, &'static str> {
    let (functions, rest) = bytes.as_chunks::<FUNCTION>();
    if !rest.is_empty() {
        return Err("functions that are not pairs of numbers");
    }
    let function = |bytes: &[u8; FUNCTION]| {
        let (numbers, _) = bytes.as_chunks();
        let [index, fingerprint] = [0, 1].map(|at| u32::from_le_bytes(numbers[at]));
        ShippedFunction { index, fingerprint }
    };
    Ok(functions.iter().map(function).collect())
}

/// Whether a message consists of frames that the root hands on as they are, unless they are its own.
pub(crate) fn is_handed_on(message: &Array) -> bool {
    message.get(THIRD).as_f64() == Some(f64::from(HANDED_ON))
}

/// What a frame has to transfer: its buffers, and its bytes where they are many.
pub(crate) fn transfers(message: &Array) -> Array {
    let bytes = message.get(BYTES).dyn_into::<Uint8Array>().ok();
    let many = bytes.filter(|bytes| bytes.length() >= TRANSFER_FROM);
    if many.is_none() && message.length() <= BUFFERS_FROM {
        return Array::new();
    }
    let transfers = Array::new();
    if let Some(bytes) = many {
        transfers.push(&bytes.buffer());
    }
    for index in BUFFERS_FROM..message.length() {
        transfers.push(&message.get(index));
    }
    transfers
}
