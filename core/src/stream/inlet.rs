//! [`Inlet`]: what a receiver knows of its senders. It grants credits and finds out when no sender is left.

use std::{collections::BTreeMap, sync::Arc};

use super::protocol::{Grant, LinkId, Loss, Note, Total, tell};
use crate::{
    ExitReason, Platform, RemoteError, TaskError,
    completion::FailureSink,
    contract::{Address, Control, Deliver, Delivery, ExitMessage, Mailbox, To},
    event_loop::EventLoop,
    sync::Mutex,
};

/// The receiving side of a channel, without its items.
pub(super) struct Inlet<P: Platform> {
    state: Mutex<State<P>>,
    /// Ends the port of the items.
    items: Arc<dyn FailureSink>,
    /// How many credits go back at once.
    batch: u32,
}

struct State<P: Platform> {
    /// Where notes arrive; none when nothing is left to be told.
    address: Option<Address<P>>,
    links: BTreeMap<LinkId, Link<P>>,
    watched: Vec<Watched<P>>,
    next_watch: u32,
    /// Why items may be missing.
    error: Option<TaskError>,
    /// Whether an isolate with a link was lost: notes that it sent may be missing.
    has_losses: bool,
    /// Whether items are taken. When they are not, the links that are left are told so as they come.
    is_receiving: bool,
}

/// What is known of a link.
struct Link<P: Platform> {
    /// Whether the link that it came from has told of it.
    is_known: bool,
    /// What it has told so far.
    told: Total,
    /// What it has told in all, when its last sender is gone.
    total: Option<Total>,
    grants: Option<Address<P>>,
    watch: Option<u32>,
    /// How many credits are to be given back.
    owed: u32,
}

impl<P: Platform> Default for Link<P> {
    fn default() -> Self {
        Self {
            is_known: false,
            told: Total::default(),
            total: None,
            grants: None,
            watch: None,
            owed: 0,
        }
    }
}

/// An isolate in which there are links.
struct Watched<P: Platform> {
    number: u32,
    mailbox: P::Mailbox,
    links: usize,
}

/// What follows from a note; done outside the lock.
struct Acts<P: Platform> {
    grants: Vec<(Address<P>, Grant)>,
    watch: Option<(P::Mailbox, u32)>,
    unwatch: Vec<P::Mailbox>,
    ends_items: bool,
    /// Links that are forgotten; what they hold may run any code when it is dropped.
    gone: Vec<Link<P>>,
    /// Where notes have arrived until now.
    over: Option<Address<P>>,
    /// Where notes arrive.
    address: Option<Address<P>>,
}

impl<P: Platform> Inlet<P> {
    /// An inlet with one link, which may send `credits` items before some go back.
    pub(super) fn open(items: Arc<dyn FailureSink>, credits: u32) -> Arc<Self> {
        let first = Link {
            is_known: true,
            ..Link::default()
        };
        let inlet = Arc::new(Self {
            state: Mutex::new(State {
                address: None,
                links: BTreeMap::from([(LinkId::FIRST, first)]),
                watched: Vec::new(),
                next_watch: 0,
                error: None,
                has_losses: false,
                is_receiving: true,
            }),
            items,
            batch: (credits / 2).max(1),
        });
        let address = EventLoop::open_unref(inlet.clone());
        inlet.state.lock().address = Some(address);
        inlet
    }

    /// Where notes arrive; none when no sender is left.
    pub(super) fn address(&self) -> Option<Address<P>> {
        self.state.lock().address.clone()
    }

    /// Why items may be missing, once; for a stream that has ended.
    pub(super) fn take_error(&self) -> Option<TaskError> {
        let mut state = self.state.lock();
        let is_cut = state.is_receiving && state.address.is_some();
        if is_cut {
            state.is_receiving = false;
        }
        let error = state.error.take();
        error.or_else(|| is_cut.then(own_end))
    }

    /// Gives the credit of an item back, sooner or later.
    pub(super) fn consumed(&self, link: LinkId) {
        self.change(|state, acts| state.consumed(link, self.batch, acts));
    }

    /// Takes no more items: senders are told.
    pub(super) fn close(&self) {
        self.change(State::close);
    }

    /// As [`close`](Self::close), where no sender of the first link is left, or ever was.
    pub(super) fn abandon(&self) {
        self.change(|state, acts| {
            state.close(acts);
            state.forget(LinkId::FIRST, acts);
        });
    }

    /// Changes the state, and does what follows.
    fn change(&self, change: impl FnOnce(&mut State<P>, &mut Acts<P>)) {
        let mut acts = Acts {
            grants: Vec::new(),
            watch: None,
            unwatch: Vec::new(),
            ends_items: false,
            gone: Vec::new(),
            over: None,
            address: None,
        };
        {
            let mut state = self.state.lock();
            change(&mut state, &mut acts);
            acts.address = state.address.clone();
            if state.links.is_empty() {
                acts.over = state.address.take();
                acts.ends_items = true;
            }
        }
        self.act(acts);
    }

    fn act(&self, acts: Acts<P>) {
        for (grants, grant) in acts.grants {
            tell(&grants, grant);
        }
        let Some(to) = acts.address else { return };
        if let Some((mailbox, number)) = acts.watch
            && let Ok(response) = P::pack_for(Note::<P>::Ended(number), To::Isolate(&to.mailbox))
        {
            let to = to.clone();
            let response = ExitMessage::Response(response);
            mailbox.control(Control::Watch { to, response });
        }
        for mailbox in acts.unwatch {
            let to = to.clone();
            mailbox.control(Control::RemoveExitListener { to });
        }
        if acts.ends_items {
            self.items.fail(TaskError::Closed);
        }
        if let Some(over) = acts.over {
            EventLoop::close(&over);
        }
    }
}

impl<P: Platform> State<P> {
    fn hear(&mut self, note: Note<P>, batch: u32, acts: &mut Acts<P>) {
        match note {
            Note::Opened { link, grants } => self.opened(link, grants, batch, acts),
            Note::Split { link, into } => {
                self.link(link).told.splits += 1;
                self.link(into).is_known = true;
                self.settle(link, acts);
                self.settle(into, acts);
            }
            Note::Sent { link, to } => self.sent(link, to, acts),
            Note::Moved(link) => {
                if let Some(link) = self.links.get_mut(&link) {
                    link.grants = None;
                    self.watched.release(link.watch.take(), acts);
                }
            }
            Note::Dropped { link, total, loss } => {
                if let Some(loss) = loss {
                    self.error.get_or_insert_with(|| error_of(loss));
                }
                self.link(link).total = Some(total);
                self.settle(link, acts);
            }
            Note::Ended(number) => self.ended(number, acts),
        }
    }

    fn link(&mut self, link: LinkId) -> &mut Link<P> {
        self.links.entry(link).or_default()
    }

    fn opened(&mut self, id: LinkId, grants: Address<P>, batch: u32, acts: &mut Acts<P>) {
        if self.address.is_none() || !self.is_receiving {
            acts.grants.push((grants.clone(), Grant::Closed));
        }
        if self.address.is_none() {
            return;
        }
        let watch = self.watch(&grants.mailbox, acts);
        let link = self.links.entry(id).or_default();
        link.told.opened = true;
        link.grants = Some(grants);
        let before = std::mem::replace(&mut link.watch, watch);
        link.pay(batch, acts);
        self.watched.release(before, acts);
        self.settle(id, acts);
    }

    /// Notes where a link will be whose sender is on its way.
    fn sent(&mut self, id: LinkId, to: Option<Address<P>>, acts: &mut Acts<P>) {
        let is_on_its_way = |link: &Link<P>| !link.told.opened && link.total.is_none();
        if !self.links.get(&id).is_some_and(is_on_its_way) {
            return;
        }
        let watch = to.as_ref().and_then(|to| self.watch(&to.mailbox, acts));
        if let Some(link) = self.links.get_mut(&id) {
            link.watch = watch;
            if to.is_none() {
                link.total = Some(link.told);
                self.lose(Loss::Ended);
                self.settle_all(acts);
            }
        }
    }

    /// Watches an isolate other than the receiver's own.
    fn watch(&mut self, mailbox: &P::Mailbox, acts: &mut Acts<P>) -> Option<u32> {
        let is_own = |own: &Address<P>| own.mailbox == *mailbox;
        if self.address.as_ref().is_none_or(is_own) {
            return None;
        }
        Some(self.watched.add(mailbox, &mut self.next_watch, acts))
    }

    /// Notes that items may be missing, and notes of links as well.
    fn lose(&mut self, loss: Loss) {
        self.has_losses = true;
        self.error.get_or_insert_with(|| error_of(loss));
    }

    fn consumed(&mut self, id: LinkId, batch: u32, acts: &mut Acts<P>) {
        // What a lost link had sent comes after the news of its loss.
        let is_lost = self.has_losses && !self.links.contains_key(&id);
        if is_lost || !self.is_receiving {
            return;
        }
        let link = self.link(id);
        link.told.items += 1;
        link.owed += 1;
        link.pay(batch, acts);
        self.settle(id, acts);
    }

    /// Takes the links of an isolate that has ended for lost, unless they have ended before.
    fn ended(&mut self, number: u32, acts: &mut Acts<P>) {
        let is_watched = |watched: &Watched<P>| watched.number == number;
        let Some(at) = self.watched.iter().position(is_watched) else {
            return;
        };
        self.watched.swap_remove(at);
        let mut is_lost = false;
        for link in self.links.values_mut() {
            if link.watch == Some(number) {
                (link.watch, link.grants) = (None, None);
                is_lost |= link.total.is_none();
                link.total.get_or_insert(link.told);
            }
        }
        if is_lost {
            self.lose(Loss::Ended);
            self.settle_all(acts);
        }
    }

    fn close(&mut self, acts: &mut Acts<P>) {
        if std::mem::replace(&mut self.is_receiving, false) {
            let told = self.links.values().filter_map(|link| link.grants.clone());
            acts.grants
                .extend(told.map(|grants| (grants, Grant::Closed)));
        }
        acts.ends_items = true;
        self.settle_all(acts);
    }

    fn settle_all(&mut self, acts: &mut Acts<P>) {
        let links: Vec<_> = self.links.keys().copied().collect();
        for link in links {
            self.settle(link, acts);
        }
    }

    fn forget(&mut self, id: LinkId, acts: &mut Acts<P>) {
        if let Some(link) = self.links.remove(&id) {
            self.watched.release(link.watch, acts);
            acts.gone.push(link);
        }
    }

    /// Forgets a link from which nothing comes any more.
    fn settle(&mut self, id: LinkId, acts: &mut Acts<P>) {
        let Some(link) = self.links.get(&id) else {
            return;
        };
        let is_known = link.is_known || self.has_losses;
        let has_told_all = link.total.is_some_and(|total| {
            let items = if self.is_receiving {
                total.items
            } else {
                link.told.items
            };
            link.told == Total { items, ..total }
        });
        if is_known && has_told_all {
            self.forget(id, acts);
        }
    }
}

impl<P: Platform> Link<P> {
    /// Gives credits back when there are enough for a message.
    fn pay(&mut self, batch: u32, acts: &mut Acts<P>) {
        if self.owed >= batch
            && let Some(grants) = &self.grants
        {
            let owed = std::mem::take(&mut self.owed);
            acts.grants.push((grants.clone(), Grant::More(owed)));
        }
    }
}

/// The isolates that are watched, one request each.
trait Watching<P: Platform> {
    fn add(&mut self, mailbox: &P::Mailbox, next: &mut u32, acts: &mut Acts<P>) -> u32;
    fn release(&mut self, watch: Option<u32>, acts: &mut Acts<P>);
}

impl<P: Platform> Watching<P> for Vec<Watched<P>> {
    fn add(&mut self, mailbox: &P::Mailbox, next: &mut u32, acts: &mut Acts<P>) -> u32 {
        if let Some(watched) = self.iter_mut().find(|watched| watched.mailbox == *mailbox) {
            watched.links += 1;
            return watched.number;
        }
        let number = *next;
        *next = next.wrapping_add(1);
        self.push(Watched {
            number,
            mailbox: mailbox.clone(),
            links: 1,
        });
        acts.watch = Some((mailbox.clone(), number));
        number
    }

    fn release(&mut self, watch: Option<u32>, acts: &mut Acts<P>) {
        let at = self
            .iter()
            .position(|watched| Some(watched.number) == watch);
        let Some(at) = at else { return };
        self[at].links -= 1;
        if self[at].links == 0 {
            acts.unwatch.push(self.swap_remove(at).mailbox);
        }
    }
}

/// Why items may be missing.
fn error_of(loss: Loss) -> TaskError {
    match loss {
        Loss::Ended => lost("it has ended with a sender of the channel"),
        Loss::Panicked => TaskError::Panicked(RemoteError::new("a panic has dropped a sender", "")),
    }
}

/// Why a stream ends whose own isolate has ended.
fn own_end() -> TaskError {
    lost("the isolate of the receiver has ended")
}

fn lost(how: &str) -> TaskError {
    TaskError::IsolateLost {
        name: None,
        reason: ExitReason::Lost(RemoteError::new(how, "")),
    }
}

impl<P: Platform> Deliver<P> for Inlet<P> {
    fn deliver(&self, parcel: P::Parcel) -> Delivery {
        if let Ok(note) = P::unpack::<Note<P>>(parcel) {
            self.change(|state, acts| state.hear(note, self.batch, acts));
        }
        Delivery::Open
    }

    fn closed(&self) {
        self.change(|state, acts| {
            if state.is_receiving && state.address.is_some() {
                state.error.get_or_insert_with(own_end);
            }
            acts.unwatch
                .extend(state.watched.drain(..).map(|watched| watched.mailbox));
            acts.gone
                .extend(std::mem::take(&mut state.links).into_values());
        });
    }

    fn is_internal(&self) -> bool {
        true
    }
}
