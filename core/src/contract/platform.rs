//! The contract between core and a platform.
//!
//! Core decides what an isolate means; a platform only starts one, carries parcels, and tells the
//! time. Everything a platform has to do stands in this file. [`Platform`] itself comes first. A [`Carrier`]
//! takes what is in a message beside its bytes. Other isolates write to a [`Mailbox`], and the isolate reads
//! from its [`Inbox`]. Only platforms that may stop a thread implement [`Blocking`].
//!
//! A platform drives an isolate by calling [`EventLoop::turn`](crate::EventLoop::turn) until it answers
//! [`Turn::Idle`](crate::Turn::Idle), and again whenever its inbox has got something or the answered
//! deadline has come.

use std::{collections::VecDeque, fmt::Debug, hash::Hash, sync::Arc, task::Waker, time::Duration};

use super::{Code, Control, Deliver, Drawn, Event, Host, Launch, PortId, RecorderCalls, Started};
use crate::{Capability, DecodeError, EncodeError, Message, RemoteError, fn_pointer::FnPointer};

/// The receiver that a message is packed for.
#[derive(Debug)]
#[non_exhaustive]
pub enum To<'a, P: Platform> {
    /// A port of this isolate.
    Isolate(&'a P::Mailbox),
    /// A script that is about to be started: an isolate that is no program of this build.
    Script,
}

/// Where an isolate runs that [`compute`](crate::compute()) was asked to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComputeOn {
    /// A new isolate, as Dart's VM does.
    Isolate,
    /// The caller's own event loop, after a macrotask, as Flutter does in a browser.
    EventLoop,
}

/// What a platform can do where the caller runs; see [`Platform::abilities`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "each platform states all of them"
)]
pub struct Abilities {
    /// See [`Platform::NAME`].
    pub name: &'static str,
    /// See [`Platform::CAN_SPAWN`].
    pub can_spawn: bool,
    /// See [`Platform::COMPUTE_ON`].
    pub compute_on: ComputeOn,
    /// See [`Platform::COUNTS_SEND_PORTS`].
    pub counts_send_ports: bool,
}

/// A place where isolates can run.
///
/// The trait is static: a platform is a type without values, and each platform crate writes its
/// public face with [`face!`](crate::face!). What a platform can't do is a constant here; the
/// conformance suite tests both sides of each.
pub trait Platform: Sized + Copy + Debug + Eq + Hash + Send + Sync + 'static {
    /// The platform's name in messages and test tables.
    const NAME: &'static str;
    /// Whether code and captured values of this heap can start an isolate: `spawn`, `run`, `Moved`.
    const CAN_SPAWN: bool;
    /// Whether [`Mailbox::terminate`] stops an isolate that never returns to its event loop.
    const CAN_KILL_AT_ONCE: bool;
    /// Whether a panic unwinds to the event loop. Where it doesn't, a panic ends its isolate.
    const CATCHES_PANICS: bool;
    /// Whether [`abandon`](Self::abandon) leaves running code where a panic can't.
    const CAN_ABANDON: bool = false;
    /// Whether the standard library can tell by which calls a thread has come where it is. Where it can't, its code for that
    /// would be dead weight in a module that is downloaded.
    const HAS_BACKTRACES: bool = true;
    /// Whether isolates share one memory, so that any thread can [look at](crate::inspect::snapshot) all of them. Where they
    /// don't, no code for that is linked.
    const SHARES_MEMORY: bool = true;
    /// Whether [`draw`](Self::draw) shows something, so that what isolates do is timed for it. Where it does not, no code for
    /// that is linked.
    const HAS_TIMELINE: bool = false;
    /// Where `compute` runs when nothing else was asked for.
    const COMPUTE_ON: ComputeOn;
    /// Whether the loop of code outside isolates always runs. Where it doesn't, core takes the time
    /// for such code in an isolate of its own.
    const HOST_HAS_LOOP: bool = true;
    /// Whether it is known that no send port of a port is left: a send port that is dropped is missed by its receiver. It
    /// needs one memory, and [`Event::Unreachable`] that arrives after all that was sent.
    const COUNTS_SEND_PORTS: bool = false;
    /// Whether time passes only when nothing else can happen, so that a wait costs nothing.
    const SIMULATES_TIME: bool = false;
    /// What `Unsupported` errors say when [`CAN_SPAWN`](Self::CAN_SPAWN) is false: the portable way.
    const SPAWN_UNSUPPORTED: &'static str;

    /// The address of an isolate.
    type Mailbox: Mailbox<Self>;
    /// What arrived at an isolate and was not handled yet.
    type Inbox: Inbox<Self>;
    /// A message on its way: moved where memory is shared, otherwise encoded.
    type Parcel: Debug + Send + 'static;
    /// How functions and bytes travel beside a message; [`InMemory`](crate::in_memory::InMemory) where memory is
    /// shared.
    type Carrier: Carrier;

    /// What the platform can do where the caller runs. Core asks this, never the constants.
    ///
    /// The constants are the answer, except on a platform that has settings: there they are the
    /// answer of the default setting.
    fn abilities() -> Abilities {
        Abilities {
            name: Self::NAME,
            can_spawn: Self::CAN_SPAWN,
            compute_on: Self::COMPUTE_ON,
            counts_send_ports: Self::COUNTS_SEND_PORTS,
        }
    }

    /// Called when code outside any isolate first needs the event loop of its thread. Core makes that loop of
    /// the [`Host`], which is the same for all threads, and of the two ends of the loop's own queues.
    ///
    /// MUST NOT ask for the current event loop. The platform, or an application that embeds it, turns the loop.
    fn host() -> (Arc<Host<Self>>, Self::Mailbox, Self::Inbox);

    /// Starts an isolate. Called on the spawner's thread, within one of its events or outside any.
    ///
    /// MUST return without waiting; MUST call `started` exactly once, when the isolate's entry is
    /// enqueued or when starting has failed, and in bounded time. MUST NOT run the entry before the
    /// isolate has taken its first turn, and MUST build the isolate's loop with
    /// [`EventLoop::isolate`](crate::EventLoop::isolate), from this `launch`.
    fn start(launch: Launch<Self>, code: Code<Self>, started: Started<Self>);

    /// Makes a mailbox that hands parcels to `target` on the sender's thread, without an event loop.
    ///
    /// Called when a `ReceivePort` or a task is opened outside any isolate. `None` where the host
    /// has one thread only: the port then lives in the host's event loop.
    fn direct_mailbox(target: Arc<dyn Deliver<Self>>) -> Option<Self::Mailbox>;

    /// Packs a message. Called by the sender, before the message leaves its isolate.
    ///
    /// MUST give the message back unchanged when it can't be packed, with nothing consumed.
    ///
    /// # Errors
    /// Where messages are encoded: what in the type or value could not be.
    fn pack<M: Message>(message: M) -> Result<Self::Parcel, (EncodeError, M)>;

    /// As [`pack`](Self::pack), for a message in a place, where it is left when it can't be packed. A platform that writes
    /// bytes leaves it there in any case, so that little code is compiled for each type.
    ///
    /// # Errors
    /// As [`pack`](Self::pack).
    ///
    /// # Panics
    /// When the place is empty.
    fn pack_from<M: Message>(place: &mut Option<M>) -> Result<Self::Parcel, EncodeError> {
        let message = place.take().expect("a message is packed once");
        Self::pack(message).map_err(|(error, message)| {
            *place = Some(message);
            error
        })
    }

    /// As [`pack`](Self::pack), where the receiver is known. A platform may have isolates that are no programs
    /// of this build and can't read its usual parcels; it packs for them here.
    ///
    /// # Errors
    /// As [`pack`](Self::pack).
    fn pack_for<M: Message>(
        message: M,
        to: To<'_, Self>,
    ) -> Result<Self::Parcel, (EncodeError, M)> {
        let _ = to;
        Self::pack(message)
    }

    /// Unpacks a message. Called by the receiver, within the event that delivers the parcel or later.
    ///
    /// MUST NOT trust the parcel where it came as bytes.
    ///
    /// # Errors
    /// When the parcel does not hold an `M`.
    fn unpack<M: Message>(parcel: Self::Parcel) -> Result<M, DecodeError>;

    /// As [`unpack`](Self::unpack), to a place that is there. A platform that reads bytes reads them there, so that little
    /// code is compiled for each type.
    ///
    /// # Errors
    /// As [`unpack`](Self::unpack).
    fn unpack_to<M: Message>(
        parcel: Self::Parcel,
        place: &mut Option<M>,
    ) -> Result<(), DecodeError> {
        *place = Some(Self::unpack(parcel)?);
        Ok(())
    }

    /// Whether an `M` lies in its parcel as it was sent, so that nothing is read and no code of the application runs when it
    /// is unpacked.
    fn is_moved<M: Message>(parcel: &Self::Parcel) -> bool {
        let _ = parcel;
        false
    }

    /// The time since an arbitrary moment that stays the same for this isolate. MUST NOT go back.
    fn now() -> Duration;

    /// 128 random bits that can't be guessed: the identity of a capability.
    fn random() -> u128;

    /// The number of an isolate's next port; `last` is that of the port before.
    ///
    /// MUST NOT give a number twice to one isolate, nor 0. Where foreign code can post to ports by their numbers, it
    /// MUST NOT be guessable.
    fn next_port(last: u64) -> u64 {
        last + 1
    }

    /// Completes after the host has had the chance to do what it has queued, such as painting a frame.
    ///
    /// Awaited before `compute` runs on the caller's own loop, where [`COMPUTE_ON`](Self::COMPUTE_ON)
    /// says so; and where a reader of [`Slices`](crate::stream::Slices) has held its loop for long.
    fn next_frame() -> impl Future<Output = ()>;

    /// How many isolates can run at the same time, at least 1.
    fn cores() -> usize;

    /// Prints an error that has no listener: on stderr, or in the console.
    fn report(isolate: &str, error: &RemoteError);

    /// Leaves the running code of an isolate that is over, for good and without running destructors.
    /// Called by `exit` and by a checkpoint after a kill, inside isolates, where
    /// [`CAN_ABANDON`](Self::CAN_ABANDON) is true and panics don't unwind. MUST have told the isolate's end
    /// after everything that it has sent.
    fn abandon() -> ! {
        unreachable!("only called where `CAN_ABANDON` says so")
    }

    /// Runs `code`, which catches its own panics, and answers with what else has left it: an exception of the language
    /// that the platform is built on. Rust catches none, and code around a `catch_unwind` may not even be
    /// unwound by one, so a platform whose imports can throw MUST stop it here where [`CATCHES_PANICS`] is true.
    ///
    /// # Errors
    /// The exception.
    ///
    /// [`CATCHES_PANICS`]: Self::CATCHES_PANICS
    fn catch_foreign<R>(code: impl FnOnce() -> R) -> Result<R, RemoteError> {
        Ok(code())
    }

    /// Whether somebody wants to see what isolates do. Asked only where [`HAS_TIMELINE`](Self::HAS_TIMELINE) says so.
    fn is_drawing() -> bool {
        false
    }

    /// Shows in the developer tools of the host what an isolate has done. Called by the isolate itself at the end of each
    /// event, and by the owner of a pool when a job has ended.
    fn draw(drawn: &Drawn<'_>) {
        let _ = drawn;
    }

    /// The calls of core's [recorder](crate::trace), while isolates of this process or this instance are recorded. By default
    /// those of isolates that share this memory.
    ///
    /// MUST cost next to nothing: it is asked at each event and each message.
    #[inline]
    fn recorder() -> Option<&'static RecorderCalls<Self>> {
        RecorderCalls::shared()
    }

    /// Called by the panic hook where [`CATCHES_PANICS`](Self::CATCHES_PANICS) is false, right
    /// before the instance is lost. MUST NOT rely on the event loop.
    fn on_fatal_panic(error: &RemoteError) {
        let _ = error;
    }
}

/// How functions and bytes travel beside a message.
pub trait Carrier: 'static {
    /// A function pointer on its way to another instance of this program.
    type Function: Clone + Debug + Send + 'static;
    /// Bytes that change their owner without being copied.
    type Buffer: Debug + Send + 'static;

    /// Makes a function pointer ready to travel. The counterpart is [`resolve`](Self::resolve).
    fn ship<F: FnPointer>(function: F) -> Self::Function;

    /// Makes a function pointer callable again; `None` when it was shipped as another type or by
    /// another build.
    fn resolve<F: FnPointer>(function: &Self::Function) -> Option<F>;

    /// Concatenates `slices` into one buffer.
    fn buffer_from_slices(slices: &[&[u8]]) -> Self::Buffer;

    /// The bytes of a buffer, without a copy where it already is in this isolate's memory.
    fn buffer_to_vec(buffer: Self::Buffer) -> Vec<u8>;
}

/// The address of an isolate: what its handles, send ports and capabilities point to.
pub trait Mailbox<P: Platform>: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// The address of no isolate. It stands in for a port's while a message type is rehearsed.
    ///
    /// MUST be the address of an isolate that is gone, for all that is sent to it.
    fn nowhere() -> Self;

    /// Appends an event to the isolate's queue.
    ///
    /// MUST keep the order of one sender (M1), MUST NOT block and MUST NOT run the receiver's code
    /// before returning. To an isolate that is gone: dropped.
    fn post(&self, event: Event<P>);

    /// Appends a message to the isolate's control queue, which overtakes what was delivered.
    ///
    /// MUST NOT block. To an isolate that is gone: [`Control::undeliverable`] is called.
    fn control(&self, control: Control<P>);

    /// Whether the isolate is known to have ended. False as long as that is not known here.
    fn is_gone(&self) -> bool {
        false
    }

    /// How many events wait at the isolate, for whoever asks; `None` where that is not known.
    fn waiting(&self) -> Option<usize> {
        None
    }

    /// Stops the isolate wherever it is; only where [`Platform::CAN_KILL_AT_ONCE`]. Called with the
    /// capability of the sender, which MUST be compared with the isolate's, after the kill was sent as
    /// control.
    fn terminate(&self, key: Option<Capability<P>>) {
        let _ = key;
    }
}

/// What arrived at an isolate. Only its own event loop reads it.
pub trait Inbox<P: Platform>: 'static {
    /// Called at each [`Isolate::checkpoint`](crate::Isolate::checkpoint): in the middle of an event, and
    /// before [`next_control`](Self::next_control). Two kinds of platforms need it. Where control comes by a loop
    /// that this event holds up, it is the place to look for control. Where isolates share a thread, it may turn the
    /// loops of others; [`Suspended`](crate::Suspended) sets aside what this one is about meanwhile.
    ///
    /// MUST cost next to nothing, as a rule, and MUST NOT call core for this isolate.
    fn at_checkpoint(&mut self) {}
    /// The oldest control message.
    fn next_control(&mut self) -> Option<Control<P>>;
    /// The oldest event.
    fn next_event(&mut self) -> Option<Event<P>>;
    /// The parcel of the oldest event, where that is a message for `port`; otherwise it stays the oldest.
    ///
    /// MUST be none where control has arrived before it, or before the call. A platform may leave it at that, and always
    /// answer so: the message then comes by [`next_event`](Self::next_event).
    fn next_message(&mut self, port: PortId) -> Option<P::Parcel> {
        let _ = port;
        None
    }
    /// Whether [`next_event`](Self::next_event) has nothing to give.
    fn is_empty(&mut self) -> bool;
    /// How many events wait; `None` where that is not known. Asked only while isolates are recorded, or by who inspects them.
    fn len(&mut self) -> Option<usize> {
        None
    }
    /// Puts events back to the front, oldest first: they were looked at and not handled.
    fn put_back(&mut self, events: VecDeque<Event<P>>);
    /// Closes both queues and gives back what was in them. Called once, when the isolate has ended and
    /// before its exit listeners are told.
    ///
    /// From then on its mailboxes MUST treat the isolate as gone.
    fn close(&mut self) -> (VecDeque<Event<P>>, VecDeque<Control<P>>);
}

/// A platform whose threads may stop and wait. The web is not one.
pub trait Blocking: Platform {
    /// Waits until something arrives in `inbox` or `deadline` (a [`Platform::now`]) has come.
    ///
    /// MAY return early; MUST return when control or an event arrives after the last look.
    fn wait(inbox: &mut Self::Inbox, deadline: Option<Duration>);

    /// Calls `ready` until it answers true, waiting in between for its waker, and answers true; false
    /// when `deadline` came first. Called outside isolates.
    fn park(ready: &mut dyn FnMut(&Waker) -> bool, deadline: Option<Duration>) -> bool;
}

/// A function of this platform on its way.
pub type FunctionOf<P> = <<P as Platform>::Carrier as Carrier>::Function;

/// A buffer of this platform.
pub type BufferOf<P> = <<P as Platform>::Carrier as Carrier>::Buffer;

impl<P: Platform> Capability<P> {
    /// Makes a capability that differs from every other.
    ///
    /// ```
    /// use insula_core::{Capability, Platform};
    ///
    /// /// For code that is generic over the platform; `insula::Capability` has one filled in.
    /// fn key<P: Platform>() -> Capability<P> {
    ///     Capability::new()
    /// }
    /// assert_ne!(key::<insula::Here>(), key::<insula::Here>());
    /// ```
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "each capability differs from every other, and a default does not"
    )]
    pub fn new() -> Self {
        Self::from_random(P::random())
    }
}
