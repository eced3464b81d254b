//! The programs by name: each comes to the same on a thread and in a worker.

use std::{error::Error, fmt, future::Future, pin::Pin};

use crate::{
    digest, images, live_tracking, long_running_isolate, primes, products, restart,
    send_and_receive, sort, users,
};

/// What a program came to, in words and figures that are the same on every platform; or why it failed.
pub type Outcome = Result<String, Box<dyn Error>>;

type Running = Pin<Box<dyn Future<Output = Outcome>>>;

/// A program on input of its own. [`photos`](crate::photos) is none of these: it is measured, not only run.
#[derive(Clone, Copy)]
pub struct Program {
    /// The name of its module and of its binary.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    start: fn() -> Running,
}

impl Program {
    /// Runs it.
    ///
    /// # Errors
    /// An isolate did not start or was lost, or the program's input was not what it expects.
    pub async fn run(self) -> Outcome {
        (self.start)().await
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({})", self.name)
    }
}

/// All of them.
pub const PROGRAMS: [Program; 10] = [
    Program {
        name: "send_and_receive",
        about: "four JSON documents, each in an isolate of its own",
        start: || Box::pin(send_and_receive::program()),
    },
    Program {
        name: "long_running_isolate",
        about: "the same documents, all in one isolate",
        start: || Box::pin(long_running_isolate::program()),
    },
    Program {
        name: "primes",
        about: "64 ranges, on as many isolates as there are cores",
        start: || Box::pin(primes::program()),
    },
    Program {
        name: "sort",
        about: "one isolate, which replies to a port in the message",
        start: || Box::pin(sort::program()),
    },
    Program {
        name: "users",
        about: "lists and records through a pool, where records go first",
        start: || Box::pin(users::program()),
    },
    Program {
        name: "digest",
        about: "1,000 pieces through a pool, their MD5 in order",
        start: || Box::pin(digest::program()),
    },
    Program {
        name: "images",
        about: "24 pictures shrunk on a pool",
        start: || Box::pin(images::program()),
    },
    Program {
        name: "live_tracking",
        about: "50,000 live points a second in, their legs out",
        start: || Box::pin(live_tracking::program()),
    },
    Program {
        name: "products",
        about: "small JSON parsed in place, large on an isolate",
        start: || Box::pin(products::program()),
    },
    Program {
        name: "restart",
        about: "the isolates of a pool die, no job is lost",
        start: || Box::pin(restart::program()),
    },
];
