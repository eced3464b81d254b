//! What the two sides of a channel tell each other.

use serde::{Deserialize, Serialize};

use crate::{
    Message, Platform,
    contract::{Address, To},
};

/// The number of a link: of what the senders of one isolate share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct LinkId(u64);

impl LinkId {
    /// The link of the sender that was made with the receiver.
    pub(super) const FIRST: Self = Self(0);

    /// A number that no other link of the channel has.
    pub(super) fn new<P: Platform>() -> Self {
        let bits = u64::try_from(P::random() >> 64);
        Self(bits.map_or(u64::MAX, |bits| bits.max(1)))
    }
}

/// What a receiver is told, at a port of its own beside that of the items.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) enum Note<P: Platform> {
    /// Credits of the link are to be sent there.
    Opened { link: LinkId, grants: Address<P> },
    /// A sender of the link was sent to another isolate, where it is of a link of its own.
    Split { link: LinkId, into: LinkId },
    /// The sender that will be of the link is on its way to the isolate of this address; lost without one.
    Sent {
        link: LinkId,
        to: Option<Address<P>>,
    },
    /// The isolate where credits of the link arrived has ended, and a sender of it is elsewhere.
    Moved(LinkId),
    /// The link has no sender any more, and why items may be missing.
    Dropped {
        link: LinkId,
        total: Total,
        loss: Option<Loss>,
    },
    /// An isolate that was watched has ended.
    Ended(u32),
}

/// Why a sender was dropped that might have sent more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Loss {
    /// Its isolate was at its end.
    Ended,
    /// A panic unwound.
    Panicked,
}

/// What a link has told the receiver in all. Notes of different isolates come in any order, so the receiver waits
/// for all of it before it takes the link for ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Total {
    pub(super) opened: bool,
    pub(super) splits: u64,
    pub(super) items: u64,
}

/// What a link is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Grant {
    /// It may send so many items more.
    More(u32),
    /// Nobody receives any more.
    Closed,
}

/// Sends what always packs.
pub(super) fn tell<P: Platform, M: Message>(to: &Address<P>, message: M) {
    if let Ok(parcel) = P::pack_for(message, To::Isolate(&to.mailbox)) {
        to.tell(parcel);
    }
}
