//! An isolate that is not the root has the root ask all others.

use std::time::Duration;

use insula_core::inspect::{self, Account, Inspection, IsolateInfo};

use super::{received, relay, said};
use crate::{
    Isolate, Web, asking, clock,
    ids::{self, ROOT},
    mailbox::Mailbox,
    protocol::frame::Frame,
    side,
};

/// What the root has found, for this isolate. It has three quarters of the time: the rest is for the way.
pub(super) async fn gather(limit: Duration) -> Inspection {
    let number = received::with(asking::Answers::expect);
    let question = asking::write(&(number, limit / 4 * 3));
    let since = clock::now();
    side::send(ROOT, Frame::call(relay::ask, question));
    let has_come = || received::with(|asked| asked.has_come(number));
    asking::until(has_come, limit).await;
    received::with(|asked| asked.take(number)).unwrap_or_else(|| alone(since))
}

/// What is known here, when the root has not answered since.
fn alone(since: Duration) -> Inspection {
    let at = clock::now();
    let mut main = inspect::unknown(0, "main");
    main.parent_name.clear();
    inspect::fall_silent(&mut main, at.saturating_sub(since));
    let Account { isolate, pools } = said::account();
    let mut own = isolate;
    own.id = ids::own().number();
    if let Some(name) = Isolate::current().debug_name() {
        own.name.push_str(name);
    }
    let isolates: Vec<(Option<Mailbox>, IsolateInfo)> =
        vec![(Some(ROOT.into()), main), (Some(ids::own().into()), own)];
    inspect::put_together::<Web>(isolates, pools, at)
}
