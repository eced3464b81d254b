//! The values that an isolate has of its own.

use std::{any::Any, cell::RefCell, fmt, ptr, rc::Rc};

use crate::table::Table;

/// The values of one isolate, by the address of their key.
#[derive(Default)]
pub(crate) struct Locals {
    values: RefCell<Table<usize, Rc<dyn Any>>>,
}

impl fmt::Debug for Locals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locals")
            .field("len", &self.values.borrow().len())
            .finish()
    }
}

impl Locals {
    /// The value of `key`, made when there is none. A key is of one type of value, and has a size: two without could
    /// share an address.
    pub(crate) fn get_or_make<K, T: 'static>(
        &self,
        key: &'static K,
        make: impl FnOnce() -> T,
    ) -> Rc<T> {
        let known = self.find(key);
        let key = ptr::from_ref(key).addr();
        // Making a value may ask for others, so nothing is borrowed meanwhile.
        let value = known.unwrap_or_else(|| {
            let value: Rc<dyn Any> = Rc::new(make());
            self.values.borrow_mut().insert(key, value.clone());
            value
        });
        downcast(value)
    }

    /// The value of `key`, if there is one.
    pub(crate) fn get<K, T: 'static>(&self, key: &'static K) -> Option<Rc<T>> {
        self.find(key).map(downcast)
    }

    fn find<K>(&self, key: &'static K) -> Option<Rc<dyn Any>> {
        let key = ptr::from_ref(key).addr();
        self.values.borrow().get(key).cloned()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.borrow().len() == 0
    }

    /// Takes everything out, to be dropped one by one.
    pub(crate) fn clear(&self) -> impl Iterator<Item = impl Sized + use<>> + use<> {
        self.values.borrow_mut().take()
    }
}

fn downcast<T: 'static>(value: Rc<dyn Any>) -> Rc<T> {
    value
        .downcast()
        .expect("a key's address belongs to one type")
}
