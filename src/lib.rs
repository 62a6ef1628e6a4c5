//! `gears`: a terminal console that sends one of three remote commands to many devices of a device-management cloud.
//!
//! Data goes one way through the house:
//!
//! ```text
//! file, stdin, paste -> intake -> DeviceList -> selection -> NewRun -> dispatcher -> limiter -> client -> cloud
//!                                                             |                            |
//!                            view <- App <- update <- events <-+--- journal <- outcomes <--+
//! ```
//!
//! The rooms, lower ones first; a lower room never imports a higher one:
//!
//! - [`model`]: devices, actions, runs and outcomes. Data and its rules, no input or output.
//! - [`zone`]: the machine's time zone.
//! - [`intake`]: bytes to devices. [`limiter`]: the budget. [`client`]: the HTTP API. [`journal`]: the durable record.
//! - [`dispatcher`]: the task that owns runs. It knows no terminal.
//! - [`simulator`]: the cloud, small and local, for `--demo` and the tests.
//! - [`log`]: what happened, a line each; every room may say something, only the modes start it.
//! - [`export`]: what became of a run as text, tables and files, for people and programs.
//! - [`guide`]: pages for people. [`tui`]: the console. [`commands`]: the modes without a terminal. `cli`, `config`: how both are
//!   told what to do; below them, but for the themes and keys of the console, whose names the configuration knows.

pub mod cli;
pub mod client;
pub mod commands;
pub mod config;
pub mod dispatcher;
pub mod export;
pub mod guide;
pub mod intake;
pub mod journal;
pub mod limiter;
pub mod log;
pub mod model;
pub mod simulator;
pub mod tui;
pub mod zone;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// The rooms, lower ones first.
    const ROOMS: [&str; 15] = [
        "model",
        "zone",
        "intake",
        "limiter",
        "client",
        "journal",
        "dispatcher",
        "simulator",
        "log",
        "export",
        "guide",
        "config",
        "tui",
        "cli",
        "commands",
    ];

    /// The source files of a room.
    fn files(place: &Path) -> Vec<PathBuf> {
        let inside = fs::read_dir(place).into_iter().flatten().flat_map(|entry| files(&entry.unwrap().path()));
        let own = [place.to_owned(), place.with_extension("rs")].into_iter().filter(|path| path.is_file());
        inside.chain(own).collect()
    }

    #[test]
    fn a_lower_room_imports_no_higher_one() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for (index, room) in ROOMS.iter().enumerate() {
            let files = files(&source.join(room));
            assert!(!files.is_empty(), "{room}");
            for file in files {
                let text = fs::read_to_string(&file).unwrap();
                for higher in &ROOMS[index + 1..] {
                    // Themes and keys are the console's, and their names the configuration's.
                    let known = (*room, *higher) == ("config", "tui");
                    let import = format!("crate::{higher}::");
                    assert!(known || !text.contains(&import), "{} imports {higher}", file.display());
                }
            }
        }
    }

    #[test]
    fn the_map_has_every_room() {
        let map = include_str!("lib.rs");
        for room in ROOMS {
            assert!(map.contains(&format!("pub mod {room};")) && map.contains(&format!("`{room}`")), "{room}");
        }
        assert_eq!(map.lines().filter(|line| line.starts_with("pub mod ")).count(), ROOMS.len());
    }
}
