//! The web platform of insula: an isolate is a Web Worker, a message is encoded once.
//!
//! | file | what |
//! |---|---|
//! | `mailbox.rs` | addresses as numbers, and the queues of this isolate |
//! | `parcel.rs` | messages as bytes, with ports, functions and buffers beside them |
//! | `spawner.rs` | asking for a worker, and becoming one |
//! | `clock.rs` | time and randomness |
//! | `frame.rs`, `delivery.rs` | what stands in a message between two workers, and what it is for them |
//! | `link.rs`, `root.rs` | the way from one isolate to another; who speaks for those that are gone |
//! | `direct.rs` | two workers without the root |
//! | `outbox.rs` | many small events as one message |
//! | `gloo.rs`, `gloo/` | isolates in workers of gloo-worker |
//! | `driver.rs` | turns of the event loop, out of the browser's |
//! | `checkpoint.rs` | how a busy worker hears that there is control for it |
//! | `build.rs` | what tells two builds apart |
//! | `value.rs`, `isolate.js` | messages to and from scripts, as JavaScript values; what a script imports |
//! | `js.rs`, `worker.js` | every import from JavaScript; the loader of a worker |
//!
//! Every handle is a number, so handles are `Send` here as well; JavaScript objects live in tables of
//! the isolate that owns them.

mod build;
mod checkpoint;
mod clock;
mod delivery;
mod direct;
mod driver;
mod frame;
#[cfg(feature = "gloo")]
mod gloo;
mod js;
mod link;
mod mailbox;
mod outbox;
mod parcel;
mod root;
mod spawner;
#[cfg(feature = "js")]
mod value;

/// What only browsers have.
pub mod web {
    pub use crate::root::{
        set_heartbeat, set_start_timeout, set_worker_limit, set_worker_url, worker_count,
    };

    #[cfg(feature = "gloo")]
    #[doc(inline)]
    pub use crate::gloo::face as gloo;

    /// The URL of `isolate.js`, which a JavaScript module imports to take part as an isolate.
    ///
    /// The file needs no build and may lie anywhere: this is where wasm-bindgen has put it, a `blob:` URL or, with its
    /// `--split-linked-modules`, a file beside the glue. Scripts that can't know that import a copy, or from the URL
    /// in their arguments.
    ///
    /// ```ignore-linux,ignore-apple,ignore-windows
    /// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
    /// # #[wasm_bindgen_test::wasm_bindgen_test]
    /// # fn example() {
    /// let url = insula::web::isolate_module_url();
    /// assert!(url.starts_with("blob:") || url.ends_with("isolate.js"), "{url}");
    /// # }
    /// ```
    #[cfg(feature = "js")]
    #[must_use]
    pub fn isolate_module_url() -> String {
        wasm_bindgen::link_to!(module = "/src/isolate.js")
    }

    /// Wraps an `ArrayBuffer`, such as a fetched document, without copying it into wasm memory.
    ///
    /// ```ignore-linux,ignore-apple,ignore-windows
    /// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
    /// # #[wasm_bindgen_test::wasm_bindgen_test]
    /// # fn example() {
    /// let fetched = js_sys::Uint8Array::from(b"photos".as_slice()).buffer();
    /// let data = insula::web::transferable_from_array_buffer(fetched);
    /// assert_eq!(data.materialize().unwrap(), b"photos"); // here, or in the worker it is sent to
    /// # }
    /// ```
    #[must_use]
    pub fn transferable_from_array_buffer(
        buffer: js_sys::ArrayBuffer,
    ) -> crate::TransferableTypedData {
        crate::TransferableTypedData::from_buffer(crate::Buffer::new(buffer))
    }
}

use std::{future::Future, pin::Pin, rc::Rc, sync::Arc, task::Poll, time::Duration};

#[cfg(feature = "js")]
use insula_core::contract::To;
use insula_core::{
    AppResult, Host, Platform,
    contract::{Carrier, Code, ComputeOn, Deliver, FnPointer, Launch, Started},
};
use wasm_bindgen::prelude::*;

#[cfg(feature = "json")]
pub use insula_core::Json;
pub use mailbox::{Inbox, Mailbox};
pub use parcel::{Buffer, Parcel, ShippedFunction};

insula_core::face!(Web);

/// An event loop of this platform.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// let here = insula::EventLoop::current();
/// assert_eq!(here.handle(), insula::Isolate::current());
/// # }
/// ```
pub type EventLoop = insula_core::EventLoop<Web>;

/// Isolates as Web Workers.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// use insula_core::Platform;
///
/// const { assert!(!insula::Web::CAN_SPAWN && insula::Web::CAN_KILL_AT_ONCE) };
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
    const COMPUTE_ON: ComputeOn = ComputeOn::EventLoop;
    const SPAWN_UNSUPPORTED: &'static str = "an isolate here is a Web Worker, which starts from code, not from this heap: use `Isolate::spawn_uri`, \
         `IsolateRunner` or `LoadBalancer`";

    type Mailbox = Mailbox;
    type Inbox = Inbox;
    type Parcel = Parcel;
    type Carrier = Self;

    fn host() -> (Arc<Host<Self>>, Mailbox, Inbox) {
        driver::host()
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

    #[cfg(feature = "js")]
    fn pack_for<M: Message>(message: M, to: To<'_, Self>) -> Result<Parcel, (EncodeError, M)> {
        match to {
            To::Isolate(mailbox) if !mailbox.is_script() => Parcel::pack(message),
            _ => value::pack(message),
        }
    }

    fn unpack<M: Message>(parcel: Parcel) -> Result<M, DecodeError> {
        parcel.unpack()
    }

    fn now() -> Duration {
        clock::now()
    }

    fn random() -> u128 {
        clock::random()
    }

    fn cores() -> usize {
        js::HARDWARE_CONCURRENCY.with(|cores| cores.map_or(1, |cores| cores.max(1.0) as usize))
    }

    fn next_frame() -> impl Future<Output = ()> {
        Macrotask::default()
    }

    fn report(isolate: &str, error: &RemoteError) {
        web_sys::console::error_1(
            &format!(
                "Unhandled error in isolate `{isolate}`: {error}\n{}",
                error.stack_trace()
            )
            .into(),
        );
    }

    fn abandon() -> ! {
        link::abandon()
    }

    fn catch_foreign<R>(code: impl FnOnce() -> R) -> Result<R, RemoteError> {
        if cfg!(panic = "abort") {
            // Nothing would be unwound, so the instance is lost with it.
            return Ok(code());
        }
        js::shield(code).map_err(|exception| {
            let stack = js::field(&exception, "stack").as_string();
            RemoteError::new(spawner::text_of(&exception), stack.unwrap_or_default())
        })
    }

    fn on_fatal_panic(error: &RemoteError) {
        link::lost(error);
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
        let callback = self
            .callback
            .insert(Closure::own_assert_unwind_safe(move || {
                done.set(true);
                waker.wake_by_ref();
            }));
        js::set_timeout(callback.as_ref().unchecked_ref(), 0);
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
            web_sys::console::error_1(&format!("error: {error}").into());
        }
    });
}

/// Enters this worker when the application's start function is done. Otherwise the loader does it, which
/// needs the module's exports; with `--target bundler` nobody can reach them from JavaScript.
#[cfg(feature = "bundler-target")]
fn become_isolate() {
    let enter = Closure::once_into_js(link::enter_worker);
    js::queue_microtask(enter.unchecked_ref());
}
