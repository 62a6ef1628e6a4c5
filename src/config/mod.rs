//! How the program is told what to do: flags beat the environment, which beats a profile, which beats the rest of the
//! file, which beats the defaults.

pub mod ask;
mod file;
pub mod folders;
pub mod keep;
mod key;
mod keys;
mod secret;
mod settings;
mod theme;
pub mod value;

use std::collections::HashMap;
use std::path::PathBuf;

pub use key::{Key, SPECS, Spec};
pub use secret::{Ask, CredentialError, Plan};
pub use settings::{ColorChoice, HeaderColor, NoticeChoice, Provenance, Settings};
pub use theme::{Look, find as theme, find_or_do_without as theme_or_none};

pub use crate::model::text::nearest;
use crate::model::text::visible;

/// The commented sample with every setting.
pub const SAMPLE: &str = include_str!("../../assets/config.toml");

/// Why the settings cannot be used, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The command line is wrong: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The file or the environment is wrong: exit code 3.
    #[error("{0}")]
    Configuration(String),
}

/// The environment variables, as a value, so that they are read once and tests can have their own.
#[derive(Clone, Default)]
pub struct Environment(HashMap<String, String>);

impl std::fmt::Debug for Environment {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Environment {
    /// The environment of this process. What is no UTF-8 keeps its readable part.
    #[must_use]
    pub fn of_process() -> Self {
        let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self(std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect())
    }

    /// The environment without these variables.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(name, _)| !names.contains(&name.as_str()))
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect(),
        )
    }

    /// A variable's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A variable's value where it is set and not empty.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.trim().is_empty())
    }

    /// Whether the locale says that the terminal reads UTF-8.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| self.filled(name)).unwrap_or("C");
        locale.to_lowercase().replace('-', "").contains("utf8")
    }

    /// The variables that begin like ours and mean nothing, with what they were perhaps meant to be.
    #[must_use]
    pub fn unknown(&self) -> Vec<(String, Option<String>)> {
        let mut known: Vec<String> = SPECS.iter().map(|spec| spec.key.variable()).collect();
        known.extend(SPECS.iter().filter_map(|spec| spec.key.short_variable()).map(str::to_owned));
        known
            .extend(["GEARS_CONFIG", "GEARS_COMPLETE", "GEARS_CLIENT_SECRET", "GEARS_ACCESS_TOKEN"].map(str::to_owned));
        let mut unknown: Vec<(String, Option<String>)> = self
            .0
            .keys()
            .filter(|name| name.starts_with("GEARS_") && !known.contains(name))
            .map(|name| {
                let word = name["GEARS_".len()..].to_lowercase();
                let names = known.iter().map(|name| name["GEARS_".len()..].to_lowercase()).collect::<Vec<_>>();
                let near = nearest(&word, names.iter().map(String::as_str));
                (name.clone(), near.map(|near| format!("GEARS_{}", near.to_uppercase())))
            })
            .collect();
        unknown.sort();
        unknown
    }
}

impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]> for Environment {
    fn from(variables: [(K, V); N]) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// What the command line says of the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--config`
    pub config: Option<PathBuf>,
    /// Every option that was given, as text.
    pub values: Vec<(Key, String)>,
}

/// The settings, and what they were made from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The merged result.
    pub settings: Settings,
    /// The configuration file's place, whether it is there or not.
    pub path: Option<PathBuf>,
    /// Whether it is there.
    pub found: bool,
    /// The profiles that it has.
    pub profiles: Vec<String>,
    /// The settings of the main part, without any profile.
    pub main: Settings,
    /// The settings as each of them would have it, in the same order.
    pub tenants: Vec<Settings>,
    /// What it was merged with.
    pub environment: Environment,
}

/// The configuration file's place: named by the command line, by `GEARS_CONFIG`, or the platform's.
#[must_use]
pub fn path(flags: &Flags, environment: &Environment) -> Option<PathBuf> {
    let named = flags.config.clone().or_else(|| environment.filled("GEARS_CONFIG").map(PathBuf::from));
    named.or_else(folders::config_file)
}

/// A file with credentials, as the settings name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialFile {
    /// Its place.
    pub path: PathBuf,
    /// What names it: `client_secret_file (profile acme, line 3)`
    pub whose: String,
}

/// The files with credentials that the settings in force name; with `all`, those that any part of the file names as well.
pub fn credential_files(loaded: &Loaded, all: bool) -> Result<Vec<CredentialFile>, ConfigError> {
    const KEYS: [Key; 2] = [Key::ClientSecretFile, Key::AccessTokenFile];
    let named = |key: Key, path: &str, from: Provenance| CredentialFile {
        path: path.into(),
        whose: format!("{} ({from})", key.name()),
    };
    let in_force = KEYS.into_iter().filter_map(|key| {
        let path = loaded.settings.get(key)?;
        Some(named(key, &path, loaded.settings.provenance(key)))
    });
    let mut files: Vec<_> = in_force.collect();
    let file = if all { loaded.path.as_deref().map(file::read).transpose()?.flatten() } else { None };
    for entry in file.unwrap_or_default().entries.into_iter().filter(|entry| KEYS.contains(&entry.key)) {
        let from = match entry.profile {
            Some(profile) => Provenance::Profile(profile, entry.line),
            None => Provenance::File(entry.line),
        };
        let one = named(entry.key, &entry.text, from);
        if files.iter().all(|known| known.path != one.path) {
            files.push(one);
        }
    }
    Ok(files)
}

/// Merges defaults, file, profile, environment and flags.
pub fn load(flags: &Flags, environment: &Environment) -> Result<Loaded, ConfigError> {
    let path = path(flags, environment);
    let file = path.as_deref().map(file::read).transpose()?.flatten();
    let named = flags.config.is_some() || environment.filled("GEARS_CONFIG").is_some();
    if let (None, true, Some(path)) = (&file, named, &path) {
        let path = visible(&path.to_string_lossy()).into_owned();
        let sentence = format!("there is no configuration file {path}: gears config init --config FILE writes one");
        return Err(if flags.config.is_some() {
            ConfigError::Usage(sentence)
        } else {
            ConfigError::Configuration(sentence)
        });
    }
    let found = file.is_some();
    let file = file.unwrap_or_default();
    let mut settings = Settings::default();

    let place = |line: usize| {
        let path = path.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        format!("{}, line {line}", visible(&path))
    };
    for entry in file.entries.iter().filter(|entry| entry.profile.is_none()) {
        settings
            .set(entry.key, &entry.text, Provenance::File(entry.line))
            .map_err(|why| ConfigError::Configuration(format!("{}: {}: {why}", place(entry.line), entry.key.name())))?;
    }
    keys::bind(&mut settings, &file.keys)
        .map_err(|(line, why)| ConfigError::Configuration(format!("{}: {why}", place(line))))?;
    choose_profile(&mut settings, flags, environment, &file.profiles)?;
    let mut main = settings.clone();
    // Profiles that are not in use are read as well: their mistakes come to light now, not in the hour of need.
    let mut tenants = Vec::with_capacity(file.profiles.len());
    for profile in &file.profiles {
        let mut tenant = main.clone();
        for entry in file.entries.iter().filter(|entry| entry.profile.as_ref() == Some(profile)) {
            tenant.set(entry.key, &entry.text, Provenance::Profile(profile.clone(), entry.line)).map_err(|why| {
                ConfigError::Configuration(format!("{}: {}: {why}", place(entry.line), entry.key.name()))
            })?;
        }
        if main.profile.as_ref() == Some(profile) {
            settings = tenant.clone();
        }
        tenant.profile = Some(profile.clone());
        tenants.push(tenant);
    }
    main.profile = None;
    for settings in tenants.iter_mut().chain([&mut settings, &mut main]) {
        overrule(settings, flags, environment)?;
    }
    Ok(Loaded { settings, path, found, profiles: file.profiles, main, tenants, environment: environment.clone() })
}

/// What the environment says beats the file, and what the command line says beats both.
fn overrule(settings: &mut Settings, flags: &Flags, environment: &Environment) -> Result<(), ConfigError> {
    for spec in SPECS.iter().filter(|spec| spec.key != Key::Profile) {
        let variables = [Some(spec.key.variable()), spec.key.short_variable().map(str::to_owned)];
        if let Some(name) = variables.into_iter().flatten().find(|name| environment.filled(name).is_some()) {
            let text = environment.filled(&name).unwrap_or_default();
            let provenance = Provenance::Environment(name.clone());
            settings
                .set(spec.key, text, provenance)
                .map_err(|why| ConfigError::Configuration(format!("the environment variable {name}: {why}")))?;
        }
    }
    for (key, text) in flags.values.iter().filter(|(key, _)| *key != Key::Profile) {
        let name = key.spec().flag.unwrap_or(key.name());
        settings.set(*key, text, Provenance::Flag).map_err(|why| ConfigError::Usage(format!("{name}: {why}")))?;
    }
    Ok(())
}

/// Notes which profile is in use; it must be one of the file's.
fn choose_profile(
    settings: &mut Settings,
    flags: &Flags,
    environment: &Environment,
    profiles: &[String],
) -> Result<(), ConfigError> {
    let variable = Key::Profile.variable();
    let flag = flags.values.iter().find(|(key, _)| *key == Key::Profile);
    if let Some((_, name)) = flag {
        let _ = settings.set(Key::Profile, name, Provenance::Flag);
    } else if let Some(name) = environment.filled(&variable) {
        let _ = settings.set(Key::Profile, name, Provenance::Environment(variable));
    }
    let Some(name) = settings.profile.as_deref().filter(|name| !profiles.iter().any(|known| known == name)) else {
        return Ok(());
    };
    let known: Vec<_> = profiles.iter().map(|name| visible(name)).collect();
    let hint = match nearest(name, profiles.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {}?", visible(near)),
        None if known.is_empty() => "the configuration has none; a section [profile.NAME] makes one".to_owned(),
        None => format!("there are {}", known.join(", ")),
    };
    let sentence = format!("there is no profile {}: {hint}", visible(name));
    Err(if flag.is_some() { ConfigError::Usage(sentence) } else { ConfigError::Configuration(sentence) })
}

#[cfg(test)]
mod tests;
