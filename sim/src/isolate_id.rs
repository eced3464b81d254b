//! The number of an isolate in its run.

use std::fmt;

/// An isolate of a run: 0 is the host, the others count in the order in which they were started.
///
/// ```
/// assert_eq!(insula_sim::IsolateId::HOST.to_string(), "#0");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IsolateId(u32);

impl IsolateId {
    /// Code outside isolates.
    pub const HOST: Self = Self(0);
    /// An address that leads nowhere.
    pub(crate) const NOWHERE: Self = Self(u32::MAX);

    pub(crate) const fn new(number: u32) -> Self {
        Self(number)
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for IsolateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NOWHERE => f.write_str("nowhere"),
            Self(number) => write!(f, "#{number}"),
        }
    }
}
