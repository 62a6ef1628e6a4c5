//! The console: what it starts with.

use std::ffi::OsString;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;

use super::session::{Session, Target};
use super::{Failure, load};
use crate::config::{Ask, Environment, Flags, Loaded, Plan};
use crate::intake::{Options, Source};

/// Connects: fetches the credentials, opens the journal. Nothing is asked on the terminal, which is the console's by then.
pub type Connect = Pin<Box<dyn Future<Output = Result<Session, Failure>> + Send>>;

/// What a console starts with.
pub struct Prepared {
    /// The settings.
    pub loaded: Loaded,
    /// What it loads first.
    pub sources: Vec<Source>,
    /// How lists are read.
    pub intake: Options,
    /// How it finds the cloud, after its first frame. Missing credentials are an error of this, not of the start: the
    /// console opens and says what to do.
    pub connect: Connect,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").field("loaded", &self.loaded).field("sources", &self.sources).finish_non_exhaustive()
    }
}

/// Reads the settings and what the arguments name. A secret that only the operator has is asked for here, while the
/// terminal is still ours; but not where nothing at all is set up.
pub async fn prepare(
    flags: &Flags,
    devices: &[OsString],
    demo: bool,
    environment: &Environment,
) -> Result<Prepared, Failure> {
    let loaded = super::settings(flags, environment)?;
    let sources = match devices {
        [] if !demo => Vec::new(),
        devices => load::sources(devices, &loaded.settings, demo)?,
    };
    let intake = load::options(&loaded.settings);
    let ask = if loaded.settings.client_key.is_some() { super::may_be_asked() } else { Ask::Never };
    let asked = match Plan::new(&loaded.settings, environment, ask) {
        Ok(plan) if !demo && plan.asks() => Some(Target::find(&loaded, demo, ask).await?),
        _ => None,
    };
    let settings = loaded.clone();
    let connect = Box::pin(async move {
        match asked {
            Some(target) => Session::on(&settings, target).await,
            None => Session::open(&settings, demo, Ask::Never).await,
        }
    });
    Ok(Prepared { loaded, sources, intake, connect })
}

/// Opens the console on the devices that the arguments name; `demo` on the simulation.
pub async fn console(flags: &Flags, devices: &[OsString], demo: bool, environment: &Environment) -> ExitCode {
    match prepare(flags, devices, demo, environment).await {
        Ok(_) => Failure::usage("this build has no console: gears send works without one").tell(),
        Err(failure) => failure.tell(),
    }
}
