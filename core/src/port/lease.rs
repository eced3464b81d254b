//! [`Lease`]: what the send ports of a port share, so that it is known when none is left; and [`Route`], which has it.

use std::sync::{Arc, Weak};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    Platform,
    contract::{Address, Deliver},
    event_loop::EventLoop,
    wire::{self, Attach},
};

/// Shared by the send ports of a port that closes when none is left; the last one drops it.
pub(crate) struct Lease<P: Platform> {
    address: Address<P>,
    target: Weak<dyn Deliver<P>>,
}

impl<P: Platform> Lease<P> {
    pub(crate) fn new(address: Address<P>, target: Weak<dyn Deliver<P>>) -> Arc<Self> {
        Arc::new(Self { address, target })
    }
}

impl<P: Platform> Drop for Lease<P> {
    fn drop(&mut self) {
        // A receive port that is gone has closed its port itself.
        if let Some(target) = self.target.upgrade()
            && !EventLoop::close_unreachable(&self.address)
        {
            target.closed();
        }
    }
}

/// A send port with its lease, on its way.
struct Leased<P: Platform>(Address<P>, Arc<Lease<P>>);

impl<P: Platform> Attach for Leased<P> {
    const KIND: &'static str = <Address<P> as Attach>::KIND;
}

/// Where a send port leads, with its lease if it has one.
pub(super) struct Route<P: Platform> {
    pub(super) address: Address<P>,
    pub(super) lease: Option<Arc<Lease<P>>>,
}

impl<P: Platform> Clone for Route<P> {
    fn clone(&self) -> Self {
        Self {
            address: self.address.clone(),
            lease: self.lease.clone(),
        }
    }
}

impl<P: Platform> Serialize for Route<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.clone() {
            Self {
                address,
                lease: None,
            } => wire::serialize_attachment(serializer, move || address),
            Self {
                address,
                lease: Some(lease),
            } => wire::serialize_attachment(serializer, move || Leased(address, lease)),
        }
    }
}

impl<'de, P: Platform> Deserialize<'de> for Route<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let unleased = |address| Self {
            address,
            lease: None,
        };
        wire::deserialize_handle_or(
            deserializer,
            || Address::stand_in().map(unleased),
            |address| Ok(unleased(address)),
            |index| {
                if !P::abilities().counts_send_ports {
                    return None;
                }
                let Leased(address, lease) = wire::take(index).ok()?;
                let lease = Some(lease);
                Some(Self { address, lease })
            },
        )
    }
}
