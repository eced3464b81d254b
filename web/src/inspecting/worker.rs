//! A worker answers the root, and has the root ask all others.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use insula_core::{
    inspect::{Account, Inspection, IsolateInfo},
    table::Table,
};

use super::{root, said, wait};
use crate::{
    Isolate, Web, clock,
    ids::{self, IsolateId, ROOT},
    mailbox::Mailbox,
    protocol::frame::Frame,
    side,
};

thread_local! {
    static LAST: Cell<u64> = const { Cell::new(0) };
    /// What was asked, and the answers that have come.
    static ASKED: RefCell<Table<u64, Option<Inspection>>> = RefCell::default();
}

/// The root asks what this isolate does.
pub(super) fn answer(_: IsolateId, _: Vec<u8>) {
    let said = said::write(&said::own());
    side::send(ROOT, Frame::call(root::hear, said));
}

/// What the root has found, for this isolate. It has three quarters of the time: the rest is for the way.
pub(super) async fn gather(limit: Duration) -> Inspection {
    let number = LAST.get() + 1;
    LAST.set(number);
    ASKED.with_borrow_mut(|asked| asked.insert(number, None));
    let question = said::write(&(number, limit * 3 / 4));
    let since = clock::now();
    side::send(ROOT, Frame::call(root::asked, question));
    let has_come = || ASKED.with_borrow(|asked| asked.get(number).is_some_and(Option::is_some));
    wait::until(has_come, limit).await;
    let answer = ASKED.with_borrow_mut(|asked| asked.remove(number));
    answer.flatten().unwrap_or_else(|| alone(since))
}

/// The root has answered.
pub(super) fn hear(_: IsolateId, bytes: Vec<u8>) {
    if let Some((number, inspection)) = said::read::<(u64, Inspection)>(bytes) {
        ASKED.with_borrow_mut(|asked| {
            if let Some(place) = asked.get_mut(number) {
                *place = Some(inspection);
            }
        });
        wait::wake();
    }
}

/// What is known here, when the root has not answered since.
fn alone(since: Duration) -> Inspection {
    let at = clock::now();
    let mut main = IsolateInfo::new(0, "main");
    main.parent_name.clear();
    main.set_silent(at.saturating_sub(since));
    let Account { isolate, pools } = said::account();
    let mut own = isolate;
    own.id = ids::own().number();
    if let Some(name) = Isolate::current().debug_name() {
        own.name.push_str(name);
    }
    let isolates: Vec<(Option<Mailbox>, IsolateInfo)> =
        vec![(Some(ROOT.into()), main), (Some(ids::own().into()), own)];
    Inspection::of::<Web>(isolates, pools, at)
}
