//! [`FnPointer`]: the only code that can travel.

mod sealed {
    pub trait Sealed {}
    impl<A, R> Sealed for fn(A) -> R {}
}

/// A plain function pointer with one argument: the only code that can travel.
///
/// Sealed, so that a platform may rely on the representation: implemented for `fn(A) -> R` alone.
pub trait FnPointer: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The address: an index into the function table on wasm.
    fn address(self) -> usize;
}

impl<A: 'static, R: 'static> FnPointer for fn(A) -> R {
    fn address(self) -> usize {
        self as usize
    }
}
