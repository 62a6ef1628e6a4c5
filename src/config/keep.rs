//! Keeping what somebody has set up in the console: the secret in a file of its owner alone, the rest in the
//! configuration file, whatever else stands in it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use toml_edit::{DocumentMut, Item, Table, value};

use super::{Key, SAMPLE};

/// The file of the secret of a profile, beside the configuration file. The name has letters, digits, `-`, `.` and
/// `_` only.
#[must_use]
pub fn secret_file(config: &Path, profile: Option<&str>) -> PathBuf {
    // No two names have the same file.
    let safe = |c: char| match c {
        c if c.is_alphanumeric() || matches!(c, '-' | '.') => c.to_string(),
        c => format!("_{:x}_", u32::from(c)),
    };
    let name = match profile {
        Some(profile) => format!("client_secret-{}", profile.chars().map(safe).collect::<String>()),
        None => "client_secret".to_owned(),
    };
    config.with_file_name(name)
}

/// Sets keys of a configuration file, of a profile or of its main part, and leaves the rest as it is. Where there is no file,
/// the sample with every option is written. A secret goes into a file of its own, for its owner alone; a file that cannot be
/// written, or a configuration that cannot be read, leaves both as they were.
pub fn keep(
    path: &Path,
    profile: Option<&str>,
    values: &[(Key, Option<&str>)],
    secret: Option<(&Path, &SecretString)>,
) -> io::Result<()> {
    let (text, fresh) = match fs::read_to_string(path) {
        Ok(text) => (text, false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (SAMPLE.to_owned(), true),
        Err(error) => return Err(error),
    };
    let text = match profile {
        None if fresh => values.iter().fold(text, |text, (key, value)| uncomment(&text, *key, *value)),
        _ => edit(&text, profile, values).map_err(io::Error::other)?,
    };
    // What is a link stays one: dotfiles are often kept elsewhere. A secret's file is never one.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mode = fs::metadata(&place).map_or(0o600, |facts| facts.permissions().mode() & 0o666);
    let settings = Part::write(&place, text.as_bytes(), mode)?;
    if let Some((path, secret)) = secret {
        Part::write(path, format!("{}\n", secret.expose_secret()).as_bytes(), 0o600)?.replace()?;
    }
    settings.replace()
}

/// The sample with one of its options said.
fn uncomment(sample: &str, key: Key, text: Option<&str>) -> String {
    let Some(text) = text else { return sample.to_owned() };
    let name = key.name();
    // The first is the option itself; a profile's example may follow.
    let line = sample.split_inclusive('\n').find(|line| line.starts_with(&format!("# {name} = "))).unwrap_or_default();
    sample.replacen(line, &format!("{name} = {}\n", value(text)), 1)
}

fn edit(text: &str, profile: Option<&str>, values: &[(Key, Option<&str>)]) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let table = match profile {
        None => document.as_table_mut(),
        Some(name) => {
            let profiles = document.entry("profile").or_insert_with(|| {
                let mut table = Table::new();
                table.set_implicit(true);
                Item::Table(table)
            });
            let profiles = profiles.as_table_mut().ok_or("profile is no section")?;
            let profile = profiles.entry(name).or_insert_with(|| Item::Table(Table::new()));
            profile.as_table_mut().ok_or("the profile is no section")?
        }
    };
    for (key, text) in values {
        match (text, table.get_mut(key.name())) {
            // The key keeps what stands above it.
            (Some(text), Some(item)) => *item = value(*text),
            (Some(text), None) => drop(table.insert(key.name(), value(*text))),
            (None, Some(_)) => forget(table, key.name()),
            (None, None) => {}
        }
    }
    Ok(document.to_string())
}

/// Takes a key out of a table; the comments above it go to what stands behind it.
fn forget(table: &mut Table, name: &str) {
    let above = |table: &Table, name: &str| {
        let decor =
            table.key(name).map(|key| key.leaf_decor().prefix().and_then(|raw| raw.as_str()).unwrap_or_default());
        decor.unwrap_or_default().to_owned()
    };
    let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    let next = names.iter().skip_while(|other| *other != name).nth(1);
    let comments = above(table, name);
    if let Some(section) = next.and_then(|next| table.get_mut(next)).and_then(Item::as_table_mut) {
        let prefix = section.decor().prefix().and_then(|raw| raw.as_str()).unwrap_or_default().to_owned();
        section.decor_mut().set_prefix(format!("{comments}{prefix}"));
    } else if let Some(next) = next {
        let both = format!("{comments}{}", above(table, next));
        if let Some(mut key) = table.key_mut(next) {
            key.leaf_decor_mut().set_prefix(both);
        }
    }
    table.remove(name);
}

/// A file beside the one that it will be, whole and synced. Gone when dropped.
struct Part<'a> {
    part: PathBuf,
    path: &'a Path,
}

impl<'a> Part<'a> {
    fn write(path: &'a Path, bytes: &[u8], mode: u32) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut part = path.as_os_str().to_owned();
        part.push(format!(".{}.part", std::process::id()));
        let _ = fs::remove_file(&part);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
        let this = Self { part: part.into(), path };
        file.write_all(bytes)?;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.sync_all()?;
        Ok(this)
    }

    fn replace(self) -> io::Result<()> {
        fs::rename(&self.part, self.path)
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        // After the renaming there is nothing of this name any more.
        let _ = fs::remove_file(&self.part);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Environment, Flags, load};
    use super::*;

    fn values() -> [(Key, Option<&'static str>); 4] {
        [
            (Key::BaseUrl, Some("https://gears.example.com")),
            (Key::ClientKey, Some("acme \"one\"")),
            (Key::ClientSecretFile, Some("client_secret")),
            (Key::ClientSecretCommand, None),
        ]
    }

    fn loaded(path: &Path) -> super::super::Settings {
        let flags = Flags { config: Some(path.to_owned()), ..Flags::default() };
        load(&flags, &Environment::default()).unwrap().settings
    }

    #[test]
    fn a_fresh_file_is_the_sample_with_what_was_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/config.toml");
        keep(&path, None, &values(), None).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), SAMPLE.lines().count());
        let settings = loaded(&path);
        assert_eq!(settings.client_key.as_deref(), Some("acme \"one\""));
        assert_eq!(settings.base_url.as_str(), "https://gears.example.com/");
        assert_eq!(settings.client_secret_file, Some(folder.path().join("deep/client_secret")));
    }

    #[test]
    fn the_rest_of_a_file_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let before = "# mine\nrate = \"5/60s\" # slow\nclient_secret_command = \"pass x\"\n\n[profile.acme]\n# theirs\nread_only = true\n";
        fs::write(&path, before).unwrap();
        keep(&path, None, &values(), None).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        for part in ["# mine\nrate = \"5/60s\" # slow\n", "[profile.acme]\n# theirs\nread_only = true\n"] {
            assert!(text.contains(part), "{text}");
        }
        let settings = loaded(&path);
        assert_eq!((settings.client_secret_command, settings.client_key.is_some()), (None, true));
        keep(&path, Some("acme"), &[(Key::ClientKey, Some("theirs"))], None).unwrap();
        keep(&path, Some("new one"), &[(Key::ClientKey, Some("newer"))], None).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("# theirs\nread_only = true\nclient_key = \"theirs\"\n"), "{text}");
        assert!(text.contains("[profile.\"new one\"]\nclient_key = \"newer\"\n"), "{text}");
        let flags = Flags { config: Some(path), values: vec![(Key::Profile, "new one".to_owned())] };
        let profile = load(&flags, &Environment::default()).unwrap().settings;
        assert_eq!(profile.client_key.as_deref(), Some("newer"));
    }

    #[test]
    fn comments_stay_whatever_is_set_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        keep(&path, None, &values(), None).unwrap();
        let nowhere = [
            (Key::BaseUrl, Some("https://other.example.com")),
            (Key::ClientKey, Some("two")),
            (Key::ClientSecretFile, None),
            (Key::ClientSecretCommand, None),
        ];
        keep(&path, None, &nowhere, None).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let lost: Vec<&str> = SAMPLE
            .lines()
            .filter(|line| line.starts_with("# ") && !line.contains(" = "))
            .filter(|line| !text.contains(line))
            .collect();
        assert_eq!(lost, Vec::<&str>::new());
        let settings = loaded(&path);
        assert_eq!((settings.client_key.as_deref(), settings.client_secret_file), (Some("two"), None));
    }

    #[test]
    fn a_secret_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        let path = secret_file(&config, Some("../acme"));
        assert_eq!(path, folder.path().join("client_secret-.._2f_acme"));
        assert_ne!(secret_file(&config, Some("a b")), secret_file(&config, Some("a/b")));
        assert_ne!(secret_file(&config, Some("a_20_b")), secret_file(&config, Some("a b")));
        // Others may read what is there, and it is a link.
        fs::write(folder.path().join("elsewhere"), "old").unwrap();
        fs::set_permissions(folder.path().join("elsewhere"), fs::Permissions::from_mode(0o644)).unwrap();
        std::os::unix::fs::symlink("elsewhere", &path).unwrap();
        for secret in ["one", "two"] {
            let secret_text = SecretString::from(secret.to_owned());
            keep(&config, None, &values(), Some((&path, &secret_text))).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), format!("{secret}\n"));
            assert_eq!(path.symlink_metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_to_string(folder.path().join("elsewhere")).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn where_the_configuration_cannot_be_changed_no_secret_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        fs::write(&config, "rate = \n").unwrap();
        let path = secret_file(&config, None);
        fs::write(&path, "old\n").unwrap();
        let new = SecretString::from("new".to_owned());
        assert!(keep(&config, None, &values(), Some((&path, &new))).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
