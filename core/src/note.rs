//! [`Note`]: what the library tells itself of a fault or an end.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serializer,
    de::{Error, SeqAccess, Visitor},
    ser::SerializeTuple,
};

/// What the library tells itself of a fault or an end: one form for all of them, so that it is written and read by the same
/// code. Both sides are of one build.
#[derive(Debug, Default)]
pub(crate) struct Note {
    /// Which it is, of those that its type knows; and a number of it.
    pub(crate) numbers: [u32; 2],
    pub(crate) texts: [String; 3],
}

/// How many values a note has.
const LENGTH: usize = 5;

impl Note {
    /// Writes a note of these.
    pub(crate) fn write<S: Serializer>(
        numbers: [u32; 2],
        texts: [&str; 3],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut note = serializer.serialize_tuple(LENGTH)?;
        for number in numbers {
            note.serialize_element(&number)?;
        }
        for text in texts {
            note.serialize_element(text)?;
        }
        note.end()
    }
}

impl<'de> Deserialize<'de> for Note {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(LENGTH, Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Note;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a note")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Note, A::Error> {
        let mut note = Note::default();
        for number in &mut note.numbers {
            *number = next(&mut values)?;
        }
        for text in &mut note.texts {
            *text = next(&mut values)?;
        }
        Ok(note)
    }
}

fn next<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(values: &mut A) -> Result<T, A::Error> {
    let value = values.next_element()?;
    value.ok_or_else(|| A::Error::invalid_length(0, &"a note"))
}
