//! Programs that use insula, each on real-sized input.
//!
//! The work itself is portable and stands here; `src/bin/` starts it natively, the page in `www/`
//! in a browser.
#![forbid(unsafe_code)]

pub mod frames;
pub mod photos;
pub mod report;
