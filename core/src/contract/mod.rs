//! What a platform is given and has to give: the contract.
//!
//! | what | where |
//! |---|---|
//! | what a platform does | [`Platform`], [`Blocking`]; [`Abilities`], [`ComputeOn`], [`To`] |
//! | what travels beside the bytes of a message | [`Carrier`], [`FunctionOf`], [`BufferOf`]; [`FnPointer`] |
//! | how isolates are reached | [`Mailbox`], [`Inbox`]; [`Address`], [`PortId`], [`Deliver`], [`Delivery`] |
//! | what stands in their queues | [`Event`], [`Invoke`], [`Recorded`], [`TaskId`]; [`Control`], [`Listeners`], [`Priority`] |
//! | how they are born | [`Launch`], [`Code`], [`Entry`], [`InvokeEntry`], [`Started`] |
//! | what guards them, as numbers | [`capability_to_bits`], [`capability_from_bits`] |
//! | what developer tools show; what is recorded | [`Drawn`]; [`RecorderCalls`] |
//!
//! A platform drives each isolate by its [`EventLoop`](crate::EventLoop); the isolate of the code outside
//! is a [`Host`]. What travels beside the bytes of a message is in
//! [`function`](crate::function) and [`transferable`](crate::transferable).

mod address;
mod control;
mod drawn;
mod event;
mod launch;
mod platform;

pub use address::{Address, Deliver, Delivery, PortId};
pub use control::{Control, Exit, ExitMessage, Host, Listeners, Priority};
pub use drawn::Drawn;
pub use event::{Event, Invoke, Recorded, RecorderCalls, TaskId};
pub(crate) use launch::Identity;
pub use launch::{Code, Entry, InvokeEntry, Launch, Started};
pub use platform::{
    Abilities, Blocking, BufferOf, Carrier, ComputeOn, FunctionOf, Inbox, Mailbox, Platform, To,
};

pub use crate::{
    capability::{capability_from_bits, capability_to_bits},
    fn_pointer::FnPointer,
};
