//! Functions in messages.

use std::{fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    Platform,
    contract::{Carrier, FnPointer, FunctionOf},
    wire::{self, Attach},
};

/// A function that can be sent: a `fn` item, or a closure that captures nothing.
///
/// It can be called in every isolate of the same build, and is never made from bytes: it travels
/// beside them.
///
/// ```
/// use insula::{Function, compute};
/// # insula::main(async || {
/// fn apply((function, n): (Function<u32, u32>, u32)) -> u32 {
///     function.call(n)
/// }
/// assert_eq!(compute(apply, (Function::new(|n| n * 2), 21)).await?, 42);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
pub struct Function<P, A, R> {
    pointer: fn(A) -> R,
    platform: PhantomData<fn() -> P>,
}

impl<P, A, R> Function<P, A, R> {
    /// Wraps a function.
    pub fn new(pointer: fn(A) -> R) -> Self {
        Self {
            pointer,
            platform: PhantomData,
        }
    }

    /// Calls it.
    pub fn call(self, argument: A) -> R {
        (self.pointer)(argument)
    }
}

impl<P, A, R> Clone for Function<P, A, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, A, R> Copy for Function<P, A, R> {}

/// Equal when they are the same code. The compiler may merge functions that do the same, and may copy
/// one into several, so this says little about the source.
impl<P, A, R> PartialEq for Function<P, A, R> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::fn_addr_eq(self.pointer, other.pointer)
    }
}

impl<P, A, R> Eq for Function<P, A, R> {}

impl<P, A, R> fmt::Debug for Function<P, A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::any::type_name::<fn(A) -> R>())
    }
}

/// A function on its way beside the bytes of a message.
#[derive(Debug)]
pub struct Shipped<P: Platform>(pub FunctionOf<P>);

impl<P: Platform> Attach for Shipped<P> {
    const KIND: &'static str = "a function";
}

/// Without the type of the function, so that it is compiled once.
impl<P: Platform> Shipped<P> {
    pub(crate) fn serialize_with<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::serialize_attachment(serializer, move || self)
    }

    /// None in a rehearsal.
    fn deserialize_with<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Self>, D::Error> {
        wire::deserialize_handle(deserializer, || Some(None), |shipped| Ok(Some(shipped)))
    }
}

impl<P: Platform, A: 'static, R: 'static> Serialize for Function<P, A, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize::<P, _, _>(self.pointer, serializer)
    }
}

impl<'de, P: Platform, A: 'static, R: 'static> Deserialize<'de> for Function<P, A, R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize::<P, fn(A) -> R, _>(deserializer, |_| {
            unreachable!("this function only stands in")
        })
        .map(Self::new)
    }
}

/// Writes a function of any type.
pub(crate) fn serialize<P: Platform, F: FnPointer, S: Serializer>(
    function: F,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    Shipped::<P>(P::Carrier::ship(function)).serialize_with(serializer)
}

/// Reads a function of any type; in a rehearsal it is `stand_in`.
pub(crate) fn deserialize<'de, P: Platform, F: FnPointer, D: Deserializer<'de>>(
    deserializer: D,
    stand_in: F,
) -> Result<F, D::Error> {
    match Shipped::<P>::deserialize_with(deserializer)? {
        Some(Shipped(function)) => P::Carrier::resolve(&function)
            .ok_or_else(|| de::Error::custom("a function of another type or build")),
        None => Ok(stand_in),
    }
}
