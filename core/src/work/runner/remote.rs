//! [`RunnerRemote`]: the far side of a runner.

use serde::{Deserialize, Serialize};

use crate::{
    Platform, SendPort,
    contract::Address,
    event_loop::{EventLoop, Target},
};

/// The far side of a runner, for an isolate that was spawned by hand: takes jobs as long as it exists.
///
/// ```
/// use insula::{Isolate, IsolateRunner, runner::RunnerRemote};
/// # insula::main(async || {
/// let remote = RunnerRemote::new(); // here: on the host's own loop
/// let runner = IsolateRunner::attach(Isolate::current(), remote.port());
/// assert!(runner.run(|()| insula::is_host(), ()).await?);
/// remote.close();
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Debug)]
pub struct RunnerRemote<P: Platform> {
    port: RunnerPort<P>,
}

/// Where a [`RunnerRemote`] takes jobs; a message for [`IsolateRunner::attach`](crate::IsolateRunner::attach).
///
/// ```
/// let remote = insula::runner::RunnerRemote::new();
/// let port: insula::runner::RunnerPort = remote.port(); // a message, as every port
/// assert_eq!(port, remote.port());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct RunnerPort<P: Platform>(SendPort<P, ()>);

impl<P: Platform> RunnerPort<P> {
    pub(super) fn address(&self) -> &Address<P> {
        self.0.address()
    }
}

impl<P: Platform> RunnerRemote<P> {
    /// Opens a port for jobs in the calling isolate, which it keeps alive.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "opening a port is an act, not a default"
    )]
    pub fn new() -> Self {
        let here = EventLoop::<P>::current();
        let port = here.ports().open(Target::Jobs);
        Self {
            port: RunnerPort(SendPort::from_address(Address {
                mailbox: here.mailbox().clone(),
                port,
            })),
        }
    }

    /// Where it takes jobs.
    #[must_use]
    pub fn port(&self) -> RunnerPort<P> {
        self.port.clone()
    }

    /// Takes no more jobs.
    pub fn close(self) {}

    pub(super) fn detach(self) -> Address<P> {
        let address = self.port.address().clone();
        std::mem::forget(self);
        address
    }
}

impl<P: Platform> Drop for RunnerRemote<P> {
    fn drop(&mut self) {
        EventLoop::close(self.port.0.address());
    }
}
