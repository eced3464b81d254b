//! The first code of a worker: it becomes the isolate that was asked for.

use std::{cell::RefCell, rc::Rc};

use insula_core::{EventLoop, RemoteError, program};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use super::{
    control_signal, end,
    parent::{self, Root},
    receive::{receive, receive_frames},
};
use crate::{
    base_url, build,
    ids::IsolateId,
    js,
    post::{endpoint::Listener, outbox},
    protocol::{frame::Frame, launch::Launched, plain},
    turn::driver::{self, Role},
};

thread_local! {
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
}

/// Becomes the isolate that the root asked for. Called by `worker.js` through the function table.
pub(crate) fn enter_worker() {
    let Some(boot) = js::take_boot() else { return };
    let message = boot.message();
    let what = plain::value(&message, 0);
    base_url::set(&js::field(&what, "base"));
    let expected = js::field(&what, "build").as_string();
    let found = build::identity();
    let id = plain::destination(&message);
    parent::begin(id, Rc::new(Root));
    let ready = plain::ready(&found, boot.holds_lock(), None);
    parent::parent().post(&(ready, Array::new()));
    #[cfg(any(feature = "log", feature = "tracing"))]
    super::records::ready();
    if Some(found) != expected {
        return js::close_self();
    }
    let spawn = js::field(&what, "spawn");
    let launched = Frame::from_js(spawn.unchecked_ref()).and_then(Frame::into_launched);
    match launched {
        Ok(launched) => become_isolate(id, launched),
        Err(reason) => return end::lost(&RemoteError::new(reason, "")),
    }
    let listener = Listener::new(
        |_, bytes, functions| receive_frames(bytes, &functions),
        |message| receive(&message),
    );
    listener.hear(&JsValue::UNDEFINED);
    LISTENER.set(Some(listener));
    outbox::flush_on_error();
    let backlog = boot.backlog();
    boot.set_backlog(JsValue::NULL);
    for message in backlog.iter() {
        receive(message.unchecked_ref());
    }
    driver::run();
}

/// Makes this worker's event loop, with the entry as its first event.
pub(crate) fn become_isolate(id: IsolateId, launched: Launched) {
    let Launched {
        launch,
        entry,
        args,
        message,
        programs,
    } = launched;
    program::adopt(programs);
    let role = Role {
        rested: control_signal::rested,
        ended: end::ended,
    };
    driver::install(role, |inbox| {
        let entry = Box::new(move || entry.call(args, message));
        EventLoop::isolate(launch, id.into(), inbox, entry)
    });
}
