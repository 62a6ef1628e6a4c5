//! Keeping what somebody has set up in the console: the secret in a file of its owner alone, the rest in the
//! configuration file, whatever else stands in it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use toml_edit::{DocumentMut, Item, Table, value};

use super::{Key, SAMPLE};

/// The file of the secret of a profile, beside the configuration file. The name has letters, digits, `-`, `_` and `.` only.
#[must_use]
pub fn secret_file(config: &Path, profile: Option<&str>) -> PathBuf {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name = match profile {
        Some(profile) => format!("client_secret-{}", profile.chars().map(safe).collect::<String>()),
        None => "client_secret".to_owned(),
    };
    config.with_file_name(name)
}

/// Writes a secret for its owner alone. What was there under the name is replaced at once or not at all.
pub fn keep_secret(path: &Path, secret: &SecretString) -> io::Result<()> {
    let line = format!("{}\n", secret.expose_secret());
    replace(path, line.as_bytes())
}

/// Sets keys of a configuration file, of a profile or of its main part, and leaves the rest as it is. Where there is no file,
/// the sample with every option is written.
pub fn keep_settings(path: &Path, profile: Option<&str>, values: &[(Key, Option<&str>)]) -> io::Result<()> {
    let (text, fresh) = match fs::read_to_string(path) {
        Ok(text) => (text, false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (SAMPLE.to_owned(), true),
        Err(error) => return Err(error),
    };
    let text = match profile {
        None if fresh => values.iter().fold(text, |text, (key, value)| uncomment(&text, *key, *value)),
        _ => edit(&text, profile, values).map_err(io::Error::other)?,
    };
    replace(path, text.as_bytes())
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
        match text {
            Some(text) => drop(table.insert(key.name(), value(*text))),
            None => drop(table.remove(key.name())),
        }
    }
    Ok(document.to_string())
}

/// Writes a file for its owner alone, whole or not at all. One that others may read keeps its rights.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // What is a link stays one: dotfiles are often kept elsewhere.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mode = fs::metadata(&path).map_or(0o600, |facts| facts.permissions().mode() & 0o666);
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let _ = fs::remove_file(&part);
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.sync_all()?;
        fs::rename(&part, &path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
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
        keep_settings(&path, None, &values()).unwrap();
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
        keep_settings(&path, None, &values()).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        for part in ["# mine\nrate = \"5/60s\" # slow\n", "[profile.acme]\n# theirs\nread_only = true\n"] {
            assert!(text.contains(part), "{text}");
        }
        let settings = loaded(&path);
        assert_eq!((settings.client_secret_command, settings.client_key.is_some()), (None, true));
        keep_settings(&path, Some("acme"), &[(Key::ClientKey, Some("theirs"))]).unwrap();
        keep_settings(&path, Some("new one"), &[(Key::ClientKey, Some("newer"))]).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("# theirs\nread_only = true\nclient_key = \"theirs\"\n"), "{text}");
        assert!(text.contains("[profile.\"new one\"]\nclient_key = \"newer\"\n"), "{text}");
        let flags = Flags { config: Some(path), values: vec![(Key::Profile, "new one".to_owned())] };
        let profile = load(&flags, &Environment::default()).unwrap().settings;
        assert_eq!(profile.client_key.as_deref(), Some("newer"));
    }

    #[test]
    fn a_secret_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        let path = secret_file(&config, Some("../acme/prod"));
        assert_eq!(path, folder.path().join("client_secret-.._acme_prod"));
        for secret in ["one", "two"] {
            keep_secret(&path, &SecretString::from(secret.to_owned())).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), format!("{secret}\n"));
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
