//! Work: one computation, runners that stay, balancers over them, and a pool with a queue.

mod any_runner;
mod compute;
mod compute_pool;
mod job;
mod load_balancer;
mod restarts;
mod run;
mod runner;
mod streaming;
mod worker_pool;

pub use any_runner::Runner;
pub use compute::{Compute, OnRunner, compute, compute_async};
pub use compute_pool::ComputePool;
pub use load_balancer::{LoadBalancer, OnSeveral, WithLoad};
pub use runner::{IsolateRunner, IsolateRunnerBuilder, RunnerPort, RunnerRemote};
pub use worker_pool::{
    CancellationToken, Each, Histogram, JobBuilder, JobInfo, Map, PoolEvent, PoolEvents, PoolInfo,
    PoolStats, Unbegun, WhenFull, WorkerPool, WorkerPoolBuilder,
};
pub(crate) use worker_pool::{Glance, glance};
