//! Light isolates: many on few threads.
//!
//! | file | what |
//! |---|---|
//! | `carriers.rs` | the threads of light isolates: how many there are, and which takes a new isolate |
//! | `carrier.rs` | one of them: which isolate it runs next |
//! | `unbegun.rs` | an isolate that no thread has begun to run |
//! | `ready.rs` | how an isolate asks its thread to run it |
//! | `fiber.rs` | stacks, and code that is suspended on one |
//! | `no_fiber.rs` | in its place where stacks can't be switched |
//!
//! An isolate's event loop can't change its thread, so the thread that begins to run it keeps it. Until then any may take it.
//! While it has nothing to do, a light isolate is an event loop and no more. It gets a stack for each of its turns. In a
//! blocking wait it keeps that stack and gives the thread back.

mod carrier;
mod carriers;
#[cfg(all(
    any(unix, windows),
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
))]
mod fiber;
#[cfg(not(all(
    any(unix, windows),
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
)))]
#[path = "no_fiber.rs"]
mod fiber;
mod ready;
mod unbegun;

pub(crate) use carriers::start;
pub(crate) use fiber::{IS_SUPPORTED, Running};
pub(crate) use ready::Place;
pub(crate) use unbegun::Unbegun;
