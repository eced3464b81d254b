//! [`Errors`]: an isolate's uncaught errors, as a stream.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;

use super::Isolate;
use crate::{
    Platform, ReceivePort, RemoteError,
    completion::{FailureSink, Hook},
};

/// The uncaught errors of an isolate; made by [`Isolate::errors`]. It never ends by itself.
///
/// ```
/// use insula::Isolate;
/// # insula::main(async || {
/// let isolate = Isolate::builder().paused(true).spawn(|()| panic!("boom"), ()).await?;
/// let mut errors = isolate.errors();
/// isolate.resume(isolate.pause_capability().expect("a spawner's handle has it"));
/// let error = errors.next().await.ok_or(insula::Error::Closed)?;
/// assert_eq!(error.description(), "boom");
/// assert!(error.stack_trace().starts_with("at "));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Debug)]
pub struct Errors<P: Platform> {
    isolate: Isolate<P>,
    port: ReceivePort<P, RemoteError>,
    on_drop: Hook,
}

impl<P: Platform> Errors<P> {
    pub(super) fn of(isolate: Isolate<P>, port: ReceivePort<P, RemoteError>) -> Self {
        Self {
            isolate,
            port,
            on_drop: Hook::default(),
        }
    }

    /// Runs `unregister` when the stream is dropped.
    pub(crate) fn on_drop(mut self, unregister: impl FnOnce() + Send + 'static) -> Self {
        self.on_drop = Hook::new(unregister);
        self
    }

    /// What ends the stream from outside.
    pub(crate) fn closer(&self) -> Arc<dyn FailureSink> {
        self.port.closer()
    }

    /// The next error. Waits for ever when the isolate makes none.
    pub async fn next(&mut self) -> Option<RemoteError> {
        self.port.next().await
    }
}

impl<P: Platform> Stream for Errors<P> {
    type Item = RemoteError;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<RemoteError>> {
        Pin::new(&mut self.port).poll_next(context)
    }
}

// Nothing in it is pinned.
impl<P: Platform> Unpin for Errors<P> {}

impl<P: Platform> Drop for Errors<P> {
    fn drop(&mut self) {
        self.isolate.remove_error_listener(&self.port.send_port());
        if let Some(unregister) = self.on_drop.take() {
            unregister();
        }
    }
}
