//! [`Checksum`]: whether two places decoded the same photos.

use xxhash_rust::xxh3::Xxh3Default;

use super::Photo;

/// A hash of every field of every photo, the same on every platform.
///
/// It can be fed in pieces, so that a page need not stop for all of them at once.
#[derive(Clone, Default)]
pub struct Checksum {
    state: Xxh3Default,
}

impl Checksum {
    /// The hash of no photo.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds photos, in order.
    pub fn add(&mut self, photos: &[Photo]) {
        for Photo {
            album_id,
            id,
            title,
            url,
            thumbnail_url,
        } in photos
        {
            self.state.update(&album_id.to_le_bytes());
            self.state.update(&id.to_le_bytes());
            for text in [title, url, thumbnail_url] {
                // The length keeps `ab` + `c` and `a` + `bc` apart; `usize` would differ on wasm32.
                self.state.update(&(text.len() as u64).to_le_bytes());
                self.state.update(text.as_bytes());
            }
        }
    }

    /// The hash of what was added.
    #[must_use]
    pub fn finish(&self) -> u64 {
        self.state.digest()
    }
}

impl std::fmt::Debug for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Checksum({self})")
    }
}

/// The form of every report: 16 hexadecimal digits.
impl std::fmt::Display for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.finish())
    }
}

/// The [`Checksum`] of photos that are all there.
#[must_use]
pub fn checksum(photos: &[Photo]) -> u64 {
    let mut checksum = Checksum::new();
    checksum.add(photos);
    checksum.finish()
}
