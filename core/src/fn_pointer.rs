//! [`FnPointer`]: the only code that can travel.

mod sealed {
    pub trait Sealed {}
    impl<A, R> Sealed for fn(A) -> R {}
    impl<A, B, R> Sealed for fn(A, B) -> R {}
    impl<S, A, R> Sealed for super::Method<S, A, R> {}
}

/// A plain function pointer: the only code that can travel.
///
/// Sealed, so that a platform may rely on the representation: implemented for `fn(A) -> R`, for `fn(A, B) -> R`, and for
/// `Method`, which is one such pointer and nothing else.
pub trait FnPointer: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The address: an index into the function table on wasm.
    fn address(self) -> usize;
}

impl<A: 'static, R: 'static> FnPointer for fn(A) -> R {
    fn address(self) -> usize {
        self as usize
    }
}

impl<A: 'static, B: 'static, R: 'static> FnPointer for fn(A, B) -> R {
    fn address(self) -> usize {
        self as usize
    }
}

/// A function with a state that stays where it is. A type of its own, as its pointer is one of `fn(A, B) -> R` too.
#[repr(transparent)]
pub(crate) struct Method<S, A, R>(pub(crate) fn(&mut S, A) -> R);

impl<S, A, R> Clone for Method<S, A, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, A, R> Copy for Method<S, A, R> {}

impl<S: 'static, A: 'static, R: 'static> FnPointer for Method<S, A, R> {
    fn address(self) -> usize {
        self.0 as usize
    }
}
