//! `gears logout`: forgets the credentials that are kept in our own folder, and says what is kept elsewhere.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Failure, begin_log, out};
use crate::cli::{Logout, Sending};
use crate::config::{self, CredentialFile, Environment, Loaded, Settings};
use crate::log::Make;

/// Runs `gears logout`; `common` are the options before the command's name.
#[must_use]
pub fn run(logout: &Logout, common: &Sending, environment: &Environment) -> ExitCode {
    try_run(logout, common, environment).unwrap_or_else(|failure| failure.tell())
}

fn try_run(logout: &Logout, common: &Sending, environment: &Environment) -> Result<ExitCode, Failure> {
    let own = Sending { from: logout.from.clone(), ..Sending::default() };
    let loaded = config::load(&own.or(common).flags(), environment)?;
    begin_log("logout", &loaded, Make::Nothing);
    let named = config::credential_files(&loaded, logout.all)?;
    // A bare name has no parent until it is known where it is.
    let config = loaded.path.as_deref().and_then(|path| std::path::absolute(path).ok()).unwrap_or_default();
    let folder = config.parent().unwrap_or(Path::new(""));
    let (mut found, mut failed) = (false, false);
    for file in &named {
        let fate = forget(&file.path, folder);
        found |= !matches!(fate, Fate::Gone);
        match fate {
            Fate::Forgotten => out::say(&format!("forgot {}, which {} names", file.path.display(), file.whose)),
            Fate::Gone => {}
            Fate::Elsewhere => out::say(&left(file, folder)),
            Fate::Stays(error) => {
                failed = true;
                out::say(&format!("{} cannot be removed: {error}", file.path.display()));
            }
        }
    }
    if !found {
        out::say("nothing was kept here: tokens are never kept, and no secret was");
    }
    for words in kept_elsewhere(&loaded.settings, &loaded) {
        out::say(&words);
    }
    Ok(if failed { ExitCode::from(out::CONFIGURATION) } else { ExitCode::SUCCESS })
}

/// What became of a file.
enum Fate {
    Forgotten,
    /// It is not there.
    Gone,
    /// It is not in our folder, or leads out of it.
    Elsewhere,
    Stays(io::Error),
}

/// Removes a file that lies in our folder. What leads out of it is somebody else's.
fn forget(path: &Path, folder: &Path) -> Fate {
    let real = match fs::canonicalize(path) {
        Ok(real) => real,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Fate::Gone,
        Err(error) => return Fate::Stays(error),
    };
    let inside = fs::canonicalize(folder).is_ok_and(|folder| real.starts_with(folder));
    if !inside || !real.is_file() {
        return Fate::Elsewhere;
    }
    match fs::remove_file(&real).and_then(|()| if is_link(path) { fs::remove_file(path) } else { Ok(()) }) {
        Ok(()) => Fate::Forgotten,
        Err(error) => Fate::Stays(error),
    }
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink())
}

fn left(file: &CredentialFile, folder: &Path) -> String {
    let CredentialFile { path, whose } = file;
    format!("{} is left as it is, which {whose} names: it is not in {}", path.display(), folder.display())
}

/// What this command does not keep, and so cannot forget.
fn kept_elsewhere(settings: &Settings, loaded: &Loaded) -> Vec<String> {
    let mut words: Vec<String> = ["GEARS_CLIENT_SECRET", "GEARS_ACCESS_TOKEN"]
        .into_iter()
        .filter(|name| loaded.environment.filled(name).is_some())
        .map(|name| format!("{name} is in the environment still: unset {name}"))
        .collect();
    if let Some(command) = &settings.client_secret_command {
        let program = command.split_whitespace().next().unwrap_or_default();
        words.push(format!("client_secret_command still gets the secret from {program}: it keeps its own"));
    }
    if let Some(folder) = loaded.environment.filled("CREDENTIALS_DIRECTORY").map(PathBuf::from) {
        words.push(format!("the service manager keeps its own credentials in {}", folder.display()));
    }
    words
}
