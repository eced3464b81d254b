//! The buffer that a message is written to.

use std::{fmt, io};

use postcard::ser_flavors::Flavor;

use crate::wire::limits::MAX_BYTES;

/// A buffer that refuses what there is no room for, where a `Vec` would panic or abort.
#[derive(Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    is_full: bool,
}

/// Room for what a platform puts behind a message, so that many bytes are not copied because of a few.
const BEHIND: usize = 128;

/// There is no room.
pub(crate) struct Full;

impl Output {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether something was refused.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    #[inline]
    fn extend(&mut self, data: &[u8]) -> Result<(), Full> {
        self.reserve(data.len())?;
        self.bytes.extend_from_slice(data);
        Ok(())
    }

    /// Adds the items of an iterator that says it has so many.
    #[inline]
    pub(crate) fn extend_by(
        &mut self,
        count: usize,
        bytes: impl Iterator<Item = u8>,
    ) -> Result<(), Full> {
        self.reserve(count)?;
        self.bytes.extend(bytes);
        Ok(())
    }

    /// Puts `data` in the place of the bytes from `start` to `end`.
    pub(crate) fn replace(&mut self, start: usize, end: usize, data: &[u8]) -> Result<(), Full> {
        self.reserve(data.len())?;
        let (before, place) = (self.bytes.len(), start + data.len());
        let after = before - end + place;
        self.bytes.resize(before.max(after), 0);
        self.bytes.copy_within(end..before, place);
        self.bytes.truncate(after);
        self.bytes[start..place].copy_from_slice(data);
        Ok(())
    }

    #[inline]
    fn reserve(&mut self, additional: usize) -> Result<(), Full> {
        if additional <= self.bytes.capacity() - self.bytes.len() {
            return Ok(());
        }
        self.grow(additional)
    }

    #[cold]
    fn grow(&mut self, additional: usize) -> Result<(), Full> {
        let room = MAX_BYTES.saturating_sub(self.bytes.len());
        let wanted = additional.saturating_add(BEHIND).min(room);
        let grown = if additional > room {
            false
        } else if self.bytes.capacity() <= MAX_BYTES / 2 {
            self.bytes.try_reserve(wanted).is_ok()
        } else {
            self.bytes.try_reserve_exact(room).is_ok()
        };
        self.is_full |= !grown;
        if grown { Ok(()) } else { Err(Full) }
    }
}

impl Flavor for Output {
    type Output = Vec<u8>;

    #[inline]
    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.extend(data)
            .map_err(|Full| postcard::Error::SerializeBufferFull)
    }

    #[inline]
    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.reserve(1)
            .map_err(|Full| postcard::Error::SerializeBufferFull)?;
        self.bytes.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.bytes)
    }
}

impl fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.extend(text.as_bytes()).map_err(|Full| fmt::Error)
    }
}

impl io::Write for Output {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.extend(data)
            .map_err(|Full| io::ErrorKind::OutOfMemory)?;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
