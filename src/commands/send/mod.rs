//! `gears send`: one action to many devices, without the console.

pub mod choose;
pub mod confirm;
pub mod drive;

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use tokio::time::Instant;

use super::session::{self, Session};
use super::{Failure, begin_log, load, out};
use crate::cli::{Report, Send, Sending};
use crate::config::{Environment, Key, Loaded, ask};
use crate::dispatcher::{Command, Ticket, Unreachable, plan};
use crate::export::{Look, RunReport};
use crate::journal::Journal;
use crate::model::{Action, EndReason, NewRun, Outcome, OutcomeKind};
use drive::{Bar, Finished, Signals};

/// Runs `gears send`; `common` are the options before the command's name.
pub async fn run(send: Send, common: &Sending, environment: &Environment) -> ExitCode {
    let sending = send.sending.clone().or(common);
    match try_run(&send, &sending, environment).await {
        Ok(exit) => exit,
        Err(failure) => failure.tell(),
    }
}

async fn try_run(send: &Send, sending: &Sending, environment: &Environment) -> Result<ExitCode, Failure> {
    let mut flags = sending.flags();
    send.reading.add_to(&mut flags);
    send.report.add_to(&mut flags);
    let loaded = super::settings(&flags, environment)?;
    begin_log("send", &loaded, session::log_of(&loaded.settings, sending.demo));
    check_allowed(&loaded, send.action, send.reason.as_deref())?;

    let list = load::list(&send.devices, &loaded.settings, sending.demo)?;
    let id_mode = loaded.settings.id_mode.unwrap_or_else(|| {
        let mode = if list.arguments_are_hwids { crate::model::IdMode::Hwid } else { choose::id_mode(&list.devices) };
        out::say(&format!("sending by {mode} (--id-mode {} sends the other id)", mode.other().name()));
        mode
    });
    let reason = send.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()).map(str::to_owned);
    let new = choose::run_of(&list.devices, send.action, id_mode, reason);
    if new.devices.is_empty() {
        let why = match choose::left_out(&new.excluded) {
            why if why.is_empty() => "the list is empty".to_owned(),
            why => why,
        };
        return Err(Failure::usage(format!(
            "no device can be sent by {id_mode}: {why}; nothing was sent (gears devices shows what is recognised)"
        )));
    }
    may_ask(&send.report)?;
    let session = Session::open(&loaded, sending.demo, super::may_be_asked()).await?;
    agree(&session, &new, new.devices.len(), &send.report).await?;
    let outcomes = vec![Outcome::plain(OutcomeKind::Queued); new.devices.len()];
    let start = Command::Start { ticket: Ticket(1), run: new.clone() };
    let finished = follow(&session, start, outcomes, &loaded).await?;
    Ok(report(&finished, &new, &send.report, &loaded, &session.journal))
}

/// Whether the settings let this action be sent at all.
pub fn check_allowed(loaded: &Loaded, action: Action, reason: Option<&str>) -> Result<(), Failure> {
    let settings = &loaded.settings;
    if settings.read_only {
        let from = settings.provenance(Key::ReadOnly);
        return Err(Failure::configuration(format!("read-only is on ({from}): nothing was sent")));
    }
    if settings.require_reason.contains(&action) && reason.is_none_or(|reason| reason.trim().is_empty()) {
        let from = settings.provenance(Key::RequireReason);
        return Err(Failure::usage(format!("{action} needs a reason ({from}): give one with --reason TEXT")));
    }
    Ok(())
}

/// Whether the run can be confirmed: beforehand, or on a terminal.
pub fn may_ask(report: &Report) -> Result<(), Failure> {
    if report.yes || ask::possible() {
        return Ok(());
    }
    Err(Failure::usage("there is no terminal to ask for confirmation: nothing was sent; --yes sends without asking"))
}

/// Tells what will happen and, without `--yes`, asks whether it should; `devices` are those of the run that will be sent,
/// whichever `new` holds.
pub async fn agree(session: &Session, new: &NewRun, devices: usize, report: &Report) -> Result<(), Failure> {
    let requests = plan::requests(devices, session.batch_size());
    let budget = session.limiter.look().await;
    let budget = budget.map_err(|error| Failure::configuration(format!("{error}; nothing was sent")))?;
    session.journal.take_notices().iter().for_each(|words| out::say(words));
    let sum = confirm::Sum {
        action: new.action,
        devices,
        id_mode: new.id_mode,
        excluded: &new.excluded,
        requests,
        time: plan::estimate(requests, session.limiter.rate(), &budget, Instant::now()),
        cloud: &session.cloud,
        reason: new.reason.as_deref(),
    };
    if !report.yes {
        return confirm::confirm(&sum).await;
    }
    let left_out = match new.excluded.len() {
        0 => String::new(),
        count => format!("; {count} left out: {}", choose::left_out(&new.excluded)),
    };
    out::say(&format!("{} to {}: {}{left_out}", new.action, session.cloud, sum.sentence()));
    Ok(())
}

/// Follows the run to its end.
pub async fn follow(
    session: &Session,
    start: Command,
    outcomes: Vec<Outcome>,
    loaded: &Loaded,
) -> Result<Finished, Failure> {
    let signals = Signals::new(loaded.settings.finish_on_hangup)
        .map_err(|error| Failure::configuration(format!("signals cannot be taken: {error}; nothing was sent")))?;
    let bar = match (std::io::stderr().is_terminal(), loaded.settings.ascii || !loaded.environment.is_utf8()) {
        (false, _) => Bar::None,
        (true, true) => Bar::Ascii,
        (true, false) => Bar::Unicode,
    };
    drive::drive(session.dispatch(Unreachable::End), start, outcomes, signals, bar).await
}

/// Prints what became of the run and says how the process ends.
#[must_use]
pub fn report(finished: &Finished, new: &NewRun, options: &Report, loaded: &Loaded, journal: &Journal) -> ExitCode {
    let report = RunReport::new(finished.run, new, &finished.outcomes);
    let terminal = std::io::stdout().is_terminal();
    let look = Look {
        color: loaded.settings.use_color(terminal, &loaded.environment),
        ascii: loaded.settings.ascii || (terminal && !loaded.environment.is_utf8()),
    };
    let code = code(&report, finished);
    let exit = out::data(code, |out| {
        report.write(options.format, look, out)?;
        out.flush()
    });
    if let Some(mut sentence) = drive::end_sentence(finished.end.as_ref()) {
        let left = report.counts.not_sent + report.counts.unknown;
        if finished.interrupted && left > 0 && journal.is_kept() {
            let _ = write!(sentence, "; gears resume {} goes on with it", finished.run);
        }
        out::say(&sentence);
    }
    out::say(&report.sentence());
    exit
}

fn code(report: &RunReport, finished: &Finished) -> u8 {
    let counts = report.counts;
    let nothing_sent = counts.not_sent == counts.devices();
    match &finished.end {
        _ if finished.interrupted => out::INTERRUPTED,
        Some(EndReason::Refused(_) | EndReason::Unreachable(_)) if nothing_sent => out::CONFIGURATION,
        _ if counts.succeeded == counts.devices() => 0,
        _ => 1,
    }
}
