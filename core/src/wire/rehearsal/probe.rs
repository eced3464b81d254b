//! The state of a rehearsal, and the steps it is made of.

use std::{
    any::type_name,
    error::Error,
    fmt::{self, Display},
};

use serde::de;

use super::{
    shapes::{Shapes, StructShape},
    trail::{Retry, Trail},
    variants::Variants,
};
use crate::wire::limits::MAX_DEPTH;

/// How many values a rehearsal fabricates at most: some milliseconds, for a type that would take
/// for ever.
const MAX_STEPS: usize = 100_000;

/// The end of a run: a value was refused, or nothing more is to be learnt.
#[derive(Debug)]
pub(super) struct Stop;

pub(super) type Result<T> = std::result::Result<T, Stop>;

impl Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the rehearsal ends here")
    }
}

impl Error for Stop {}

impl de::Error for Stop {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

/// The state of a rehearsal. `&mut Probe` is the deserializer.
#[derive(Default)]
pub(super) struct Probe {
    pub(super) trail: Trail,
    pub(super) variants: Variants,
    pub(super) structs: Vec<StructShape>,
    /// What is being read, outermost first.
    stack: Vec<Frame>,
    /// How many of the stack's types stand in themselves.
    recursions: usize,
    pub(super) steps: usize,
    /// The number of the variant taken last was refused.
    pub(super) met_alias: bool,
    has_hidden: bool,
    pub(super) is_self_describing: bool,
}

struct Frame {
    type_name: &'static str,
    /// The field or variant being read.
    name: Option<&'static str>,
    /// The field being read that has no name.
    index: Option<usize>,
    is_recursion: bool,
}

impl Probe {
    pub(super) fn begin_run(&mut self) {
        self.trail.rewind();
        self.stack.clear();
        self.recursions = 0;
        self.met_alias = false;
        self.steps += 1;
    }

    /// Changes a decision for another run; `false` when this run can't be saved.
    pub(super) fn retry(&mut self, is_stuck: bool) -> bool {
        let retry = self.trail.retry(is_stuck || self.met_alias);
        self.has_hidden |= retry != Retry::OtherValue && !self.met_alias;
        retry != Retry::GiveUp
    }

    pub(super) fn step(&mut self) -> Result<()> {
        self.steps += 1;
        if self.is_exhausted() {
            Err(Stop)
        } else {
            Ok(())
        }
    }

    pub(super) fn choose<T: Copy>(&mut self, values: &[T]) -> Result<T> {
        self.step()?;
        Ok(values[self.trail.value(values.len())])
    }

    pub(super) fn is_within<T>(&self) -> bool {
        self.stack
            .iter()
            .any(|frame| frame.type_name == type_name::<T>())
    }

    /// Reads what a `T` holds.
    pub(super) fn within<T, R>(&mut self, read: impl FnOnce(&mut Self) -> Result<R>) -> Result<R> {
        self.step()?;
        if self.stack.len() == MAX_DEPTH {
            return Err(Stop);
        }
        let is_recursion = self.is_within::<T>();
        self.recursions += usize::from(is_recursion);
        self.stack.push(Frame {
            type_name: type_name::<T>(),
            name: None,
            index: None,
            is_recursion,
        });
        let value = read(self)?;
        let frame = self.stack.pop();
        self.recursions -= usize::from(frame.is_some_and(|frame| frame.is_recursion));
        Ok(value)
    }

    /// Reads what a `T` may or may not hold. Within itself it holds nothing, so that a list ends.
    pub(super) fn optional<T, R>(
        &mut self,
        read: impl FnOnce(&mut Self, bool) -> Result<R>,
    ) -> Result<R> {
        if self.recursions > 0 || self.is_within::<T>() {
            self.step()?;
            return read(self, false);
        }
        let is_present = self.trail.enter_way(2, 0) == 0;
        let value = self.within::<T, R>(|this| read(this, is_present))?;
        self.trail.leave_way();
        Ok(value)
    }

    /// Says which field or variant of the innermost value is read next.
    pub(super) fn enter_named(&mut self, name: &'static str) {
        if let Some(frame) = self.stack.last_mut() {
            frame.name = Some(name);
            frame.index = None;
        }
    }

    /// Says which field without a name of the innermost value is read next.
    pub(super) fn enter_indexed(&mut self, index: usize) {
        if let Some(frame) = self.stack.last_mut() {
            frame.index = Some(index);
        }
    }

    pub(super) fn self_describing<T>(&mut self) -> Result<T> {
        self.is_self_describing = true;
        Err(Stop)
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.steps > MAX_STEPS
    }

    /// Where reading stopped: the innermost struct or enum with its field or variant, and the
    /// places in the tuples that stand in it.
    pub(super) fn place(&self, root: &'static str) -> String {
        let frames = &self.stack;
        let named = frames.iter().rposition(|frame| frame.name.is_some());
        let first = named.or_else(|| frames.iter().position(|frame| frame.index.is_some()));
        let Some(first) = first else {
            return root.into();
        };
        let mut place = frames[first].type_name.to_owned();
        for frame in &frames[first..] {
            if let Some(name) = frame.name {
                place = format!("{place}.{name}");
            }
            if let Some(index) = frame.index {
                place = format!("{place}.{index}");
            }
        }
        place
    }

    pub(super) fn into_shapes(self) -> Shapes {
        if self.has_hidden || !self.variants.all_accepted() {
            return Shapes::default();
        }
        Shapes {
            structs: self.structs,
            enums: self.variants.into_shapes(),
        }
    }
}
