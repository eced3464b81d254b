//! Frames as JavaScript messages, and back.
//!
//! One array: `["insula", to, kind, bytes, functions, value, ...buffers]`, as far as there is something in it. `kind` says
//! whether the root hands it on unread. `bytes` holds frames one after the other, mostly one, copied once:
//!
//! | message's own bytes | head | length of these, of the head, number of functions, 4 bytes each |
//! |---|---|---|
//!
//! Functions are numbers beside the bytes, so that no byte can become one; `value` is that of a message to or from a script.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::{Beside, Frame, Head, TAG};
use crate::{js, mailbox::Mailbox, parcel::ShippedFunction};

/// The kind of frames that the root reads, wherever they go.
const READ: u32 = 0;
/// The kind of frames that it hands on as they are: events, and their marks.
const HANDED_ON: u32 = 1;

/// Where in a message its bytes and its functions are.
const BYTES: u32 = 3;
const FUNCTIONS: u32 = 4;

/// Where in a message its buffers begin.
pub(crate) const BUFFERS_FROM: u32 = 6;

/// From this size on, the bytes of a message are transferred instead of cloned. Up to here both cost
/// the same in Blink, Gecko and WebKit.
const TRANSFER_FROM: u32 = 16 * 1024;

/// How long the numbers at the end of a frame are.
const TRAILER: usize = 3 * size_of::<u32>();

/// Up to how many bytes an event is small.
const SMALL: usize = 1024;

/// A JavaScript message, and what it transfers.
pub(crate) type Posted = (Array, Array);

thread_local! {
    static TAG_VALUE: JsValue = TAG.into();
    static NOTHING: Array = Array::new();
}

impl Frame {
    /// The JavaScript message and its transfer list.
    pub(crate) fn into_js(mut self, to: u64) -> Posted {
        let beside = std::mem::take(&mut self.beside);
        let mut batch = Batch::default();
        batch.push(self);
        batch.into_js_with(to, beside)
    }

    /// Whether it is an event that can be one of a batch.
    pub(crate) fn is_small_event(&self) -> bool {
        matches!(
            self.head,
            Head::Message { .. } | Head::Job { .. } | Head::Close { .. }
        ) && self.bytes.len() <= SMALL
            && self.beside.value.is_undefined()
            && self.beside.buffers.is_empty()
    }

    /// Reads a message of one frame.
    ///
    /// # Errors
    /// What in it is not ours.
    pub(crate) fn from_js(message: &Array) -> Result<Self, String> {
        let mut frames = Self::all_from_js(message)?;
        let frame = frames.pop().ok_or("a message without a frame")?;
        if frames.is_empty() {
            Ok(frame)
        } else {
            Err("a frame with others before it".to_owned())
        }
    }

    /// Reads a message from one of our links.
    ///
    /// # Errors
    /// What in it is not ours.
    pub(crate) fn all_from_js(message: &Array) -> Result<Vec<Self>, String> {
        let bytes = message.get(BYTES).dyn_into::<Uint8Array>();
        let mut bytes = bytes.map_err(|_| "a frame without bytes")?.to_vec();
        let mut functions = Vec::new();
        let mut beside = Beside::default();
        if message.length() > FUNCTIONS {
            functions = read_functions(&message.get(FUNCTIONS))?;
            beside.value = message.get(BUFFERS_FROM - 1);
            let buffers = (BUFFERS_FROM..message.length()).map(|index| {
                let buffer = message.get(index).dyn_into();
                buffer.map_err(|_| "a buffer that is none")
            });
            beside.buffers = buffers.collect::<Result<_, _>>()?;
        }
        let mut frames = Vec::with_capacity(1);
        while !bytes.is_empty() {
            frames.push(Self::split_off(&mut bytes, &mut functions)?);
        }
        if !functions.is_empty() {
            return Err("functions that belong to no frame".to_owned());
        }
        // Only a message of one frame has any.
        if let Some(last) = frames.first_mut() {
            last.beside = beside;
        }
        frames.reverse();
        Ok(frames)
    }

    /// Takes the last frame off the bytes, and off the functions of all.
    fn split_off(
        bytes: &mut Vec<u8>,
        functions: &mut Vec<ShippedFunction>,
    ) -> Result<Self, String> {
        let (rest, trailer) = bytes
            .split_last_chunk::<TRAILER>()
            .ok_or("a frame without an end")?;
        let (numbers, _) = trailer.as_chunks();
        let [own, head, count] = [0, 1, 2].map(|at| u32::from_le_bytes(numbers[at]) as usize);
        let head_at = rest.len().checked_sub(head);
        let head_at = head_at.ok_or("a head longer than its frame")?;
        let own_at = head_at
            .checked_sub(own)
            .ok_or("a message longer than its frame")?;
        let functions_at = functions.len().checked_sub(count);
        let functions_at = functions_at.ok_or("a frame with more functions than there are")?;
        let head = postcard::from_bytes(&rest[head_at..])
            .map_err(|error| format!("a head that does not decode: {error}"))?;
        bytes.truncate(head_at);
        let own = if own_at == 0 {
            std::mem::take(bytes)
        } else {
            bytes.split_off(own_at)
        };
        Ok(Self {
            head,
            bytes: own,
            functions: functions.split_off(functions_at),
            beside: Beside::default(),
        })
    }
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
        let own = frame.bytes.len();
        let bytes = if self.bytes.is_empty() {
            frame.bytes
        } else {
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.extend_from_slice(&frame.bytes);
            bytes
        };
        let head_at = bytes.len();
        let mut bytes = postcard::to_extend(&frame.head, bytes)
            .expect("a head has no shape that postcard refuses");
        let head = bytes.len() - head_at;
        for number in [own, head, frame.functions.len()] {
            let number = u32::try_from(number).expect("wasm32 has no longer slices");
            bytes.extend(number.to_le_bytes());
        }
        self.bytes = bytes;
        self.functions.extend(frame.functions);
    }

    /// The JavaScript message and its transfer list.
    pub(crate) fn into_js(self, to: u64) -> Posted {
        self.into_js_with(to, Beside::default())
    }

    fn into_js_with(self, to: u64, Beside { value, buffers }: Beside) -> Posted {
        let kind = if self.is_read { READ } else { HANDED_ON };
        let bytes = Uint8Array::from(self.bytes.as_slice());
        let message = TAG_VALUE.with(|tag| Array::of4(tag, &js::number(to), &kind.into(), &bytes));
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
            message.push(&buffer);
        }
        let transfer = transfers(&message);
        (message, transfer)
    }
}

impl Head {
    /// Whether the root hands it on as it is.
    fn is_handed_on(&self) -> bool {
        matches!(
            self,
            Self::Message { .. } | Self::Job { .. } | Self::Close { .. } | Self::Mark { .. }
        )
    }
}

fn read_functions(functions: &JsValue) -> Result<Vec<ShippedFunction>, String> {
    let functions: &Array = functions.dyn_ref().ok_or("functions that are no list")?;
    let numbers: Option<Vec<u32>> = functions
        .iter()
        .map(|number| Some(number.as_f64()? as u32))
        .collect();
    let numbers = numbers.ok_or("functions that are no numbers")?;
    let (pairs, rest) = numbers.as_chunks();
    if !rest.is_empty() {
        return Err("functions that are not pairs of numbers".to_owned());
    }
    let function = |&[index, fingerprint]: &[u32; 2]| ShippedFunction { index, fingerprint };
    Ok(pairs.iter().map(function).collect())
}

/// Whether a message is one of ours.
pub(crate) fn is_ours(message: &Array) -> bool {
    TAG_VALUE.with(|tag| message.get(0) == *tag)
}

/// Whether a message is a frame that the root hands on as it is, unless it is its own.
pub(crate) fn is_handed_on(message: &Array) -> bool {
    message.get(2).as_f64() == Some(f64::from(HANDED_ON))
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

/// Where a message of ours is going.
pub(crate) fn destination(message: &Array) -> Option<Mailbox> {
    let to = message.get(1).as_f64()?;
    Some(Mailbox::new(to as u64))
}
