//! [`Note`]: what the library tells itself of a fault or an end.

use serde::{Deserialize, Serialize};

/// What the library tells itself of a fault or an end: one form for all of them, so that it is written and read by the same
/// code. Both sides are of one build.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Which it is, of those that its type knows.
    pub(crate) case: u8,
    pub(crate) number: usize,
    texts: Vec<String>,
}

impl Note {
    pub(crate) fn new(case: u8, number: usize, texts: &[&str]) -> Self {
        Self {
            case,
            number,
            texts: texts.iter().copied().map(str::to_owned).collect(),
        }
    }

    /// So many of its texts; those that it does not have are empty.
    pub(crate) fn into_texts<const N: usize>(self) -> [String; N] {
        let mut texts = self.texts.into_iter();
        [(); N].map(|()| texts.next().unwrap_or_default())
    }
}
