//! What work elsewhere comes to, and how it is sent back.

use serde::{Deserialize, Serialize, Serializer};

use crate::{
    Message, Moved, Platform, RemoteError, TaskError,
    contract::Address,
    departures,
    event_loop::EventLoop,
    note::Note,
    panics::{self, Stopped},
    texts::text_of,
    wire::{DecodeError, EncodeError},
};

/// What comes back from work elsewhere.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Outcome<R> {
    /// It returned.
    Value(R),
    /// It did not.
    Fault(Fault),
}

/// Why there is no value. Errors are boxed, so that a small value makes a small message.
#[derive(Debug, Deserialize)]
#[serde(from = "Note")]
pub(crate) enum Fault {
    /// It panicked.
    Panicked(Box<RemoteError>),
    /// It returned what can't be sent.
    Unsendable(Box<EncodeError>),
    /// Its argument did not arrive.
    Undecodable(Box<DecodeError>),
    /// Its isolate ended.
    Ended,
    /// The runner's port was closed.
    Closed,
}

impl<R> Outcome<R> {
    pub(crate) fn map<S>(self, change: impl FnOnce(R) -> S) -> Outcome<S> {
        match self {
            Self::Value(value) => Outcome::Value(change(value)),
            Self::Fault(fault) => Outcome::Fault(fault),
        }
    }

    pub(crate) fn into_result(self) -> Result<R, TaskError> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Fault(fault) => Err(fault.into_error()),
        }
    }
}

/// A message that comes in reply, and what it says to a task of an `R`.
pub(crate) trait Answer<R>: Message {
    fn result(self) -> Result<R, TaskError>;
}

/// The reply is the value.
impl<R: Message> Answer<R> for R {
    fn result(self) -> Result<R, TaskError> {
        Ok(self)
    }
}

impl<R: Message> Answer<R> for Result<R, RemoteError> {
    fn result(self) -> Result<R, TaskError> {
        self.map_err(TaskError::Failed)
    }
}

impl<R: Message> Answer<R> for Outcome<R> {
    fn result(self) -> Result<R, TaskError> {
        self.into_result()
    }
}

/// Of a value that need not be a message, and so was moved.
impl<P: Platform, R: Send + 'static> Answer<R> for Outcome<Moved<P, R>> {
    fn result(self) -> Result<R, TaskError> {
        self.into_result().map(Moved::into_inner)
    }
}

impl<R> From<Fault> for Outcome<R> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reason;
        let (case, offset, first, second) = match self {
            Self::Panicked(error) => (0, 0, error.description(), error.stack_trace()),
            Self::Unsendable(error) => {
                reason = text_of(error.kind());
                (1, 0, error.type_name(), &*reason)
            }
            Self::Undecodable(error) => {
                reason = text_of(error.kind());
                (2, error.offset(), error.type_name(), &*reason)
            }
            Self::Ended => (3, 0, "", ""),
            Self::Closed => (4, 0, "", ""),
        };
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        Note::write([case, offset], [first, second, ""], serializer)
    }
}

impl From<Note> for Fault {
    fn from(note: Note) -> Self {
        let ([case, offset], [first, second, _]) = (note.numbers, note.texts);
        match case {
            0 => Self::Panicked(Box::new(RemoteError::new(first, second))),
            1 => Self::Unsendable(Box::new(EncodeError::relayed(first, second))),
            2 => {
                let error = DecodeError::relayed(first, offset as usize, second);
                Self::Undecodable(Box::new(error))
            }
            3 => Self::Ended,
            _ => Self::Closed,
        }
    }
}

impl Fault {
    fn into_error(self) -> TaskError {
        match self {
            Self::Panicked(error) => TaskError::Panicked(*error),
            Self::Unsendable(error) => TaskError::Encode(*error),
            Self::Undecodable(error) => TaskError::Decode(*error),
            Self::Ended => TaskError::Ended,
            Self::Closed => TaskError::Closed,
        }
    }
}

/// What a computation came to; `None` when its isolate is ending on purpose.
pub(crate) fn outcome_of<R>(result: Result<R, Stopped>) -> Option<Outcome<R>> {
    match result {
        Ok(value) => Some(Outcome::Value(value)),
        Err(Stopped::Panic(error)) => Some(Fault::Panicked(Box::new(error)).into()),
        Err(Stopped::Unwound) => None,
    }
}

/// An outcome on its way, without the type of its value: sending it is compiled once, and not for each type.
pub(crate) trait Outgoing<P: Platform> {
    /// Packs it. When that fails, it is still there.
    fn pack(&mut self) -> Result<P::Parcel, EncodeError>;

    /// Takes the fault out, if it is one.
    fn fault(&mut self) -> Option<Fault>;

    /// Puts a fault in its place.
    fn fail(&mut self, fault: Fault);
}

impl<P: Platform, R: Message> Outgoing<P> for Option<Outcome<R>> {
    fn pack(&mut self) -> Result<P::Parcel, EncodeError> {
        let packed = P::pack_from(self);
        if packed.is_ok() {
            // Here, where the panic of a destructor is its task's.
            *self = None;
        }
        packed
    }

    fn fault(&mut self) -> Option<Fault> {
        match self.take()? {
            Outcome::Value(_) => None,
            Outcome::Fault(fault) => Some(fault),
        }
    }

    fn fail(&mut self, fault: Fault) {
        *self = Some(fault.into());
    }
}

/// Sends an outcome; when its value can't be sent, that is the outcome.
pub(crate) fn answer<P: Platform, R: Message>(to: &Address<P>, outcome: Outcome<R>) {
    send(to, &mut Some(outcome));
}

/// [`answer`] without the type of the value.
pub(crate) fn send<P: Platform>(to: &Address<P>, outcome: &mut dyn Outgoing<P>) {
    // A value may panic while it is encoded; its task has to hear of it all the same.
    let (packed, departures) = departures::collect(|| {
        let mut packed = None;
        match panics::catch::<P, _>(|| packed = Some(pack(outcome))) {
            Ok(()) => packed,
            Err(Stopped::Panic(error)) => {
                outcome.fail(Fault::Panicked(Box::new(error)));
                Some(pack(outcome))
            }
            Err(Stopped::Unwound) => None,
        }
    });
    let Some(packed) = packed else { return };
    match packed {
        Ok(parcel) => {
            to.post(parcel);
            departures.went_to(&to.mailbox);
        }
        Err(error) => {
            EventLoop::<P>::report_here(&RemoteError::new(text_of(&error), ""));
        }
    }
}

/// Packs an outcome, and instead of a value that can't be sent the reason why it can't.
///
/// # Errors
/// Not even the reason could be packed.
fn pack<P: Platform>(outcome: &mut dyn Outgoing<P>) -> Result<P::Parcel, EncodeError> {
    // A type that is refused makes all of its `Outcome` refused. A fault is packed as that of an
    // `Outcome<()>`, which has the same bytes.
    let error = match outcome.pack() {
        Ok(parcel) => return Ok(parcel),
        Err(error) => error,
    };
    let fault = outcome.fault();
    let fault = fault.unwrap_or_else(|| Fault::Unsendable(Box::new(error)));
    let error = match P::pack(Outcome::<()>::Fault(fault)) {
        Ok(parcel) => return Ok(parcel),
        Err((error, _)) => error,
    };
    let reason = Fault::Unsendable(Box::new(error));
    P::pack(Outcome::<()>::Fault(reason)).map_err(|(error, _)| error)
}

/// Packs an outcome as [`answer`] does.
///
/// # Errors
/// Not even a reason why it can't be sent could be packed.
pub(crate) fn pack_outcome<P: Platform, R: Message>(
    outcome: Outcome<R>,
) -> Result<P::Parcel, EncodeError> {
    pack::<P>(&mut Some(outcome))
}
