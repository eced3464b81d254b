//! [`face!`](crate::face!): a platform's whole public face, written once.

/// Writes the public face of a platform: every type as an alias, every function with the platform
/// filled in. What most programs need stands at the root, the rest in rooms: `error`, `inspect`, `trace`, `ports`, `registry`,
/// `runner`, `pool`, `stream` and `platform`. A platform crate invokes it once, at its root; so faces can't drift apart.
///
/// `face!(MyPlatform)` is for platforms that can't block; `face!(MyPlatform, blocking)` adds the function `inspect`, for which
/// isolates have to share memory, and checks that `MyPlatform: Blocking`. After either come
/// `platform { … }` and `logs { … }`, with what the platform adds to the rooms of these names.
#[macro_export]
macro_rules! face {
    ($platform:ident, blocking $(, platform { $($own:item)* })? $(, logs { $($log:item)* })?) => {
        const _: fn() = || {
            fn assert_blocking<P: $crate::Blocking>() {}
            assert_blocking::<$platform>();
        };

        /// What isolates do now; see [`insula_core::inspect::snapshot`]($crate::inspect::snapshot).
        pub fn inspect() -> inspect::Inspection {
            $crate::inspect::snapshot::<$platform>()
        }

        $crate::face!($platform $(, platform { $($own)* })? $(, logs { $($log)* })?);
    };
    ($platform:ident $(, platform { $($own:item)* })? $(, logs { $($log:item)* })?) => {
        #[doc(inline)]
        pub use $crate::{
            Error, ExitReason, Message, Priority, RemoteError, Runner, SendError, SpawnError, Start, TaskError,
        };

        /// What isolates do now, as values; see [`insula_core::inspect`]($crate::inspect).
        pub mod inspect {
            use ::std::time::Duration;

            #[doc(inline)]
            pub use $crate::inspect::{
                EventInfo, Finding, Inspection, IsolateInfo, State, Thresholds, UnreadPort,
            };

            /// What isolates do now, within `limit`; see [`insula_core::inspect::within`]($crate::inspect::within).
            pub async fn within(limit: Duration) -> Inspection {
                $crate::inspect::within::<super::$platform>(limit).await
            }
        }

        /// What isolates did, event by event, as a picture; see [`insula_core::trace`]($crate::trace).
        pub mod trace {
            #[doc(inline)]
            pub use $crate::trace::Trace;

            /// A recording that goes on until it is stopped; see [`insula_core::trace::Recording`]($crate::trace::Recording).
            pub type Recording = $crate::trace::Recording<super::$platform>;

            /// Records what isolates do, of each the last `events`; see [`insula_core::trace::start`]($crate::trace::start).
            pub fn start(events: usize) -> Recording {
                $crate::trace::start::<super::$platform>(events)
            }
        }

        /// The platform that this program is built for, for code that names one: a function over
        /// `&impl Runner<Platform = Here>` gives tasks that are a [`Task`].
        pub type Here = $platform;

        /// A handle to an isolate; see [`insula_core::Isolate`]($crate::Isolate).
        pub type Isolate = $crate::Isolate<$platform>;
        /// The options of a new isolate; see [`insula_core::IsolateBuilder`]($crate::IsolateBuilder).
        pub type IsolateBuilder = $crate::IsolateBuilder<$platform>;
        /// What can be held, and not guessed; see [`insula_core::Capability`]($crate::Capability).
        pub type Capability = $crate::Capability<$platform>;
        /// The sending side of a port; see [`insula_core::SendPort`]($crate::SendPort).
        pub type SendPort<T> = $crate::SendPort<$platform, T>;
        /// The receiving side of a port; see [`insula_core::ReceivePort`]($crate::ReceivePort).
        pub type ReceivePort<T> = $crate::ReceivePort<$platform, T>;
        /// A port with a handler; see [`insula_core::RawReceivePort`]($crate::RawReceivePort).
        pub type RawReceivePort<T> = $crate::RawReceivePort<$platform, T>;
        /// Work that has been started; see [`insula_core::Task`]($crate::Task).
        pub type Task<T, E = TaskError> = $crate::Task<$platform, T, E>;
        /// The options of `compute`; see [`insula_core::Compute`]($crate::Compute).
        pub type Compute = $crate::Compute<$platform>;
        /// The isolates that `compute` runs on; see [`insula_core::ComputePool`]($crate::ComputePool).
        pub type ComputePool = $crate::ComputePool<$platform>;
        /// A long-lived isolate that runs functions; see [`insula_core::IsolateRunner`]($crate::IsolateRunner).
        pub type IsolateRunner = $crate::IsolateRunner<$platform>;
        /// Several runners; see [`insula_core::LoadBalancer`]($crate::LoadBalancer).
        pub type LoadBalancer = $crate::LoadBalancer<$platform>;
        /// Isolates that take jobs from one queue; see [`insula_core::WorkerPool`]($crate::WorkerPool).
        pub type WorkerPool<S = ()> = $crate::WorkerPool<$platform, S>;
        /// A function in a message; see [`insula_core::Function`]($crate::Function).
        pub type Function<A, R> = $crate::Function<$platform, A, R>;
        /// A value that is handed over as it is; see [`insula_core::Moved`]($crate::Moved).
        pub type Moved<T> = $crate::Moved<$platform, T>;
        /// Bytes that change their owner; see [`insula_core::TransferableTypedData`]($crate::TransferableTypedData).
        pub type TransferableTypedData = $crate::TransferableTypedData<$platform>;
        /// A timer of the calling isolate; see [`insula_core::Timer`]($crate::Timer).
        pub type Timer = $crate::Timer<$platform>;
        /// A value per isolate; see [`insula_core::IsolateLocal`]($crate::IsolateLocal).
        pub type IsolateLocal<T> = $crate::IsolateLocal<$platform, T>;

        /// Runs `callback(message)` where the platform does heavy work; see [`insula_core::compute()`]($crate::compute()).
        ///
        /// # Errors
        /// The task fails when the callback panics or the message can't be sent.
        pub fn compute<M: Message, R: Message>(callback: fn(M) -> R, message: M) -> Task<R> {
            $crate::compute(callback, message)
        }

        /// As [`compute()`], for a callback that awaits.
        ///
        /// # Errors
        /// As [`compute()`].
        pub fn compute_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
            callback: fn(M) -> F,
            message: M,
        ) -> Task<R> {
            $crate::compute_async(callback, message)
        }

        /// Sends a request with a port for its reply; see [`insula_core::ask`]($crate::ask).
        ///
        /// # Errors
        /// The request could not be sent, or the receiver's isolate ended without a reply.
        pub fn ask<M: Message, R: Message>(
            port: &SendPort<M>,
            request: impl FnOnce(SendPort<R>) -> M,
        ) -> Task<R> {
            $crate::ask(port, request)
        }

        /// Runs `body` with a scope, whose tasks end with it; see [`insula_core::scope`]($crate::scope).
        pub async fn scope<R, E, T>(body: impl AsyncFnOnce(&runner::Scope<R, E>) -> T) -> T {
            $crate::scope(body).await
        }

        /// Registers `entry` as the program `insula:name`, for `Isolate::spawn_uri`. Called before [`main`].
        #[doc(alias = "program")]
        pub fn register_program<M: Message, F: Future<Output = ()> + 'static>(
            name: &str,
            entry: fn(Start<M>) -> F,
        ) {
            $crate::program::register::<$platform, M, F>(name, entry);
        }

        /// Completes when `duration` has passed; see [`insula_core::sleep`]($crate::sleep).
        pub fn sleep(duration: ::std::time::Duration) -> impl Future<Output = ()> {
            $crate::sleep::<$platform>(duration)
        }

        /// Runs `callback` before the next event; see [`insula_core::schedule_microtask`]($crate::schedule_microtask).
        pub fn schedule_microtask(callback: impl FnOnce() + 'static) {
            $crate::schedule_microtask::<$platform>(callback);
        }

        /// Runs a future on the calling isolate's event loop; see [`insula_core::spawn_local`]($crate::spawn_local).
        pub fn spawn_local(future: impl Future<Output = ()> + 'static) {
            $crate::spawn_local::<$platform>(future);
        }

        /// Whether the caller runs outside isolates.
        #[must_use]
        pub fn is_host() -> bool {
            $crate::is_host::<$platform>()
        }

        /// How many isolates can run at the same time.
        #[must_use]
        pub fn cores() -> usize {
            <$platform as $crate::Platform>::cores()
        }

        /// What can go wrong, one type an operation. [`Error`] is their sum, for functions that use several operations;
        /// [`Errors`](error::Errors) are the uncaught errors of an isolate, as a stream.
        pub mod error {
            #[doc(inline)]
            pub use $crate::{
                AlreadyMaterialized, DecodeError, DecodeErrorKind, Elapsed, EncodeError, EncodeErrorKind, Error,
                ExitError, ExitResult, JobError, OutOfRange, QueueFull, RecvError, RecvTimeoutError, RegistryError,
                RemoteError, SendError, SendItemError, SpawnError, TaskError, TryRecvError, TrySendItemError, Unsupported,
            };

            /// The uncaught errors of an isolate; see [`insula_core::Errors`]($crate::Errors).
            pub type Errors = $crate::Errors<super::$platform>;
        }

        /// What isolates write with `log` and `tracing`, and which of them; see [`insula_core::logs`]($crate::logs).
        pub mod logs {
            /// The name of the isolate that has written a record; see [`insula_core::logs::isolate`]($crate::logs::isolate).
            #[must_use]
            pub fn isolate() -> Option<String> {
                $crate::logs::isolate::<super::$platform>()
            }

            $($($log)*)?
        }

        /// Ports for one message: a callback, a response or a result. Each closes with its first message. A request to
        /// an isolate that takes many is better served by [`ask`].
        pub mod ports {
            #[doc(inline)]
            pub use $crate::ports::{Interrupt, RemoteResult};

            /// A port for one response; see [`insula_core::ports::SingleResponseChannel`]($crate::ports::SingleResponseChannel).
            pub type SingleResponseChannel<R> = $crate::ports::SingleResponseChannel<super::$platform, R>;

            /// A send port for one message; see [`insula_core::ports::single_callback_port`]($crate::ports::single_callback_port).
            pub fn single_callback_port<M: super::Message>(callback: impl FnOnce(M) + 'static) -> super::SendPort<M> {
                $crate::ports::single_callback_port(callback)
            }

            /// As [`single_callback_port`], with a limit; see
            /// [`insula_core::ports::single_callback_port_with_timeout`]($crate::ports::single_callback_port_with_timeout).
            pub fn single_callback_port_with_timeout<M: super::Message>(
                callback: impl FnOnce(M) + 'static,
                timeout: ::std::time::Duration,
                value: M,
            ) -> super::SendPort<M> {
                $crate::ports::single_callback_port_with_timeout(callback, timeout, value)
            }

            /// The first message to a new port; see [`insula_core::ports::single_response`]($crate::ports::single_response).
            ///
            /// # Errors
            /// The message is no `R`.
            pub fn single_response<R: super::Message>(action: impl FnOnce(super::SendPort<R>)) -> super::Task<R> {
                $crate::ports::single_response(action)
            }

            /// The first result to a new port; see [`insula_core::ports::single_result`]($crate::ports::single_result).
            ///
            /// # Errors
            /// The error that was sent.
            pub fn single_result<R: super::Message>(
                action: impl FnOnce(super::SendPort<RemoteResult<R>>),
            ) -> super::Task<R> {
                $crate::ports::single_result(action)
            }

            /// Sends what a future comes to; see [`insula_core::ports::send_result`]($crate::ports::send_result).
            pub async fn send_result<R: super::Message, E: ::std::error::Error + 'static>(
                future: impl Future<Output = Result<R, E>>,
                port: super::SendPort<RemoteResult<R>>,
            ) {
                $crate::ports::send_result(future, port).await;
            }
        }

        /// Values that isolates find by tags. A [`RegistryManager`](registry::RegistryManager) keeps them in its isolate;
        /// a [`Registry`](registry::Registry) anywhere adds to them and looks them up.
        pub mod registry {
            /// Values that isolates find by tags; see [`insula_core::registry::Registry`]($crate::registry::Registry).
            pub type Registry<T> = $crate::registry::Registry<super::$platform, T>;
            /// The keeper of a registry's values; see [`insula_core::registry::RegistryManager`]($crate::registry::RegistryManager).
            pub type RegistryManager<T> = $crate::registry::RegistryManager<super::$platform, T>;
            /// What a registry asks its manager; see [`insula_core::registry::RegistryRequest`]($crate::registry::RegistryRequest).
            pub type RegistryRequest<T> = $crate::registry::RegistryRequest<super::$platform, T>;
        }

        /// What stands around runners and balancers: their options, and the far side of a runner, for an isolate that
        /// takes jobs beside work of its own.
        pub mod runner {
            #[doc(inline)]
            pub use $crate::OnRunner;

            /// The options of a new runner; see [`insula_core::IsolateRunnerBuilder`]($crate::IsolateRunnerBuilder).
            pub type IsolateRunnerBuilder = $crate::IsolateRunnerBuilder<super::$platform>;
            /// A balancer with another load; see [`insula_core::WithLoad`]($crate::WithLoad).
            pub type WithLoad = $crate::WithLoad<super::$platform>;
            /// A balancer that runs a call several times; see [`insula_core::OnSeveral`]($crate::OnSeveral).
            pub type OnSeveral = $crate::OnSeveral<super::$platform>;
            /// The far side of a runner; see [`insula_core::RunnerRemote`]($crate::RunnerRemote).
            pub type RunnerRemote = $crate::RunnerRemote<super::$platform>;
            /// Tasks that end together; see [`insula_core::Scope`]($crate::Scope).
            pub type Scope<R, E = super::TaskError> = $crate::Scope<super::$platform, R, E>;
            /// Where a runner's far side takes jobs; see [`insula_core::RunnerPort`]($crate::RunnerPort).
            pub type RunnerPort = $crate::RunnerPort<super::$platform>;
        }

        /// Streams between isolates, whose senders wait when the receiver does not keep up.
        pub mod stream {
            /// The sending side of a channel; see [`insula_core::stream::Sender`]($crate::stream::Sender).
            pub type Sender<T> = $crate::stream::Sender<super::$platform, T>;
            /// The receiving side of a channel; see [`insula_core::stream::Receiver`]($crate::stream::Receiver).
            pub type Receiver<T> = $crate::stream::Receiver<super::$platform, T>;
            /// Work that gives items before its value; see [`insula_core::stream::TaskStream`]($crate::stream::TaskStream).
            pub type TaskStream<T, R> = $crate::stream::TaskStream<super::$platform, T, R>;
            /// A large result in parts; see [`insula_core::stream::Slices`]($crate::stream::Slices).
            pub type Slices<T, E> = $crate::stream::Slices<super::$platform, T, E>;

            /// A channel with `credits`; see [`insula_core::stream::channel`]($crate::stream::channel).
            #[must_use]
            pub fn channel<T: super::Message>(credits: usize) -> (Sender<T>, Receiver<T>) {
                $crate::stream::channel(credits)
            }
        }

        /// What stands around a [`WorkerPool`](super::WorkerPool): its options, those of one job, and what can go wrong.
        pub mod pool {
            #[doc(inline)]
            pub use $crate::{
                CancellationToken, Each, Histogram, JobError, JobInfo, PoolEvent, PoolEvents, PoolInfo, PoolStats, QueueFull,
                WhenFull,
            };

            /// The options of a new pool; see [`insula_core::WorkerPoolBuilder`]($crate::WorkerPoolBuilder).
            pub type WorkerPoolBuilder<S = ()> = $crate::WorkerPoolBuilder<super::$platform, S>;
            /// One job and its options; see [`insula_core::JobBuilder`]($crate::JobBuilder).
            pub type JobBuilder<M, R> = $crate::JobBuilder<super::$platform, M, R>;
            /// One function over many arguments; see [`insula_core::Map`]($crate::Map).
            pub type Map<I, M, R> = $crate::Map<super::$platform, I, M, R>;
            /// A job that a closed pool gives back; see [`insula_core::Unbegun`]($crate::Unbegun).
            pub type Unbegun = $crate::Unbegun<super::$platform>;
        }

        /// What isolates are made of here, for code that brings an event loop of its own or asks what the platform can
        /// do. Other programs need none of it.
        pub mod platform {
            #[doc(inline)]
            pub use $crate::{Platform, Turn};

            $($($own)*)?
        }
    };
}

/// Declares statics of which every isolate has its own value.
///
/// The first line names the platform's `IsolateLocal`, as `thread_local!` can't be asked for one:
/// the `insula` crate has a macro of the same name that needs no such line.
#[macro_export]
macro_rules! isolate_local {
    ($platform:ty; $($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $value:expr;)+) => {
        $($(#[$attribute])* $visibility static $name: $crate::IsolateLocal<$platform, $type> = $crate::IsolateLocal::new(|| $value);)+
    };
}
