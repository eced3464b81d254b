//! What an event loop tells the recorder, `tracing`, and the developer tools of its host.

use std::{cell::RefCell, marker::PhantomData, sync::Arc, time::Duration};

use super::EventLoop;
use crate::{
    contract::{Drawn, Inbox, Platform},
    kind::Kind,
    recording::{self, Track},
    spans::{self, Entering},
};

/// The loop's track, and the generation of recorders in which it was asked for.
#[derive(Default)]
pub(super) struct OwnTrack(RefCell<Option<(u64, Option<Arc<Track>>)>>);

/// An event that is being recorded; it ends when this is dropped.
pub(super) struct Running<P: Platform> {
    track: Arc<Track>,
    outer: Option<Arc<Track>>,
    platform: PhantomData<P>,
}

/// An event that developer tools are to show.
pub(super) struct Drawing {
    kind: Kind,
    begin: Duration,
}

impl<P: Platform> EventLoop<P> {
    /// Whether anybody asks what kind of event one is. Where nobody does, no code for that is linked.
    pub(super) const NAMES_EVENTS: bool = P::HAS_RECORDER || P::HAS_TIMELINE || spans::ARE_LINKED;

    /// Whether something is recorded, in this scope or another.
    #[inline]
    pub(super) fn is_recording() -> bool {
        P::HAS_RECORDER && recording::is_on()
    }

    /// Begins the record of an event, where this isolate is recorded.
    #[inline]
    pub(super) fn record(&self, kind: Kind) -> Option<Running<P>> {
        if Self::is_recording() {
            self.begin_record(kind)
        } else {
            None
        }
    }

    /// Ends the record of an event. To drop it does the same, but leaves the code for it in a module without a recorder.
    #[inline]
    pub(super) fn end_record(record: Option<Running<P>>) {
        if P::HAS_RECORDER {
            drop(record);
        } else {
            std::mem::forget(record);
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
    fn begin_record(&self, kind: Kind) -> Option<Running<P>> {
        let track = self.track()?;
        let queue = self.inbox.borrow_mut().len();
        track.begin(kind, queue, P::now());
        Some(Running {
            outer: recording::run_on(Some(track.clone())),
            track,
            platform: PhantomData,
        })
    }

    /// Takes note of a control message.
    #[cold]
    pub(super) fn note_control(&self, name: &'static str) {
        if let Some(track) = self.track() {
            recording::note(&track, Kind::Control, name, P::now);
        }
    }

    /// The track of this loop, where its scope is recorded.
    fn track(&self) -> Option<Arc<Track>> {
        let generation = recording::generation();
        let mut known = self.rare().own_track.0.borrow_mut();
        match &*known {
            Some((of, track)) if *of == generation => track.clone(),
            _ => {
                let track = known.take().and_then(|(_, track)| track);
                let track = recording::track(track, &self.itself.debug_name);
                *known = Some((generation, track.clone()));
                track
            }
        }
    }
}

impl<P: Platform> Drop for Running<P> {
    fn drop(&mut self) {
        self.track.end(P::now());
        recording::run_on(self.outer.take());
    }
}
