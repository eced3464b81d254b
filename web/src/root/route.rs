//! Frames on their way to a worker.

use js_sys::Array;

use super::{channels, record};
use crate::{
    ids::{IsolateId, ROOT},
    log,
    protocol::{
        batch,
        frame::Frame,
        head::{Failure, Head},
    },
    turn::starts,
};

/// Carries a frame to a worker. To an isolate that is gone: dropped.
pub(crate) fn route(to: IsolateId, frame: Frame) {
    record::with(to, |record| {
        record.has_posted(frame.head.is_event());
        match channels::speaker(to) {
            Some(speaker) => record.way.post(&speaker.says(to, frame.into_js(to))),
            None => record.guest.deliver(&record.way, frame),
        }
    });
}

/// Carries a message of frames from one worker to another, unread where that is possible.
pub(super) fn hand_on(to: IsolateId, message: &Array) {
    let is_posted = record::with(to, |record| {
        let has_frames = record.guest.has_frames();
        if has_frames {
            record.has_posted(true);
            let transfer = batch::transfers(message);
            record.way.post(&(message.clone(), transfer));
        }
        has_frames
    });
    if is_posted == Some(false) {
        match Frame::all_from_js(message) {
            Ok(frames) => frames.for_each(|frame| route(to, frame)),
            Err(reason) => log::dropped(reason),
        }
    }
}

/// Tells `from`, which has asked for a worker, what became of it.
pub(super) fn answer(id: IsolateId, from: IsolateId, failure: Option<Failure>) {
    if from == ROOT {
        starts::answered(id, failure);
    } else {
        route(from, Frame::new(Head::Started { id, failure }));
    }
}
