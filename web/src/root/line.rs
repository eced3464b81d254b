//! The way to a worker: how messages get there and back, and how it is let go.

use std::{cell::Cell, rc::Rc};

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Event, MessageEvent, Worker};

use super::{receive, starting};
#[cfg(feature = "gloo")]
use crate::link;
use crate::{
    driver,
    frame::{self, Frame, Posted},
    outbox::{self, Way},
};

pub(super) enum Line {
    /// To a worker of our own, which ends with it.
    Worker(Owned),
    /// To a worker of gloo's, which does not.
    #[cfg(feature = "gloo")]
    Gloo(crate::gloo::Line),
}

pub(super) struct Owned {
    worker: Worker,
    way: Way,
    // The worker calls them as long as there is the line.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Line {
    /// The way to a worker of our own. `received` counts what comes from it.
    pub(super) fn to_worker(id: u64, worker: Worker, received: Rc<Cell<u32>>) -> Self {
        let on_message =
            Closure::<dyn FnMut(_)>::own_assert_unwind_safe(move |event: MessageEvent| {
                received.set(received.get().wrapping_add(1));
                if let Ok(message) = event.data().dyn_into::<Array>()
                    && frame::is_ours(&message)
                {
                    receive(id, &message);
                    driver::run();
                }
            });
        let on_error = Closure::<dyn FnMut(_)>::new(move |event: Event| {
            event.prevent_default();
            starting::failed_by(id, &event);
            driver::run();
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(on_error.as_ref().unchecked_ref()));
        Self::Worker(Owned {
            way: Way::Worker(worker.clone()),
            worker,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Whether what is posted can be transferred.
    pub(super) fn transfers(&self) -> bool {
        matches!(self, Self::Worker(_))
    }

    /// Sends a frame, by itself or with those that follow.
    pub(super) fn send(&self, to: u64, frame: Frame) {
        match self {
            Self::Worker(Owned { way, .. }) => outbox::post(way, to, frame),
            #[cfg(feature = "gloo")]
            Self::Gloo(_) => self.post(&frame.into_js(to)),
        }
    }

    /// Posts a message and what it transfers, now.
    pub(super) fn post(&self, posted: &Posted) {
        match self {
            Self::Worker(Owned { way, .. }) => way.post(posted),
            #[cfg(feature = "gloo")]
            Self::Gloo(line) => link::post(posted, |message, _| line.post(message)),
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.set_onmessageerror(None);
        self.worker.terminate();
    }
}
