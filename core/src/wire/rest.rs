//! The items of a sequence that ends a message, read a few at a time: whoever reads many may do something else in between.

use std::{any::type_name, fmt, marker::PhantomData, mem};

use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, Deserializer, Visitor},
    ser::Serializer,
};

use super::{
    attachments::{self, Scope, Slot},
    byte,
    de::{self, REST, Unread},
    error::{DecodeError, DecodeErrorKind},
};

/// Items that end a message. Where they were encoded they come as they are, and are read by [`Rest::read`].
pub(crate) enum Items<T> {
    /// All of them.
    Read(Vec<T>),
    /// Those that are to be read.
    Unread(Rest),
}

/// Encoded items, and the attachments of their message.
pub(crate) struct Rest {
    bytes: Vec<u8>,
    /// Where the next item begins.
    at: usize,
    /// How many items are left, once the number was read.
    left: Option<usize>,
    zero_sized: usize,
    slots: Vec<Slot>,
}

impl Rest {
    fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            at: 0,
            left: None,
            zero_sized: 0,
            slots: attachments::take_all(),
        }
    }

    /// Whether every item was read.
    pub(crate) fn is_done(&self) -> bool {
        self.left == Some(0)
    }

    /// Reads items, one at least if one is left, until `goes_on` refuses; it is told how many bytes the last one took.
    ///
    /// # Errors
    /// As [`decode`](super::decode()) of a `Vec<T>`. No item is left then.
    pub(crate) fn read<T: DeserializeOwned>(
        &mut self,
        items: &mut Vec<T>,
        goes_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<(), DecodeError> {
        self.read_as(type_name::<Vec<T>>, goes_on, &mut |deserializer, left| {
            if items.capacity() == items.len() {
                items.reserve(left.min(AT_ONCE / size_of::<T>().max(1)));
            }
            items.push(T::deserialize(deserializer)?);
            Ok(())
        })
    }

    /// [`read`](Self::read) without the type, so that little is compiled for each.
    fn read_as(
        &mut self,
        type_name: fn() -> &'static str,
        goes_on: &mut dyn FnMut(usize) -> bool,
        read: &mut dyn FnMut(&mut de::Deserializer<'_>, usize) -> de::Result<()>,
    ) -> Result<(), DecodeError> {
        // What fails or panics leaves nothing to read.
        let mut left = self.left.replace(0);
        let scope = Scope::Decoding(mem::take(&mut self.slots));
        let bytes = &self.bytes[self.at..];
        let zero_sized = &mut self.zero_sized;
        let (read, scope) = scope
            .enter(|| de::Deserializer::read_some(bytes, &mut left, zero_sized, goes_on, read));
        let read = read.and_then(|count| match (left, scope.unclaimed()) {
            (Some(0), unclaimed @ 1..) => Err(Unread {
                offset: bytes.len(),
                kind: DecodeErrorKind::UnclaimedAttachments { count: unclaimed },
            }),
            _ => Ok(count),
        });
        match read {
            Ok(count) => {
                self.at += count;
                self.left = left;
                self.slots = scope.into_slots();
                Ok(())
            }
            Err(unread) => {
                scope.leave();
                let offset = self.at + unread.offset;
                Err(DecodeError::new(type_name(), offset, unread.kind))
            }
        }
    }
}

/// For how many bytes of items there is room at once, whatever number of them was announced.
const AT_ONCE: usize = 256 << 10;

impl<T: Serialize> Serialize for Items<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Read(items) => serializer.serialize_newtype_struct(REST, items),
            Self::Unread(_) => Err(serde::ser::Error::custom("items were not read")),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Bytes are there as soon as they are copied.
        if attachments::is_rehearsing() || byte::is_byte::<&T>() {
            return Vec::deserialize(deserializer).map(Self::Read);
        }
        deserializer.deserialize_newtype_struct(REST, RestVisitor(PhantomData))
    }
}

struct RestVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for RestVisitor<T> {
    type Value = Items<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    /// Our own format gives all bytes that are left.
    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Items<T>, E> {
        Ok(Items::Unread(Rest::new(bytes)))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Items<T>, D::Error> {
        Vec::deserialize(deserializer).map(Items::Read)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{super::Encoded, *};
    use crate::wire::{self, decode, encode};

    fn rest<T: Serialize + DeserializeOwned + 'static>(items: Vec<T>) -> Rest {
        let message = encode(&(7_u8, Items::Read(items))).unwrap();
        match decode::<(u8, Items<T>)>(message).unwrap() {
            (7, Items::Unread(rest)) => rest,
            _ => panic!("items come unread"),
        }
    }

    #[test]
    fn items_are_read_as_far_as_wanted() {
        let all: Vec<_> = (0..100).map(|n| format!("{n:03}")).collect();
        let mut rest = rest(all.clone());
        let (mut read, mut parts) = (Vec::new(), 0);
        while !rest.is_done() {
            let (before, left) = (read.len(), Cell::new(30));
            rest.read(&mut read, &mut |bytes| {
                assert_eq!(bytes, 4);
                left.set(left.get() - 1);
                left.get() > 0
            })
            .unwrap();
            assert!(read.len() - before <= 30);
            parts += 1;
        }
        assert_eq!((read, parts), (all, 4));
    }

    #[test]
    fn no_items_are_done_when_their_number_was_read() {
        let mut rest = rest(Vec::<u32>::new());
        let mut read: Vec<u32> = Vec::new();
        rest.read(&mut read, &mut |_| false).unwrap();
        assert!(read.is_empty() && rest.is_done());
    }

    #[test]
    fn what_is_no_item_is_told_and_the_last() {
        let Encoded { bytes, .. } = encode(&(7_u8, vec![true, true])).unwrap();
        for (change, offset) in [
            (&[7, 2, 1, 9][..], 2),
            (&[7, 3, 1, 1], 3),
            (&[7, 1, 1, 1], 2),
            (&[7, 255, 255, 127], 0),
        ] {
            assert_eq!(bytes.len(), 4);
            let (bytes, attachments) = (change.to_vec(), Vec::new());
            let message = decode::<(u8, Items<bool>)>(Encoded { bytes, attachments });
            let (_, Items::Unread(mut rest)) = message.unwrap() else {
                panic!("items come unread")
            };
            let mut read: Vec<bool> = Vec::new();
            let error = rest.read(&mut read, &mut |_| true).unwrap_err();
            assert_eq!(error.offset(), offset, "{error}");
            assert!(error.to_string().contains("Vec<bool>"), "{error}");
            assert!(rest.is_done());
        }
    }

    #[test]
    fn bytes_are_read_at_once() {
        let message = encode(&(7_u8, Items::Read(vec![1_u8, 2]))).unwrap();
        let (_, items) = decode::<(u8, Items<u8>)>(message).unwrap();
        assert!(matches!(items, Items::Read(bytes) if bytes == [1, 2]));
    }

    #[test]
    fn items_find_their_attachments_whenever_they_are_read() {
        struct Held(String);
        impl wire::Attach for Held {
            const KIND: &'static str = "a held text";
            fn stand_in() -> Option<Self> {
                Some(Self(String::new()))
            }
        }
        impl Serialize for Held {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let text = self.0.clone();
                wire::serialize_attachment(serializer, move || Self(text))
            }
        }
        impl<'de> Deserialize<'de> for Held {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                wire::deserialize_attachment(deserializer)
            }
        }

        let mut rest = rest(["a", "b", "c"].map(|text| Held(text.to_owned())).into());
        let mut read = Vec::new();
        while !rest.is_done() {
            rest.read(&mut read, &mut |_| false).unwrap();
        }
        let texts: Vec<_> = read.iter().map(|held: &Held| &held.0[..]).collect();
        assert_eq!(texts, ["a", "b", "c"]);
    }
}
