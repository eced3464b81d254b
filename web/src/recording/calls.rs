//! What is called while isolates are recorded.

use insula_core::contract::{Event, Mailbox as _, RecorderCalls};

use super::{member, numbered, own, root};
use crate::{
    Web, asking,
    ids::{self, IsolateId},
    mailbox::Mailbox,
    protocol::frame::Frame,
    recorder::Calls,
    side,
};

pub(super) static CALLS: Calls = Calls {
    core: RecorderCalls::new(post),
    begin,
    begun: root::begun,
    over: root::over,
    ending: member::ending,
};

/// Records this isolate. Called by the root.
fn begin(_: IsolateId, bytes: Vec<u8>) {
    if let Some(events) = asking::read(bytes) {
        own::begin(events, &CALLS);
    }
}

/// Posts a message or a job: with its number, where the receiver is recorded too.
fn post(event: Event<Web>, to: &Mailbox, label: Option<&str>) {
    let isolate = to.isolate();
    if isolate.is_script() || !isolate.is_of_an_isolate() {
        return to.post(event);
    }
    match event.numbered(label) {
        Event::Recorded(recorded) if isolate != ids::own() => {
            let (number, label, event) = recorded.into_parts();
            if let Some(frame) = Frame::from_event(event) {
                side::send(isolate, numbered::put(frame, number, label.as_deref()));
            }
        }
        event => to.post(event),
    }
}
