//! The way from the root to a worker.

use std::rc::Rc;

use crate::{
    ids::IsolateId,
    post::{endpoint::Endpoint, outbox},
    protocol::{batch::Batch, frame::Frame, head::Head, plain::Posted},
};

/// What the root uses to reach a worker.
pub(super) struct Way {
    pub(super) id: IsolateId,
    pub(super) endpoint: Rc<dyn Endpoint>,
}

impl Way {
    /// Sends a frame, by itself or with those that follow.
    pub(super) fn send(&self, frame: Frame) {
        outbox::post(&self.endpoint, self.id, frame);
    }

    /// Posts what a worker of this build reads, now.
    pub(super) fn tell(&self, head: Head) {
        let batch = Batch::of(Frame::new(head));
        self.endpoint.post_frames(batch, self.id);
    }

    /// Posts a message and what it transfers, now.
    pub(super) fn post(&self, posted: &Posted) {
        self.endpoint.post(posted);
    }
}
