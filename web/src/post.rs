//! How messages leave this thread.

pub(crate) mod endpoint;
pub(crate) mod outbox;
