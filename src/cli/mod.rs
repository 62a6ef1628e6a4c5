//! The command line.
#![expect(clippy::doc_markdown, reason = "these words are the help: a terminal shows no backticks")]

mod around;
pub mod complete;
mod words;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueHint};

pub use around::{Completions, Log, Logout};

use crate::config::{Flags, Key};
use crate::export::Format;
use crate::log::LogLevel;
use crate::model::{Action, IdMode};

/// Renew DHCP leases and set policy exemptions for many devices, and see what became of each.
#[derive(Debug, Parser)]
#[command(
    name = "gears", version = env!("CONSOLE_VERSION"), about, long_about = words::ABOUT, after_help = words::SHORT_EXAMPLES,
    after_long_help = words::EXAMPLES, max_term_width = 100, infer_long_args = false,
    override_usage = "gears [OPTIONS] [FILE|ID]...\n       gears [OPTIONS] COMMAND", subcommand_value_name = "COMMAND",
    subcommand_help_heading = "Commands", disable_help_subcommand = false
)]
pub struct Cli {
    /// What to do; the console where nothing is named.
    #[command(subcommand)]
    pub mode: Option<Mode>,
    /// Files with devices, `-` for standard input, or ids of devices
    #[arg(value_name = "FILE|ID", value_hint = ValueHint::FilePath)]
    pub devices: Vec<OsString>,
    /// Of all modes that send.
    #[command(flatten)]
    pub sending: Sending,
    /// Of the console.
    #[command(flatten)]
    pub screen: Screen,
}

/// The modes without a terminal.
#[derive(Debug, Subcommand)]
pub enum Mode {
    /// Send one action to devices, without the console
    Send(Send),
    /// Show what would be recognised in lists; sends nothing
    Devices(Devices),
    /// Say whether everything is in place, line by line
    Check(Check),
    /// Show past runs, or one run whole
    History(History),
    /// Send what a run never sent
    Resume(Resume),
    /// Show the newest lines of the log, and where it is
    Log(Log),
    /// Run a small cloud on this machine, for training and tests
    Simulate(Simulate),
    /// Where the settings are, what is in force and why
    Config(Config),
    /// Forget the credentials that are kept in the configuration folder
    Logout(Logout),
    /// Show a page of the guide: what to do, and what to do when something is wrong
    Guide(Guide),
    /// Print the completions of a shell
    Completions(Completions),
    /// Print the manual page of gears or of one of its commands
    Man(Man),
}

/// Where settings come from: options of every mode that has settings.
#[derive(Clone, Debug, Default, Args)]
pub struct From {
    /// Read this configuration file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// Use this profile of the configuration file
    #[arg(long, value_name = "NAME", help_heading = "Settings", add = complete::profiles())]
    pub profile: Option<String>,
    /// Log this much [off, error, warn, info, debug, trace; default: info]
    #[arg(long, value_name = "LEVEL", help_heading = "Settings", add = complete::words(&LEVELS))]
    pub log_level: Option<String>,
}

/// Options of the journal's place.
#[derive(Clone, Debug, Default, Args)]
pub struct State {
    /// Keep the journal and the shared budget in this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Settings")]
    pub state_dir: Option<String>,
}

/// Options of every mode that sends.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Sending {
    /// Use the built-in simulation of the cloud, with sample devices; needs no account
    #[arg(long)]
    pub demo: bool,
    /// Look at everything, send nothing
    #[arg(long)]
    pub read_only: bool,
    /// Do not record runs: what is in flight when the line breaks is not known afterwards
    #[arg(long)]
    pub no_journal: bool,
    /// Finish the whole run when the terminal's line is cut
    #[arg(long)]
    pub finish_on_hangup: bool,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub from: From,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub state: State,
    /// The cloud: scheme and host [default: https://gears.opswat.com]
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, help_heading = "Settings")]
    pub base_url: Option<String>,
    /// Send so many requests in a time [default: 10/60s]
    #[arg(long, value_name = "N/TIME", help_heading = "Settings")]
    pub rate: Option<String>,
    /// Put so many devices in a request [default: 50]
    #[arg(long, value_name = "N", help_heading = "Settings")]
    pub batch_size: Option<String>,
    /// Wait so long for an answer [default: 30s]
    #[arg(long, value_name = "TIME", help_heading = "Settings")]
    pub timeout: Option<String>,
    /// Trust these certificate authorities as well
    #[arg(long, value_name = "PEM", value_hint = ValueHint::FilePath, help_heading = "Settings")]
    pub ca_file: Option<String>,
}

/// Options of reading lists.
#[derive(Clone, Debug, Default, Args)]
pub struct Reading {
    /// Send MACs or HWIDs; twelve hex digits are read as this
    #[arg(long, value_name = "MODE", value_parser = id_modes(), ignore_case = true)]
    pub id_mode: Option<IdMode>,
    /// Let a compressed list unfold to this size [default: 1GiB]
    #[arg(long, value_name = "SIZE")]
    pub max_unpacked: Option<String>,
}

/// Options of the console's screen.
#[derive(Clone, Debug, Default, Args)]
pub struct Screen {
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub reading: Reading,
    /// Draw with plain ASCII, for terminals without Unicode
    #[arg(long, help_heading = "Screen")]
    pub ascii: bool,
    /// Use colours [auto, always, never; default: auto]
    #[arg(long, value_name = "WHEN", help_heading = "Screen", add = complete::words(&WHEN))]
    pub color: Option<String>,
    /// Use these colours [terminal, dark, light, colour-blind, or a file; default: terminal]
    #[arg(long, value_name = "NAME|FILE", value_hint = ValueHint::FilePath, help_heading = "Screen")]
    pub theme: Option<String>,
    /// Use the mouse [on, off; default: off]
    #[arg(long, value_name = "on|off", help_heading = "Screen", add = complete::words(&["on", "off"]))]
    pub mouse: Option<String>,
}

/// Reads the number of a run.
fn run_number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| {
        "no run has this number: gears history lists the runs, and --device ID shows what was sent to a device"
            .to_owned()
    })
}

/// `gears send`
#[derive(Debug, Args)]
#[command(after_help = words::SEND_EXAMPLES)]
pub struct Send {
    /// dhcprenew, exempt_all or unexempt
    #[arg(long, short, value_parser = actions())]
    pub action: Action,
    /// Files with devices, `-` for standard input, or ids of devices
    #[arg(value_name = "FILE|ID", value_hint = ValueHint::FilePath)]
    pub devices: Vec<OsString>,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub reading: Reading,
    /// Why, for the record: a ticket's number
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub report: Report,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub sending: Sending,
}

/// Options of a report.
#[derive(Clone, Debug, Default, Args)]
pub struct Report {
    /// Send without asking; needed where there is no terminal
    #[arg(long, short)]
    pub yes: bool,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Use colours [auto, always, never; default: auto]
    #[arg(long, value_name = "WHEN", add = complete::words(&WHEN))]
    pub color: Option<String>,
}

/// `gears devices`
#[derive(Debug, Args)]
#[command(after_help = words::DEVICES_EXAMPLES)]
pub struct Devices {
    /// Files with devices, `-` for standard input, or ids of devices
    #[arg(value_name = "FILE|ID", value_hint = ValueHint::FilePath)]
    pub devices: Vec<OsString>,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub reading: Reading,
    /// Read the sample devices of the simulation
    #[arg(long)]
    pub demo: bool,
    /// How the devices are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub from: From,
}

/// `gears check`
#[derive(Debug, Args)]
pub struct Check {
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub sending: Sending,
}

/// How `gears check` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum CheckFormat {
    /// One line each, for people.
    #[default]
    Table,
    /// An array of objects.
    Json,
}

/// `gears history`
#[derive(Debug, Args)]
#[command(after_help = words::HISTORY_EXAMPLES)]
pub struct History {
    /// Show this run with every device
    #[arg(value_name = "RUN", value_parser = run_number, add = complete::runs())]
    #[arg(conflicts_with_all = ["device", "open", "export", "before"])]
    pub run: Option<i64>,
    /// Show what was ever sent to the device with this MAC or HWID
    #[arg(long, value_name = "ID", conflicts_with_all = ["open", "export", "before"])]
    pub device: Option<String>,
    /// Read twelve hex digits behind --device as this
    #[arg(long, value_name = "MODE", value_parser = id_modes(), ignore_case = true, requires = "device")]
    pub id_mode: Option<IdMode>,
    /// Show the devices that are exempt, or may be, and were not told otherwise since
    #[arg(long, conflicts_with_all = ["export", "before"])]
    pub open: bool,
    /// With --open: of every account, not of the configured one alone
    #[arg(long, requires = "open")]
    pub all_accounts: bool,
    /// Write every device of these runs, a line each, as CSV or (any other format) NDJSON: 42, 40-42, 40- or all
    #[arg(long, value_name = "RUNS", conflicts_with = "before", allow_hyphen_values = true)]
    pub export: Option<String>,
    /// Show runs before this one: the next page
    #[arg(long, value_name = "RUN", add = complete::runs())]
    pub before: Option<i64>,
    /// Show so many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub from: From,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub state: State,
}

/// `gears resume`
#[derive(Debug, Args)]
#[command(after_help = words::RESUME_EXAMPLES)]
pub struct Resume {
    /// The run's number, as gears history shows it
    #[arg(value_name = "RUN", value_parser = run_number, add = complete::runs())]
    pub run: i64,
    /// Whether devices whose outcome is unknown are sent again: asked for, or yes where nobody can be asked
    #[arg(long, value_name = "yes|no", add = complete::words(&["yes", "no"]))]
    pub unknown: Option<String>,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub report: Report,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub sending: Sending,
}

/// `gears simulate`
#[derive(Debug, Args)]
#[command(after_help = words::SIMULATE_EXAMPLES)]
pub struct Simulate {
    /// Listen on this address of this machine
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Read scripted faults from this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub faults: Option<PathBuf>,
    /// Allow so many requests in a time [default: 10/60s]
    #[arg(long, value_name = "N/TIME")]
    pub rate: Option<String>,
}

/// `gears config`
#[derive(Debug, Args)]
pub struct Config {
    /// What to do with it.
    #[command(subcommand)]
    pub what: ConfigMode,
}

/// The parts of `gears config`.
#[derive(Debug, Subcommand)]
pub enum ConfigMode {
    /// Print the place of the configuration file
    Path(From),
    /// Print every setting, its value and where it came from
    Show(Box<ConfigShow>),
    /// Write the commented sample, where there is no file yet
    Init(From),
    /// Open the file in $VISUAL or $EDITOR, then check it
    Edit(From),
}

/// `gears config show`
#[derive(Debug, Args)]
pub struct ConfigShow {
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
    #[expect(missing_docs, reason = "clap would show the words as the help of the options within")]
    #[command(flatten)]
    pub sending: Sending,
}

/// `gears guide`
#[derive(Debug, Args)]
pub struct Guide {
    /// The page; all pages with a line each where none is named
    #[arg(value_parser = topics(), ignore_case = true)]
    pub topic: Option<String>,
}

/// `gears man`
#[derive(Debug, Args)]
pub struct Man {
    /// A command; gears itself where none is named
    #[arg(add = complete::commands())]
    pub command: Option<String>,
    /// Write the pages of gears and of all commands into this folder instead
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "command")]
    pub dir: Option<PathBuf>,
}

/// What `--color` takes.
const WHEN: [&str; 3] = ["auto", "always", "never"];

/// What `--log-level` takes.
const LEVELS: [&str; 6] = LogLevel::NAMES;
fn topics() -> PossibleValuesParser {
    PossibleValuesParser::new(crate::guide::PAGES.iter().map(|page| PossibleValue::new(page.name).help(page.about)))
}

fn actions() -> impl clap::builder::TypedValueParser<Value = Action> {
    PossibleValuesParser::new(Action::ALL.map(Action::name)).try_map(|name| name.parse::<Action>())
}

fn id_modes() -> impl clap::builder::TypedValueParser<Value = IdMode> {
    PossibleValuesParser::new(["mac", "hwid"]).try_map(|name| name.parse::<IdMode>())
}

impl From {
    fn or(self, other: &Self) -> Self {
        Self {
            config: self.config.or_else(|| other.config.clone()),
            profile: self.profile.or_else(|| other.profile.clone()),
            log_level: self.log_level.or_else(|| other.log_level.clone()),
        }
    }

    /// What these options say of the settings.
    #[must_use]
    pub fn flags(&self) -> Flags {
        let values = [(Key::Profile, &self.profile), (Key::LogLevel, &self.log_level)];
        let values = values.into_iter().filter_map(|(key, text)| Some((key, text.clone()?))).collect();
        Flags { config: self.config.clone(), values }
    }
}

impl State {
    /// Adds what these options say of the settings.
    pub fn add_to(&self, flags: &mut Flags) {
        flags.values.extend(self.state_dir.clone().map(|text| (Key::StateDir, text)));
    }
}

impl Sending {
    /// These options; where one was not given, the one of `other`, which stood before the command's name.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            demo: self.demo || other.demo,
            read_only: self.read_only || other.read_only,
            no_journal: self.no_journal || other.no_journal,
            finish_on_hangup: self.finish_on_hangup || other.finish_on_hangup,
            from: self.from.or(&other.from),
            state: State { state_dir: self.state.state_dir.or_else(|| other.state.state_dir.clone()) },
            base_url: self.base_url.or_else(|| other.base_url.clone()),
            rate: self.rate.or_else(|| other.rate.clone()),
            batch_size: self.batch_size.or_else(|| other.batch_size.clone()),
            timeout: self.timeout.or_else(|| other.timeout.clone()),
            ca_file: self.ca_file.or_else(|| other.ca_file.clone()),
        }
    }

    /// What these options say of the settings.
    #[must_use]
    pub fn flags(&self) -> Flags {
        let mut flags = self.from.flags();
        self.state.add_to(&mut flags);
        let switch = |key, given: bool, text: &str| given.then(|| (key, text.to_owned()));
        let texts = [
            (Key::BaseUrl, &self.base_url),
            (Key::Rate, &self.rate),
            (Key::BatchSize, &self.batch_size),
            (Key::Timeout, &self.timeout),
            (Key::CaFile, &self.ca_file),
        ];
        flags.values.extend(texts.into_iter().filter_map(|(key, text)| Some((key, text.clone()?))));
        flags.values.extend(switch(Key::ReadOnly, self.read_only, "true"));
        flags.values.extend(switch(Key::Journal, self.no_journal, "false"));
        flags.values.extend(switch(Key::FinishOnHangup, self.finish_on_hangup, "true"));
        flags
    }
}

impl Reading {
    /// Adds what these options say of the settings.
    pub fn add_to(&self, flags: &mut Flags) {
        flags.values.extend(self.id_mode.map(|mode| (Key::IdMode, mode.name().to_owned())));
        flags.values.extend(self.max_unpacked.clone().map(|text| (Key::MaxUnpacked, text)));
    }
}

impl Screen {
    /// Adds what these options say of the settings.
    pub fn add_to(&self, flags: &mut Flags) {
        self.reading.add_to(flags);
        flags.values.extend(self.ascii.then(|| (Key::Ascii, "true".to_owned())));
        flags.values.extend(self.color.clone().map(|text| (Key::Color, text)));
        flags.values.extend(self.theme.clone().map(|text| (Key::Theme, text)));
        flags.values.extend(self.mouse.clone().map(|text| (Key::Mouse, text)));
    }
}

impl Report {
    /// Adds what these options say of the settings.
    pub fn add_to(&self, flags: &mut Flags) {
        flags.values.extend(self.color.clone().map(|text| (Key::Color, text)));
    }
}

impl Cli {
    /// The command line as clap knows it.
    #[must_use]
    pub fn definition() -> clap::Command {
        Self::command()
    }

    /// The commands' names.
    #[must_use]
    pub fn command_names() -> Vec<String> {
        Self::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Cli {
        Cli::try_parse_from(line.split(' ')).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::definition().debug_assert();
    }

    #[test]
    fn options_stand_before_or_behind_the_command() {
        for line in [
            "gears --profile a --rate 1/1s send -a unexempt x.csv",
            "gears send --profile a --rate 1/1s --action unexempt x.csv",
            "gears --profile b --rate 1/1s send --profile a -a unexempt x.csv",
        ] {
            let cli = parse(line);
            let Some(Mode::Send(send)) = cli.mode else { panic!("{line}") };
            let flags = send.sending.or(&cli.sending).flags();
            assert_eq!(flags.values, [(Key::Profile, "a".to_owned()), (Key::Rate, "1/1s".to_owned())], "{line}");
        }
    }

    #[test]
    fn a_file_named_like_a_command_is_reached() {
        assert!(parse("gears ./send").mode.is_none());
        assert_eq!(parse("gears -- send").devices, ["send"]);
        assert_eq!(parse("gears -").devices, ["-"]);
        let Some(Mode::Send(send)) = parse("gears send -a dhcprenew send -").mode else { panic!() };
        assert_eq!(send.devices, ["send", "-"]);
    }

    #[test]
    fn every_switch_reaches_its_setting() {
        let cli = parse(
            "gears --read-only --no-journal --finish-on-hangup --ascii --color never --theme light --mouse on --id-mode hwid",
        );
        let mut flags = cli.sending.flags();
        cli.screen.add_to(&mut flags);
        let empty = tempfile::NamedTempFile::new().unwrap();
        flags.config = Some(empty.path().to_owned());
        let settings = crate::config::load(&flags, &crate::config::Environment::default()).unwrap().settings;
        assert!(
            settings.read_only && !settings.journal && settings.finish_on_hangup && settings.ascii && settings.mouse
        );
        assert_eq!((settings.color, settings.id_mode), (crate::config::ColorChoice::Never, Some(IdMode::Hwid)));
        assert_eq!(settings.theme, "light");
    }

    #[test]
    fn wrong_words_get_the_nearest_right_one() {
        for (line, hint) in [
            ("gears send --acton unexempt x", "--action"),
            ("gears send -a exemptall x", "exempt_all"),
            ("gears send -a unexempt --format jsn x", "json"),
        ] {
            let error = Cli::try_parse_from(line.split(' ')).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(hint), "{error}");
        }
    }
}
