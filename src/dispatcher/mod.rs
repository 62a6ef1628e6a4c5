//! The task that owns runs: batches, retries, cancel, priorities. It knows no terminal.

mod protocol;

pub use protocol::{Command, Event, Ticket};
