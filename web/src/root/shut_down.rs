//! The end of all workers, while the page goes on.

use std::cell::Cell;

use insula_core::ExitReason;

use super::{end::end, record};
#[cfg(feature = "js")]
use crate::isolate_module;
use crate::{
    ids::{self, IsolateId, ROOT},
    protocol::head::Failure,
    turn::driver,
};

thread_local! {
    static IS_SHUT_DOWN: Cell<bool> = const { Cell::new(false) };
}

/// Ends all workers that this module has started, and starts none any more.
///
/// For a page that goes on without the module: hot reload puts another in its place, a single-page application leaves the
/// view that used it. Whatever waits for one of the isolates is told as after a kill: jobs fail with
/// [`TaskError::IsolateLost`](crate::TaskError::IsolateLost), exit listeners are told. To spawn another is
/// [`SpawnError::Failed`](crate::SpawnError::Failed), so nothing that starts workers anew when they end keeps the page busy;
/// [`configure`](crate::web::configure) begins anew. Calling it twice makes no difference. In an isolate it does nothing: the
/// workers belong to where the application began.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// use insula::web;
///
/// /// Exported to JavaScript: `import.meta.hot?.dispose(() => app.stop());` in an application that Vite serves.
/// #[wasm_bindgen::prelude::wasm_bindgen]
/// pub fn stop() {
///     web::shut_down();
/// }
///
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # async fn example() -> Result<(), insula::Error> {
/// let runner = insula::IsolateRunner::spawn().await?;
/// stop();
/// assert_eq!(web::worker_count(), 0);
/// assert!(insula::IsolateRunner::spawn().await.is_err());
/// # web::configure(web::Options::new());
/// # Ok(())
/// # }
/// ```
pub fn shut_down() {
    if ids::own() != ROOT {
        return;
    }
    IS_SHUT_DOWN.set(true);
    let all: Vec<IsolateId> =
        record::with_all(|workers| workers.iter().map(|(id, _)| id).collect());
    for id in all {
        end(id, ExitReason::Killed, false);
    }
    #[cfg(feature = "js")]
    isolate_module::revoke();
    driver::run();
}

/// The application begins anew.
pub(super) fn begin_anew() {
    IS_SHUT_DOWN.set(false);
}

/// # Errors
/// No worker starts any more.
pub(super) fn check() -> Result<(), Failure> {
    if IS_SHUT_DOWN.get() {
        return Err(Failure::failed(
            "`web::shut_down()` has ended all workers; `web::configure()` begins anew",
        ));
    }
    Ok(())
}
