//! Messages on their way: bytes, and what travels beside them as numbers.

use std::{
    any::TypeId,
    hash::{Hash, Hasher},
};

use insula_core::{
    DecodeError, EncodeError, Message,
    contract::{Address, FnPointer},
    function::Shipped,
    last_will::LastWill,
    transferable::{Shared, Transfer},
    wire::{self, Attachment, Encoded},
};

use super::{objects::Buffer, room::Value};
use crate::{Web, hash::Fnv, ids::PortAddress};

/// A message on its way.
#[derive(Debug, Default)]
pub struct Parcel {
    pub(crate) bytes: Vec<u8>,
    pub(crate) attachments: Vec<Carried>,
    /// The message as a JavaScript value, to or from a script; then there are no bytes.
    pub(crate) value: Option<Value>,
}

/// What travels beside the bytes.
#[derive(Debug)]
pub(crate) enum Carried {
    Port(PortAddress),
    Will(LastWill<Web>),
    Function(ShippedFunction),
    /// Bytes that change their owner.
    Buffer(Buffer),
    /// The same data as an earlier attachment.
    SameAs(usize),
    /// Data that was transferred or materialized before.
    Gone,
}

impl Parcel {
    pub(crate) fn pack<M: Message>(message: M) -> Result<Self, (EncodeError, M)> {
        match Self::from_encoded(wire::encode(&message)) {
            Ok(parcel) => Ok(parcel),
            Err(error) => Err((error, message)),
        }
    }

    pub(crate) fn pack_from<M: Message>(place: &mut Option<M>) -> Result<Self, EncodeError> {
        Self::from_encoded(wire::encode(
            place.as_ref().expect("a message is packed once"),
        ))
    }

    /// A message without anything beside its bytes.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }

    /// Once for all types.
    #[inline(never)]
    fn from_encoded(encoded: Result<Encoded, EncodeError>) -> Result<Self, EncodeError> {
        let Encoded { bytes, attachments } = encoded?;
        Ok(Self {
            bytes,
            attachments: carry(attachments),
            value: None,
        })
    }

    pub(crate) fn unpack_to<M: Message>(self, place: &mut Option<M>) -> Result<(), DecodeError> {
        wire::decode_to(self.into_encoded(), place)
    }

    fn into_encoded(self) -> Encoded {
        Encoded {
            bytes: self.bytes,
            attachments: uncarry(self.attachments),
        }
    }
}

pub(super) fn carry(attachments: Vec<Attachment>) -> Vec<Carried> {
    let mut places: Vec<(usize, Shared<Web>)> = Vec::new();
    let mut carried = Vec::with_capacity(attachments.len());
    for attachment in attachments {
        let attachment = match attachment.downcast::<Address<Web>>() {
            Ok(address) => {
                carried.push(Carried::Port((&*address).into()));
                continue;
            }
            Err(attachment) => attachment,
        };
        let attachment = match attachment.downcast::<Shipped<Web>>() {
            Ok(shipped) => {
                carried.push(Carried::Function(shipped.0));
                continue;
            }
            Err(attachment) => attachment,
        };
        let attachment = match attachment.downcast::<LastWill<Web>>() {
            Ok(will) => {
                carried.push(Carried::Will(*will));
                continue;
            }
            Err(attachment) => attachment,
        };
        let Transfer(shared) = *attachment
            .downcast::<Transfer<Web>>()
            .expect("handles make no other attachments here");
        let item = match places.iter().find(|(_, known)| known.is_same(&shared)) {
            Some((index, _)) => Carried::SameAs(*index),
            None => {
                let buffer = shared.take();
                places.push((carried.len(), shared));
                buffer.map_or(Carried::Gone, Carried::Buffer)
            }
        };
        carried.push(item);
    }
    carried
}

pub(super) fn uncarry(carried: Vec<Carried>) -> Vec<Attachment> {
    let mut places: Vec<(usize, Shared<Web>)> = Vec::new();
    let mut attachments = Vec::with_capacity(carried.len());
    for item in carried {
        attachments.push(match item {
            Carried::Port(address) => Box::new(Address::<Web>::from(address)) as Attachment,
            Carried::Will(will) => Box::new(will),
            Carried::Function(function) => Box::new(Shipped::<Web>(function)),
            Carried::Buffer(buffer) => {
                let shared = Shared::new(Some(buffer));
                places.push((attachments.len(), shared.clone()));
                Box::new(Transfer::<Web>(shared))
            }
            Carried::SameAs(index) => {
                let shared = places.iter().find(|(known, _)| *known == index);
                match shared {
                    Some((_, shared)) => Box::new(Transfer::<Web>(shared.clone())) as Attachment,
                    // What repeats no data is nothing that a handle reads.
                    None => Box::new(()),
                }
            }
            Carried::Gone => Box::new(Transfer::<Web>(Shared::new(None))),
        });
    }
    attachments
}

/// A function on its way: its index in the function table, and what tells its type.
///
/// Two instances of one module agree on the index. The number travels beside the bytes, never in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShippedFunction {
    pub(crate) index: u32,
    pub(crate) fingerprint: u32,
}

impl ShippedFunction {
    pub(crate) fn new<F: FnPointer>(function: F) -> Self {
        Self {
            fingerprint: fingerprint::<F>(),
            ..Self::at(function.address())
        }
    }

    /// A function of ours, of a type that both sides know by its place in a frame.
    pub(crate) fn at(address: usize) -> Self {
        Self {
            index: u32::try_from(address).expect("wasm32 has no larger addresses"),
            fingerprint: 0,
        }
    }

    pub(crate) fn get<F: FnPointer>(self) -> Option<F> {
        if self.fingerprint != fingerprint::<F>() {
            return None;
        }
        // SAFETY: `FnPointer` is sealed: `F` is some function pointer, or a transparent struct of one. `index` came from `F::address` of the
        // very same `F` (the fingerprint is that of its `TypeId`), in an instance of this module: functions travel
        // beside the bytes of frames, and frames are read from programs of this build alone (`Trust::Program`). What
        // scripts send has no functions (`value::from_js`). In every instance of one module the table has the same
        // functions at the same indices.
        Some(unsafe { pointer(self.index) })
    }
}

/// The function at an index of the table.
///
/// # Safety
/// `F` is a function pointer type, and the table has a function of that type at `index`.
pub(super) unsafe fn pointer<F: Copy>(index: u32) -> F {
    const { assert!(size_of::<F>() == size_of::<usize>()) };
    let address = index as usize;
    // SAFETY: a function pointer is an index into the table on wasm32, and has the size of one; the
    // caller promises that this one is of type `F`.
    unsafe { std::mem::transmute_copy(&address) }
}

/// Equal in all instances of one build.
fn fingerprint<F: 'static>() -> u32 {
    fingerprint_of(TypeId::of::<F>())
}

#[inline(never)]
fn fingerprint_of(function: TypeId) -> u32 {
    let mut hasher = Fnv::default();
    function.hash(&mut hasher);
    hasher.finish() as u32
}
