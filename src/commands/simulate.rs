//! `gears simulate`: the simulation alone.

use std::process::ExitCode;

use secrecy::ExposeSecret as _;

use super::send::drive::Signals;
use super::{Failure, out};
use crate::cli::Simulate;
use crate::client::Credentials;
use crate::config::value;
use crate::limiter::Rate;
use crate::simulator::{Faults, Options, Simulator};

/// Runs the simulation until a signal comes.
pub async fn run(simulate: Simulate) -> ExitCode {
    match try_run(simulate).await {
        Ok(exit) => exit,
        Err(failure) => failure.tell(),
    }
}

async fn try_run(simulate: Simulate) -> Result<ExitCode, Failure> {
    let rate = match simulate.rate.as_deref() {
        Some(text) => value::rate(text).map_err(|why| Failure::usage(format!("--rate: {why}")))?,
        None => Rate::default(),
    };
    if !simulate.listen.ip().is_loopback() {
        return Err(Failure::usage(format!(
            "--listen: {} is not on this machine alone: the simulation speaks without encryption; use 127.0.0.1",
            simulate.listen
        )));
    }
    let mut options = Options { rate, listen: simulate.listen, ..Options::demo() };
    if let Some(path) = &simulate.faults {
        options.faults = Faults::load(path).map_err(|why| {
            let shape =
                "write a [[fault]] with on, status, body, ... for each, as assets/faults.toml of the source does";
            Failure::usage(format!("--faults: no faults can be read from {why}; {shape}"))
        })?;
    }
    let mut signals = Signals::new(false).map_err(Failure::configuration)?;
    let simulator = Simulator::start(options)
        .await
        .map_err(|error| Failure::configuration(format!("{} cannot be listened on: {error}", simulate.listen)))?;
    // The secret of a simulation is none: it is made to be pasted.
    let exit = out::data(0, |out| {
        writeln!(out, "export GEARS_BASE_URL={}", simulator.base_url().as_str().trim_end_matches('/'))?;
        match simulator.credentials() {
            Credentials::Client { key, secret } => {
                writeln!(out, "export GEARS_CLIENT_KEY={key}")?;
                writeln!(out, "export GEARS_CLIENT_SECRET={}", secret.expose_secret())?;
            }
            Credentials::Token(token) => writeln!(out, "export GEARS_ACCESS_TOKEN={}", token.expose_secret())?,
        }
        writeln!(out, "export GEARS_RATE={}", value::rate_text(rate))?;
        out.flush()
    });
    out::say("simulating until Ctrl-C; paste these lines into another terminal");
    signals.next().await;
    Ok(exit)
}
