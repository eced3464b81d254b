//! Starts isolates in tests: as a program, on every platform, or as a closure.

use std::any::type_name;

use insula_core::{Isolate, IsolateBuilder, Message, Platform, SpawnError, Start, Task, program};

/// How an isolate is started.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    /// With `spawn`, where memory is shared.
    Closure,
    /// With `spawn_uri`, everywhere.
    Program,
}

impl By {
    /// Starts an isolate that runs `entry`.
    pub(crate) fn start<P: Platform, M: Message, F: Future<Output = ()> + 'static>(
        self,
        options: IsolateBuilder<P>,
        entry: fn(Start<M>) -> F,
        message: M,
    ) -> Task<P, Isolate<P>, SpawnError> {
        match self {
            Self::Closure => options.spawn_async(
                move |message| {
                    entry(Start {
                        args: Vec::new(),
                        message,
                    })
                },
                message,
            ),
            Self::Program => {
                // Every async function has a future type, and so a name, of its own.
                let name = type_name::<F>();
                program::register::<P, M, F>(name, entry);
                options.spawn_uri(&format!("insula:{name}"), None::<&str>, message)
            }
        }
    }
}

/// Starts an isolate that runs `entry`, the way every platform can.
pub(crate) async fn start<P: Platform, M: Message, F: Future<Output = ()> + 'static>(
    entry: fn(Start<M>) -> F,
    message: M,
) -> Isolate<P> {
    start_with::<P, _, _>(Isolate::builder(), entry, message).await
}

/// As [`start`], with options.
pub(crate) async fn start_with<P: Platform, M: Message, F: Future<Output = ()> + 'static>(
    options: IsolateBuilder<P>,
    entry: fn(Start<M>) -> F,
    message: M,
) -> Isolate<P> {
    By::Program
        .start(options, entry, message)
        .await
        .expect("the isolate starts")
}
