//! A desktop application whose window never stands still: a pool computes, and each frame looks how far it is.
//!
//! | file | what |
//! |---|---|
//! | `window.rs` | the window: two buttons, a bar, a line of text |
//! | `work.rs` | what the pool does, and how far it is |
//! | `repaint.rs` | a waker that asks for the next frame |
#![forbid(unsafe_code)]

mod repaint;
mod window;
mod work;

pub use window::Window;
