//! What stands in a frame's head, as bytes. By hand, because the code that serde derives for the same is larger.
//!
//! Numbers are varints in groups of seven bits, the lowest first. Texts and lists have their length before them, values that
//! may be absent a byte. An enum is the number of its variant, and the fields in their order. Both ends are one build.

use insula_core::{
    DecodeError, ExitReason,
    contract::{Exit, capability_from_bits, capability_to_bits},
    texts::text_of,
    wire::{self, Encoded},
};

use crate::{
    Capability,
    ids::{IsolateId, PortAddress},
};

/// What can stand in a head.
pub(super) trait Coded: Sized {
    fn write(&self, to: &mut Vec<u8>);

    /// Any value, and [`Reader::fail`], for bytes that [`write`](Self::write) has not written.
    fn read(from: &mut Reader<'_>) -> Self;
}

/// Bytes that are read from the front. What can't be read is remembered, and asked for once at the end: to ask after each
/// value is half of the code.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    has_failed: bool,
}

impl<'a> Reader<'a> {
    /// Reads all of `bytes`; `None` where they are not ours.
    pub(super) fn read_all<T: Coded>(bytes: &'a [u8]) -> Option<T> {
        let mut reader = Self {
            bytes,
            has_failed: false,
        };
        let value = T::read(&mut reader);
        (!reader.has_failed && reader.bytes.is_empty()).then_some(value)
    }

    /// What follows are no values of ours. Zeros are read from now on.
    #[inline(never)]
    pub(super) fn fail(&mut self) {
        self.bytes = &[];
        self.has_failed = true;
    }

    #[inline(never)]
    fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((byte, rest)) => {
                self.bytes = rest;
                *byte
            }
            None => {
                self.fail();
                0
            }
        }
    }

    /// Bytes with their number before them.
    #[inline(never)]
    fn counted(&mut self) -> &'a [u8] {
        let count = usize::read(self);
        match self.bytes.split_at_checked(count) {
            Some((counted, rest)) => {
                self.bytes = rest;
                counted
            }
            None => {
                self.fail();
                &[]
            }
        }
    }
}

impl Coded for u8 {
    fn write(&self, to: &mut Vec<u8>) {
        to.push(*self);
    }

    fn read(from: &mut Reader<'_>) -> Self {
        from.byte()
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
    fn read(from: &mut Reader<'_>) -> Self {
        let mut number = 0;
        for shift in (0..Self::BITS).step_by(7) {
            let byte = from.byte();
            let group = Self::from(byte & 0x7f);
            // Of the last group one bit is left.
            if group << shift >> shift != group {
                break;
            }
            number |= group << shift;
            if byte < 0x80 {
                return number;
            }
        }
        from.fail();
        0
    }
}

impl Coded for usize {
    fn write(&self, to: &mut Vec<u8>) {
        (*self as u64).write(to);
    }

    fn read(from: &mut Reader<'_>) -> Self {
        Self::try_from(u64::read(from)).unwrap_or_else(|_| {
            from.fail();
            0
        })
    }
}

impl Coded for bool {
    fn write(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }

    #[inline(never)]
    fn read(from: &mut Reader<'_>) -> Self {
        let byte = from.byte();
        if byte > 1 {
            from.fail();
        }
        byte == 1
    }
}

impl Coded for String {
    #[inline(never)]
    fn write(&self, to: &mut Vec<u8>) {
        self.len().write(to);
        to.extend_from_slice(self.as_bytes());
    }

    #[inline(never)]
    fn read(from: &mut Reader<'_>) -> Self {
        let text = str::from_utf8(from.counted());
        if text.is_err() {
            from.fail();
        }
        text.unwrap_or_default().to_owned()
    }
}

impl<T: Coded> Coded for Option<T> {
    fn write(&self, to: &mut Vec<u8>) {
        self.is_some().write(to);
        if let Some(value) = self {
            value.write(to);
        }
    }

    fn read(from: &mut Reader<'_>) -> Self {
        bool::read(from).then(|| T::read(from))
    }
}

impl<T: Coded> Coded for Vec<T> {
    fn write(&self, to: &mut Vec<u8>) {
        self.len().write(to);
        for item in self {
            item.write(to);
        }
    }

    #[inline(never)]
    fn read(from: &mut Reader<'_>) -> Self {
        let count = usize::read(from);
        // Each item has a byte at least.
        let mut items = Self::with_capacity(count.min(from.bytes.len()));
        for _ in 0..count {
            if from.has_failed {
                break;
            }
            items.push(T::read(from));
        }
        items
    }
}

impl<A: Coded, B: Coded> Coded for (A, B) {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
        self.1.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Self {
        (A::read(from), B::read(from))
    }
}

impl Coded for IsolateId {
    fn write(&self, to: &mut Vec<u8>) {
        self.number().write(to);
    }

    fn read(from: &mut Reader<'_>) -> Self {
        Self::from_number(u64::read(from))
    }
}

/// What core alone can take apart, as a message: their code is in each application anyway.
impl Coded for Capability {
    #[inline(never)]
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(capability_to_bits(*self).to_le_bytes());
    }

    #[inline(never)]
    fn read(from: &mut Reader<'_>) -> Self {
        let mut bits = [0; size_of::<u128>()];
        for byte in &mut bits {
            *byte = from.byte();
        }
        capability_from_bits(u128::from_le_bytes(bits))
    }
}

impl Coded for DecodeError {
    fn write(&self, to: &mut Vec<u8>) {
        self.type_name().to_owned().write(to);
        self.offset().write(to);
        text_of(self.kind()).write(to);
    }

    fn read(from: &mut Reader<'_>) -> Self {
        let (type_name, offset) = (Coded::read(from), Coded::read(from));
        wire::relayed(type_name, offset, Coded::read(from))
    }
}

/// As core writes it, because it does so anyway.
impl Coded for Exit {
    fn write(&self, to: &mut Vec<u8>) {
        // Texts and numbers always encode.
        let bytes = wire::encode(self).map_or_else(|_| Vec::new(), |encoded| encoded.bytes);
        bytes.len().write(to);
        to.extend_from_slice(&bytes);
    }

    fn read(from: &mut Reader<'_>) -> Self {
        let bytes = from.counted().to_vec();
        let attachments = Vec::new();
        wire::decode(Encoded { bytes, attachments }).unwrap_or_else(|_| {
            from.fail();
            Self::new("", ExitReason::Unknown, true)
        })
    }
}

#[cfg(any(feature = "log", feature = "tracing"))]
impl Coded for insula_core::logs::Record {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend([self.facade as u8, self.level as u8]);
        self.target.write(to);
        self.text.write(to);
        self.fields.write(to);
        self.spans.write(to);
        self.module.write(to);
        self.file.write(to);
        self.line.map(u64::from).write(to);
    }

    fn read(from: &mut Reader<'_>) -> Self {
        use insula_core::logs::{Facade, Level};
        let facades = [Facade::Log, Facade::Tracing];
        let facade = facades.get(usize::from(from.byte()));
        let levels = [
            Level::Error,
            Level::Warn,
            Level::Info,
            Level::Debug,
            Level::Trace,
        ];
        let level = levels.get(usize::from(from.byte()));
        let (Some(&facade), Some(&level)) = (facade, level) else {
            from.fail();
            return Self::default();
        };
        Self {
            facade,
            level,
            target: Coded::read(from),
            text: Coded::read(from),
            fields: Coded::read(from),
            spans: Coded::read(from),
            module: Coded::read(from),
            file: Coded::read(from),
            line: Option::<u64>::read(from).and_then(|line| u32::try_from(line).ok()),
        }
    }
}

impl Coded for PortAddress {
    #[inline(never)]
    fn write(&self, to: &mut Vec<u8>) {
        self.isolate.write(to);
        self.port.write(to);
    }

    #[inline(never)]
    fn read(from: &mut Reader<'_>) -> Self {
        Self {
            isolate: Coded::read(from),
            port: Coded::read(from),
        }
    }
}

/// Declares an enum or a struct whose values can stand in a head. A variant behind a condition in brackets is only there
/// where that holds.
macro_rules! coded {
    ($(#[$about:meta])* $visible:vis enum $name:ident {
        $($(#[$doc:meta])* $([$cfg:meta])? $variant:ident $({ $($field:ident: $type:ty),* $(,)? })?),* $(,)?
    }) => {
        $(#[$about])*
        $visible enum $name {
            $($(#[$doc])* $(#[cfg($cfg)])? $variant $({ $($field: $type),* })?),*
        }

        const _: () = {
            /// The variants as they are written.
            #[repr(u8)]
            enum Number { $($(#[cfg($cfg)])? $variant),* }

            impl $crate::protocol::coded::Coded for $name {
                fn write(&self, to: &mut Vec<u8>) {
                    match self {
                        $($(#[cfg($cfg)])? Self::$variant $({ $($field),* })? => {
                            to.push(Number::$variant as u8);
                            $($($crate::protocol::coded::Coded::write($field, to);)*)?
                        })*
                    }
                }

                fn read(from: &mut $crate::protocol::coded::Reader<'_>) -> Self {
                    loop {
                        let number = <u8 as $crate::protocol::coded::Coded>::read(from);
                        $($(#[cfg($cfg)])? if number == Number::$variant as u8 {
                            return Self::$variant $({
                                $($field: $crate::protocol::coded::Coded::read(from)),*
                            })?;
                        })*
                        // The next number is a zero, and so the first variant's.
                        from.fail();
                    }
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

            fn read(from: &mut $crate::protocol::coded::Reader<'_>) -> Self {
                Self { $($field: $crate::protocol::coded::Coded::read(from)),* }
            }
        }
    };
}

pub(super) use coded;
