//! How much is logged.

use std::fmt;
use std::str::FromStr;

use tracing::level_filters::LevelFilter;

use crate::model::text::visible;

/// How much is logged: each level has all of those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing, and no file is made.
    Off,
    /// What failed.
    Error,
    /// What needs care.
    Warn,
    /// What was done.
    #[default]
    Info,
    /// Why it was done as it was.
    Debug,
    /// Every step.
    Trace,
}

impl LogLevel {
    /// Every level, from the least to the most.
    pub const ALL: [Self; 6] = [Self::Off, Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// Their names in settings.
    pub const NAMES: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

    /// Its name in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|level| level.name().eq_ignore_ascii_case(text.trim()));
        found.ok_or_else(|| format!("“{}” is none of {}", visible(text), Self::NAMES.join(", ")))
    }
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Off => Self::OFF,
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_by_their_names() {
        for level in LogLevel::ALL {
            assert_eq!(level.name().parse(), Ok(level));
        }
        assert_eq!(" WARN".parse(), Ok(LogLevel::Warn));
        let why = "loud\u{7}".parse::<LogLevel>().unwrap_err();
        assert!(why.contains("loud␇") && why.contains("trace"), "{why}");
    }
}
