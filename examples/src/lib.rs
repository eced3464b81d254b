//! Programs that use insula, each on real-sized input.
//!
//! The work itself is portable and stands here; `src/bin/` starts it natively, the page in `www/`
//! in a browser: [`programs`] names them all. Each is a few dozen lines to copy.
#![forbid(unsafe_code)]

pub mod digest;
pub mod documents;
pub mod frames;
pub mod images;
pub mod live_tracking;
pub mod long_running_isolate;
pub mod photos;
pub mod primes;
pub mod products;
pub mod programs;
pub mod report;
pub mod restart;
pub mod send_and_receive;
pub mod sort;
pub mod users;
