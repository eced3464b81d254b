//! Documents of photos, made from a seed.

/// How many photos the demo decodes.
pub const COUNT: usize = 211_640;

/// The seed of the demo's document.
pub const SEED: u64 = 20_260_801;

/// What stands between two photos: a document can be cut after its comma. One photo is one line, and
/// no JSON string holds a line break, so these bytes stand nowhere else.
pub const SEPARATOR: &[u8] = b"},\n";

const PHOTOS_PER_ALBUM: usize = 50;

const WORDS: [&str; 16] = [
    "animi",
    "autem",
    "eum",
    "illum",
    "iusto",
    "quia",
    "sint",
    "nemo",
    "soluta",
    "velit",
    "dolore",
    "natus",
    "nihil",
    "beatae",
    "officia",
    "accusamus",
];

/// Makes the document of `count` photos: one JSON array, one photo a line, about 94.5 bytes each.
///
/// The same count and seed give the same bytes.
#[must_use]
pub fn document(count: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut text = String::with_capacity(count * 96 + 2);
    text.push('[');
    for index in 0..count {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        push_photo(&mut text, index, &mut random);
    }
    text.push_str("\n]");
    text.into_bytes()
}

fn push_photo(text: &mut String, index: usize, random: &mut fastrand::Rng) {
    let (id, album) = (index + 1, index / PHOTOS_PER_ALBUM + 1);
    let title = WORDS[random.usize(..WORDS.len())];
    let color = random.u32(..1 << 24);
    text.push_str(&format!(
        r#"{{"albumId":{album},"id":{id},"title":"{title}","url":"/600/{color:06x}","thumbnailUrl":"/150/{color:06x}"}}"#
    ));
}

/// Overwrites the first colon after a `"title"` in a part of a document, and gives its offset.
///
/// What was JSON is none any more, from there on.
pub fn spoil(part: &mut [u8]) -> Option<usize> {
    const TITLE: &[u8] = br#""title":"#;
    let found = part
        .windows(TITLE.len())
        .position(|window| window == TITLE)?;
    let colon = found + TITLE.len() - 1;
    part[colon] = b'!';
    Some(colon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_has_twenty_megabytes() {
        let size = document(COUNT, SEED).len();
        assert!(size.abs_diff(20_000_000) < 50_000, "{size} bytes");
    }

    #[test]
    fn a_seed_decides_every_byte() {
        assert_eq!(document(100, 7), document(100, 7));
        assert_ne!(document(100, 7), document(100, 8));
    }

    #[test]
    fn photos_are_separated_as_said() {
        let document = document(100, 7);
        let found = document
            .windows(SEPARATOR.len())
            .filter(|window| *window == SEPARATOR)
            .count();
        assert_eq!(found, 99);
    }
}
