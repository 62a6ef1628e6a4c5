//! The task that owns runs: batches, retries, cancel, priorities. It knows no terminal.

pub mod plan;
mod protocol;

pub use protocol::{Command, Event, Link, Ticket};
