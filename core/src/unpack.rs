//! Reading a message whose type is the application's, so that reading may fail in any way.

use crate::{
    DecodeError, Message, Platform,
    contract::{Address, Event, Mailbox},
    panics::{self, Stopped},
    wire::{self, Rest},
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
    if P::is_moved::<M>(&parcel) {
        return P::unpack_to(parcel, place);
    }
    read::<P, _>(parcel, DecodeError::refused::<M>, &mut |parcel| {
        P::unpack_to(parcel, place)
    })
}

/// Reads items of a message that was unpacked as far as `goes_on` wants; errors are those of [`unpack`].
pub(crate) fn read_items<P: Platform, T: Message>(
    rest: &mut Rest,
    items: &mut Vec<T>,
    goes_on: &mut dyn FnMut(usize) -> bool,
) -> Result<(), DecodeError> {
    read::<P, _>(rest, DecodeError::refused::<Vec<T>>, &mut |rest| {
        rest.read(items, goes_on)
    })
}

/// Reads something by `read`, without the type of the message, so that little is compiled for each.
fn read<P: Platform, F>(
    from: F,
    refused: fn(String) -> DecodeError,
    read: &mut dyn FnMut(F) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let (read, left) = wire::with_left(|| panics::catch::<P, _>(|| read(from)));
    let error = match read {
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
