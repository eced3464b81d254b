//! Reading a message whose type is the application's, so that reading may fail in any way.

use crate::{
    DecodeError, Message, Platform,
    contract::{Address, Event, Mailbox},
    panics::{self, Stopped},
    wire,
};

/// Unpacks a message. A panic is an error like others. Who may wait for an answer to a message that can't be read is told.
pub(crate) fn unpack<P: Platform, M: Message>(parcel: P::Parcel) -> Result<M, DecodeError> {
    let (unpacked, left) = wire::with_left(|| panics::catch::<P, _>(|| P::unpack::<M>(parcel)));
    let error = match unpacked {
        Ok(Ok(message)) => return Ok(message),
        Ok(Err(error)) => error,
        Err(Stopped::Panic(error)) => {
            DecodeError::refused::<M>(format!("its `Deserialize` panicked: {error}"))
        }
        Err(Stopped::Unwound) => {
            DecodeError::refused::<M>("its `Deserialize` has left the isolate")
        }
    };
    for attachment in left {
        if let Ok(address) = attachment.downcast::<Address<P>>() {
            let (port, error) = (address.port, error.clone());
            panics::apart(|| address.mailbox.post(Event::Unread { port, error }));
        }
    }
    Err(error)
}
