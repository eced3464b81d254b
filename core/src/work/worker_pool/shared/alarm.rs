//! When a pool is looked after although nothing happens.

use std::{sync::Arc, time::Duration};

use super::{Shared, State};
use crate::{Platform, task::timeout::deadline};

impl<P: Platform> Shared<P> {
    /// Looks after the pool again when time has something to change.
    pub(super) fn set_alarm(self: &Arc<Self>) {
        let (due, call_off) = {
            let mut state = self.state.lock();
            if state.is_alarm_right() {
                return;
            }
            let due = state.scheduler.next_due();
            let call_off = state.alarm.take().and_then(|(_, call_off)| call_off);
            state.alarm = due.map(|due| (due, None));
            (due, call_off)
        };
        if let Some(call_off) = call_off {
            call_off();
        }
        let Some(due) = due else { return };
        let shared = Arc::downgrade(self);
        let ring = move || {
            if let Some(shared) = shared.upgrade() {
                shared.at_home(|shared| shared.ring(due));
            }
        };
        match deadline::<P>(due.saturating_sub(P::now()), ring) {
            Ok(call_off) => {
                let mut state = self.state.lock();
                match &mut state.alarm {
                    Some((set, place)) if *set == due => *place = Some(call_off),
                    _ => {
                        drop(state);
                        call_off();
                    }
                }
            }
            Err(error) => {
                let error = error.into();
                self.state.lock().scheduler.lose_time(P::now(), &error);
                // Without an alarm: what is cancelled here has no limit any more.
                let actions = self.state.lock().scheduler.settle(P::now());
                for action in actions {
                    self.act(action);
                }
            }
        }
    }

    pub(super) fn ring(self: &Arc<Self>, due: Duration) {
        {
            let mut state = self.state.lock();
            if state.alarm.as_ref().is_some_and(|(set, _)| *set == due) {
                state.alarm = None;
            }
        }
        self.look_after_here();
    }
}

impl<P: Platform> State<P> {
    /// Whether the alarm rings early enough, and not without need when the pool is closed. One that rings too early costs
    /// less than one that is set anew for each job.
    pub(super) fn is_alarm_right(&self) -> bool {
        match (&self.alarm, self.scheduler.next_due()) {
            (Some((set, _)), Some(due)) => *set <= due,
            (Some(_), None) => !self.scheduler.is_closed(),
            (None, due) => due.is_none(),
        }
    }
}
