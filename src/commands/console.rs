//! The console: builds what it starts with, and starts it.

use std::ffi::OsString;
use std::process::ExitCode;

use super::Failure;
use crate::config::{self, Environment, Flags};

/// Opens the console on the devices that the arguments name; `demo` on the simulation.
#[must_use]
pub fn console(flags: &Flags, devices: &[OsString], demo: bool, environment: &Environment) -> ExitCode {
    match config::load(flags, environment) {
        Ok(loaded) => {
            let _ = (loaded, devices, demo);
            Failure::usage("this build has no console: gears send works without one").tell()
        }
        Err(error) => Failure::from(error).tell(),
    }
}
