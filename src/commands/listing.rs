//! `gears devices` on the command line: which lists are read, and how.

use std::io;
use std::process::ExitCode;

use super::{Failure, begin_log, devices, load, out};
use crate::cli::{Devices, Sending};
use crate::config::{self, Environment};
use crate::log::Make;

/// Runs `gears devices`; `common` are the options before the command's name.
#[must_use]
pub fn run(devices: &Devices, common: &Sending, environment: &Environment) -> ExitCode {
    try_run(devices, common, environment).unwrap_or_else(|failure| failure.tell())
}

fn try_run(devices: &Devices, common: &Sending, environment: &Environment) -> Result<ExitCode, Failure> {
    let own = Sending { from: devices.from.clone(), ..Sending::default() };
    let mut flags = own.or(common).flags();
    devices.reading.add_to(&mut flags);
    let loaded = config::load(&flags, environment)?;
    begin_log("devices", &loaded, Make::Nothing);
    let settings = loaded.settings;
    let sources = load::sources(&devices.devices, &settings, devices.demo || common.demo)?;
    let options = load::options(&settings);
    let words = &mut io::stderr().lock();
    match devices::run(&sources, &options, devices.format, &mut io::stdout().lock(), words) {
        Ok(code) => Ok(ExitCode::from(code)),
        Err(error) => Ok(out::fail(1, &format!("standard output cannot be written: {error}"))),
    }
}
