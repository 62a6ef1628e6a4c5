//! What every mode that sends works with: the cloud, the budget, the journal, and the simulation where it is wanted.

use reqwest::Url;

use super::Failure;
use crate::client::{Client, CloudSettings, Credentials};
use crate::config::{Ask, Key, Loaded, Plan, Provenance, Settings, value};
use crate::dispatcher::{self, Link, Setup, Unreachable};
use crate::journal::{self, Journal, Who};
use crate::limiter::{Limiter, Owner, Rate};
use crate::log::Make;
use crate::simulator::{self, Simulator};

/// An open session.
#[derive(Debug)]
pub struct Session {
    /// The cloud.
    pub client: Client,
    /// The account's budget.
    pub limiter: Limiter,
    /// The record of runs.
    pub journal: Journal,
    /// `gears.opswat.com, profile acme`, not yet made safe for a terminal
    pub cloud: String,
    /// The simulation, which lives as long as the session.
    pub simulator: Option<Simulator>,
    batch_size: usize,
    in_flight: usize,
}

impl Session {
    /// Opens everything: fetches the credentials (which may ask the operator), opens the journal, starts the simulation.
    /// Sends nothing.
    pub async fn open(loaded: &Loaded, demo: bool, ask: Ask) -> Result<Self, Failure> {
        Self::on(loaded, Target::find(loaded, demo, ask).await?).await
    }

    /// Opens the rest on a cloud that is known.
    pub(super) async fn on(loaded: &Loaded, target: Target) -> Result<Self, Failure> {
        let demo = target.simulator.is_some();
        let journal = journal(&loaded.settings, demo, target.client_key()).await.map_err(|failure| {
            let sentence = format!("{}; nothing was sent (--no-journal sends without a record)", failure.sentence);
            Failure { sentence, ..failure }
        })?;
        Self::with(&loaded.settings, target, journal)
    }

    /// Opens the rest on a cloud and a journal that are known.
    pub(super) fn with(settings: &Settings, target: Target, journal: Journal) -> Result<Self, Failure> {
        let demo = target.simulator.is_some();
        let client = Client::new(CloudSettings {
            base_url: target.base_url,
            credentials: target.credentials,
            timeout: settings.timeout,
            connect_timeout: settings.connect_timeout,
            ca_file: settings.ca_file.clone(),
        });
        let client = client.map_err(Failure::configuration)?;
        let owner = Owner { user: Who::from_environment().user, pid: std::process::id() };
        let limiter = Limiter::new(rate(settings, demo), settings.timeout, journal.budget(), owner);
        let cloud = match (&settings.profile, demo) {
            (_, true) => "simulation".to_owned(),
            (Some(profile), false) => format!("{}, profile {profile}", settings.host()),
            (None, false) => settings.host(),
        };
        tracing::info!(cloud, rate = %value::rate_text(rate(settings, demo)), recorded = journal.is_kept(), "ready to send");
        let (batch_size, in_flight) = (settings.batch_size, settings.in_flight);
        Ok(Self { client, limiter, journal, cloud, simulator: target.simulator, batch_size, in_flight })
    }

    /// Devices in one request.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// Starts the dispatcher.
    #[must_use]
    pub fn dispatch(&self, unreachable: Unreachable) -> Link {
        dispatcher::start(Setup {
            client: self.client.clone(),
            limiter: self.limiter.clone(),
            journal: self.journal.clone(),
            batch_size: self.batch_size,
            in_flight: self.in_flight,
            unreachable,
        })
    }
}

/// The cloud that is spoken to, and who we are there.
#[derive(Debug)]
pub(super) struct Target {
    base_url: Url,
    credentials: Credentials,
    simulator: Option<Simulator>,
}

impl Target {
    /// The cloud of the settings with its credentials, or a simulation that is started here.
    pub(super) async fn find(loaded: &Loaded, demo: bool, ask: Ask) -> Result<Self, Failure> {
        if demo {
            let simulator = simulation(&loaded.settings).await?;
            let (base_url, credentials) = (simulator.base_url(), simulator.credentials());
            return Ok(Self { base_url, credentials, simulator: Some(simulator) });
        }
        let plan = Plan::new(&loaded.settings, &loaded.environment, ask).map_err(Failure::configuration)?;
        tracing::info!(credentials = %plan, "reads the credentials");
        let credentials = plan.read().await.map_err(|error| Failure::credentials(&error))?;
        Ok(Self { base_url: loaded.settings.base_url.clone(), credentials, simulator: None })
    }

    /// A cloud whose credentials are at hand.
    pub(super) fn known(base_url: Url, credentials: Credentials) -> Self {
        Self { base_url, credentials, simulator: None }
    }

    /// The client key, where credentials have one.
    pub(super) fn client_key(&self) -> Option<&str> {
        match &self.credentials {
            Credentials::Client { key, .. } => Some(key),
            Credentials::Token(_) => None,
        }
    }
}

/// The rate in force: the simulation has its own, so that people see the budget work, unless one was asked for now.
#[must_use]
pub fn rate(settings: &Settings, demo: bool) -> Rate {
    let asked = matches!(settings.provenance(Key::Rate), Provenance::Flag | Provenance::Environment(_));
    if demo && !asked { simulator::Options::demo().rate } else { settings.rate }
}

async fn simulation(settings: &Settings) -> Result<Simulator, Failure> {
    let options = simulator::Options { rate: rate(settings, true), ..simulator::Options::demo() };
    let started = Simulator::start(options).await;
    started.map_err(|error| Failure::configuration(format!("the simulation cannot start on this machine: {error}")))
}

/// Whether the log's folder is made by a mode that sends: a simulation does so only where its journal is kept.
pub(super) fn log_of(settings: &Settings, demo: bool) -> Make {
    let named = settings.provenance(Key::StateDir) == Provenance::Flag;
    if demo && !named { Make::Nothing } else { Make::Folder }
}

/// The journal of the settings. A simulation writes into a journal only where a folder was named on the command line: the
/// real one is not for play. Without a record (`--no-journal`) the budget is shared all the same, where that is possible.
pub(super) async fn journal(settings: &Settings, demo: bool, client_key: Option<&str>) -> Result<Journal, Failure> {
    let named = settings.provenance(Key::StateDir) == Provenance::Flag;
    if demo && !named {
        return Ok(Journal::disabled());
    }
    let host = if demo { "simulation".to_owned() } else { settings.host() };
    let folder = match settings.state_dir() {
        Ok(folder) => folder,
        Err(why) if !settings.journal => return Ok(Journal::unshared(&host, &why)),
        Err(why) => return Err(Failure::configuration(why)),
    };
    let profile = settings.profile.as_deref().unwrap_or_default();
    let mut wanted = journal::Settings::new(folder, profile, &host, client_key);
    wanted.keep_days = settings.keep_days;
    if !settings.journal {
        return Ok(Journal::unrecorded(wanted).await);
    }
    Journal::open(wanted).await.map_err(Failure::configuration)
}
