//! Dart's isolates for Rust.
#![forbid(unsafe_code)]

#[cfg(not(target_arch = "wasm32"))]
pub use insula_native::*;
#[cfg(target_arch = "wasm32")]
pub use insula_web::*;

/// Declares statics of which every isolate has its own value, made at first use and dropped with it.
#[macro_export]
macro_rules! isolate_local {
    ($($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $value:expr;)+) => {
        $($(#[$attribute])* $visibility static $name: $crate::IsolateLocal<$type> = $crate::IsolateLocal::new(|| $value);)+
    };
}
