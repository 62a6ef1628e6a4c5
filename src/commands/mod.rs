//! The modes without a terminal.

pub mod check;
pub mod config;
pub mod console;
pub mod devices;
pub mod guide;
pub mod history;
pub mod listing;
pub mod load;
pub mod log;
pub mod logout;
pub mod out;
pub mod papers;
pub mod past;
pub mod resume;
pub mod send;
pub mod session;
pub mod simulate;

use std::fmt;
use std::io;
use std::process::ExitCode;

use crate::config::{Ask, ConfigError, CredentialError, Environment, Flags, Key, Loaded, Provenance, SPECS, Spec, ask};
use crate::export::json;
use crate::journal::Who;
use crate::log::Make;

/// Why a mode ends before it did anything: one sentence, and the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The process's exit code.
    pub code: u8,
    /// What is wrong and what to do. Not yet made safe for a terminal.
    pub sentence: String,
}

impl Failure {
    /// Bad usage or input.
    pub fn usage(sentence: impl fmt::Display) -> Self {
        Self { code: out::USAGE, sentence: sentence.to_string() }
    }

    /// Configuration, credentials or no connection.
    pub fn configuration(sentence: impl fmt::Display) -> Self {
        Self { code: out::CONFIGURATION, sentence: sentence.to_string() }
    }

    /// No credentials.
    #[must_use]
    pub fn credentials(error: &CredentialError) -> Self {
        let code = if *error == CredentialError::Cancelled { out::INTERRUPTED } else { out::CONFIGURATION };
        Self { code, sentence: error.to_string() }
    }

    /// A question on the terminal that got no answer.
    #[must_use]
    pub fn unanswered(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Interrupted => {
                Self { code: out::INTERRUPTED, sentence: "interrupted: nothing was sent".to_owned() }
            }
            _ => Self::usage(format!("the terminal cannot be asked: {error}; nothing was sent")),
        }
    }

    /// Says it and gives the exit code.
    #[must_use]
    pub fn tell(&self) -> ExitCode {
        out::fail(self.code, &self.sentence)
    }
}

/// Whether the operator may be asked for what is missing.
#[must_use]
pub fn may_be_asked() -> Ask {
    if ask::possible() { Ask::Terminal } else { Ask::Never }
}

/// The settings of a mode that sends. A variable that means nothing is told: it may be a slip of one that protects.
pub fn settings(flags: &Flags, environment: &Environment) -> Result<Loaded, Failure> {
    let loaded = crate::config::load(flags, environment)?;
    for (name, near) in environment.unknown() {
        let near = near.map(|near| format!("; perhaps {near} was meant")).unwrap_or_default();
        out::say(&format!("the environment variable {name} means nothing{near}"));
    }
    Ok(loaded)
}

/// Starts the log of a mode, and says what it works with: no secret, and no command that may hold one.
pub fn begin_log(command: &str, loaded: &Loaded, make: Make) {
    let settings = &loaded.settings;
    let Some(folder) = settings.state_dir.as_deref() else { return };
    crate::log::reports_go_to(folder);
    crate::log::start(folder, settings.log_level, make);
    let shown = |spec: &Spec| {
        let value = match spec.key {
            Key::ClientSecretCommand => "…".to_owned(),
            key => settings.get(key)?,
        };
        let told = settings.provenance(spec.key) != Provenance::Default;
        told.then(|| format!("{} = {value} ({})", spec.name, settings.provenance(spec.key)))
    };
    let told = SPECS.iter().filter_map(shown).collect::<Vec<_>>().join(", ");
    let (version, user) = (env!("CONSOLE_VERSION"), Who::from_environment().user);
    let host = settings.host();
    tracing::info!(version, command, user, host, settings = told, "begin");
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Usage(sentence) => Self::usage(sentence),
            ConfigError::Configuration(sentence) => Self::configuration(sentence),
        }
    }
}
