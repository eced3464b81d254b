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
    match P::take_moved(parcel) {
        Ok(message) => {
            *place = Some(message);
            Ok(())
        }
        Err(parcel) => read::<P>(&mut Unpacking::<P, M> {
            parcel: Some(parcel),
            place,
        }),
    }
}

/// Reads items of a message that was unpacked as far as `goes_on` wants; errors are those of [`unpack`].
pub(crate) fn read_items<P: Platform, T: Message>(
    rest: &mut Rest,
    items: &mut Vec<T>,
    goes_on: &mut dyn FnMut(usize) -> bool,
) -> Result<(), DecodeError> {
    read::<P>(&mut ReadingItems {
        rest,
        items,
        goes_on,
    })
}

/// Something that is to be read, without its type, so that little is compiled for each.
trait Reading {
    fn read(&mut self) -> Result<(), DecodeError>;
    fn refused(&self, reason: String) -> DecodeError;
}

struct Unpacking<'a, P: Platform, M> {
    parcel: Option<P::Parcel>,
    place: &'a mut Option<M>,
}

impl<P: Platform, M: Message> Reading for Unpacking<'_, P, M> {
    fn read(&mut self) -> Result<(), DecodeError> {
        if let Some(parcel) = self.parcel.take() {
            *self.place = Some(P::unpack(parcel)?);
        }
        Ok(())
    }

    fn refused(&self, reason: String) -> DecodeError {
        DecodeError::refused::<M>(reason)
    }
}

struct ReadingItems<'a, T> {
    rest: &'a mut Rest,
    items: &'a mut Vec<T>,
    goes_on: &'a mut dyn FnMut(usize) -> bool,
}

impl<T: Message> Reading for ReadingItems<'_, T> {
    fn read(&mut self) -> Result<(), DecodeError> {
        self.rest.read(self.items, self.goes_on)
    }

    fn refused(&self, reason: String) -> DecodeError {
        DecodeError::refused::<Vec<T>>(reason)
    }
}

fn read<P: Platform>(reading: &mut dyn Reading) -> Result<(), DecodeError> {
    let (read, left) = wire::with_left(|| panics::catch::<P, _>(|| reading.read()));
    let error = match read {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error,
        Err(Stopped::Panic(error)) => {
            reading.refused(format!("its `Deserialize` panicked: {error}"))
        }
        Err(Stopped::Unwound) => {
            reading.refused("its `Deserialize` has left the isolate".to_owned())
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
