//! Addresses: an isolate and a port in it, and what a parcel is handed to there.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Event, Mailbox, Platform};
use crate::{
    DecodeError,
    panics::apart,
    table::Number,
    wire::{self, Attach},
};

/// A port's number in its isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PortId(pub u64);

impl Number for PortId {
    fn number(self) -> u64 {
        self.0
    }
}

/// An isolate and a port in it, without the type of its messages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address<P: Platform> {
    /// The isolate.
    pub mailbox: P::Mailbox,
    /// The port.
    pub port: PortId,
}

impl<P: Platform> Attach for Address<P> {
    const KIND: &'static str = "a send port";

    fn stand_in() -> Option<Self> {
        Some(Self {
            mailbox: P::Mailbox::nowhere(),
            port: PortId(0),
        })
    }

    fn copy(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl<P: Platform> Serialize for Address<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let address = self.clone();
        wire::serialize_attachment(serializer, move || address)
    }
}

impl<'de, P: Platform> Deserialize<'de> for Address<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize_attachment(deserializer)
    }
}

impl<P: Platform> Address<P> {
    /// Posts a packed message.
    #[inline]
    pub fn post(&self, parcel: P::Parcel) {
        let event = Event::<P>::Message {
            port: self.port,
            parcel,
        };
        event.post_to(&self.mailbox, None);
    }

    /// Posts a packed message for a receiver whose faults are not the caller's: what panics there is told, and ends
    /// nothing here.
    pub(crate) fn tell(&self, parcel: P::Parcel) {
        apart(|| self.post(parcel));
    }
}

/// Whether a port stays open after a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a port is open or it isn't")]
pub enum Delivery {
    /// It waits for more.
    Open,
    /// It has got what it waited for.
    Closed,
}

/// What a parcel is handed to at its destination.
pub trait Deliver<P: Platform>: Send + Sync {
    /// Takes one parcel. Runs no code of the application but wakers.
    fn deliver(&self, parcel: P::Parcel) -> Delivery;

    /// A message that held this port's address could not be read by its receiver, so an answer that it asked for does not
    /// come. Runs no code of the application but wakers.
    fn unread(&self, error: &DecodeError) -> Delivery {
        let _ = error;
        Delivery::Open
    }

    /// Nothing comes any more: the port was closed from elsewhere, or its isolate is over. Runs no code of the
    /// application but wakers.
    fn closed(&self) {}

    /// How many parcels are kept for a reader that does not wait for them.
    fn unread_len(&self) -> usize {
        0
    }

    /// Whether parcels may be handed over while the isolate waits for another port: true for what
    /// no application code can observe.
    fn is_internal(&self) -> bool {
        false
    }
}
