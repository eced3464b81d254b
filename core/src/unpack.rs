//! Reading a message whose type is the application's, so that reading may fail in any way.

use crate::{
    DecodeError, Message, Platform,
    contract::{Address, Event, Mailbox},
    panics::{self, Stopped},
    wire,
};

/// Unpacks a message. A panic is an error like others. Who may wait for an answer to a message that can't be read is told.
#[inline]
pub(crate) fn unpack<P: Platform, M: Message>(parcel: P::Parcel) -> Result<M, DecodeError> {
    let mut message = None;
    unpack_to::<P, M>(parcel, &mut message)?;
    Ok(message.expect("what was read is there"))
}

/// As [`unpack`], to a place that is there.
#[inline]
pub(crate) fn unpack_to<P: Platform, M: Message>(
    parcel: P::Parcel,
    place: &mut Option<M>,
) -> Result<(), DecodeError> {
    match P::take_moved(parcel) {
        Ok(message) => {
            *place = Some(message);
            Ok(())
        }
        Err(parcel) => read_to::<P>(parcel, place),
    }
}

/// Where a message is read to, without its type, so that little is compiled for each.
trait Place<P: Platform> {
    fn read(&mut self, parcel: P::Parcel) -> Result<(), DecodeError>;
    fn refused(&self, reason: String) -> DecodeError;
}

impl<P: Platform, M: Message> Place<P> for Option<M> {
    fn read(&mut self, parcel: P::Parcel) -> Result<(), DecodeError> {
        *self = Some(P::unpack(parcel)?);
        Ok(())
    }

    fn refused(&self, reason: String) -> DecodeError {
        DecodeError::refused::<M>(reason)
    }
}

fn read_to<P: Platform>(parcel: P::Parcel, place: &mut dyn Place<P>) -> Result<(), DecodeError> {
    let (unpacked, left) = wire::with_left(|| panics::catch::<P, _>(|| place.read(parcel)));
    let error = match unpacked {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error,
        Err(Stopped::Panic(error)) => place.refused(format!("its `Deserialize` panicked: {error}")),
        Err(Stopped::Unwound) => place.refused("its `Deserialize` has left the isolate".to_owned()),
    };
    for attachment in left {
        if let Ok(address) = attachment.downcast::<Address<P>>() {
            let (port, error) = (address.port, error.clone());
            panics::apart(|| address.mailbox.post(Event::Unread { port, error }));
        }
    }
    Err(error)
}
