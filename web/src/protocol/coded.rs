//! What stands in a frame's head, as bytes. By hand, because the code that serde derives for the same is larger.
//!
//! Numbers are varints in groups of seven bits, the lowest first. Texts and lists have their length before them, values that
//! may be absent a byte. An enum is the number of its variant, and the fields in their order. Both ends are one build.

use insula_core::{DecodeError, ExitReason};

use crate::{
    Capability,
    ids::{IsolateId, PortAddress},
};

/// What can stand in a head.
pub(super) trait Coded: Sized {
    fn write(&self, to: &mut Vec<u8>);

    /// `None` for bytes that [`write`](Self::write) has not written.
    fn read(from: &mut &[u8]) -> Option<Self>;
}

fn byte(from: &mut &[u8]) -> Option<u8> {
    let (byte, rest) = from.split_first()?;
    *from = rest;
    Some(*byte)
}

/// Bytes with their number before them.
fn counted<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let count = usize::read(from)?;
    let (counted, rest) = from.split_at_checked(count)?;
    *from = rest;
    Some(counted)
}

impl Coded for u8 {
    fn write(&self, to: &mut Vec<u8>) {
        to.push(*self);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        byte(from)
    }
}

impl Coded for u64 {
    #[inline(never)]
    fn write(&self, to: &mut Vec<u8>) {
        let mut left = *self;
        while left >= 0x80 {
            to.push(left as u8 | 0x80);
            left >>= 7;
        }
        to.push(left as u8);
    }

    #[inline(never)]
    fn read(from: &mut &[u8]) -> Option<Self> {
        let mut number = 0;
        for shift in (0..Self::BITS).step_by(7) {
            let byte = byte(from)?;
            let group = Self::from(byte & 0x7f);
            // Of the last group one bit is left.
            if group << shift >> shift != group {
                return None;
            }
            number |= group << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

impl Coded for usize {
    fn write(&self, to: &mut Vec<u8>) {
        (*self as u64).write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        u64::read(from)?.try_into().ok()
    }
}

impl Coded for bool {
    fn write(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        match byte(from)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Coded for String {
    #[inline(never)]
    fn write(&self, to: &mut Vec<u8>) {
        self.len().write(to);
        to.extend_from_slice(self.as_bytes());
    }

    #[inline(never)]
    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(str::from_utf8(counted(from)?).ok()?.to_owned())
    }
}

impl<T: Coded> Coded for Option<T> {
    fn write(&self, to: &mut Vec<u8>) {
        self.is_some().write(to);
        if let Some(value) = self {
            value.write(to);
        }
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(if bool::read(from)? {
            Some(T::read(from)?)
        } else {
            None
        })
    }
}

impl<T: Coded> Coded for Vec<T> {
    fn write(&self, to: &mut Vec<u8>) {
        self.len().write(to);
        for item in self {
            item.write(to);
        }
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        let count = usize::read(from)?;
        // Each item has a byte at least.
        let mut items = Self::with_capacity(count.min(from.len()));
        for _ in 0..count {
            items.push(T::read(from)?);
        }
        Some(items)
    }
}

impl<A: Coded, B: Coded> Coded for (A, B) {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
        self.1.write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some((A::read(from)?, B::read(from)?))
    }
}

impl Coded for IsolateId {
    fn write(&self, to: &mut Vec<u8>) {
        self.number().write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        u64::read(from).map(Self::from_number)
    }
}

/// Its bits are core's alone, so it is written as in a message.
impl Coded for Capability {
    #[inline(never)]
    fn write(&self, to: &mut Vec<u8>) {
        let mut bits = [0; 19];
        if let Ok(bits) = postcard::to_slice(self, &mut bits) {
            to.extend_from_slice(bits);
        }
    }

    #[inline(never)]
    fn read(from: &mut &[u8]) -> Option<Self> {
        let (capability, rest) = postcard::take_from_bytes(from).ok()?;
        *from = rest;
        Some(capability)
    }
}

/// What core alone can take apart, as in a message.
macro_rules! by_serde {
    ($($type:ty),*) => {
        $(
            impl Coded for $type {
                fn write(&self, to: &mut Vec<u8>) {
                    // Texts and numbers always encode.
                    let bytes = postcard::to_stdvec(self).unwrap_or_default();
                    bytes.len().write(to);
                    to.extend_from_slice(&bytes);
                }

                fn read(from: &mut &[u8]) -> Option<Self> {
                    postcard::from_bytes(counted(from)?).ok()
                }
            }
        )*
    };
}

by_serde!(DecodeError, ExitReason);

impl Coded for PortAddress {
    #[inline(never)]
    fn write(&self, to: &mut Vec<u8>) {
        self.isolate.write(to);
        self.port.write(to);
    }

    #[inline(never)]
    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            isolate: Coded::read(from)?,
            port: Coded::read(from)?,
        })
    }
}

/// Declares an enum or a struct whose values can stand in a head.
macro_rules! coded {
    ($(#[$about:meta])* $visible:vis enum $name:ident {
        $($(#[$doc:meta])* $variant:ident $({ $($field:ident: $type:ty),* $(,)? })?),* $(,)?
    }) => {
        $(#[$about])*
        $visible enum $name {
            $($(#[$doc])* $variant $({ $($field: $type),* })?),*
        }

        const _: () = {
            /// The variants as they are written.
            #[repr(u8)]
            enum Number { $($variant),* }

            impl $crate::protocol::coded::Coded for $name {
                fn write(&self, to: &mut Vec<u8>) {
                    match self {
                        $(Self::$variant $({ $($field),* })? => {
                            to.push(Number::$variant as u8);
                            $($($crate::protocol::coded::Coded::write($field, to);)*)?
                        })*
                    }
                }

                fn read(from: &mut &[u8]) -> Option<Self> {
                    let number = <u8 as $crate::protocol::coded::Coded>::read(from)?;
                    $(if number == Number::$variant as u8 {
                        return Some(Self::$variant $({
                            $($field: $crate::protocol::coded::Coded::read(from)?),*
                        })?);
                    })*
                    None
                }
            }
        };
    };
    ($(#[$about:meta])* $visible:vis struct $name:ident {
        $($(#[$doc:meta])* $shown:vis $field:ident: $type:ty),* $(,)?
    }) => {
        $(#[$about])*
        $visible struct $name {
            $($(#[$doc])* $shown $field: $type),*
        }

        impl $crate::protocol::coded::Coded for $name {
            fn write(&self, to: &mut Vec<u8>) {
                $($crate::protocol::coded::Coded::write(&self.$field, to);)*
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: $crate::protocol::coded::Coded::read(from)?),* })
            }
        }
    };
}

pub(super) use coded;
