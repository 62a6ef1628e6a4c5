//! `gears completions` and `gears man`.

use std::path::Path;
use std::process::ExitCode;

use super::out;
use crate::cli::{Cli, Completions, Man, complete};
use crate::config::nearest;
use crate::model::text::visible;

/// Prints the completions of a shell: the few lines by which it asks us, or a script that asks nobody.
#[must_use]
pub fn completions(completions: &Completions) -> ExitCode {
    let asking = if completions.is_static { None } else { complete::registration(completions.shell) };
    let text = asking.unwrap_or_else(|| {
        let mut text = Vec::new();
        clap_complete::generate(completions.shell, &mut Cli::definition(), "gears", &mut text);
        text
    });
    out::data(0, |out| out.write_all(&text))
}

/// Prints or writes manual pages.
#[must_use]
pub fn man(man: &Man) -> ExitCode {
    // A page on `help` for each command would say the same once more.
    let mut root = Cli::definition().disable_help_subcommand(true);
    root = root.mut_subcommands(|command| command.disable_help_subcommand(true));
    // Built, each command knows its full name.
    root.build();
    if let Some(folder) = &man.dir {
        return match clap_mangen::generate_to(root, folder) {
            Ok(()) => {
                out::say(&format!("wrote the manual pages into {}", shown(folder)));
                ExitCode::SUCCESS
            }
            Err(error) => out::fail(out::USAGE, &format!("{} cannot be written to: {error}", shown(folder))),
        };
    }
    let command = match man.command.as_deref().map(|name| root.find_subcommand(name).ok_or(name)) {
        None => root,
        Some(Ok(command)) => command.clone(),
        Some(Err(name)) => {
            let names = Cli::command_names();
            let hint = match nearest(name, names.iter().map(String::as_str)) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", names.join(", ")),
            };
            return out::fail(out::USAGE, &format!("there is no command {}: {hint}", visible(name)));
        }
    };
    let mut text = Vec::new();
    match clap_mangen::Man::new(command).render(&mut text) {
        Ok(()) => out::data(0, |out| out.write_all(&text)),
        Err(error) => out::fail(1, &format!("the page cannot be made: {error}")),
    }
}

fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}
