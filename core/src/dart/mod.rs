//! What Dart's `package:isolate` has beside runners and balancers: ports for one message, and registries.

mod registry;
mod single;

pub use registry::{Registry, RegistryManager, RegistryRequest};
pub use single::{
    Interrupt, RemoteResult, SingleResponseChannel, send_result, single_callback_port,
    single_callback_port_with_timeout, single_response, single_result,
};
