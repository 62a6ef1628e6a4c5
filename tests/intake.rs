//! Lists of every kind become devices.

#[path = "intake/support.rs"]
mod support;

#[path = "intake/basics.rs"]
mod basics;
