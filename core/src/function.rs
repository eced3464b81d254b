//! Functions in messages.

use std::{fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    Platform,
    contract::{Carrier, FunctionOf},
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

impl<P: Platform, A: 'static, R: 'static> Serialize for Function<P, A, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pointer = self.pointer;
        wire::serialize_attachment(serializer, move || Shipped::<P>(P::Carrier::ship(pointer)))
    }
}

impl<'de, P: Platform, A: 'static, R: 'static> Deserialize<'de> for Function<P, A, R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize_handle(
            deserializer,
            || Some(Self::new(|_| unreachable!("this function only stands in"))),
            |Shipped::<P>(function)| {
                let pointer = P::Carrier::resolve::<fn(A) -> R>(&function);
                pointer
                    .map(Self::new)
                    .ok_or("a function of another type or build")
            },
        )
    }
}
