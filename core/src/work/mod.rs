//! Work: one computation, runners that stay, and balancers over them.

mod compute;
mod compute_pool;
mod job;
mod load_balancer;
mod run;
mod runner;

pub use compute::{Compute, compute, compute_async};
pub use compute_pool::compute_on_pool;
pub use load_balancer::LoadBalancer;
pub use runner::{IsolateRunner, IsolateRunnerBuilder, Runner, RunnerPort, RunnerRemote};
