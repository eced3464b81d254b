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
//! | everything at one moment | [`Inspection`], made by [`snapshot`] |
//! | one isolate, one pool | [`IsolateInfo`], [`State`], [`EventInfo`], [`UnreadPort`]; [`PoolInfo`], [`JobInfo`](crate::JobInfo) |
//! | what stands out, in words | [`Finding`], [`Thresholds`] |

mod finding;
mod inspection;
mod isolate;
mod table;

use crate::{
    PoolInfo,
    contract::{Mailbox as _, Platform},
    inspection::Status,
    recording,
    work::{self, Glance},
};

pub use finding::{Finding, Thresholds};
pub use inspection::Inspection;
pub use isolate::{EventInfo, IsolateInfo, State, UnreadPort};

/// What all isolates and pools do now. It stops none of them, and waits for none.
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
/// Native: isolates of this process. Simulator: those of the run, in virtual time. Web: nothing, as isolates share no memory;
/// the function is no part of the facade there.
pub fn snapshot<P: Platform>() -> Inspection {
    let register = recording::register();
    register.times().keep();
    let at = P::now();
    let mut found: Vec<_> = register
        .isolates()
        .iter()
        .filter_map(|status| look::<P>(status, at))
        .collect();
    let pools = register
        .pools()
        .iter()
        .filter_map(|pool| work::glance::<P>(&**pool, at))
        .map(|glance| pool_info(glance, &mut found))
        .collect();
    Inspection {
        isolates: found.into_iter().map(|found| found.info).collect(),
        pools,
        at,
    }
}

/// An isolate and its address, if it has one already.
struct Found<P: Platform> {
    mailbox: Option<P::Mailbox>,
    info: IsolateInfo,
}

/// What an isolate does; `None` when it is gone.
fn look<P: Platform>(status: &Status, at: std::time::Duration) -> Option<Found<P>> {
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
    Some(Found {
        info: IsolateInfo::new(status, queue, at),
        mailbox: mailbox.cloned(),
    })
}

/// What a pool does. Its isolates are told which job they have.
fn pool_info<P: Platform>(glance: Glance<P>, isolates: &mut [Found<P>]) -> PoolInfo {
    for (job, mailbox) in glance.info.jobs.iter().zip(&glance.isolates) {
        let mut isolates = isolates.iter_mut();
        if let Some(found) = isolates.find(|found| found.mailbox.as_ref() == Some(mailbox)) {
            found.info.job = Some(job.clone());
        }
    }
    glance.info
}
