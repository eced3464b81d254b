//! [`FnPointer`]: the only code that can travel.

mod sealed {
    pub trait Sealed {}
    impl<A, R> Sealed for fn(A) -> R {}
    impl<A, B, R> Sealed for fn(A, B) -> R {}
}

/// A plain function pointer with one argument or two: the only code that can travel.
///
/// Sealed, so that a platform may rely on the representation: implemented for `fn(A) -> R`
/// and `fn(A, B) -> R` alone.
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
