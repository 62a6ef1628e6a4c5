//! The script of what goes wrong.
//!
//! A script is TOML (or JSON) with a list `fault`. For each request the first fault that fits and is not used up happens;
//! where none does, the simulator answers as it should. See `assets/faults.toml`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

/// What goes wrong, in order.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// The first that fits a request and is not used up happens.
    #[serde(default)]
    pub fault: Vec<Fault>,
}

/// Which call a fault is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum On {
    /// The command.
    #[default]
    Action,
    /// The token.
    Token,
    /// The account.
    Account,
}

/// When a connection is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Break {
    /// Before anything is done.
    Before,
    /// When all is done, instead of an answer.
    After,
}

/// Where an answer stops for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hang {
    /// Before its first byte.
    Head,
    /// In the middle of its body.
    Body,
}

/// How an answer's body is spoiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// Half of it comes, then the connection closes.
    Half,
    /// It is followed by two MiB of spaces.
    Oversize,
    /// Bytes that are no HTTP come instead of an answer.
    Garbage,
}

/// One thing that goes wrong.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// The call: `action`, `token` or `account`.
    pub on: On,
    /// Only the request of this number among those of its call, from 1.
    pub nth: Option<usize>,
    /// Only requests whose list holds one of these ids.
    pub containing: Vec<String>,
    /// Only requests with more ids than this.
    pub longer_than: Option<usize>,
    /// How often; 0 is always. Once, unless it says something else.
    pub times: Option<usize>,
    /// The status to answer with, instead of the real one.
    pub status: Option<u16>,
    /// The body, as it stands.
    pub body: Option<String>,
    /// The body as a value, written as JSON.
    pub json: Option<Value>,
    /// Headers, beside the usual ones or instead of them; an empty value takes one away.
    pub headers: BTreeMap<String, String>,
    /// Whether the action is carried out although the status says something else than 200.
    pub runs: bool,
    /// Milliseconds before the answer.
    pub delay_ms: u64,
    /// The connection is reset.
    pub reset: Option<Break>,
    /// The answer never ends.
    pub hang: Option<Hang>,
    /// The answer is spoiled.
    pub cut: Option<Cut>,
}

impl Faults {
    /// Reads a script: TOML, or JSON with the same keys.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('{') {
            return serde_json::from_str(text).map_err(|error| error.to_string());
        }
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// Reads a script's file; the words name it.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// One fault that happens once.
    #[must_use]
    pub fn once(fault: Fault) -> Self {
        Self { fault: vec![fault] }
    }
}

impl Fault {
    /// Whether it is for this request: the `nth` of its call.
    pub(super) fn fits(&self, on: On, nth: usize, ids: &[String]) -> bool {
        self.on == on
            && self.nth.is_none_or(|only| only == nth)
            && self.longer_than.is_none_or(|longest| ids.len() > longest)
            && (self.containing.is_empty() || self.containing.iter().any(|id| ids.contains(id)))
    }

    /// How often it happens.
    pub(super) fn times(&self) -> usize {
        match self.times {
            None => 1,
            Some(0) => usize::MAX,
            Some(times) => times,
        }
    }

    /// How long its answer waits.
    pub(super) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}
