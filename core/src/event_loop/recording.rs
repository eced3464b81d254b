//! What an event loop tells the recorder, `tracing`, and the developer tools of its host.

use std::time::Duration;

use super::EventLoop;
use crate::{
    contract::{Control, Drawn, Inbox, Platform, RecorderCalls},
    kind::Kind,
    recording::Running,
    spans::{self, Entering},
};

/// An event that developer tools are to show.
pub(super) struct Drawing {
    kind: Kind,
    begin: Duration,
}

impl<P: Platform> EventLoop<P> {
    /// Begins the record of an event, where this isolate is recorded. The record ends when it is dropped.
    #[inline]
    pub(super) fn record(&self, kind: Kind) -> Option<Running> {
        match P::recorder() {
            Some(recorder) => self.begin_record(recorder, kind),
            None => None,
        }
    }

    /// Enters the span of an event, where this is an isolate and somebody wants spans.
    #[inline]
    pub(super) fn span(&self, kind: Kind) -> Option<Entering> {
        if spans::ARE_LINKED && self.host.is_none() {
            Some(spans::enter(&self.itself.debug_name, kind))
        } else {
            None
        }
    }

    /// Begins what developer tools show of an event, where somebody wants that.
    #[inline]
    pub(super) fn draw(&self, kind: Kind) -> Option<Drawing> {
        if P::HAS_TIMELINE && P::is_drawing() {
            let begin = P::now();
            Some(Drawing { kind, begin })
        } else {
            None
        }
    }

    /// Ends what developer tools show of an event.
    #[inline]
    pub(super) fn end_drawing(&self, drawing: Option<Drawing>) {
        if P::HAS_TIMELINE
            && let Some(Drawing { kind, begin }) = drawing
        {
            P::draw(&Drawn {
                isolate: &self.itself.debug_name,
                kind: kind.name(),
                label: None,
                waited: None,
                begin,
                end: P::now(),
            });
        }
    }

    #[cold]
    fn begin_record(&self, recorder: &RecorderCalls<P>, kind: Kind) -> Option<Running> {
        let queue = self.inbox.borrow_mut().len();
        (recorder.begin)(&self.rare().own_track, &self.itself.debug_name, kind, queue)
    }

    /// Takes note of a control message, where this isolate is recorded.
    #[inline]
    pub(super) fn note_control(&self, control: &Control<P>) {
        if let Some(recorder) = P::recorder() {
            (recorder.control)(&self.rare().own_track, &self.itself.debug_name, control);
        }
    }
}
