//! Log records that go from an isolate with memory of its own to the logger of the application. No platform is named here.
//!
//! | file | what |
//! |---|---|
//! | `record.rs` | a record of `log` or `tracing`, as it travels |
//! | `budget.rs` | how many records an isolate may write |
//! | `author.rs` | which isolate has written the record that is handled |
//! | `log_facade.rs` | the crate `log`, at both ends |
//! | `subscriber.rs`, `event.rs` | the crate `tracing`: what an isolate writes; what the application gets |

mod author;
mod budget;
#[cfg(feature = "tracing")]
mod event;
#[cfg(feature = "log")]
mod log_facade;
mod record;
#[cfg(feature = "tracing")]
mod subscriber;

pub(crate) use author::author;
pub use author::written_by;
pub use budget::{AT_ONCE, Budget, PER_SECOND};
#[cfg(feature = "tracing")]
pub use event::dispatch;
#[cfg(feature = "log")]
pub use log_facade::{LogForwarder, log_record};
pub use record::{Facade, Level, Record};
#[cfg(feature = "tracing")]
pub use subscriber::EventForwarder;
