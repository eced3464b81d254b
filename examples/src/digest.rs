//! digest: the MD5 of a salt and each piece of a stream, through a pool, in the order of the pieces.

use insula::{TaskError, WorkerPool};
use md5::{Digest, Md5};

use crate::{programs::Outcome, report::thousands};

/// The bytes of one digest.
pub type Sum = [u8; 16];

/// The MD5 of a salt and a piece.
#[must_use]
pub fn digest((salt, piece): (String, Vec<u8>)) -> Sum {
    Md5::new_with_prefix(salt)
        .chain_update(piece)
        .finalize()
        .into()
}

/// Piece `number` of the stream: `len` bytes.
#[must_use]
pub fn piece(number: u64, len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(number);
    let mut piece = vec![0; len];
    random.fill(&mut piece);
    piece
}

/// Gives the digests of `pieces`, in their order. The pool takes a piece when an isolate gets to it, so the stream may be
/// longer than memory.
///
/// # Errors
/// An isolate did not start, or was lost.
pub async fn digests(
    pool: &WorkerPool,
    salt: &str,
    pieces: impl Iterator<Item = Vec<u8>> + Unpin,
) -> Result<Vec<Sum>, TaskError> {
    let mut sums = pool.map(digest, pieces.map(|piece| (salt.to_owned(), piece)));
    let mut all = Vec::new();
    while let Some(sum) = sums.next().await {
        all.push(sum?);
    }
    Ok(all)
}

/// The program: 1,000 pieces of 16 KiB.
///
/// # Errors
/// As [`digests`].
pub async fn program() -> Outcome {
    let pieces = (0..1000).map(|number| piece(number, 16 << 10));
    let sums = digests(&WorkerPool::new(), "a grain of salt", pieces).await?;
    let whole = digest((String::new(), sums.concat()));
    let whole: String = whole.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{} digests, {whole}", thousands(sums.len())))
}
