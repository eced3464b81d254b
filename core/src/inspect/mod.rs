//! What isolates do now: all of them, with their queues, and the pools with their jobs.
//!
//! ```
//! use insula::WorkerPool;
//! # insula::main(async || {
//! let pool = WorkerPool::builder().max(1).debug_name("photos").build();
//! let job = pool.job_async(|()| insula::sleep(std::time::Duration::from_secs(3600)), ()).label("resize").start();
//! pool.ready().await?;
//!
//! let now = insula::inspect();
//! println!("{now}"); // a table, and what stands out
//! assert_eq!(now.pools[0].jobs[0].label.as_deref(), Some("resize"));
//! assert!(now.isolates.iter().any(|isolate| isolate.name == "photos 0"));
//! # drop(job);
//! # Ok::<(), insula::Error>(())
//! # });
//! ```
//!
//! | what | where |
//! |---|---|
//! | everything at one moment | [`Inspection`], made by [`within`], and by [`snapshot`] where memory is shared |
//! | one isolate, one pool | [`IsolateInfo`], [`State`], [`EventInfo`], [`UnreadPort`]; [`PoolInfo`](crate::PoolInfo), [`JobInfo`](crate::JobInfo) |
//! | what stands out, in words | [`Finding`], [`Thresholds`] |

mod account;
mod finding;
mod inspection;
mod isolate;
mod table;

use std::{future, time::Duration};

use crate::{
    contract::{Mailbox as _, Platform},
    inspection::Status,
    recording,
    work::Glance,
};

use account::pools;
pub use account::{Account, Earlier, fall_silent, put_together, unknown};
pub use finding::{Finding, Thresholds};
pub use inspection::Inspection;
pub use isolate::{EventInfo, IsolateInfo, State, UnreadPort};

/// What all isolates and pools do now, where isolates share memory. It stops none of them, and waits for none.
///
/// It may be called on any thread, and in any isolate. The first call of a process has isolates note when their events begin
/// and end, from then on: two looks at the clock an event. So it knows of an event that already runs at the first call only
/// that it runs, and [`EventInfo::is_longer`] says so. A program that may hang calls it once when it begins.
///
/// ```
/// # insula::main(async || {
/// let runner = insula::IsolateRunner::builder().debug_name("mail").spawn().await?;
/// let now = insula::inspect();
/// let mail = now.isolates.iter().find(|isolate| isolate.name == "mail");
/// assert!(mail.is_some_and(|mail| mail.parent_name == "main"));
/// # drop(runner);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Platform
/// Native: isolates of this process. Simulator: those of the run, in virtual time. Web: no part of the facade, as isolates share
/// no memory; [`within`] asks them.
pub fn snapshot<P: Platform>() -> Inspection {
    let register = recording::register();
    register.times().keep();
    let at = P::now();
    let isolates = register.isolates();
    let isolates = isolates.iter().filter_map(|status| look::<P>(status, at));
    let pools = pools::<P>(at).map(|Glance { info, isolates }| (info, isolates));
    put_together::<P>(isolates.collect(), pools.collect(), at)
}

/// An isolate's address, if it has one already, and what it does; `None` when it is gone.
fn look<P: Platform>(status: &Status, at: Duration) -> Option<(Option<P::Mailbox>, IsolateInfo)> {
    let mailbox = status
        .mailbox()
        .and_then(|mailbox| mailbox.downcast_ref::<P::Mailbox>());
    if mailbox.is_some_and(P::Mailbox::is_gone) {
        return None;
    }
    let queue = match mailbox {
        Some(mailbox) => mailbox.waiting(),
        None => Some(0),
    };
    let info = IsolateInfo::of_status(status, queue, at);
    Some((mailbox.cloned(), info))
}

/// A platform whose isolates can be inspected.
pub trait Inspect: Platform {
    /// What all isolates and pools do. Where isolates share no memory they are asked, and it completes when they have
    /// answered, within `limit`.
    ///
    /// By default they share it, and it completes at once.
    fn within(limit: Duration) -> impl Future<Output = Inspection> {
        let _ = limit;
        future::ready(snapshot::<Self>())
    }
}

/// What all isolates and pools do now, within `limit`, on every platform.
///
/// Where isolates share memory it stops none of them and waits for none, as [`snapshot`]. In a browser it asks each isolate,
/// which answers between two events, paused or not. Of one that has not answered within `limit` it says so: it is busy, for
/// [`IsolateInfo::silent`] at least, and its other values are those of its last answer. It asks again when an answer has come,
/// so an isolate that hangs is asked once. Code outside isolates is listed there too, as `main`.
///
/// An application that does not call it has no code for it in its module.
///
/// ```
/// use std::time::Duration;
/// # insula::main(async || {
/// let runner = insula::IsolateRunner::builder().debug_name("mail").spawn().await?;
/// let now = insula::inspect::within(Duration::from_millis(500)).await;
/// println!("{now}"); // a table, and what stands out
/// assert!(now.isolates.iter().any(|isolate| isolate.name == "mail" && isolate.silent.is_none()));
/// # drop(runner);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Platform
/// Web: an isolate that is not the page's asks by the page. When the page is too busy to answer, it gives what is known in the
/// isolate itself.
pub async fn within<P: Inspect>(limit: Duration) -> Inspection {
    P::within(limit).await
}
