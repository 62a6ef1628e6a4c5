//! What the program was told, value by value, and where each value came from.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;

use super::key::Key;
use super::value;
use crate::limiter::Rate;
use crate::log::LogLevel;
use crate::model::text::visible;
use crate::model::{Action, IdMode};
use crate::tui::keymap::{Act, Keymap};
use crate::tui::theme::{Builtin, Depth};

/// Where a value came from; later ones beat earlier ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Provenance {
    /// Nobody said anything.
    #[default]
    Default,
    /// The configuration file, at this line (1-based).
    File(usize),
    /// A profile of the configuration file, at this line (1-based).
    Profile(String, usize),
    /// The environment variable of this name.
    Environment(String),
    /// The command line.
    Flag,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.pad("default"),
            Self::File(line) => f.pad(&format!("file, line {line}")),
            Self::Profile(name, line) => f.pad(&format!("profile {}, line {line}", visible(name))),
            Self::Environment(name) => f.pad(&format!("environment, {name}")),
            Self::Flag => f.pad("command line"),
        }
    }
}

impl Provenance {
    /// A number that is higher for what beats the other.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::File(_) => 1,
            Self::Profile(..) => 2,
            Self::Environment(_) => 3,
            Self::Flag => 4,
        }
    }
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` or `TERM=dumb` say otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How notices reach the desktop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoticeChoice {
    /// Where the terminal is known to show them.
    #[default]
    Auto,
    /// By OSC 9.
    Osc9,
    /// By OSC 777.
    Osc777,
    /// Not at all.
    Never,
}

/// The colour of the console's top line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the colours of every terminal")]
pub enum HeaderColor {
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
}

/// Reads one of a few words, whatever their case.
fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim()));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("“{}” is none of {}", visible(text), known.join(", "))
    })
}

const COLOR_CHOICES: [(&str, ColorChoice); 3] =
    [("auto", ColorChoice::Auto), ("always", ColorChoice::Always), ("never", ColorChoice::Never)];

const NOTICE_CHOICES: [(&str, NoticeChoice); 4] = [
    ("auto", NoticeChoice::Auto),
    ("osc9", NoticeChoice::Osc9),
    ("osc777", NoticeChoice::Osc777),
    ("never", NoticeChoice::Never),
];

const HEADER_COLORS: [(&str, HeaderColor); 6] = [
    ("red", HeaderColor::Red),
    ("green", HeaderColor::Green),
    ("yellow", HeaderColor::Yellow),
    ("blue", HeaderColor::Blue),
    ("magenta", HeaderColor::Magenta),
    ("cyan", HeaderColor::Cyan),
];

impl FromStr for ColorChoice {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        one_of(s, &COLOR_CHOICES)
    }
}

impl FromStr for NoticeChoice {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        one_of(s, &NOTICE_CHOICES)
    }
}

impl FromStr for HeaderColor {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        one_of(s, &HEADER_COLORS)
    }
}

/// Everything that can be set. Holds no secret, only where secrets are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Settings {
    /// The profile in use.
    pub profile: Option<String>,
    /// The cloud's scheme, host and port.
    pub base_url: Url,
    /// `client_id`
    pub client_key: Option<String>,
    /// A file with the client secret.
    pub client_secret_file: Option<PathBuf>,
    /// A command that prints the client secret.
    pub client_secret_command: Option<String>,
    /// A file with a ready token.
    pub access_token_file: Option<PathBuf>,
    /// The budget.
    pub rate: Rate,
    /// Devices in a request, from 1.
    pub batch_size: usize,
    /// Requests on their way at the same time, from 1.
    pub in_flight: usize,
    /// The longest time of a request.
    pub timeout: Duration,
    /// The longest time until a connection stands.
    pub connect_timeout: Duration,
    /// More roots of trust, in PEM.
    pub ca_file: Option<PathBuf>,
    /// Which id to send, where somebody said so.
    pub id_mode: Option<IdMode>,
    /// Whether nothing may be sent.
    pub read_only: bool,
    /// Actions that are not sent without a reason.
    pub require_reason: Vec<Action>,
    /// The console's top line.
    pub header_color: Option<HeaderColor>,
    /// Where the journal lives; `None` where the platform names no folder and nobody else does.
    pub state_dir: Option<PathBuf>,
    /// Whether runs are recorded.
    pub journal: bool,
    /// Days for which ended runs are kept.
    pub keep_days: u32,
    /// The age at which an exemption is mentioned.
    pub remind_after: Duration,
    /// Bytes to which a compressed list may unfold.
    pub max_unpacked: u64,
    /// Whether a run goes on after its terminal has gone.
    pub finish_on_hangup: bool,
    /// When colours are used.
    pub color: ColorChoice,
    /// The console's theme: a name, or the path of a file; not yet looked for.
    pub theme: String,
    /// Whether only ASCII is drawn; off, the locale decides.
    pub ascii: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// Whether the window's title shows how far a run is.
    pub title: bool,
    /// Whether the bell rings when a run ends or needs someone.
    pub bell: bool,
    /// How notices reach the desktop.
    pub notify: NoticeChoice,
    /// The console's keys.
    pub keys: Keymap,
    /// How much is logged.
    pub log_level: LogLevel,
    provenance: HashMap<Key, Provenance>,
    /// Where acts got other keys: lines of the file (1-based).
    pub(super) key_lines: HashMap<Act, usize>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: None,
            base_url: Url::parse("https://gears.opswat.com").expect("the documented host is an address"),
            client_key: None,
            client_secret_file: None,
            client_secret_command: None,
            access_token_file: None,
            rate: Rate::default(),
            batch_size: 50,
            in_flight: 4,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            ca_file: None,
            id_mode: None,
            read_only: false,
            require_reason: Vec::new(),
            header_color: None,
            state_dir: super::folders::state_dir(),
            journal: true,
            keep_days: 400,
            remind_after: Duration::from_hours(24),
            max_unpacked: crate::intake::Options::default().max_unpacked,
            finish_on_hangup: false,
            color: ColorChoice::Auto,
            theme: Builtin::default().name().to_owned(),
            ascii: false,
            mouse: false,
            title: true,
            bell: true,
            notify: NoticeChoice::Auto,
            keys: Keymap::default(),
            log_level: LogLevel::default(),
            provenance: HashMap::new(),
            key_lines: HashMap::new(),
        }
    }
}

impl Settings {
    /// Reads one value from its text and notes where it came from. The error says what is wrong with the text; the
    /// caller says where it stood.
    pub fn set(&mut self, key: Key, text: &str, from: Provenance) -> Result<(), String> {
        let path = || {
            if text.is_empty() { Err("a path is wanted, and it is empty".to_owned()) } else { Ok(Some(text.into())) }
        };
        let words = || Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        match key {
            Key::Profile => self.profile = words(),
            Key::BaseUrl => self.base_url = value::base_url(text)?,
            Key::ClientKey => self.client_key = words(),
            Key::ClientSecretFile => self.client_secret_file = path()?,
            Key::ClientSecretCommand => self.client_secret_command = words(),
            Key::AccessTokenFile => self.access_token_file = path()?,
            Key::Rate => self.rate = value::rate(text)?,
            Key::BatchSize => self.batch_size = value::number(text, 1..=10_000)? as usize,
            Key::InFlight => self.in_flight = value::number(text, 1..=16)? as usize,
            Key::Timeout => self.timeout = value::duration(text)?,
            Key::ConnectTimeout => self.connect_timeout = value::duration(text)?,
            Key::CaFile => self.ca_file = path()?,
            Key::IdMode => self.id_mode = Some(text.trim().parse()?),
            Key::ReadOnly => self.read_only = value::switch(text)?,
            Key::RequireReason => self.require_reason = value::actions(text)?,
            Key::HeaderColor => self.header_color = Some(text.parse()?),
            Key::StateDir => self.state_dir = path()?,
            Key::Journal => self.journal = value::switch(text)?,
            Key::KeepDays => self.keep_days = value::number(text, 0..=36_500)?,
            Key::RemindAfter => self.remind_after = value::duration(text)?,
            Key::MaxUnpacked => self.max_unpacked = value::size(text)?,
            Key::FinishOnHangup => self.finish_on_hangup = value::switch(text)?,
            Key::Color => self.color = text.parse()?,
            Key::Theme => self.theme = words().ok_or("a theme's name or path is wanted, and it is empty")?,
            Key::Ascii => self.ascii = value::switch(text)?,
            Key::Mouse => self.mouse = value::switch(text)?,
            Key::Title => self.title = value::switch(text)?,
            Key::Bell => self.bell = value::switch(text)?,
            Key::Notify => self.notify = text.parse()?,
            Key::LogLevel => self.log_level = text.parse()?,
        }
        self.provenance.insert(key, from);
        Ok(())
    }

    /// A value as `set` reads it; `None` where there is none. Not yet made safe for a terminal.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<String> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        let word = |words: &[(&str, HeaderColor)], value| {
            words.iter().find(|(_, other)| *other == value).map(|(word, _)| (*word).to_owned())
        };
        match key {
            Key::Profile => self.profile.clone(),
            Key::BaseUrl => Some(self.base_url.as_str().trim_end_matches('/').to_owned()),
            Key::ClientKey => self.client_key.clone(),
            Key::ClientSecretFile => path(&self.client_secret_file),
            Key::ClientSecretCommand => self.client_secret_command.clone(),
            Key::AccessTokenFile => path(&self.access_token_file),
            Key::Rate => Some(value::rate_text(self.rate)),
            Key::BatchSize => Some(self.batch_size.to_string()),
            Key::InFlight => Some(self.in_flight.to_string()),
            Key::Timeout => Some(value::duration_text(self.timeout)),
            Key::ConnectTimeout => Some(value::duration_text(self.connect_timeout)),
            Key::CaFile => path(&self.ca_file),
            Key::IdMode => self.id_mode.map(|mode| mode.name().to_owned()),
            Key::ReadOnly => Some(self.read_only.to_string()),
            Key::RequireReason => match self.require_reason.as_slice() {
                [] => Some("false".to_owned()),
                actions => Some(actions.iter().map(|action| action.name()).collect::<Vec<_>>().join(",")),
            },
            Key::HeaderColor => self.header_color.and_then(|color| word(&HEADER_COLORS, color)),
            Key::StateDir => path(&self.state_dir),
            Key::Journal => Some(self.journal.to_string()),
            Key::KeepDays => Some(self.keep_days.to_string()),
            Key::RemindAfter => Some(value::duration_text(self.remind_after)),
            Key::MaxUnpacked => Some(value::size_text(self.max_unpacked)),
            Key::FinishOnHangup => Some(self.finish_on_hangup.to_string()),
            Key::Color => {
                COLOR_CHOICES.iter().find(|(_, choice)| *choice == self.color).map(|(word, _)| (*word).to_owned())
            }
            Key::Theme => Some(self.theme.clone()),
            Key::Ascii => Some(self.ascii.to_string()),
            Key::Mouse => Some(self.mouse.to_string()),
            Key::Title => Some(self.title.to_string()),
            Key::Bell => Some(self.bell.to_string()),
            Key::Notify => {
                NOTICE_CHOICES.iter().find(|(_, choice)| *choice == self.notify).map(|(word, _)| (*word).to_owned())
            }
            Key::LogLevel => Some(self.log_level.to_string()),
        }
    }

    /// Where a value came from.
    #[must_use]
    pub fn provenance(&self, key: Key) -> Provenance {
        self.provenance.get(&key).cloned().unwrap_or_default()
    }

    /// Where an act's keys came from.
    #[must_use]
    pub fn keys_provenance(&self, act: Act) -> Provenance {
        self.key_lines.get(&act).map_or(Provenance::Default, |line| Provenance::File(*line))
    }

    /// The state folder, or the sentence that says how to name one.
    pub fn state_dir(&self) -> Result<&Path, String> {
        self.state_dir.as_deref().ok_or_else(|| {
            "no folder for the journal is known, because there is no home folder: name one with --state-dir DIR"
                .to_owned()
        })
    }

    /// The host as the operator knows it: without the scheme.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.base_url.host_str().unwrap_or_default();
        self.base_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Whether colours are used on a stream that is a terminal or not.
    #[must_use]
    pub fn use_color(&self, is_terminal: bool, environment: &super::Environment) -> bool {
        let set = |name| environment.get(name).is_some_and(|value| !value.is_empty());
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if set("NO_COLOR") => false,
            ColorChoice::Auto
                if environment.get("CLICOLOR_FORCE").is_some_and(|value| value != "0" && !value.is_empty()) =>
            {
                true
            }
            ColorChoice::Auto => is_terminal && !is_monochrome(environment.get("TERM").unwrap_or_default()),
        }
    }

    /// How many colours the console uses on its terminal.
    #[must_use]
    pub fn depth(&self, environment: &super::Environment) -> Depth {
        let variable = |name| environment.get(name).unwrap_or_default();
        if self.use_color(true, environment) { Depth::of(variable("TERM"), variable("COLORTERM")) } else { Depth::Mono }
    }
}

/// Whether a terminal of this name shows no colours.
fn is_monochrome(term: &str) -> bool {
    term == "dumb"
        || ["vt1", "vt2", "vt3"].iter().any(|vt| term.starts_with(vt))
        || term.ends_with("-m")
        || term.ends_with("-mono")
}

#[cfg(test)]
mod tests {
    use super::super::key::SPECS;
    use super::*;

    #[test]
    fn every_default_is_read_back_as_itself() {
        let defaults = Settings::default();
        let mut read = Settings::default();
        for spec in SPECS {
            if let Some(text) = defaults.get(spec.key) {
                read.set(spec.key, &text, Provenance::Default).unwrap();
                assert_eq!(read.get(spec.key), Some(text), "{}", spec.name);
            }
        }
        read.provenance.clear();
        assert_eq!(read, defaults);
    }

    #[test]
    fn a_wrong_value_changes_nothing() {
        let mut settings = Settings::default();
        for (key, text) in [
            (Key::Rate, "fast"),
            (Key::BatchSize, "0"),
            (Key::InFlight, "17"),
            (Key::Color, "blue"),
            (Key::HeaderColor, "always"),
            (Key::IdMode, "ip"),
            (Key::CaFile, ""),
            (Key::Mouse, "maybe"),
            (Key::LogLevel, "loud"),
        ] {
            assert!(settings.set(key, text, Provenance::Flag).is_err(), "{text}");
        }
        assert_eq!(settings, Settings::default());
    }
}
