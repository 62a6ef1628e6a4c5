//! Where the console is connected to, and how it gets elsewhere.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use secrecy::SecretString;

use crate::dispatcher::Link;
use crate::intake::Source;
use crate::journal::Journal;

use super::app::Options;

/// What was done on arrival.
#[derive(Debug)]
pub struct Arrival {
    /// What was kept, or why it was not, in words.
    pub words: String,
    /// The profiles that there are now, where they are others.
    pub profiles: Option<Vec<Profile>>,
}

/// What the console works with once it is connected.
pub struct Connected {
    /// To the dispatcher.
    pub link: Link,
    /// The record of all runs.
    pub journal: Journal,
    /// What lives as long as the connection: the simulation, where there is one.
    pub keep: Box<dyn Any + Send>,
    /// What is worth a line on screen from the start: a journal that had to guess, a token that cannot be renewed.
    pub notices: Vec<String>,
    /// What holds there.
    pub options: Options,
    /// What is loaded where the list is empty: a simulation has devices of its own.
    pub sources: Vec<Source>,
    /// What is done when the console really goes there: what was set up is kept then, not before.
    pub on_arrival: Option<Box<dyn FnOnce() -> Arrival + Send>>,
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// In words, with what to do.
    pub why: Arc<str>,
    /// Nobody has said yet where the credentials are.
    pub missing: bool,
}

/// Where to connect to.
#[derive(Clone, Debug)]
pub enum To {
    /// Where the settings say.
    Settings,
    /// To the simulation.
    Demo,
    /// To the cloud of a profile.
    Profile(String),
    /// To what somebody has set up; it is kept where it works.
    SetUp(Box<SetUp>),
}

impl fmt::Display for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings => f.write_str("the cloud"),
            Self::Demo => f.write_str("the simulation"),
            Self::Profile(name) => f.write_str(&super::text::visible(name)),
            Self::SetUp(set_up) => f.write_str(&super::text::visible(&set_up.host)),
        }
    }
}

/// Where a secret is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// In a file that only its owner may read.
    #[default]
    File,
    /// With a command that prints it.
    Command,
    /// Nowhere: it is asked for again.
    Nowhere,
}

impl Keep {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::File, Self::Command, Self::Nowhere];
}

/// What somebody has set up in the console.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// The profile that it is for; one that is not there yet is made.
    pub profile: Option<String>,
    /// The cloud, with or without `https://`.
    pub host: String,
    /// `client_id`
    pub key: String,
    /// Where the secret is kept.
    pub keep: Keep,
    /// The secret; empty where a command prints it.
    pub secret: SecretString,
    /// The command that prints the secret; empty where there is none.
    pub command: String,
}

/// A profile of the configuration, as it is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Its cloud.
    pub host: String,
    /// Whether nothing may be sent there.
    pub read_only: bool,
}

/// A connection that is being made.
pub type Connecting = Pin<Box<dyn Future<Output = Result<Connected, Refused>> + Send>>;

/// Makes connections.
pub type Connect = Box<dyn Fn(To) -> Connecting + Send + Sync>;
