//! What stands in an isolate's queue, and the calls by which it reaches core's recorder.

use std::{fmt, sync::Arc};

use super::{Address, Control, Mailbox as _, Platform, PortId};
use crate::{
    DecodeError,
    kind::Kind,
    recording::{self, Mark, OwnTrack, Running},
    spans,
    table::Number,
};

/// A function of this build that takes a packed argument and answers to an address. Without an
/// argument it answers that the port is closed; it alone knows the type of its answers.
pub type Invoke<P> = fn(Option<<P as Platform>::Parcel>, Address<P>);

/// One event: the unit in which an isolate works, is paused and is stopped.
///
/// `Message`, `Job`, `Unread`, `Withdrawn` and `Close` cross isolates. The others stay on the isolate's own side of its mailbox.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<P: Platform> {
    /// A message for a port.
    Message {
        /// The port in the receiving isolate.
        port: PortId,
        /// The message.
        parcel: P::Parcel,
    },
    /// A call for a runner's port.
    Job {
        /// The runner's port.
        port: PortId,
        /// The function; it unpacks the argument, so it knows its type.
        invoke: Invoke<P>,
        /// The argument.
        parcel: P::Parcel,
        /// Where the outcome is awaited.
        reply: Address<P>,
    },
    /// A message that held the port's address could not be read by its receiver.
    Unread {
        /// The port in the isolate that may wait for an answer.
        port: PortId,
        /// Why not.
        error: DecodeError,
    },
    /// Follows a [`Withdraw`](super::Control::Withdraw), and so the job as well: from now on there is nothing to remember.
    Withdrawn {
        /// Where the job would have answered.
        reply: Address<P>,
    },
    /// A future was woken from outside the isolate's events.
    Wake(TaskId),
    /// The last waker that could have woken a future is gone.
    WakerDropped,
    /// A `sleep` of the isolate's was dropped on another thread, and this was its timer.
    TimerDropped(u64),
    /// What the isolate waits for, in a blocking call, may be there.
    Look,
    /// A port was closed from outside its isolate.
    Close(PortId),
    /// No send port is left that leads to a port. It comes after everything that was sent by one, whoever has sent that.
    Unreachable(PortId),
    /// Nothing; makes the isolate look around.
    Poke,
    /// A message or a job that has a number, as isolates are being [recorded](crate::trace) or followed by `tracing`.
    Recorded(Box<Recorded<P>>),
}

/// A message or a job, and its number in the recording.
#[derive(Debug)]
pub struct Recorded<P: Platform> {
    mark: Mark,
    event: Event<P>,
}

impl<P: Platform> Recorded<P> {
    /// Takes note that the event is handed over on the sender's thread, to a port that has no event loop.
    #[must_use]
    pub fn deliver(self) -> Event<P> {
        spans::received(&self.mark);
        recording::delivered(self.mark, P::now);
        self.event
    }

    /// A message or a job, with the number and the label that [`into_parts`](Self::into_parts) has given in another isolate.
    #[must_use]
    pub fn new(number: u64, label: Option<Arc<str>>, event: Event<P>) -> Self {
        let mark = Mark { number, label };
        Self { mark, event }
    }

    /// Its number, its label, and what it is, to be sent where it can't be moved.
    #[must_use]
    pub fn into_parts(self) -> (u64, Option<Arc<str>>, Event<P>) {
        (self.mark.number, self.mark.label, self.event)
    }

    /// The port that a message is for; `None` for a job.
    pub(crate) fn port(&self) -> Option<PortId> {
        match self.event {
            Event::Message { port, .. } => Some(port),
            _ => None,
        }
    }

    /// Takes note that the running event hands this over.
    pub(crate) fn handle(self) -> Event<P> {
        match P::recorder() {
            Some(recorder) => (recorder.handle)(self.event.kind(), &self.mark),
            None if P::SHARES_MEMORY => spans::describe(&self.mark),
            None => {}
        }
        self.event
    }
}

impl<P: Platform> Event<P> {
    /// The event, without its number in a recording.
    #[must_use]
    pub fn itself(&self) -> &Self {
        match self {
            Self::Recorded(recorded) => &recorded.event,
            event => event,
        }
    }

    /// Posts the event; with a number, where isolates are being recorded or followed by `tracing`.
    #[inline]
    pub(crate) fn post_to(self, mailbox: &P::Mailbox, label: Option<&str>) {
        match P::recorder() {
            Some(recorder) => (recorder.post)(self, mailbox, label),
            None if P::SHARES_MEMORY && spans::are_on() => mailbox.post(self.numbered(label)),
            None => mailbox.post(self),
        }
    }

    /// The event with a number, where isolates are being recorded or followed by `tracing`.
    #[cold]
    #[must_use]
    pub fn numbered(self, label: Option<&str>) -> Self {
        let mark = recording::sent(label.map(Arc::from), spans::are_on(), P::now);
        let Some(mark) = mark else { return self };
        spans::sent(&mark);
        Self::Recorded(Box::new(Recorded { mark, event: self }))
    }

    /// What it is in a recording.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Message { .. } => Kind::Message,
            Self::Job { .. } => Kind::Job,
            Self::Wake(_) => Kind::Wake,
            Self::Recorded(recorded) => recorded.event.kind(),
            _ => Kind::Other,
        }
    }
}

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

/// A future's number in its isolate; not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub(crate) u64);

impl Number for TaskId {
    fn number(self) -> u64 {
        self.0
    }
}
