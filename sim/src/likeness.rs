//! What a simulation is like: threads, or Web Workers.

use insula_core::contract::{Abilities, ComputeOn};

/// What a simulation is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// Isolates share memory and may block.
    Threads,
    /// Isolates share nothing, and no code may block.
    Workers,
}

impl Likeness {
    pub(crate) const fn abilities(self) -> Abilities {
        match self {
            Self::Threads => Abilities {
                name: "sim",
                can_spawn: true,
                compute_on: ComputeOn::Isolate,
                counts_send_ports: true,
            },
            Self::Workers => Abilities {
                name: "sim, web-like",
                can_spawn: false,
                compute_on: ComputeOn::EventLoop,
                counts_send_ports: false,
            },
        }
    }
}
