//! Where `isolate.js` is.

use std::{cell::RefCell, panic::AssertUnwindSafe};

use wasm_bindgen::prelude::*;
use web_sys::{Blob, Url};

use crate::js;

#[wasm_bindgen(module = "/src/scripts.js")]
extern "C" {
    /// Calls `make`, and returns the blob of the URL that it makes.
    #[wasm_bindgen(js_name = blobOf)]
    fn blob_of(make: &mut dyn FnMut()) -> Option<Blob>;
}

thread_local! {
    static URL: RefCell<Option<String>> = const { RefCell::new(None) };
    /// What the URL is of, if it is a blob. wasm-bindgen makes one URL and returns it ever after, also when it is revoked.
    static BLOB: RefCell<Option<Blob>> = const { RefCell::new(None) };
}

/// The URL of `isolate.js`, which a JavaScript module imports to take part as an isolate.
///
/// The file needs no build and may lie anywhere: this is where wasm-bindgen has put it, a `blob:` URL or, with its
/// `--split-linked-modules`, a file beside the glue. Scripts that can't know that import a copy, or from the URL
/// in their arguments. It is the same each time, until [`shut_down`](crate::web::shut_down); after that it is another.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// let url = insula::web::isolate_module_url();
/// assert!(url.starts_with("blob:") || url.ends_with("isolate.js"), "{url}");
/// # }
/// ```
#[must_use]
pub fn isolate_module_url() -> String {
    URL.with_borrow_mut(|url| url.get_or_insert_with(make).clone())
}

fn make() -> String {
    let again = |blob: &Blob| Url::create_object_url_with_blob(blob).ok();
    if let Some(url) = BLOB.with_borrow(|blob| blob.as_ref().and_then(again)) {
        return url;
    }
    let mut url = String::new();
    // Nothing looks at it before the call has returned.
    let mut made = AssertUnwindSafe(&mut url);
    let blob = blob_of(&mut move || {
        **made = wasm_bindgen::link_to!(module = "/src/isolate.js");
    });
    BLOB.set(blob);
    url
}

/// Gives the URL up, if it can be made again.
pub(crate) fn revoke() {
    let can_be_made = BLOB.with_borrow(Option::is_some);
    if let Some(url) = can_be_made.then(|| URL.take()).flatten() {
        js::revoke_url(&url);
    }
}
