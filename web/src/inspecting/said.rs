//! What an isolate says of itself.

use std::cell::RefCell;

use insula_core::{
    PoolInfo,
    inspect::{Account, Earlier, IsolateInfo},
};

use crate::{Web, clock, ids::IsolateId, mailbox::Mailbox, turn::driver};

/// An isolate, and its pools with the numbers of the isolates that have their jobs.
pub(super) type Said = (IsolateInfo, Vec<(PoolInfo, Vec<u64>)>);

/// A pool, and the isolates of its jobs.
pub(super) type Pool = (PoolInfo, Vec<Mailbox>);

thread_local! {
    static EARLIER: RefCell<Earlier> = RefCell::default();
}

/// What this isolate says of itself.
pub(super) fn account() -> Account<Web> {
    let mut account = EARLIER.with_borrow_mut(Account::<Web>::of_this_isolate);
    account.isolate.busy_time = driver::busy_time();
    account.isolate.age = clock::now();
    account
}

/// The same, for another isolate.
pub(super) fn own() -> Said {
    let account = account();
    let pools = account.pools.into_iter().map(|(pool, isolates)| {
        let numbers = isolates.iter().map(|mailbox| mailbox.isolate().number());
        (pool, numbers.collect())
    });
    (account.isolate, pools.collect())
}

/// The pools of another isolate.
pub(super) fn pools((_, pools): &Said) -> impl Iterator<Item = Pool> {
    pools.iter().map(|(pool, numbers)| {
        let isolates = numbers
            .iter()
            .map(|number| IsolateId::from_number(*number).into());
        (pool.clone(), isolates.collect())
    })
}
