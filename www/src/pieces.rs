//! [`Pieces`]: a document in the browser's memory, and parts of it that are documents themselves.
//!
//! Of the document's bytes only a small window around each cut ever enters this module's memory.

use std::ops::Range;

use insula::{TransferableTypedData, web::transferable_from_array_buffer};
use insula_examples::photos::{SEPARATOR, spoil};
use js_sys::{ArrayBuffer, Uint8Array};

/// Enough to hold a whole photo, wherever it is cut.
const WINDOW: u32 = 1024;

/// A fetched document.
pub(crate) struct Pieces {
    bytes: Uint8Array,
}

/// A document that is not JSON any more.
pub(crate) struct Spoilt {
    pub(crate) document: TransferableTypedData,
    /// The line of the mistake, without its end.
    pub(crate) line: String,
}

impl Pieces {
    pub(crate) fn new(document: &ArrayBuffer) -> Self {
        Self {
            bytes: Uint8Array::new(document),
        }
    }

    pub(crate) fn len(&self) -> u32 {
        self.bytes.length()
    }

    /// A copy of the whole document, ready to be sent away.
    pub(crate) fn whole(&self) -> TransferableTypedData {
        transferable_from_array_buffer(self.copy().buffer())
    }

    /// The places of at least `size` bytes each, cut between photos, without the array's brackets.
    pub(crate) fn cut(&self, size: u32) -> Vec<Range<u32>> {
        let end = self.len() - 1;
        let mut parts = Vec::new();
        let mut start = 1;
        while start < end {
            let cut = self.separator_after(start + size).unwrap_or(end);
            parts.push(start..cut);
            // Behind the comma.
            start = cut + 1;
        }
        parts
    }

    /// One part as a document of its own.
    pub(crate) fn part(&self, place: &Range<u32>) -> TransferableTypedData {
        // The bytes around a part, brackets or commas, have room for its own brackets.
        let document = self.bytes.slice(place.start - 1, place.end + 1);
        document.set_index(0, b'[');
        document.set_index(document.length() - 1, b']');
        transferable_from_array_buffer(document.buffer())
    }

    /// A copy with one byte in the middle that no JSON has there.
    pub(crate) fn spoilt(&self) -> Option<Spoilt> {
        let middle = self.len() / 2;
        let mut window = self.window(middle);
        let offset = spoil(&mut window)?;
        let document = self.copy();
        document.set_index(middle + offset as u32, window[offset]);
        let line_start = window[..offset].iter().rposition(|byte| *byte == b'\n')? + 1;
        let line = window[line_start..].split(|byte| *byte == b'\n').next()?;
        let line = String::from_utf8_lossy(line).into_owned();
        Some(Spoilt {
            document: transferable_from_array_buffer(document.buffer()),
            line,
        })
    }

    /// Where the comma of the first separator after `start` is.
    fn separator_after(&self, start: u32) -> Option<u32> {
        if start >= self.len() {
            return None;
        }
        let window = self.window(start);
        let found = window
            .windows(SEPARATOR.len())
            .position(|bytes| bytes == SEPARATOR)?;
        Some(start + found as u32 + 1)
    }

    fn window(&self, start: u32) -> Vec<u8> {
        self.bytes
            .subarray(start, self.len().min(start + WINDOW))
            .to_vec()
    }

    fn copy(&self) -> Uint8Array {
        self.bytes.slice(0, self.len())
    }
}
