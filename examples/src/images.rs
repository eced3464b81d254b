//! images: pictures are decoded, made at most 1,080 pixels wide, and encoded as JPEG, many at once on a pool.

mod picture;
mod shrink;

use insula::{Error, WorkerPool};

use crate::{documents::Unreadable, programs::Outcome, report::thousands};

pub use picture::picture;
pub use shrink::{MAX_WIDTH, QUALITY, shrink};

/// Shrinks `count` pictures of `size` pixels, and calls `done` with each JPEG file as it is ready, whatever their order.
///
/// # Errors
/// An isolate did not start or was lost, or a picture could not be made or read.
pub async fn shrink_all(
    pool: &WorkerPool,
    count: u64,
    (width, height): (u32, u32),
    mut done: impl FnMut(Vec<u8>),
) -> Result<(), ShrinkError> {
    let sizes = (0..count).map(|seed| (width, height, seed));
    let mut files = pool.map(make_and_shrink, sizes).unordered();
    while let Some(file) = files.next().await {
        done(file.map_err(Error::from)??);
    }
    Ok(())
}

/// Both on the pool: a caller may have frames to draw.
fn make_and_shrink(size: (u32, u32, u64)) -> Result<Vec<u8>, Unreadable> {
    shrink(picture(size)?)
}

/// Why pictures could not be shrunk.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "an example, not a library")]
pub enum ShrinkError {
    /// An isolate did not start, or was lost.
    Isolate(Error),
    /// A picture is not what it should be.
    Picture(Unreadable),
}

impl std::fmt::Display for ShrinkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Isolate(error) => error.fmt(f),
            Self::Picture(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ShrinkError {}

impl From<Error> for ShrinkError {
    fn from(error: Error) -> Self {
        Self::Isolate(error)
    }
}

impl From<Unreadable> for ShrinkError {
    fn from(error: Unreadable) -> Self {
        Self::Picture(error)
    }
}

/// How many pictures the program has.
pub const COUNT: u64 = 24;

/// How large they are, in pixels.
pub const SIZE: (u32, u32) = (1600, 1200);

/// The program: [`COUNT`] pictures of [`SIZE`].
///
/// # Errors
/// As [`shrink_all`].
pub async fn program() -> Outcome {
    run(|_| {}).await
}

/// The program, which calls `done` with the number of pictures that are ready.
///
/// # Errors
/// As [`shrink_all`].
pub async fn run(done: impl Fn(u64)) -> Outcome {
    let (mut ready, mut bytes) = (0, 0);
    shrink_all(&WorkerPool::new(), COUNT, SIZE, |file| {
        ready += 1;
        bytes += file.len();
        done(ready);
    })
    .await?;
    Ok(describe(ready, bytes))
}

/// What shrinking came to.
///
/// In kilobytes, because the last digit of a sine is another in a browser, and with it one byte of a picture.
#[must_use]
pub fn describe(pictures: u64, bytes: usize) -> String {
    format!("{pictures} pictures, {} KB", thousands(bytes / 1000))
}
