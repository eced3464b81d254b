//! [`Link`]: what the senders of one isolate share: their credits.

use std::{
    sync::Arc,
    task::{Poll, Waker},
    thread,
};

use super::protocol::{Grant, LinkId, Loss, Note, Total, tell};
use crate::{
    Platform,
    contract::{Address, Control, Deliver, Delivery, ExitMessage, Mailbox, PortId, To},
    departures,
    event_loop::EventLoop,
    last_will::LastWill,
    panics,
    sync::Mutex,
};

/// What the senders of one isolate share. Its drop tells the receiver that they are gone.
pub(super) struct Link<P: Platform> {
    outlet: Arc<Outlet<P>>,
    /// How many items may be on their way or unread.
    credits: u32,
    /// Where credits arrive; none before the first item.
    grants: Mutex<Option<Address<P>>>,
    /// Whether it stands in for another while a message type is rehearsed.
    is_stand_in: bool,
}

/// What credits are added to.
pub(super) struct Outlet<P: Platform> {
    id: LinkId,
    inlet: Address<P>,
    flow: Mutex<Flow>,
}

struct Flow {
    credits: u32,
    /// Whether nobody receives any more.
    is_closed: bool,
    splits: u64,
    items: u64,
    /// Why items may be missing.
    loss: Option<Loss>,
    wakers: Vec<Waker>,
}

impl<P: Platform> Link<P> {
    pub(super) fn new(id: LinkId, inlet: Address<P>, credits: u32) -> Self {
        let flow = Flow {
            credits,
            is_closed: false,
            splits: 0,
            items: 0,
            loss: None,
            wakers: Vec::new(),
        };
        Self {
            outlet: Arc::new(Outlet {
                id,
                inlet,
                flow: Mutex::new(flow),
            }),
            credits,
            grants: Mutex::new(None),
            is_stand_in: false,
        }
    }

    /// A link without effect.
    pub(super) fn stand_in(inlet: Address<P>) -> Self {
        let mut link = Self::new(LinkId::FIRST, inlet, 0);
        link.is_stand_in = true;
        link
    }

    pub(super) fn id(&self) -> LinkId {
        self.outlet.id
    }

    pub(super) fn credits(&self) -> u32 {
        self.credits
    }

    pub(super) fn outlet(&self) -> &Arc<Outlet<P>> {
        &self.outlet
    }

    pub(super) fn inlet(&self) -> &Address<P> {
        &self.outlet.inlet
    }

    /// Where credits arrive.
    pub(super) fn grants(&self) -> Option<Address<P>> {
        self.grants.lock().clone()
    }

    /// Whether credits arrive elsewhere than where the caller runs.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.grants()
            .is_some_and(|grants| !EventLoop::is_reached_here(&grants))
    }

    /// Has credits arrive where the caller runs, unless they arrive somewhere already.
    pub(super) fn open(&self) {
        let grants = {
            let mut place = self.grants.lock();
            if place.is_some() {
                return;
            }
            place
                .insert(EventLoop::open_unref(self.outlet.clone()))
                .clone()
        };
        let inlet = self.inlet();
        if inlet.mailbox != grants.mailbox
            && let Ok(response) = P::pack_for(Grant::Closed, To::Isolate(&grants.mailbox))
        {
            let to = grants.clone();
            let response = ExitMessage::Response(response);
            inlet.mailbox.control(Control::Watch { to, response });
        }
        let link = self.id();
        tell(inlet, Note::<P>::Opened { link, grants });
    }

    /// A link for a sender that is used in another isolate from now on.
    pub(super) fn split(&self) -> Self {
        let into = LinkId::new::<P>();
        self.split_into(into);
        Self::new(into, self.inlet().clone(), self.credits)
    }

    /// Tells the receiver of a link that is made elsewhere.
    pub(super) fn split_into(&self, into: LinkId) {
        self.outlet.flow.lock().splits += 1;
        let link = self.id();
        tell(self.inlet(), Note::<P>::Split { link, into });
    }

    /// What the receiver is told when the message with the sender of a link that would be made elsewhere is dropped unread.
    pub(super) fn will(&self, into: LinkId) -> LastWill<P> {
        let dropped = Note::<P>::Dropped {
            link: into,
            total: Total::default(),
            loss: None,
        };
        let inlet = self.inlet();
        let message = P::pack_for(dropped, To::Isolate(&inlet.mailbox)).ok();
        LastWill::new(inlet.clone(), message)
    }

    /// Tells the receiver of a link that is made elsewhere, when the message with its sender has gone there.
    pub(super) fn depart(self: Arc<Self>, into: LinkId) {
        self.split_into(into);
        departures::note(move |mailbox| {
            let mailbox = mailbox.and_then(|mailbox| mailbox.downcast_ref::<P::Mailbox>());
            let to = mailbox.map(|mailbox| Address {
                mailbox: mailbox.clone(),
                port: PortId(0),
            });
            tell(self.inlet(), Note::<P>::Sent { link: into, to });
        });
    }
}

impl<P: Platform> Drop for Link<P> {
    fn drop(&mut self) {
        if self.is_stand_in {
            return;
        }
        let grants = self.grants.lock().take();
        let (total, loss) = {
            let flow = self.outlet.flow.lock();
            let total = Total {
                opened: grants.is_some(),
                splits: flow.splits,
                items: flow.items,
            };
            (total, flow.loss)
        };
        let inlet = self.inlet();
        if let Some(grants) = grants {
            EventLoop::close(&grants);
            if inlet.mailbox != grants.mailbox {
                let to = grants;
                inlet.mailbox.control(Control::RemoveExitListener { to });
            }
        }
        let link = self.id();
        tell(inlet, Note::<P>::Dropped { link, total, loss });
    }
}

/// Why what is dropped now might have been of use.
fn loss<P: Platform>() -> Option<Loss> {
    let is_ending = EventLoop::<P>::try_current().is_some_and(|here| here.is_ending());
    if is_ending {
        Some(Loss::Ended)
    } else {
        // Where a panic does not unwind it drops nothing, and its page is one that panics from then on.
        (P::CATCHES_PANICS && thread::panicking()).then_some(Loss::Panicked)
    }
}

impl<P: Platform> Outlet<P> {
    /// Takes a credit for one item: whether there is a receiver. `waker` is woken when there may be another answer.
    pub(super) fn poll_credit(&self, waker: &Waker) -> Poll<bool> {
        self.poll(waker, Flow::take)
    }

    /// Completes when nobody receives any more.
    pub(super) fn poll_closed(&self, waker: &Waker) -> Poll<()> {
        self.poll(waker, |flow| flow.is_closed.then_some(()))
    }

    /// As [`poll_credit`](Self::poll_credit), without a wait; `None` when there is no credit.
    pub(super) fn try_credit(&self) -> Option<bool> {
        self.flow.lock().take()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.flow.lock().is_closed
    }

    /// Notes how a sender of the link is dropped.
    pub(super) fn dropped(&self) {
        if let Some(loss) = loss::<P>() {
            self.flow.lock().loss.get_or_insert(loss);
        }
    }

    /// Gives back the credit of an item that was not sent.
    pub(super) fn give_back(&self) {
        let wakers = {
            let mut flow = self.flow.lock();
            flow.items -= 1;
            flow.credits += 1;
            std::mem::take(&mut flow.wakers)
        };
        wake(wakers);
    }

    fn poll<R>(&self, waker: &Waker, look: impl Fn(&mut Flow) -> Option<R>) -> Poll<R> {
        let mut new = None;
        loop {
            let mut flow = self.flow.lock();
            if let Some(result) = look(&mut flow) {
                return Poll::Ready(result);
            }
            if flow.wakers.iter().any(|known| known.will_wake(waker)) {
                return Poll::Pending;
            }
            // Cloning a waker may run any code: outside the lock.
            if let Some(new) = new.take() {
                flow.wakers.push(new);
                return Poll::Pending;
            }
            drop(flow);
            new = Some(waker.clone());
        }
    }

    fn change(&self, change: impl FnOnce(&mut Flow)) {
        let wakers = {
            let mut flow = self.flow.lock();
            change(&mut flow);
            std::mem::take(&mut flow.wakers)
        };
        wake(wakers);
    }
}

impl Flow {
    fn take(&mut self) -> Option<bool> {
        if self.is_closed {
            return Some(false);
        }
        self.credits = self.credits.checked_sub(1)?;
        self.items += 1;
        Some(true)
    }
}

fn wake(wakers: Vec<Waker>) {
    for waker in wakers {
        panics::apart(|| waker.wake());
    }
}

impl<P: Platform> Deliver<P> for Outlet<P> {
    fn deliver(&self, parcel: P::Parcel) -> Delivery {
        match P::unpack::<Grant>(parcel) {
            Ok(Grant::More(credits)) => self.change(|flow| {
                flow.credits = flow.credits.saturating_add(credits);
            }),
            Ok(Grant::Closed) => {
                self.change(|flow| flow.is_closed = true);
                return Delivery::Closed;
            }
            Err(_) => {}
        }
        Delivery::Open
    }

    fn closed(&self) {
        let is_used = !self.is_closed();
        if is_used {
            tell(&self.inlet, Note::<P>::Moved(self.id));
        }
        // Who waits elsewhere takes a link of its own.
        self.change(|_| {});
    }

    fn is_internal(&self) -> bool {
        true
    }
}
