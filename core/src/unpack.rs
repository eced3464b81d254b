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
    P::take_moved(parcel).or_else(read::<P, M>)
}

fn read<P: Platform, M: Message>(parcel: P::Parcel) -> Result<M, DecodeError> {
    let (mut parcel, mut message) = (Some(parcel), None);
    unpack_by::<P>(DecodeError::refused::<M>, &mut || {
        message = parcel.take().map(P::unpack::<M>).transpose()?;
        Ok(())
    })?;
    Ok(message.expect("what was read is there"))
}

/// [`read`] without the type of the message, so that little is compiled for each.
fn unpack_by<P: Platform>(
    refused: fn(String) -> DecodeError,
    read: &mut dyn FnMut() -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let (unpacked, left) = wire::with_left(|| panics::catch::<P, _>(read));
    let error = match unpacked {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error,
        Err(Stopped::Panic(error)) => refused(format!("its `Deserialize` panicked: {error}")),
        Err(Stopped::Unwound) => refused("its `Deserialize` has left the isolate".to_owned()),
    };
    for attachment in left {
        if let Ok(address) = attachment.downcast::<Address<P>>() {
            let (port, error) = (address.port, error.clone());
            panics::apart(|| address.mailbox.post(Event::Unread { port, error }));
        }
    }
    Err(error)
}
