//! `gears`: a terminal console that sends one of three remote commands to many devices of a device-management cloud.
//!
//! Data goes one way through the house:
//!
//! ```text
//! file, stdin, paste -> intake -> DeviceList -> selection -> NewRun -> dispatcher -> limiter -> client -> cloud
//!                                                             |                            |
//!                            view <- App <- update <- events <-+--- journal <- outcomes <--+
//! ```
//!
//! The rooms, lower ones first; a lower room never imports a higher one:
//!
//! - [`model`]: devices, actions, runs and outcomes. Data and its rules, no input or output.
//! - [`intake`]: bytes to devices. [`limiter`]: the budget. [`client`]: the HTTP API. [`journal`]: the durable record.
//! - [`dispatcher`]: the task that owns runs. It knows no terminal.
//! - [`simulator`]: the cloud, small and local, for `--demo` and the tests.
//! - [`log`]: what happened, a line each; every room may say something, only the modes start it.
//! - [`guide`]: pages for people, of both that follow.
//! - [`tui`]: the console. [`commands`]: the modes without a terminal. `cli`, `config`: how both are told what to do.

pub mod cli;
pub mod client;
pub mod commands;
pub mod config;
pub mod dispatcher;
pub mod export;
pub mod guide;
pub mod intake;
pub mod journal;
pub mod limiter;
pub mod log;
pub mod model;
pub mod simulator;
pub mod tui;
