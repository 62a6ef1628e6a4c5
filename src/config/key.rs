//! The table of settings: names, environment variables, and why each is there. Everything that lists settings reads it.

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is explained in the table below")]
pub enum Key {
    Profile,
    BaseUrl,
    ClientKey,
    ClientSecretFile,
    ClientSecretCommand,
    AccessTokenFile,
    Rate,
    BatchSize,
    InFlight,
    Timeout,
    ConnectTimeout,
    CaFile,
    IdMode,
    ReadOnly,
    RequireReason,
    HeaderColor,
    StateDir,
    Journal,
    KeepDays,
    RemindAfter,
    MaxUnpacked,
    FinishOnHangup,
    Color,
    Theme,
    Ascii,
    Mouse,
    Title,
    Bell,
    Notify,
    LogLevel,
}

/// What the table says of a setting.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The setting.
    pub key: Key,
    /// Its name in the file; a dot stands before a name within a section.
    pub name: &'static str,
    /// The option on the command line, where there is one.
    pub flag: Option<&'static str>,
    /// Whether a profile may set it.
    pub in_profile: bool,
    /// What it does, in one line.
    pub why: &'static str,
}

const fn spec(key: Key, name: &'static str, flag: Option<&'static str>, in_profile: bool, why: &'static str) -> Spec {
    Spec { key, name, flag, in_profile, why }
}

/// Every setting, in the order in which they are shown.
pub const SPECS: &[Spec] = &[
    // Not `profile`: TOML has one meaning for a name, and [profile.NAME] is a section.
    spec(Key::Profile, "default_profile", Some("--profile"), false, "The profile that is used when none is named."),
    spec(Key::BaseUrl, "base_url", Some("--base-url"), true, "The cloud: scheme and host, no path."),
    spec(
        Key::ClientKey,
        "client_key",
        None,
        true,
        "The client key (client_id) of the account's API client. No secret.",
    ),
    spec(
        Key::ClientSecretFile,
        "client_secret_file",
        None,
        true,
        "The file with the secret; only its owner may read it.",
    ),
    spec(
        Key::ClientSecretCommand,
        "client_secret_command",
        None,
        true,
        "A command that prints the secret, run without a shell.",
    ),
    spec(
        Key::AccessTokenFile,
        "access_token_file",
        None,
        true,
        "The file with a ready access token instead of key and secret.",
    ),
    spec(Key::Rate, "rate", Some("--rate"), true, "Requests in a time; the cloud allows 10 a minute for an account."),
    spec(
        Key::BatchSize,
        "batch_size",
        Some("--batch-size"),
        true,
        "Devices in one request; the cloud's other calls take 50 at most.",
    ),
    spec(Key::InFlight, "in_flight", None, true, "Requests that may be on their way at the same time."),
    spec(Key::Timeout, "timeout", Some("--timeout"), true, "The longest time for one request."),
    spec(Key::ConnectTimeout, "connect_timeout", None, true, "The longest time until a connection stands."),
    spec(Key::CaFile, "ca_file", Some("--ca-file"), true, "More certificate authorities to trust, in PEM."),
    spec(Key::IdMode, "id_mode", Some("--id-mode"), true, "The id that is sent: mac or hwid. Unset, the list decides."),
    spec(Key::ReadOnly, "read_only", Some("--read-only"), true, "Look at everything, send nothing."),
    spec(
        Key::RequireReason,
        "require_reason",
        None,
        true,
        "The actions that need a reason: true for all, or a list of them.",
    ),
    spec(
        Key::HeaderColor,
        "header_color",
        None,
        true,
        "The colour of the console's top line, so that production is known at a glance.",
    ),
    spec(Key::StateDir, "state_dir", Some("--state-dir"), true, "The folder of the journal and the shared budget."),
    spec(
        Key::Journal,
        "journal.enabled",
        Some("--no-journal"),
        false,
        "Record runs, so that nothing is lost when a line breaks.",
    ),
    spec(
        Key::KeepDays,
        "journal.keep_days",
        None,
        false,
        "Days before the newest run for which ended runs are kept; 0 keeps them for ever.",
    ),
    spec(Key::RemindAfter, "exempt.remind_after", None, false, "An exemption that is older is mentioned at the start."),
    spec(
        Key::MaxUnpacked,
        "max_unpacked",
        Some("--max-unpacked"),
        false,
        "The size to which a compressed list may unfold.",
    ),
    spec(
        Key::FinishOnHangup,
        "finish_on_hangup",
        Some("--finish-on-hangup"),
        false,
        "Finish the whole run when the terminal's line is cut.",
    ),
    spec(Key::Color, "color", Some("--color"), false, "Colours: auto, always or never."),
    spec(
        Key::Theme,
        "theme",
        Some("--theme"),
        false,
        "The console's colours: terminal, dark, light, colour-blind, or a file of your own.",
    ),
    spec(Key::Ascii, "ascii", Some("--ascii"), false, "Draw with plain ASCII, for terminals without Unicode."),
    spec(
        Key::Mouse,
        "mouse",
        Some("--mouse"),
        false,
        "Click and wheel; selecting text with the mouse then needs Shift.",
    ),
    spec(Key::Title, "title", None, false, "Show in the window's title how far a run is."),
    spec(Key::Bell, "bell", None, false, "Ring the bell when a run ends or needs someone."),
    spec(Key::Notify, "notify", None, false, "A notice on the desktop then: auto, osc9, osc777 or never."),
    spec(
        Key::LogLevel,
        "log_level",
        Some("--log-level"),
        false,
        "What is logged: off, error, warn, info, debug or trace. No level logs a secret.",
    ),
];

/// The table has every setting once, in the order of the enumeration.
const _: () = {
    assert!(SPECS.len() == Key::LogLevel as usize + 1);
    let mut index = 0;
    while index < SPECS.len() {
        assert!(SPECS[index].key as usize == index);
        index += 1;
    }
};

impl Key {
    /// What the table says of this setting.
    #[must_use]
    pub fn spec(self) -> &'static Spec {
        &SPECS[self as usize]
    }

    /// The setting's name in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The environment variable that sets it.
    #[must_use]
    pub fn variable(self) -> String {
        if self == Self::Profile {
            return "GEARS_PROFILE".to_owned();
        }
        format!("GEARS_{}", self.name().replace('.', "_").to_ascii_uppercase())
    }

    /// A shorter variable that sets it as well.
    #[must_use]
    pub fn short_variable(self) -> Option<&'static str> {
        (self == Self::LogLevel).then_some("GEARS_LOG")
    }

    /// The setting of this name in the file.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        SPECS.iter().find(|spec| spec.name == name).map(|spec| spec.key)
    }

    /// Whether the value is the path of a file or folder.
    #[must_use]
    pub fn is_path(self) -> bool {
        matches!(self, Self::ClientSecretFile | Self::AccessTokenFile | Self::CaFile | Self::StateDir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_variables_are_unique_and_found() {
        for spec in SPECS {
            assert_eq!(Key::by_name(spec.name), Some(spec.key));
            assert_eq!(SPECS.iter().filter(|other| other.key.variable() == spec.key.variable()).count(), 1);
        }
        assert_eq!(Key::BaseUrl.variable(), "GEARS_BASE_URL");
        assert_eq!(Key::KeepDays.variable(), "GEARS_JOURNAL_KEEP_DAYS");
    }

    #[test]
    fn a_slip_finds_its_key() {
        use crate::model::text::nearest;
        let names = || SPECS.iter().map(|spec| spec.name);
        assert_eq!(nearest("baseurl", names()), Some("base_url"));
        assert_eq!(nearest("Bach-size", names()), Some("batch_size"));
        assert_eq!(nearest("zebra", names()), None);
    }
}
