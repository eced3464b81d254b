//! What a pool tells those who listen, and isolates that do not come to their event loop.
//!
//! An isolate that has had a job for half of the limit is asked for an answer from its loop. It is reported when none has
//! come after the whole limit.

use std::time::Duration;

use super::{Action, Member, MemberId, Phase, Scheduler};
use crate::work::worker_pool::events::PoolEvent;

/// Since when an isolate has not been heard of.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// When it was at its loop.
    heard: Duration,
    /// Since when it has owed an answer.
    asked: Option<Duration>,
    is_reported: bool,
}

impl Watch {
    /// It is at its loop.
    pub(super) fn hear(&mut self, now: Duration) {
        (self.heard, self.asked, self.is_reported) = (now, None, false);
    }

    /// When something is to be done.
    fn due(&self, limit: Duration) -> Option<Duration> {
        match self.asked {
            _ if self.is_reported => None,
            None => Some(self.heard.saturating_add(limit / 2)),
            Some(asked) => Some(asked.saturating_add(limit)),
        }
    }
}

fn is_busy<J>(member: &Member<J>) -> bool {
    member.phase == Phase::Ready && !member.slots.is_empty()
}

impl<J: Clone> Scheduler<J> {
    /// Has what happens told, or not any more.
    pub(in crate::work::worker_pool) fn listen(&mut self, is_heard: bool) {
        (self.is_heard, self.is_saturated) = (is_heard, false);
    }

    /// Tells what happens, if somebody listens. The label of `job` goes with it.
    pub(super) fn tell(&mut self, event: impl FnOnce() -> PoolEvent, job: Option<J>) {
        if self.is_heard {
            self.actions.push(Action::Tell(event(), job));
        }
    }

    /// An isolate has answered from its loop.
    pub(in crate::work::worker_pool) fn heard(&mut self, now: Duration, id: MemberId) {
        if let Some(member) = self.members.get_mut(&id) {
            member.watch.hear(now);
        }
    }

    /// Tells when the pool is full, and when it has nothing left after that.
    pub(super) fn apply_saturation(&mut self) {
        if !self.is_heard {
            return;
        }
        let is_told = self.is_saturated;
        if !is_told && self.is_full() {
            self.is_saturated = true;
            self.tell(|| PoolEvent::Saturated, None);
        } else if is_told && self.queue.unpinned() == 0 {
            self.is_saturated = false;
            self.tell(|| PoolEvent::Drained, None);
        }
    }

    pub(super) fn apply_watchdog(&mut self, now: Duration) {
        let Some(limit) = self.rules.watchdog.filter(|_| self.is_heard) else {
            return;
        };
        for (id, member) in &mut self.members {
            let due = member.watch.due(limit);
            let Some(due) = due.filter(|due| *due <= now && is_busy(member)) else {
                continue;
            };
            // When the pool itself is late, the answer may be there and not read.
            let is_late = now.saturating_sub(due) >= limit / 2;
            if member.watch.asked.is_none() || is_late {
                member.watch.asked = Some(now);
                self.actions.push(Action::Ask(*id));
                continue;
            }
            member.watch.is_reported = true;
            let running = member.slots.front();
            let begun = running.and_then(|slot| slot.begun).unwrap_or(now);
            let event = PoolEvent::NotResponding {
                isolate: member.seat,
                label: None,
                running: now.saturating_sub(begun),
            };
            let job = running.map(|slot| slot.job.work.clone());
            self.actions.push(Action::Tell(event, job));
        }
    }

    pub(super) fn next_watch(&self) -> Option<Duration> {
        let limit = self.rules.watchdog.filter(|_| self.is_heard)?;
        let busy = self.members.values().filter(|member| is_busy(member));
        busy.filter_map(|member| member.watch.due(limit)).min()
    }
}
