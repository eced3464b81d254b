//! [`LastWill`]: what is sent when a message was dropped unread.
//!
//! Source: the [will message](https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html#_Toc3901040) of MQTT.

use std::fmt;

use crate::{
    Platform,
    contract::{Address, Mailbox, PortId},
    event_loop::EventLoop,
    wire::Attach,
};

/// A message that is posted when this attachment is dropped untaken: nobody has read, nor will read, the message around it.
///
/// Not at the end of an isolate: who has to know of that watches the isolate, and is told the reason.
pub struct LastWill<P: Platform> {
    to: Address<P>,
    message: Option<P::Parcel>,
}

impl<P: Platform> LastWill<P> {
    /// Has `message` posted to `to`.
    #[must_use]
    pub fn new(to: Address<P>, message: Option<P::Parcel>) -> Self {
        Self { to, message }
    }

    /// Its parts, of which nothing is posted any more.
    #[must_use]
    pub fn into_parts(mut self) -> (Address<P>, Option<P::Parcel>) {
        (self.to.clone(), self.message.take())
    }
}

impl<P: Platform> Drop for LastWill<P> {
    fn drop(&mut self) {
        if let Some(message) = self.message.take()
            && !EventLoop::<P>::try_current().is_some_and(|here| here.is_ending())
        {
            self.to.tell(message);
        }
    }
}

impl<P: Platform> Attach for LastWill<P> {
    const KIND: &'static str = "a sender";

    fn stand_in() -> Option<Self> {
        let nowhere = Address {
            mailbox: P::Mailbox::nowhere(),
            port: PortId(0),
        };
        Some(Self::new(nowhere, None))
    }
}

impl<P: Platform> fmt::Debug for LastWill<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastWill")
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}
