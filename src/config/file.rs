//! The configuration file: TOML to settings, with the line of each.

use std::io;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::key::{Key, SPECS};
use super::{ConfigError, folders, keys};
use crate::model::text::{nearest, visible};

/// The most bytes of a configuration file.
const MAX_FILE: u64 = 1 << 20;

/// One value of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The setting.
    pub key: Key,
    /// Its value as text.
    pub text: String,
    /// The profile that it belongs to.
    pub profile: Option<String>,
    /// 1-based.
    pub line: usize,
}

/// A configuration file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Every value in it.
    pub entries: Vec<Entry>,
    /// Every act of `[keys]` with its keys.
    pub keys: Vec<keys::Entry>,
    /// The names of its profiles.
    pub profiles: Vec<String>,
}

/// Reads the configuration file at `path`. A file that is not there is `None`.
pub fn read(path: &Path) -> Result<Option<File>, ConfigError> {
    let Some(text) = text(path)? else { return Ok(None) };
    let shown = visible(&path.to_string_lossy()).into_owned();
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    parse(&text, &folder).map(Some).map_err(|(line, why)| match line {
        Some(line) => ConfigError::Configuration(format!("{shown}, line {line}: {why}")),
        None => ConfigError::Configuration(format!("{shown}: {why}")),
    })
}

/// The text of the file at `path`. A file that is not there is `None`.
pub(super) fn text(path: &Path) -> Result<Option<String>, ConfigError> {
    let shown = visible(&path.to_string_lossy()).into_owned();
    let bytes = match read_bounded(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ConfigError::Configuration(format!("{shown} cannot be read: {error}"))),
    };
    String::from_utf8(bytes).map(Some).map_err(|_| {
        ConfigError::Configuration(format!("{shown} is no text in UTF-8: gears config init writes a fresh one"))
    })
}

/// The line (1-based) of a place in a text.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].split(|&byte| byte == b'\n').count()
}

/// The file's bytes. One that everybody may write is refused: it can name a command that is run.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let file = std::fs::File::open(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o002 != 0 && file.metadata()?.is_file() {
        return Err(io::Error::other("everybody of this machine may change it; run chmod o-w on it"));
    }
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, MAX_FILE + 1), &mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(io::Error::other("it is over 1 MiB, which is no configuration"));
    }
    Ok(bytes)
}

/// A line (1-based) where known, and what is wrong there.
type Wrong = (Option<usize>, String);

/// Reads the text of a file; its relative paths begin in `folder`.
fn parse(text: &str, folder: &Path) -> Result<File, Wrong> {
    let line_of = |at: usize| line_of(text, at);
    let table = DeTable::parse(text)
        .map_err(|error| (error.span().map(|span| line_of(span.start)), visible(error.message()).into_owned()))?;
    let mut reader = Reader { folder, line_of: &line_of, file: File::default() };
    reader.table(table.get_ref(), "", None)?;
    Ok(reader.file)
}

struct Reader<'a> {
    folder: &'a Path,
    line_of: &'a dyn Fn(usize) -> usize,
    file: File,
}

impl Reader<'_> {
    /// Reads a table whose names begin with `section`.
    fn table(&mut self, table: &DeTable<'_>, section: &str, profile: Option<&str>) -> Result<(), Wrong> {
        for (name, value) in table {
            let line = (self.line_of)(name.span().start);
            let full = format!("{section}{}", name.get_ref());
            match value.get_ref() {
                DeValue::Table(profiles) if full == "profile" && profile.is_none() => self.profiles(profiles)?,
                DeValue::Table(acts) if full == "keys" && profile.is_none() => self.keys(acts)?,
                DeValue::Table(inner) if is_section(&full) => self.table(inner, &format!("{full}."), profile)?,
                value => {
                    let key = Self::key(&full, profile).map_err(|why| (Some(line), why))?;
                    let text = self.text(key, value).map_err(|why| (Some(line), format!("{full}: {why}")))?;
                    self.file.entries.push(Entry { key, text, profile: profile.map(str::to_owned), line });
                }
            }
        }
        Ok(())
    }

    fn profiles(&mut self, profiles: &DeTable<'_>) -> Result<(), Wrong> {
        for (name, value) in profiles {
            let line = (self.line_of)(name.span().start);
            let DeValue::Table(table) = value.get_ref() else {
                let why = format!("a profile is a section: [profile.{}]", visible(name.get_ref()));
                return Err((Some(line), why));
            };
            self.file.profiles.push(name.get_ref().to_string());
            self.table(table, "", Some(name.get_ref()))?;
        }
        Ok(())
    }

    fn keys(&mut self, acts: &DeTable<'_>) -> Result<(), Wrong> {
        for (name, value) in acts {
            let line = (self.line_of)(name.span().start);
            self.file.keys.push(keys::read(name.get_ref(), value.get_ref(), line).map_err(|why| (Some(line), why))?);
        }
        Ok(())
    }

    fn key(name: &str, profile: Option<&str>) -> Result<Key, String> {
        if matches!(name, "client_secret" | "access_token") {
            return Err(format!(
                "{name} does not belong in this file: use client_secret_file, client_secret_command or the environment"
            ));
        }
        if name == "keys" || name.starts_with("keys.") {
            return Err(match profile {
                Some(_) => "keys cannot differ by profile: write a section [keys]".to_owned(),
                None => "keys is a section: [keys]".to_owned(),
            });
        }
        let Some(key) = Key::by_name(name) else {
            let known = SPECS.iter().filter(|spec| profile.is_none() || spec.in_profile).map(|spec| spec.name);
            let hint = match nearest(name, known) {
                Some(near) => format!("did you mean {near}?"),
                None => "gears config init --config NEW.toml lists all keys".to_owned(),
            };
            return Err(format!("there is no key {}; {hint}", visible(name)));
        };
        if profile.is_some() && !key.spec().in_profile {
            return Err(format!("{name} cannot differ by profile: write it above the first section"));
        }
        Ok(key)
    }

    fn text(&self, key: Key, value: &DeValue<'_>) -> Result<String, String> {
        let text = match value {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.as_str().replace('_', ""),
            DeValue::Boolean(value) => value.to_string(),
            DeValue::Array(values) if key == Key::RequireReason => {
                let words =
                    values.iter().map(|value| value.get_ref().as_str().ok_or("a list of action names is wanted"));
                words.collect::<Result<Vec<_>, _>>()?.join(",")
            }
            other => return Err(format!("a value of the kind “{}” cannot be read here", other.type_str())),
        };
        Ok(if key.is_path() && !text.is_empty() { self.path(&text).to_string_lossy().into_owned() } else { text })
    }

    /// `~/` is the home folder; what is relative begins beside the file.
    fn path(&self, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), folders::home()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.folder.join(text),
        }
    }
}

fn is_section(name: &str) -> bool {
    SPECS.iter().any(|spec| spec.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: Key, text: &str, profile: Option<&str>, line: usize) -> Entry {
        Entry { key, text: text.to_owned(), profile: profile.map(str::to_owned), line }
    }

    #[test]
    fn values_come_with_their_lines() {
        let text = "batch_size = 25\nrate = \"5/60s\"\nca_file = \"ca.pem\"\nrequire_reason = [\"exempt_all\", \"unexempt\"]\n\
                    [journal]\nkeep_days = 1_0\n[profile.acme]\nread_only = true\n";
        let file = parse(text, Path::new("/etc/gears")).unwrap();
        let mut entries = file.entries;
        entries.sort_by_key(|entry| entry.line);
        assert_eq!(
            entries,
            [
                entry(Key::BatchSize, "25", None, 1),
                entry(Key::Rate, "5/60s", None, 2),
                entry(Key::CaFile, "/etc/gears/ca.pem", None, 3),
                entry(Key::RequireReason, "exempt_all,unexempt", None, 4),
                entry(Key::KeepDays, "10", None, 6),
                entry(Key::ReadOnly, "true", Some("acme"), 8),
            ]
        );
        assert_eq!(file.profiles, ["acme"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_safe_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let refused = |path: &Path, part: &str| {
            let why = read(path).unwrap_err().to_string();
            assert!(why.contains(part), "{why}");
        };
        assert_eq!(read(&path), Ok(None));
        refused(folder.path(), "cannot be read");
        std::fs::write(&path, b"\xff\xfe").unwrap();
        refused(&path, "UTF-8");
        std::fs::write(&path, vec![b'\n'; 1 << 21]).unwrap();
        refused(&path, "1 MiB");
        refused(Path::new("/dev/zero"), "1 MiB");
        std::fs::write(&path, "").unwrap();
        assert!(read(&path).unwrap().is_some());
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o646)).unwrap();
        refused(&path, "chmod o-w");
    }

    #[test]
    fn an_unknown_key_names_line_and_nearest() {
        for (text, line, hint) in [
            ("\nbatchsize = 3", 2, "batch_size"),
            ("[profile.a]\n\nbase_ulr = 'x'", 3, "base_url"),
            ("[journal]\nkeepdays = 3", 2, "journal.keep_days"),
            ("[profile.a]\ncolor = 'never'", 2, "cannot differ by profile"),
            ("zebra = 1", 1, "gears config init"),
            ("client_secret = 'x'", 1, "client_secret_command"),
            ("profile.a = 3", 1, "[profile.a]"),
            ("keys = 'x'", 1, "[keys]"),
            ("[profile.a]\n[profile.a.keys]\nsend = 'x'", 2, "cannot differ by profile"),
            ("[keys]\nsellect-all = 'x'", 2, "did you mean select-all?"),
            ("[keys]\nzebra = 'x'", 2, "gears config init"),
            ("[keys]\nsend = 1", 2, "keys.send"),
            ("[keys]\nsend = [1]", 2, "keys.send"),
            ("rate = ", 1, ""),
            ("rate = 1.5", 1, "rate"),
            ("rate = '1/1s'\nrate = '2/1s'", 2, ""),
        ] {
            let (found, why) = parse(text, Path::new("")).unwrap_err();
            assert_eq!(found, Some(line), "{text}: {why}");
            assert!(why.contains(hint), "{why}");
        }
    }
}
