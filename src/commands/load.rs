//! The lists of a mode without the console.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::ops::ControlFlow;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Failure, out};
use crate::config::{Settings, nearest};
use crate::intake::{self, Options, Source};
use crate::model::text::visible;
use crate::model::{DeviceList, Found};
use crate::simulator;

/// So many bytes take long enough to show how far the reading is.
const LARGE: u64 = 4 << 20;

/// How hardware ids are read without the console.
pub(super) const HOW_HWID: &str = "with --id-mode hwid";

/// What was loaded.
#[derive(Clone, Debug)]
pub struct List {
    /// Every device, and what could not be read.
    pub devices: DeviceList,
    /// Whether devices were named one by one on the command line, all of them by HWID.
    pub arguments_are_hwids: bool,
}

/// Reads what the arguments name, and says on standard error what each source brought.
pub fn list(arguments: &[OsString], settings: &Settings, demo: bool) -> Result<List, Failure> {
    let sources = sources(arguments, settings, demo)?;
    let options = options(settings);
    let mut list = List { devices: DeviceList::new(), arguments_are_hwids: false };
    let watched = std::io::stderr().is_terminal();
    for source in &sources {
        let id = list.devices.begin(source.name());
        let bar = bar(&source.name());
        let mut sink = |found: Found| {
            list.devices.push(id, found);
            ControlFlow::Continue(())
        };
        let mut progress = |done: u64, all: Option<u64>| {
            if done > LARGE && bar.is_hidden() && watched {
                bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
            }
            bar.set_length(all.unwrap_or(done));
            bar.set_position(done);
            ControlFlow::Continue(())
        };
        let read = intake::read(source, &options, &mut sink, &mut progress);
        bar.finish_and_clear();
        read.map_err(|error| Failure::usage(format!("{error}; nothing was sent")))?;
        let report = list.devices.report(id);
        out::say(&intake::load_sentence_with_hint(&source.name(), report, options.id_mode, HOW_HWID));
        if let Source::Rows { rows, .. } = source {
            list.arguments_are_hwids = rows.iter().all(|row| row.macs.is_empty() && row.hwid.is_some());
        }
    }
    Ok(list)
}

/// What the arguments name; a simulation without arguments has a list of its own.
pub fn sources(arguments: &[OsString], settings: &Settings, demo: bool) -> Result<Vec<Source>, Failure> {
    match arguments {
        [] if demo => {
            Ok(vec![Source::Text { name: simulator::SAMPLE_LIST.into(), text: simulator::demo_list().into() }])
        }
        [] => Err(Failure::usage("no devices: name a file, an id, or - for standard input")),
        arguments => intake::sources(arguments, settings.id_mode).map_err(|error| named(arguments, &error.to_string())),
    }
}

/// How lists are read.
#[must_use]
pub fn options(settings: &Settings) -> Options {
    Options { id_mode: settings.id_mode.unwrap_or_default(), max_unpacked: settings.max_unpacked }
}

/// The error of an argument that is neither a file nor an id; where it looks like a command's name, that is said.
fn named(arguments: &[OsString], error: &str) -> Failure {
    let commands = crate::cli::Cli::command_names();
    let near = arguments.iter().find_map(|argument| {
        let word = argument.to_str()?;
        let plain = !word.contains(['.', '/', ':']) && error.contains(word);
        plain.then(|| nearest(word, commands.iter().map(String::as_str))).flatten()
    });
    match near {
        Some(near) => Failure::usage(format!("{error} (is the command {near} meant? it comes first)")),
        None => Failure::usage(error),
    }
}

/// A bar that is not drawn yet.
fn bar(name: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {bytes}") {
        bar.set_style(style);
    }
    bar.set_message(visible(name).into_owned());
    bar
}
