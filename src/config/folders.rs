//! The platform's folders of this program.

use std::path::PathBuf;

use directories::ProjectDirs;

fn project() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "gears")
}

/// The configuration file where nobody names another: `~/.config/gears/config.toml` on Linux.
#[must_use]
pub fn config_file() -> Option<PathBuf> {
    project().map(|project| project.config_dir().join("config.toml"))
}

/// The folder of the journal where nobody names another: `~/.local/state/gears` on Linux.
#[must_use]
pub fn state_dir() -> Option<PathBuf> {
    project().map(|project| project.state_dir().unwrap_or_else(|| project.data_local_dir()).to_owned())
}

/// The home folder.
#[must_use]
pub fn home() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|base| base.home_dir().to_owned())
}
