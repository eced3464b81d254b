//! [`ExitReason`]: how an isolate came to its end.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::RemoteError;

/// How an isolate came to its end; given by [`Isolate::on_exit`](crate::Isolate::on_exit) and by
/// [`TaskError::IsolateLost`](crate::TaskError::IsolateLost). It is a message.
///
/// Dart tells that an isolate has ended, and not how. Erlang's monitors tell both.
///
/// ```
/// use insula::{ExitReason, Isolate, Priority, ReceivePort};
/// # insula::main(async || {
/// let server = Isolate::spawn(|()| ReceivePort::<()>::new().detach(), ()).await?;
/// let ended = server.on_exit();
/// server.kill(Priority::Immediate);
/// match ended.await? {
///     ExitReason::Failed(error) | ExitReason::Lost(error) => println!("start it again: {error}"),
///     reason => assert_eq!(reason, ExitReason::Killed),
/// }
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Platform
/// Web: where panics abort, a panic is `Failed` as well. A trap, such as that of a full stack or memory, is `Lost`.
///
/// Source: [`erlang:monitor`](https://www.erlang.org/doc/apps/erts/erlang.html#monitor/2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ExitReason {
    /// Nothing was left that could happen in it.
    Finished,
    /// It has called [`Isolate::exit`](crate::Isolate::exit); a script its own `exit` or `close`.
    Exited,
    /// It was killed: by a handle, with the isolate that it is linked to, or with its whole host.
    Killed,
    /// An uncaught error ended it.
    Failed(RemoteError),
    /// What it ran on is gone, and it could not say anything itself. The error tells what is known of that.
    Lost(RemoteError),
    /// It had ended before anybody asked for the reason here.
    Unknown,
}

impl ExitReason {
    /// The error that ended the isolate, where one did.
    ///
    /// ```
    /// use insula::{ExitReason, RemoteError};
    ///
    /// assert_eq!(ExitReason::Killed.error(), None);
    /// let failed = ExitReason::Failed(RemoteError::new("boom", "at src/sort.rs:7:9"));
    /// assert_eq!(failed.error().map(RemoteError::description), Some("boom"));
    /// assert_eq!(failed.to_string(), "boom at src/sort.rs:7:9");
    /// ```
    #[must_use]
    pub fn error(&self) -> Option<&RemoteError> {
        match self {
            Self::Failed(error) | Self::Lost(error) => Some(error),
            Self::Finished | Self::Exited | Self::Killed | Self::Unknown => None,
        }
    }
}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("it ran to its end"),
            Self::Exited => f.write_str("it has left by `exit`"),
            Self::Killed => f.write_str("it was killed"),
            Self::Failed(error) | Self::Lost(error) => error.write_with_place(f),
            Self::Unknown => f.write_str("it had ended before"),
        }
    }
}
