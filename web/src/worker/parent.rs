//! The way from this worker to the root, and what becomes of the worker when its isolate is over.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::Array;
use wasm_bindgen::JsValue;

use crate::{
    ids::{self, IsolateId, ROOT},
    js,
    post::{endpoint::Endpoint, outbox},
    protocol::{batch::Batch, frame::Frame},
};

/// What has made this worker, seen as the way to the root.
pub(crate) trait Parent: Endpoint {
    /// The isolate has told its end.
    fn ended(&self);
    /// The isolate is about to leave its running code for good. True when its end is told after that.
    fn abandoned(&self) -> bool;
    /// The isolate was lost, and has told it. Called from the panic hook.
    fn lost(&self);
}

/// The root has made this worker itself, so the worker ends with its isolate.
pub(crate) struct Root;

impl Endpoint for Root {
    fn try_post(&self, message: &JsValue, transfer: &Array) -> Result<(), JsValue> {
        js::post_to_parent(message, transfer)
    }

    fn post_frames(&self, batch: Batch, to: IsolateId) {
        if let Some(batch) = batch.post_to(&JsValue::UNDEFINED, to) {
            self.post(&batch.into_js(to));
        }
    }
}

impl Parent for Root {
    fn ended(&self) {
        js::close_self();
    }

    fn abandoned(&self) -> bool {
        false
    }

    fn lost(&self) {}
}

thread_local! {
    static PARENT: RefCell<Rc<dyn Parent>> = RefCell::new(Rc::new(Root));
    static IS_OVER: Cell<bool> = const { Cell::new(false) };
}

/// This worker is an isolate from now on.
pub(crate) fn begin(id: IsolateId, parent: Rc<dyn Parent>) {
    ids::set_own(id);
    IS_OVER.set(false);
    PARENT.set(parent);
}

/// This worker is no isolate any more, and may be another one later.
pub(crate) fn leave() {
    begin(ROOT, Rc::new(Root));
}

pub(crate) fn parent() -> Rc<dyn Parent> {
    PARENT.with_borrow(Clone::clone)
}

/// Posts a frame by the root, to the root itself or to another isolate.
pub(crate) fn post(to: IsolateId, frame: Frame) {
    let root: Rc<dyn Endpoint> = parent();
    outbox::post(&root, to, frame);
}

/// Whether this worker's isolate is over.
pub(crate) fn is_over() -> bool {
    IS_OVER.get()
}

/// This worker's isolate is over. False when it was before.
pub(super) fn set_over() -> bool {
    !IS_OVER.replace(true)
}
