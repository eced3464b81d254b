//! The frame that calls a function on the other side: between the root and a worker, for what only some applications use.
//! Such a function is named by the code that asks for it and by nothing else, so it is linked where that is used.

use super::{
    frame::{Beside, Frame},
    head::Head,
    parcel::{ShippedFunction, pointer},
};
use crate::ids::IsolateId;

/// Takes the isolate that calls it, and what that has sent.
pub(crate) type Callee = fn(IsolateId, Vec<u8>);

impl Frame {
    /// A call of `callee`, as soon as the frame arrives.
    pub(crate) fn call(callee: Callee, bytes: Vec<u8>) -> Self {
        Self {
            head: Head::Call,
            bytes,
            functions: vec![ShippedFunction::at(callee as usize)],
            beside: Beside::default(),
        }
    }

    /// Does what a call from the isolate `from` asks for.
    #[inline(never)]
    pub(crate) fn run_call(self, from: IsolateId) {
        if let Some(callee) = self.functions.first() {
            // SAFETY: frames are read from programs of this build alone, as in `Delivery::from_frame`. There the first
            // function of a `Call` is put there by `call` alone, from a `Callee`. So it is one here, at the same index.
            let callee: Callee = unsafe { pointer(callee.index) };
            callee(from, self.bytes);
        }
    }
}
