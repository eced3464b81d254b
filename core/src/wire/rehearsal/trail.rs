//! The decisions of one rehearsal, in order, so that the next can repeat them up to the one that is
//! changed.

/// What to do after a value was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// The last primitive gets another value.
    OtherValue,
    /// An option, sequence or enum around the refused value takes another way, and hides it.
    OtherWay,
    /// Nothing is left to change.
    GiveUp,
}

#[derive(Default)]
pub(super) struct Trail {
    decisions: Vec<Decision>,
    next: usize,
    /// The ways whose end has not been reached, outermost first.
    open: Vec<usize>,
}

struct Decision {
    first: usize,
    tried: usize,
    of: usize,
    is_way: bool,
}

impl Trail {
    /// Begins a run that repeats the decisions made so far.
    pub(super) fn rewind(&mut self) {
        self.next = 0;
        self.open.clear();
    }

    /// Begins a run with decisions of its own.
    pub(super) fn clear(&mut self) {
        self.decisions.clear();
        self.rewind();
    }

    /// Chooses one of several values for a primitive.
    pub(super) fn value(&mut self, of: usize) -> usize {
        self.decide(of, 0, false)
    }

    /// Chooses one of several ways, at first `preferred`, and enters it.
    pub(super) fn enter_way(&mut self, of: usize, preferred: usize) -> usize {
        self.open.push(self.next);
        self.decide(of, preferred, true)
    }

    /// Leaves the way entered last: everything in it was accepted.
    pub(super) fn leave_way(&mut self) {
        self.open.pop();
    }

    /// Changes a decision after a refusal. A primitive is refused by its own visitor as a rule, so
    /// the last one is changed (unless `is_stuck`: no value would help), and then the ways around
    /// it, innermost first.
    pub(super) fn retry(&mut self, is_stuck: bool) -> Retry {
        self.decisions.truncate(self.next);
        let last = self
            .decisions
            .last_mut()
            .filter(|last| !last.is_way && !is_stuck);
        if last.is_some_and(Decision::advance) {
            return Retry::OtherValue;
        }
        while let Some(at) = self.open.pop() {
            self.decisions.truncate(at + 1);
            if self.decisions.last_mut().is_some_and(Decision::advance) {
                return Retry::OtherWay;
            }
        }
        Retry::GiveUp
    }

    fn decide(&mut self, of: usize, first: usize, is_way: bool) -> usize {
        if self.next == self.decisions.len() {
            self.decisions.push(Decision {
                first,
                tried: 0,
                of,
                is_way,
            });
        }
        let decision = &self.decisions[self.next];
        self.next += 1;
        (decision.first + decision.tried) % of
    }
}

impl Decision {
    fn advance(&mut self) -> bool {
        self.tried += 1;
        self.tried < self.of
    }
}
