//! The values that an isolate has of its own.

use std::{any::Any, cell::RefCell, collections::BTreeMap, fmt, rc::Rc};

/// The values of one isolate, by the address of their key.
#[derive(Default)]
pub(crate) struct Locals {
    values: RefCell<BTreeMap<usize, Rc<dyn Any>>>,
}

impl fmt::Debug for Locals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locals")
            .field("len", &self.values.borrow().len())
            .finish()
    }
}

impl Locals {
    /// The value of a key; `make` may use the others meanwhile.
    pub(crate) fn get_or_make(
        &self,
        key: usize,
        make: impl FnOnce() -> Rc<dyn Any>,
    ) -> Rc<dyn Any> {
        let known = self.values.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let value = make();
            self.values.borrow_mut().insert(key, value.clone());
            value
        })
    }

    pub(crate) fn clear(&self) -> impl Sized + use<> {
        std::mem::take(&mut *self.values.borrow_mut())
    }
}
