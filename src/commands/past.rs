//! `gears history` on the command line: what of the history is printed.

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

use jiff::Timestamp;

use super::history::{self, HistoryError, Layout, Progress, Range};
use super::{Failure, begin_log, out, session};
use crate::cli::{History, Sending};
use crate::config::{self, Environment};
use crate::journal::Journal;
use crate::log::Make;
use crate::model::{Hwid, Id, IdMode, Mac, RunId};

/// Runs `gears history`; `common` are the options before the command's name.
pub async fn run(history: History, common: &Sending, environment: &Environment) -> ExitCode {
    match try_run(history, common, environment).await {
        Ok(exit) => exit,
        Err(failure) => failure.tell(),
    }
}

async fn try_run(history: History, common: &Sending, environment: &Environment) -> Result<ExitCode, Failure> {
    let own = Sending { from: history.from.clone(), state: history.state.clone(), ..Sending::default() };
    let mut flags = own.or(common).flags();
    flags.values.extend(history.id_mode.map(|mode| (config::Key::IdMode, mode.name().to_owned())));
    let loaded = config::load(&flags, environment)?;
    begin_log("history", &loaded, Make::Nothing);
    let settings = loaded.settings;
    let device = history.device.as_deref().map(|text| id(text, settings.id_mode)).transpose()?;
    let range = history.export.as_deref().map(range).transpose()?;
    // Where there is no journal none is made: there is nothing to read.
    let journal = if Journal::is_there(settings.state_dir().map_err(Failure::configuration)?) {
        session::journal(&settings, false, settings.client_key.as_deref()).await?
    } else {
        Journal::disabled()
    };

    let mut stream = BufWriter::with_capacity(64 * 1024, io::stdout());
    let progress = Progress::on_terminal();
    let layout = Layout { format: history.format, width: width(), progress: progress.clone() };
    let some = |result: Result<(), HistoryError>| result.map(|()| usize::MAX);
    let (result, none) = match (history.run, device, range) {
        (Some(run), ..) => (some(history::run(&journal, RunId(run), layout, &mut stream).await), ""),
        (None, Some(id), _) => {
            let found = history::device(&journal, &id, history.limit, layout, &mut stream).await;
            (found, "nothing was ever sent to this device from here")
        }
        (None, None, Some(range)) => (some(history::export(&journal, range, layout, &mut stream).await), ""),
        (None, None, None) if history.open => {
            // Without a client key the account is not known: then those of every account are shown.
            let every_account = history.all_accounts || settings.client_key.is_none();
            let open = history::open_exemptions(&journal, every_account, Timestamp::now(), layout, &mut stream).await;
            (open, "no device is known to be exempt")
        }
        (None, None, None) => {
            let before = history.before.map(RunId);
            let none = if before.is_some() { "no runs before this one" } else { "no runs yet" };
            (history::runs(&journal, before, history.limit, layout, &mut stream).await, none)
        }
    };
    let result = result.and_then(|count| Ok(stream.flush().map(|()| count)?));
    progress.clear();
    match result {
        Ok(0) => {
            out::say(none);
            Ok(ExitCode::SUCCESS)
        }
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(HistoryError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is left in the buffer has nowhere to go.
            let _ = stream.into_parts();
            Ok(ExitCode::SUCCESS)
        }
        Err(error @ HistoryError::NoRun(_)) => Err(Failure::usage(format!("{error}: gears history lists the runs"))),
        Err(error @ HistoryError::Journal(_)) => Err(Failure::configuration(error)),
        Err(error @ HistoryError::Write(_)) => Ok(out::fail(1, &error.to_string())),
    }
}

/// The cells of the terminal that standard output is; a pipe gets everything.
fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|&cells| cells > 0)
}

/// The device that is asked for.
fn id(text: &str, mode: Option<IdMode>) -> Result<Id, Failure> {
    let mac = || text.parse::<Mac>().map(Id::Mac).ok();
    let hwid = || text.parse::<Hwid>().map(Id::Hwid).ok();
    let found = match mode {
        Some(IdMode::Hwid) => hwid().or_else(mac),
        _ => mac().or_else(hwid),
    };
    found.ok_or_else(|| Failure::usage(format!("--device: “{text}” is neither a MAC nor a HWID")))
}

/// Reads `42`, `40-42`, `40-`, `-42` or `all`.
fn range(text: &str) -> Result<Range, Failure> {
    let wrong = || Failure::usage(format!("--export: “{text}” is no range of runs: write it as 42, 40-42, 40- or all"));
    let end = |text: &str| match text.trim() {
        "" => Ok(None),
        number => number.parse().ok().filter(|number| *number > 0).map(|number| Some(RunId(number))).ok_or_else(wrong),
    };
    match text.trim() {
        "all" => Ok(Range::default()),
        "" | "-" => Err(wrong()),
        text => match text.split_once('-') {
            Some((from, to)) => Ok(Range { from: end(from)?, to: end(to)? }),
            None => end(text).map(|run| Range { from: run, to: run }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_runs() {
        let read = |text| range(text).ok().map(|range| (range.from.map(|run| run.0), range.to.map(|run| run.0)));
        assert_eq!(read("42"), Some((Some(42), Some(42))));
        assert_eq!(read("40-42"), Some((Some(40), Some(42))));
        assert_eq!(read("40-"), Some((Some(40), None)));
        assert_eq!(read("-42"), Some((None, Some(42))));
        assert_eq!(read("all"), Some((None, None)));
        for wrong in ["", "-", "x", "1-2-3", "0", "4 2"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
