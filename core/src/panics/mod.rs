//! Panics as values: what an isolate catches, and what the panic hook adds to it.
//!
//! The hook is installed once, by the first event loop, and chains to the one it finds. A panic
//! inside an isolate is not printed: it becomes an error of the isolate, with message, location and
//! backtrace, and the code that receives the error reports it. Everywhere else the earlier hook runs as before, and for a
//! panic that comes while another unwinds, as that may end the process.
//! A hook that an application installs later replaces this one unless it calls it; errors then lack
//! their location. What an application is told of this stands in the documentation of `insula`.

use std::{
    any::Any,
    backtrace::{Backtrace, BacktraceStatus},
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    sync::Once,
    thread,
};

mod apart;

use crate::{Platform, RemoteError, wire};

use apart::{CATCHING, let_go};

pub use apart::{apart, uncaught};

thread_local! {
    /// What the hook saw of the panic that is unwinding now.
    static SEEN: RefCell<Option<RemoteError>> = const { RefCell::new(None) };
    /// Whether running code is being left on purpose: no hook sees that unwind.
    static LEAVING: Cell<bool> = const { Cell::new(false) };
}

/// What a thread knows of the panics of the code that it runs.
#[derive(Default)]
pub(crate) struct Unwinding {
    catching: usize,
    seen: Option<RemoteError>,
    leaving: bool,
}

/// Makes this what the thread knows; gives back what it knew.
pub(crate) fn replace(known: Unwinding) -> Unwinding {
    Unwinding {
        catching: CATCHING.replace(known.catching),
        seen: SEEN
            .try_with(|seen| seen.replace(known.seen))
            .ok()
            .flatten(),
        leaving: LEAVING.replace(known.leaving),
    }
}

/// The payload of an unwind that ends an isolate on purpose; no hook sees it.
pub(crate) struct Unwind;

/// What stopped a piece of code.
pub(crate) enum Stopped {
    /// It panicked.
    Panic(RemoteError),
    /// Its isolate is to end: `exit`, or a kill at a checkpoint.
    Unwound,
}

/// Leaves the running code of an isolate that is over: unwinds to the event loop, silently, or abandons it
/// where nothing unwinds.
pub(crate) fn leave<P: Platform>() -> ! {
    if P::CATCHES_PANICS {
        LEAVING.set(true);
        panic::resume_unwind(Box::new(Unwind))
    }
    P::abandon()
}

/// Runs code of an isolate and catches what it throws.
pub(crate) fn catch<P: Platform, R>(code: impl FnOnce() -> R) -> Result<R, Stopped> {
    CATCHING.set(CATCHING.get() + 1);
    if cfg!(panic = "abort") {
        // Nothing is ever caught. Said here, it spares the code for that wherever this is inlined.
        let value = code();
        CATCHING.set(CATCHING.get() - 1);
        return Ok(value);
    }
    let result = P::catch_foreign(|| panic::catch_unwind(AssertUnwindSafe(code)));
    CATCHING.set(CATCHING.get() - 1);
    match result {
        Ok(Ok(value)) => {
            // Code that was being left may have caught that itself, and returned.
            if LEAVING.get() && !thread::panicking() {
                LEAVING.set(false);
            }
            Ok(value)
        }
        Ok(Err(payload)) => Err(stopped(payload)),
        // A panic in a callback comes as an exception through whatever has called it. The hook has seen where.
        Err(exception) => Err(Stopped::Panic(match take_seen() {
            Some(seen) if P::CATCHES_PANICS && exception.tells(seen.description()) => seen,
            _ => exception,
        })),
    }
}

/// Polls a future of an isolate to its end and catches what it throws.
pub(crate) async fn catch_async<P: Platform, F: Future>(future: F) -> Result<F::Output, Stopped> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(
        |context| match catch::<P, _>(|| future.as_mut().poll(context)) {
            Ok(polled) => polled.map(Ok),
            Err(stopped) => std::task::Poll::Ready(Err(stopped)),
        },
    )
    .await
}

fn stopped(payload: Box<dyn Any + Send>) -> Stopped {
    if payload.is::<Unwind>() {
        LEAVING.set(false);
        return Stopped::Unwound;
    }
    let text = text(&*payload);
    // Code may have caught an earlier panic itself, and then thrown this without the hook.
    let seen = take_seen().filter(|seen| seen.description() == text);
    let error = seen.unwrap_or_else(|| RemoteError::new(text, ""));
    let_go(payload);
    take_seen();
    Stopped::Panic(error)
}

/// What the hook saw; nothing on a thread that is being torn down.
fn take_seen() -> Option<RemoteError> {
    SEEN.try_with(RefCell::take).ok().flatten()
}

/// The message of a panic; Dart's wording where it has none.
pub(crate) fn text(payload: &dyn Any) -> String {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "Instance of 'Box<dyn Any>'".to_owned()
    }
}

/// Installs the hook, the first time it is called. Not from a thread that panics, which may not change it; a page
/// where panics abort is one from its first panic on. The next event loop of another thread installs it then.
pub(crate) fn install_hook<P: Platform>() {
    static INSTALLED: Once = Once::new();
    if thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if wire::is_rehearsing() {
                // A type is being tried out with made-up values.
                return;
            }
            let inside = CATCHING.try_with(Cell::get).unwrap_or(0) > 0;
            if !inside {
                earlier(info);
            } else if P::CATCHES_PANICS {
                let known = SEEN.try_with(|seen| seen.replace(Some(describe::<P>(info))));
                // A panic during another one ends the process when a destructor lets it out: it is told while
                // it can be.
                if LEAVING.get() || matches!(known, Ok(Some(_))) {
                    earlier(info);
                }
            } else {
                P::on_fatal_panic(&describe::<P>(info));
            }
        }));
    });
}

fn describe<P: Platform>(info: &PanicHookInfo<'_>) -> RemoteError {
    let location = info
        .location()
        .map(|at| format!("at {at}"))
        .unwrap_or_default();
    let stack_trace = if P::HAS_BACKTRACES {
        with_backtrace(location)
    } else {
        location
    };
    RemoteError::new(text(info.payload()), stack_trace)
}

/// A place, and behind it the calls that led there, where the program was started with `RUST_BACKTRACE`.
fn with_backtrace(location: String) -> String {
    let backtrace = Backtrace::capture();
    match backtrace.status() {
        BacktraceStatus::Captured => format!("{location}\n{backtrace}"),
        _ => location,
    }
}
