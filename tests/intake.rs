//! Lists of every kind become devices.

#[path = "intake/support.rs"]
mod support;

#[path = "intake/fixtures.rs"]
mod fixtures;

#[path = "intake/anywhere.rs"]
mod anywhere;

#[path = "intake/containers.rs"]
mod containers;

#[path = "intake/printed.rs"]
mod printed;

#[path = "intake/basics.rs"]
mod basics;

#[path = "intake/quotes.rs"]
mod quotes;

#[path = "intake/numbers.rs"]
mod numbers;
