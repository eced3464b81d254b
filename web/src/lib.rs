//! The web platform of insula: an isolate is a Web Worker, a message is encoded once.
//!
//! From below to above, each imports only what stands before it:
//!
//! | folder or file | what |
//! |---|---|
//! | `js.rs`, `clock.rs`, `log.rs`, `hash.rs`, `build.rs` | every import from JavaScript; time and randomness; the console; a hash; what tells two builds apart |
//! | `ids.rs` | numbers of isolates and ports |
//! | `recorder.rs` | what is called while isolates are recorded |
//! | `base_url.rs`, `isolate_module.rs` | what relative URLs are relative to; where `isolate.js` is (feature `js`) |
//! | `protocol/` | every message between workers, as bytes and as JavaScript values |
//! | `post/` | how messages leave this thread: endpoints, and bursts |
//! | `turn/` | turns of the event loop, out of the browser's |
//! | `worker/` | the side of a worker |
//! | `root/` | the side of the root, which owns all workers |
//! | `side.rs` | which of both this thread is |
//! | `mailbox.rs`, `inbox.rs`, `spawner.rs` | the contract with core: sending, what has arrived, and starting isolates |
//! | `asking/` | questions to other isolates, and the wait for the answers |
//! | `inspecting/` | what isolates do: the root asks workers, and speaks for those that do not answer |
//! | `recording/` | what isolates did: each records itself, and the root puts that together |
//! | `gloo/` | isolates in workers of gloo-worker (feature `gloo`) |
//! | `web.rs` | what only browsers have |
//!
//! `worker.js` is the first script of a worker, `isolate.js` is what a JavaScript isolate imports. Scripts have the feature
//! `js`: `protocol/value.rs` and `root/script.rs`. ARCHITECTURE.md beside this folder tells how the parts work together.
//!
//! Every handle is a number, so handles are `Send` here as well; JavaScript objects live in tables of
//! the isolate that owns them.

// What only one feature uses is not used without it. With all features on the compiler finds what nothing uses.
#![cfg_attr(
    not(all(feature = "js", feature = "gloo")),
    allow(dead_code, reason = "see above")
)]

#[cfg(all(target_arch = "wasm32", not(target_os = "unknown")))]
compile_error!(
    "insula runs in browsers on the target `wasm32-unknown-unknown`, where an isolate is a Web Worker. This target (WASI or \
     Emscripten) has neither Web Workers that insula could start nor threads that it knows."
);

mod asking;
mod base_url;
mod build;
mod clock;
#[cfg(feature = "gloo")]
mod gloo;
#[cfg(feature = "gloo")]
mod guard;
#[cfg(not(feature = "gloo"))]
#[path = "no_guard.rs"]
mod guard;
mod hash;
mod ids;
mod inbox;
mod inspecting;
#[cfg(feature = "js")]
mod isolate_module;
mod js;
mod log;
#[cfg(any(feature = "log", feature = "tracing"))]
mod logging;
mod mailbox;
mod post;
mod protocol;
mod recorder;
mod recording;
mod root;
mod side;
mod spawner;
#[cfg(feature = "devtools")]
mod timeline;
mod turn;
pub mod web;
mod worker;

use std::{future::Future, pin::Pin, rc::Rc, sync::Arc, task::Poll, time::Duration};

#[cfg(feature = "devtools")]
use insula_core::contract::Drawn;
#[cfg(feature = "js")]
use insula_core::contract::To;
use insula_core::{
    AppResult, Host, Platform,
    contract::{Carrier, Code, ComputeOn, Deliver, FnPointer, Launch, RecorderCalls, Started},
};
use wasm_bindgen::prelude::*;

use error::{DecodeError, EncodeError};
#[cfg(feature = "json")]
pub use insula_core::Json;
use mailbox::Mailbox;
use protocol::{
    objects::Buffer,
    parcel::{Parcel, ShippedFunction},
};
use turn::queues::Inbox;

/// The examples of the pages about browsers, compiled.
#[cfg(all(doctest, target_arch = "wasm32"))]
mod pages {
    #[doc = include_str!("../../docs/bundlers.md")]
    struct Bundlers;
    #[doc = include_str!("../../docs/testing.md")]
    struct Testing;
    #[cfg(feature = "js")]
    #[doc = include_str!("../../docs/javascript-isolates.md")]
    struct JavaScriptIsolates;
    #[cfg(feature = "gloo")]
    #[doc = include_str!("../../docs/gloo.md")]
    struct Gloo;
}

insula_core::face! {
    Web, platform {
        pub use crate::{
            Web,
            mailbox::Mailbox,
            protocol::{
                objects::Buffer,
                parcel::{Parcel, ShippedFunction},
            },
            turn::queues::Inbox,
        };

        /// An event loop of this platform.
        ///
        /// ```ignore-linux,ignore-apple,ignore-windows
        /// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
        /// # #[wasm_bindgen_test::wasm_bindgen_test]
        /// # fn example() {
        /// let here = insula::platform::EventLoop::current();
        /// assert_eq!(here.handle(), insula::Isolate::current());
        /// # }
        /// ```
        pub type EventLoop = insula_core::EventLoop<Web>;
    },
    logs {
        #[cfg(feature = "log")]
        pub use crate::logging::forward_log;
        #[cfg(feature = "tracing")]
        pub use crate::logging::forward_tracing;
    }
}

/// Isolates as Web Workers.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// use insula::platform::Platform;
///
/// const { assert!(!insula::Here::CAN_SPAWN && insula::Here::CAN_KILL_AT_ONCE) };
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Web;

impl Platform for Web {
    const NAME: &'static str = "web";
    const CAN_SPAWN: bool = false;
    const CAN_KILL_AT_ONCE: bool = true;
    const CATCHES_PANICS: bool = cfg!(panic = "unwind");
    const CAN_ABANDON: bool = true;
    const HAS_BACKTRACES: bool = false;
    const SHARES_MEMORY: bool = false;
    const HAS_TIMELINE: bool = cfg!(feature = "devtools");
    const COMPUTE_ON: ComputeOn = ComputeOn::EventLoop;
    const SPAWN_UNSUPPORTED: &'static str = "an isolate here is a Web Worker, which starts from code, not from this heap: use `Isolate::spawn_uri`, \
         `IsolateRunner` or `LoadBalancer`";

    type Mailbox = Mailbox;
    type Inbox = Inbox;
    type Parcel = Parcel;
    type Carrier = Self;

    fn host() -> (Arc<Host<Self>>, Mailbox, Inbox) {
        let mailbox = Mailbox::from(ids::own());
        (Host::new(mailbox), mailbox, turn::driver::inbox())
    }

    fn start(launch: Launch<Self>, code: Code<Self>, started: Started<Self>) {
        spawner::start(launch, code, started);
    }

    fn direct_mailbox(_: Arc<dyn Deliver<Self>>) -> Option<Mailbox> {
        None
    }

    fn pack<M: Message>(message: M) -> Result<Parcel, (EncodeError, M)> {
        Parcel::pack(message)
    }

    fn pack_from<M: Message>(place: &mut Option<M>) -> Result<Parcel, EncodeError> {
        Parcel::pack_from(place)
    }

    #[cfg(feature = "js")]
    fn pack_for<M: Message>(message: M, to: To<'_, Self>) -> Result<Parcel, (EncodeError, M)> {
        match to {
            To::Isolate(mailbox) if !mailbox.is_script() => Parcel::pack(message),
            _ => protocol::value::pack(message),
        }
    }

    fn unpack<M: Message>(parcel: Parcel) -> Result<M, DecodeError> {
        let mut message = None;
        Self::unpack_to(parcel, &mut message)?;
        Ok(message.expect("what was read is there"))
    }

    fn unpack_to<M: Message>(parcel: Parcel, place: &mut Option<M>) -> Result<(), DecodeError> {
        #[cfg(feature = "js")]
        if parcel.value.is_some() {
            *place = Some(protocol::value::unpack(parcel)?);
            return Ok(());
        }
        parcel.unpack_to(place)
    }

    fn now() -> Duration {
        clock::now()
    }

    fn random() -> u128 {
        clock::random()
    }

    /// A script posts to ports by their numbers.
    fn next_port(_: u64) -> u64 {
        clock::random_number().max(1)
    }

    fn cores() -> usize {
        js::HARDWARE_CONCURRENCY.with(|cores| cores.map_or(1, |cores| cores.max(1.0) as usize))
    }

    fn next_frame() -> impl Future<Output = ()> {
        Macrotask::default()
    }

    fn report(isolate: &str, error: &RemoteError) {
        log::error(&format!(
            "Unhandled error in isolate `{isolate}`: {error}\n{}",
            error.stack_trace()
        ));
    }

    fn abandon() -> ! {
        side::abandon()
    }

    fn catch_foreign<R>(code: impl FnOnce() -> R) -> Result<R, RemoteError> {
        if cfg!(panic = "abort") {
            // Nothing would be unwound, so the instance is lost with it.
            return Ok(code());
        }
        js::shield(code).map_err(|exception| {
            let stack = js::field(&exception, "stack").as_string();
            RemoteError::new(js::text_of(&exception), stack.unwrap_or_default())
        })
    }

    #[cfg(feature = "devtools")]
    fn is_drawing() -> bool {
        timeline::is_drawing()
    }

    #[cfg(feature = "devtools")]
    fn draw(drawn: &Drawn<'_>) {
        timeline::draw(drawn);
    }

    #[inline]
    fn recorder() -> Option<&'static RecorderCalls<Self>> {
        recorder::calls().map(|calls| &calls.core)
    }

    fn on_fatal_panic(error: &RemoteError) {
        side::lost(error);
    }
}

impl Carrier for Web {
    type Function = ShippedFunction;
    type Buffer = Buffer;

    fn ship<F: FnPointer>(function: F) -> ShippedFunction {
        ShippedFunction::new(function)
    }

    fn resolve<F: FnPointer>(function: &ShippedFunction) -> Option<F> {
        function.get()
    }

    fn buffer_from_slices(slices: &[&[u8]]) -> Buffer {
        Buffer::new(js::concat(slices).buffer())
    }

    fn buffer_to_vec(buffer: Buffer) -> Vec<u8> {
        js::bytes_of(&buffer.into_js())
    }
}

/// Completes in a task of the browser's own, so that what was drawn until then is shown.
///
/// On a page that is a message's, as a timeout takes up to 4 ms, and a second in a tab in the background.
#[derive(Default)]
struct Macrotask {
    callback: Option<Closure<dyn FnMut()>>,
    done: Rc<std::cell::Cell<bool>>,
}

impl Future for Macrotask {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<()> {
        if self.done.get() {
            return Poll::Ready(());
        }
        let (waker, done) = (context.waker().clone(), self.done.clone());
        let passed = Box::new(move || {
            done.set(true);
            waker.wake();
        });
        if let Err(passed) = turn::driver::call_behind(passed) {
            let callback = self
                .callback
                .insert(Closure::once_assert_unwind_safe(passed));
            js::set_timeout(callback.as_ref().unchecked_ref(), 0);
        }
        Poll::Pending
    }
}

/// Runs an application: the portable entry point.
///
/// Starts the page's event loop and returns; a failure of `app` is an error in the console.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// async fn app() -> Result<(), insula::Error> {
///     assert_eq!(insula::compute(|n: u32| n + 1, 1).await?, 2);
///     Ok(())
/// }
///
/// // In an application: `#[wasm_bindgen::prelude::wasm_bindgen(start)]`.
/// fn start() {
///     insula::main(app);
/// }
/// # start();
/// # }
/// ```
///
/// # Platform
/// Native: drives the host's loop until `app` has its result. In a worker that insula started it does
/// nothing: the worker becomes the isolate that was asked for.
pub fn main<F: Future<Output: AppResult> + 'static>(app: impl FnOnce() -> F) {
    if js::take_boot().is_some() {
        #[cfg(feature = "bundler-target")]
        become_isolate();
        return;
    }
    let app = app();
    spawn_local(async move {
        if let Err(error) = app.await.into_result() {
            log::error(&format!("error: {error}"));
        }
    });
}

/// Enters this worker when the application's start function is done. Otherwise the loader does it, which
/// needs the module's exports; with `--target bundler` JavaScript can't reach them.
#[cfg(feature = "bundler-target")]
fn become_isolate() {
    let enter = Closure::once_into_js(worker::enter::enter_worker);
    js::queue_microtask(enter.unchecked_ref());
}
