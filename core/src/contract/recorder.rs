//! The calls by which events reach core's recorder.

use std::fmt;

use super::{Control, Event, Mailbox as _, Platform};
use crate::{
    kind::Kind,
    recording::{self, Mark, OwnTrack, Running},
    spans,
};

/// What core calls while something is [recorded](crate::trace). A platform that gives them out as long as that is so, and names
/// them where a recording starts and nowhere else, has no code for recordings in a program without one.
pub struct RecorderCalls<P: Platform> {
    pub(crate) begin: fn(&OwnTrack, &str, Kind, Option<usize>) -> Option<Running>,
    pub(crate) control: fn(&OwnTrack, &str, &Control<P>),
    pub(crate) post: fn(Event<P>, &P::Mailbox, Option<&str>),
    pub(crate) handle: fn(Kind, &Mark),
}

impl<P: Platform> fmt::Debug for RecorderCalls<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecorderCalls").finish_non_exhaustive()
    }
}

impl<P: Platform> RecorderCalls<P> {
    /// The calls, for a platform that posts a message by `post`, which is given the label of a job: with a
    /// [number](Event::numbered), where the receiver can take one.
    #[must_use]
    pub const fn new(post: fn(Event<P>, &P::Mailbox, Option<&str>)) -> Self {
        Self {
            begin: |own, name, kind, queue| own.begin(name, kind, queue, P::now(), end::<P>),
            control: |own, name, control| {
                own.note(name, Kind::Control, control.name(), P::now());
            },
            post,
            handle: |kind, mark| {
                recording::describe(kind, Some(mark));
                spans::describe(mark);
            },
        }
    }

    /// Those of isolates that share this memory, while some are recorded.
    #[inline]
    pub(super) fn shared() -> Option<&'static Self> {
        recording::is_on().then_some(
            const { &Self::new(|event, mailbox, label| mailbox.post(event.numbered(label))) },
        )
    }
}

fn end<P: Platform>() {
    recording::end(P::now());
}
