//! What the shell completes by asking us: profiles, runs, and words that only we know.
//!
//! Nothing is written, made or waited for here, and whatever is wrong completes nothing.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::StyledStr;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use super::Cli;
use crate::config::{self, Environment, Flags, Key};
use crate::{journal, zone};

/// The variable by which a shell asks.
const VARIABLE: &str = "GEARS_COMPLETE";
/// Runs that are offered.
const RUNS: usize = 30;

/// Answers a shell that asks for completions, and ends the process then; does nothing else.
pub fn answer() {
    CompleteEnv::with_factory(Cli::definition).var(VARIABLE).bin("gears").completer("gears").complete();
}

/// The lines by which a shell learns to ask the `gears` of its path.
#[must_use]
pub fn registration(shell: clap_complete::Shell) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let shells = Shells::builtins();
    let shell = shells.completer(&shell.to_string())?;
    shell.write_registration(VARIABLE, "gears", "gears", "gears", &mut text).ok()?;
    Some(text)
}

/// The profiles of the configuration file.
pub(super) fn profiles() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let loaded = config::load(&flags(&[]), &Environment::of_process());
        let names = loaded.map(|loaded| loaded.profiles).unwrap_or_default();
        // A shell puts the word on its line as it is: only what means nothing to a shell.
        names.into_iter().filter(|name| is_plain(name)).map(CompletionCandidate::new).collect()
    })
}

fn is_plain(name: &str) -> bool {
    !name.starts_with('-') && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+'))
}

/// The newest runs, with their action and date.
pub(super) fn runs() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let loaded = config::load(&flags(&[Key::Profile, Key::StateDir]), &Environment::of_process());
        let Some(folder) = loaded.ok().and_then(|loaded| loaded.settings.state_dir) else { return Vec::new() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runs = runtime.map(|runtime| runtime.block_on(journal::newest_runs(&folder, RUNS))).unwrap_or_default();
        let zone = zone::local();
        let candidate = |(place, glance): (usize, journal::Glance)| {
            let date = zone.to_datetime(glance.started).strftime("%Y-%m-%d %H:%M").to_string();
            let help = StyledStr::from(format!("{} {date}", glance.action));
            CompletionCandidate::new(glance.run.to_string()).help(Some(help)).display_order(Some(place))
        };
        runs.into_iter().enumerate().map(candidate).collect()
    })
}

/// One of these words.
pub(super) fn words(words: &'static [&'static str]) -> ArgValueCandidates {
    ArgValueCandidates::new(move || words.iter().map(CompletionCandidate::new).collect())
}

/// The commands.
pub(super) fn commands() -> ArgValueCandidates {
    ArgValueCandidates::new(|| Cli::command_names().into_iter().map(CompletionCandidate::new).collect())
}

/// What the line so far says of the configuration file and of these settings.
fn flags(keys: &[Key]) -> Flags {
    let line: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").collect();
    let value = |key: &Key| Some((*key, option(&line, key.spec().flag?)?.to_string_lossy().into_owned()));
    Flags {
        config: option(&line, "--config").filter(|path| !path.is_empty()).map(PathBuf::from),
        values: keys.iter().filter_map(value).filter(|(_, text)| !text.is_empty()).collect(),
    }
}

/// The value of an option on a line: `--name value` or `--name=value`.
fn option(line: &[OsString], name: &str) -> Option<OsString> {
    line.iter().enumerate().find_map(|(place, word)| {
        if word == name {
            return line.get(place + 1).cloned();
        }
        word.to_str()?.strip_prefix(name)?.strip_prefix('=').map(OsString::from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_a_line_are_found_in_both_forms() {
        let line = ["gears", "--config=a b", "--state-dir", "/x", "--profile"].map(OsString::from);
        assert_eq!(option(&line, "--config"), Some("a b".into()));
        assert_eq!(option(&line, "--state-dir"), Some("/x".into()));
        assert_eq!([option(&line, "--profile"), option(&line, "--rate")], [None, None]);
    }

    #[test]
    fn only_names_that_mean_nothing_to_a_shell_are_offered() {
        for (name, plain) in [("acme-prod", true), ("müller.1", true), ("a b", false), ("$(x)", false), ("-x", false)]
        {
            assert_eq!(is_plain(name), plain, "{name}");
        }
    }
}
