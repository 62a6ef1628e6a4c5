//! The ways from a console to its cloud, to another profile's, to the simulation, and to one that is set up in it.

use std::sync::{Arc, Mutex};

use crate::client::{ClientError, Credentials};
use crate::commands::session::{Session, Target};
use crate::commands::{Failure, load};
use crate::config::{
    self, Ask, CredentialError, Environment, Flags, Key, Loaded, Look, Plan, Provenance, Settings, keep,
};
use crate::dispatcher::{self, Unreachable};
use crate::model::text::visible;
use crate::tui::connect::{Arrival, Connect, Connected, Keep, Profile, Refused, SetUp, To};

/// What every connection of a console is made from.
struct Ways {
    loaded: Loaded,
    demo: bool,
    /// What was asked of the operator before the console took the terminal.
    target: Mutex<Option<Target>>,
    flags: Flags,
    look: Look,
}

/// Makes the console's connections. The screen is the console's by then: nothing is asked on the terminal.
pub(super) fn connector(loaded: Loaded, demo: bool, target: Option<Target>, flags: Flags, look: Look) -> Connect {
    let ways = Arc::new(Ways { loaded, demo, target: Mutex::new(target), flags, look });
    Box::new(move |to| {
        let ways = Arc::clone(&ways);
        Box::pin(async move {
            match to {
                To::Settings => ways.start().await,
                To::Demo => ways.demo().await,
                To::Profile(name) => ways.profile(name).await,
                To::SetUp(set_up) => set_up_anew(ways, *set_up).await,
            }
        })
    })
}

/// The profiles that the configuration has, each as it would be with the flags and the environment of now.
pub(super) fn profiles(loaded: &Loaded) -> Vec<Profile> {
    let tenants = loaded.tenants.iter();
    let profile = |tenant: &Settings| Profile {
        name: tenant.profile.clone().unwrap_or_default(),
        host: tenant.host(),
        read_only: tenant.read_only,
    };
    tenants.map(profile).collect()
}

fn with_profile(flags: &Flags, name: &str) -> Flags {
    let mut flags = flags.clone();
    flags.values.retain(|(key, _)| *key != Key::Profile);
    flags.values.push((Key::Profile, name.to_owned()));
    flags
}

impl Ways {
    async fn start(&self) -> Result<Connected, Refused> {
        let known = self.target.lock().ok().and_then(|mut target| target.take());
        let target = match known {
            Some(target) => target,
            None => target(&self.loaded, self.demo).await?,
        };
        self.on(&self.loaded, self.demo, target).await
    }

    async fn demo(&self) -> Result<Connected, Refused> {
        let target = target(&self.loaded, true).await?;
        let mut connected = self.on(&self.loaded, true, target).await?;
        connected.sources = load::sources(&[], &self.loaded.settings, true).map_err(|failure| refused(&failure))?;
        Ok(connected)
    }

    async fn profile(&self, name: String) -> Result<Connected, Refused> {
        // The file may have been changed since the start; what it says now counts.
        let mut loaded = self.load(&with_profile(&self.flags, &name))?;
        if loaded.settings.host() != self.loaded.settings.host() {
            // The credentials of the environment are those of the cloud that the console started with.
            let environment =
                self.loaded.environment.without(&["GEARS_ACCESS_TOKEN", "GEARS_CLIENT_SECRET", "GEARS_CLIENT_KEY"]);
            loaded = config::load(&with_profile(&self.flags, &name), &environment)
                .map_err(|error| said(&error.to_string()))?;
        }
        let target = target(&loaded, false).await?;
        self.on(&loaded, false, target).await
    }

    /// The settings with what was set up. A profile that is not there yet begins with the main part.
    fn with(&self, set_up: &SetUp) -> Result<Loaded, Refused> {
        let mut loaded = match &set_up.profile {
            Some(name) if self.load(&self.flags)?.profiles.contains(name) => {
                self.load(&with_profile(&self.flags, name))?
            }
            Some(name) => {
                let mut loaded = self.load(&self.flags)?;
                loaded.settings = loaded.main.clone();
                loaded.settings.profile = Some(name.clone());
                loaded
            }
            None => self.load(&self.flags)?,
        };
        // Without encryption this machine alone is spoken to.
        let local = ["127.", "localhost", "[::1]"].iter().any(|start| set_up.host.starts_with(start));
        let scheme = if local { "http" } else { "https" };
        let host =
            if set_up.host.contains("://") { set_up.host.clone() } else { format!("{scheme}://{}", set_up.host) };
        let settings = &mut loaded.settings;
        let mut set = |key, text: &str| {
            settings
                .set(key, text, Provenance::Flag)
                .map_err(|why| said(&format!("{}: {why}", if key == Key::BaseUrl { "cloud" } else { key.name() })))
        };
        set(Key::BaseUrl, &host)?;
        set(Key::ClientKey, &set_up.key)?;
        if set_up.keep == Keep::Command {
            set(Key::ClientSecretCommand, &set_up.command)?;
            loaded.settings.client_secret_file = None;
        }
        Ok(loaded)
    }

    /// Keeps what works. Where it is kept, in words.
    fn keep(&self, set_up: &SetUp, base_url: &str) -> Result<String, String> {
        let path = self.loaded.path.as_deref().ok_or("there is no home folder: name a file with --config FILE")?;
        let shown = |path: &std::path::Path| visible(&path.to_string_lossy()).into_owned();
        let profile = set_up.profile.as_deref();
        let secret = keep::secret_file(path, profile);
        let name = secret.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let values = [
            (Key::BaseUrl, Some(base_url)),
            (Key::ClientKey, Some(set_up.key.as_str())),
            (Key::ClientSecretFile, (set_up.keep == Keep::File).then_some(name.as_str())),
            (Key::ClientSecretCommand, (set_up.keep == Keep::Command).then_some(set_up.command.as_str())),
        ];
        let file = (set_up.keep == Keep::File).then_some((secret.as_path(), &set_up.secret));
        keep::keep(path, profile, &values, file).map_err(|error| format!("{}: {error}", shown(path)))?;
        Ok(match set_up.keep {
            Keep::File => format!("it works; the secret is in {}", shown(&secret)),
            Keep::Command => format!("it works; {} has the rest", shown(path)),
            // A profile has what the main part says, where it does not say it itself.
            Keep::Nowhere if profile.is_some() && self.main_has_a_secret() => {
                format!("it works; {} has the rest, but the next start uses the main part's secret", shown(path))
            }
            Keep::Nowhere => format!("it works; {} has the rest, the secret is asked for at each start", shown(path)),
        })
    }

    fn main_has_a_secret(&self) -> bool {
        let main = &self.loaded.main;
        main.client_secret_file.is_some() || main.client_secret_command.is_some() || main.access_token_file.is_some()
    }

    fn load(&self, flags: &Flags) -> Result<Loaded, Refused> {
        config::load(flags, &self.loaded.environment).map_err(|error| said(&error.to_string()))
    }

    /// Opens the session and starts the dispatcher.
    async fn on(&self, loaded: &Loaded, demo: bool, target: Target) -> Result<Connected, Refused> {
        let session = Session::on(loaded, target).await.map_err(|failure| refused(&failure))?;
        Ok(self.connected(loaded, demo, session).await)
    }

    async fn connected(&self, loaded: &Loaded, demo: bool, session: Session) -> Connected {
        // Whether something had to be guessed is known once the budget was read; what fails there, and what comes later, the
        // dispatcher tells.
        let _ = session.limiter.look().await;
        let link = session.dispatch(Unreachable::Pause);
        let notices = session.journal.take_notices();
        let options = super::options(loaded, &self.look, demo);
        let journal = session.journal.clone();
        let sources = Vec::new();
        Connected { link, journal, keep: Box::new(session), notices, options, sources, on_arrival: None }
    }
}

/// Tries what was set up, and keeps it if it works and the console goes there.
async fn set_up_anew(ways: Arc<Ways>, set_up: SetUp) -> Result<Connected, Refused> {
    let loaded = ways.with(&set_up)?;
    let credentials = if set_up.keep == Keep::Command {
        // What the environment says would beat what was set up a moment ago.
        let plan = Plan::new(&loaded.settings, &Environment::default(), Ask::Never);
        let read = async { plan?.read().await }.await;
        read.map_err(|error| refused(&Failure::credentials(&error)))?
    } else {
        Credentials::Client { key: set_up.key.clone(), secret: set_up.secret.clone() }
    };
    let target = Target::known(loaded.settings.base_url.clone(), credentials);
    let session = Session::on(&loaded, target).await.map_err(|failure| refused(&failure))?;
    let account = dispatcher::account(&session.client, &session.limiter).await;
    // Whoever has a token is let in; what else an account may do shows when it does it.
    if session.client.token().is_none() {
        let why = match account {
            Err(ClientError::Credentials(why)) => format!("the client key or the secret is wrong ({why})"),
            Err(error) => error.to_string(),
            Ok(_) => "the cloud gave no token".to_owned(),
        };
        return Err(said(&why));
    }
    let base_url = loaded.settings.base_url.as_str().trim_end_matches('/').to_owned();
    let mut connected = ways.connected(&loaded, false, session).await;
    connected.on_arrival = Some(Box::new(move || {
        let words = ways.keep(&set_up, &base_url).unwrap_or_else(|why| format!("it works, but was not kept: {why}"));
        Arrival { words, profiles: ways.load(&ways.flags).ok().map(|now| profiles(&now)) }
    }));
    Ok(connected)
}

async fn target(loaded: &Loaded, demo: bool) -> Result<Target, Refused> {
    let plan = Plan::new(&loaded.settings, &loaded.environment, Ask::Never);
    // A file that was forgotten is as good as none.
    let forgotten = loaded.settings.client_secret_file.as_ref().is_some_and(|path| !path.exists());
    let missing = !demo && (forgotten || matches!(plan, Err(CredentialError::Missing(_))));
    let found = Target::find(loaded, demo, Ask::Never).await;
    found.map_err(|failure| Refused { missing, ..refused(&failure) })
}

fn refused(failure: &Failure) -> Refused {
    said(&failure.sentence)
}

fn said(why: &str) -> Refused {
    Refused { why: visible(why).into(), missing: false }
}
