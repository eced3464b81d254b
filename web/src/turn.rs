//! Turns of this thread's event loop, whether it is the root's or a worker's.

pub(crate) mod driver;
pub(crate) mod queues;
pub(crate) mod starts;
