//! A message between two programs of one build, and its bytes.
//!
//! | message's own bytes | head | length of these, of the head, number of functions, 4 bytes each |
//! |---|---|---|
//!
//! So frames can stand one after the other, and are read from the last to the first. Functions travel beside the bytes: no
//! byte can become one.

use insula_core::last_will::LastWill;
use wasm_bindgen::JsValue;

use super::{
    coded::{Coded, Reader},
    head::{CarriedHead, Head, ParcelHead},
    objects::Buffer,
    parcel::{Carried, Parcel, ShippedFunction},
    room::{Value, value_of},
};

/// How long the numbers at the end of a frame are.
const TRAILER: usize = 3 * size_of::<u32>();

/// Up to how many bytes an event is small.
const SMALL: usize = 1024;

/// A message between two workers, before it is made a JavaScript value.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) head: Head,
    pub(crate) bytes: Vec<u8>,
    pub(crate) functions: Vec<ShippedFunction>,
    pub(crate) beside: Beside,
}

/// What stands behind the bytes and functions of a message.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) value: Option<Value>,
    pub(crate) buffers: Vec<Buffer>,
}

impl Frame {
    pub(crate) fn new(head: Head) -> Self {
        Self {
            head,
            bytes: Vec::new(),
            functions: Vec::new(),
            beside: Beside::default(),
        }
    }

    /// A frame that carries a parcel; `head` is given the parcel's own head.
    #[inline]
    pub(crate) fn carrying(
        parcel: Parcel,
        functions: Vec<ShippedFunction>,
        head: impl FnOnce(ParcelHead) -> Head,
    ) -> Self {
        let (parcel, bytes, functions, beside) = parcel.into_parts(functions);
        Self {
            head: head(parcel),
            bytes,
            functions,
            beside,
        }
    }

    /// Whether there is nothing beside its bytes but functions.
    pub(crate) fn is_bare(&self) -> bool {
        self.beside.value.is_none() && self.beside.buffers.is_empty()
    }

    /// Whether it is an event that can stand in one message with others.
    pub(crate) fn is_small_event(&self) -> bool {
        self.head.is_event() && self.bytes.len() <= SMALL && self.is_bare()
    }

    /// Puts the frame, without what stands beside its bytes, behind others.
    pub(crate) fn append_to(self, bytes: &mut Vec<u8>, functions: &mut Vec<ShippedFunction>) {
        let own = self.bytes.len();
        let mut all = if bytes.is_empty() {
            self.bytes
        } else {
            let mut all = std::mem::take(bytes);
            all.extend_from_slice(&self.bytes);
            all
        };
        let head_at = all.len();
        self.head.write(&mut all);
        let head = all.len() - head_at;
        for number in [own, head, self.functions.len()] {
            let number = u32::try_from(number).expect("wasm32 has no longer slices");
            all.extend(number.to_le_bytes());
        }
        *bytes = all;
        functions.extend(self.functions);
    }

    /// Takes the last frame off the bytes, and off the functions of all.
    ///
    /// # Errors
    /// What in the bytes is not ours.
    pub(crate) fn split_off(
        bytes: &mut Vec<u8>,
        functions: &mut Vec<ShippedFunction>,
    ) -> Result<Self, &'static str> {
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
        let head = Reader::read_all::<Head>(&rest[head_at..]);
        let head = head.ok_or("a head that does not decode")?;
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

impl Parcel {
    /// Its head, its bytes, its functions behind those given, and what stands beside them.
    #[inline(never)]
    fn into_parts(
        self,
        mut functions: Vec<ShippedFunction>,
    ) -> (ParcelHead, Vec<u8>, Vec<ShippedFunction>, Beside) {
        let mut buffers = Vec::new();
        let carried = self.attachments.into_iter().map(|carried| match carried {
            Carried::Port(address) => CarriedHead::Port { address },
            Carried::Will(will) => {
                let (to, message) = will.into_parts();
                CarriedHead::Will {
                    address: (&to).into(),
                    message: message.map(|parcel| parcel.bytes),
                }
            }
            Carried::Function(function) => {
                functions.push(function);
                CarriedHead::Function
            }
            Carried::Buffer(buffer) => {
                buffers.push(buffer);
                CarriedHead::Buffer
            }
            Carried::SameAs(index) => CarriedHead::SameAs { index },
            Carried::Gone => CarriedHead::Gone,
        });
        let head = ParcelHead {
            carried: carried.collect(),
            is_value: self.value.is_some(),
        };
        let beside = Beside {
            value: self.value,
            buffers,
        };
        (head, self.bytes, functions, beside)
    }

    /// What comes back out of a frame, given the functions that come before the parcel's.
    ///
    /// # Errors
    /// What is missing.
    pub(crate) fn from_parts(
        head: ParcelHead,
        bytes: Vec<u8>,
        functions: &[ShippedFunction],
        beside: Beside,
    ) -> Result<Self, &'static str> {
        let mut functions = functions.iter();
        let mut buffers = beside.buffers.into_iter();
        let mut attachments = Vec::with_capacity(head.carried.len());
        for carried in head.carried {
            attachments.push(match carried {
                CarriedHead::Port { address } => Carried::Port(address),
                CarriedHead::Will { address, message } => {
                    let message = message.map(Self::from_bytes);
                    Carried::Will(LastWill::new(address.into(), message))
                }
                CarriedHead::Function => {
                    Carried::Function(*functions.next().ok_or("a function is missing")?)
                }
                // Missing when the engine refused to transfer it.
                CarriedHead::Buffer => buffers.next().map_or(Carried::Gone, Carried::Buffer),
                CarriedHead::SameAs { index } => Carried::SameAs(index),
                CarriedHead::Gone => Carried::Gone,
            });
        }
        Ok(Self {
            bytes,
            attachments,
            value: if head.is_value {
                beside.value.or_else(|| value_of(JsValue::UNDEFINED))
            } else {
                None
            },
        })
    }
}
