//! Addresses as numbers.

use std::fmt;

use insula_core::{
    Control,
    contract::{self, Address, Event, PortId},
};

use crate::{
    Capability, Web,
    ids::{self, IsolateId, NOWHERE, PONGS, PortAddress, ROOT},
    protocol::{frame::Frame, head::Head},
    side,
    turn::driver,
    worker::channels,
};

/// The address of an isolate: a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mailbox {
    isolate: IsolateId,
}

impl Mailbox {
    /// The isolate.
    pub(crate) fn isolate(self) -> IsolateId {
        self.isolate
    }

    /// Whether it is that of a script.
    pub(crate) fn is_script(self) -> bool {
        self.isolate.is_script()
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:x}", self.isolate.number())
    }
}

impl From<IsolateId> for Mailbox {
    fn from(isolate: IsolateId) -> Self {
        Self { isolate }
    }
}

impl From<PortAddress> for Address<Web> {
    fn from(address: PortAddress) -> Self {
        Self {
            mailbox: address.isolate.into(),
            port: PortId(address.port),
        }
    }
}

impl From<&Address<Web>> for PortAddress {
    fn from(address: &Address<Web>) -> Self {
        Self {
            isolate: address.mailbox.isolate,
            port: address.port.0,
        }
    }
}

impl contract::Mailbox<Web> for Mailbox {
    fn nowhere() -> Self {
        NOWHERE.into()
    }

    fn post(&self, event: Event<Web>) {
        if self.isolate == ids::own() {
            driver::push_event(event);
        } else if let (PONGS, Event::Message { port, .. }) = (self.isolate, &event) {
            let (number, sent) = (port.0, channels::interject());
            side::send(ROOT, Frame::new(Head::Pong { number, sent }));
        } else if let Some(frame) = Frame::from_event(event) {
            side::send(self.isolate, frame);
        }
    }

    fn control(&self, control: Control<Web>) {
        let is_own = self.isolate == ids::own();
        // The listeners to an isolate's end are known to the root, which outlives it.
        let is_of_its_end = matches!(
            control,
            Control::AddExitListener { .. }
                | Control::Watch { .. }
                | Control::RemoveExitListener { .. }
        );
        if is_own && !(is_of_its_end && self.isolate != ROOT) {
            driver::push_control(control);
        } else {
            side::send_control(self.isolate, control);
        }
    }

    fn is_gone(&self) -> bool {
        side::is_gone(self.isolate)
    }

    fn terminate(&self, key: Option<Capability>) {
        if let Some(key) = key {
            let id = self.isolate;
            side::send(ROOT, Frame::new(Head::Terminate { id, key }));
        }
    }
}
