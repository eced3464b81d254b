//! A message that there is no memory for is an error, and what it holds stays with its sender.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    fmt, ptr,
    rc::Rc,
};

use insula_core::wire::{
    Attach, EncodeErrorKind, deserialize_attachment, encode, serialize_attachment,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

/// The largest block that this program gets, in bytes: one buffer must hold a whole message.
const LARGEST: usize = 1 << 20;

struct Limited;

// SAFETY: it is the system's allocator, which also says when there is no memory.
unsafe impl GlobalAlloc for Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST {
            return ptr::null_mut();
        }
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on; the block is from `alloc`, and so the system's.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Limited = Limited;

const HALF: usize = LARGEST / 2;

#[track_caller]
fn too_large<M: Serialize + DeserializeOwned + 'static>(message: &M) {
    let error = encode(message).unwrap_err();
    assert_eq!(error.kind(), &EncodeErrorKind::TooLarge);
    assert!(error.to_string().contains("memory"), "{error}");
}

#[test]
fn numbers_one_by_one() {
    too_large(&vec![vec![7_u8; HALF]; 3]);
    encode(&vec![7_u8; HALF - 16]).unwrap();
}

#[test]
fn text() {
    too_large(&vec!["x".repeat(HALF); 3]);
}

/// Writes itself piece by piece.
#[derive(Deserialize)]
struct Long;

impl fmt::Display for Long {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..3 * HALF / 8).try_for_each(|_| f.write_str("8 bytes."))
    }
}

impl Serialize for Long {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[test]
fn displayed_text() {
    too_large(&Long);
}

/// Announces no length, so that its length is written when the room is used up.
struct Counted(usize);

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.0).filter(|_| true).map(|_| 1_u8))
    }
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<u8>::deserialize(deserializer).map(|list| Self(list.len()))
    }
}

#[test]
fn a_length_that_is_corrected() {
    too_large(&Counted(LARGEST - 1));
}

#[cfg(feature = "json")]
#[test]
fn json() {
    use insula_core::wire::Json;
    let error = encode(&Json(vec!["x".repeat(HALF); 3])).unwrap_err();
    assert!(error.to_string().contains("memory"), "{error}");
}

/// A handle that is gone when it was sent.
struct Handle(Rc<Cell<bool>>);

struct Sent;

impl Attach for Sent {
    const KIND: &'static str = "a handle";
}

impl Serialize for Handle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_sent = self.0.clone();
        serialize_attachment(serializer, move || {
            is_sent.set(true);
            Sent
        })
    }
}

impl<'de> Deserialize<'de> for Handle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_attachment::<Sent, D>(deserializer).map(|Sent| Self(Rc::default()))
    }
}

#[test]
fn nothing_is_given_away() {
    let is_sent = Rc::new(Cell::new(false));
    too_large(&(Handle(is_sent.clone()), vec![vec![7_u8; HALF]; 3]));
    assert!(!is_sent.get());
    encode(&(Handle(is_sent.clone()), 7_u8)).unwrap();
    assert!(is_sent.get());
}
