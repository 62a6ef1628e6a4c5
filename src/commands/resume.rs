//! `gears resume`: sends what a run never sent.

use std::process::ExitCode;

use super::session::Session;
use super::{Failure, out, send};
use crate::cli::{Resume, Sending};
use crate::config::{self, Environment, ask};
use crate::dispatcher::{Command, Ticket};
use crate::model::{OutcomeKind, RunId};

/// Runs `gears resume`; `common` are the options before the command's name.
pub async fn run(resume: Resume, common: &Sending, environment: &Environment) -> ExitCode {
    let sending = resume.sending.clone().or(common);
    match try_run(&resume, &sending, environment).await {
        Ok(exit) => exit,
        Err(failure) => failure.tell(),
    }
}

async fn try_run(resume: &Resume, sending: &Sending, environment: &Environment) -> Result<ExitCode, Failure> {
    let mut flags = sending.flags();
    resume.report.add_to(&mut flags);
    let loaded = super::settings(&flags, environment)?;
    let unknown_too = match resume.unknown.as_deref().map(config::value::switch) {
        Some(Ok(answer)) => Some(answer),
        Some(Err(why)) => return Err(Failure::usage(format!("--unknown: {why}"))),
        None => None,
    };
    if !loaded.settings.journal {
        return Err(Failure::usage("without a journal there is no run to resume: leave out --no-journal"));
    }
    send::may_ask(&resume.report)?;
    let session = Session::open(&loaded, sending.demo, super::may_be_asked()).await?;
    let id = RunId(resume.run);
    let summary = session.journal.run(id).await.map_err(Failure::configuration)?;
    let summary =
        summary.ok_or_else(|| Failure::usage(format!("there is no run {id}: gears history lists the runs")))?;
    send::check_allowed(&loaded, summary.action, summary.reason.as_deref())?;
    let unknown = summary.counts.of(OutcomeKind::Unknown) + summary.counts.of(OutcomeKind::InFlight);
    let unknown_too = match unknown_too {
        Some(answer) => answer,
        None if unknown == 0 || resume.report.yes => true,
        None => ask_unknown(unknown).await?,
    };
    let resumed = session.journal.resume(id, unknown_too).await.map_err(Failure::usage)?;
    let queued = resumed.outcomes.iter().filter(|outcome| !outcome.kind.is_final()).count();
    let (new, outcomes) = (resumed.run.clone(), resumed.outcomes.clone());
    if queued > 0 {
        if unknown > 0 {
            let words = if unknown_too { "are sent again" } else { "stay unknown" };
            out::say(&format!("{unknown} devices whose outcome is unknown {words}"));
        }
        send::agree(&session, &new, queued, &resume.report).await?;
    } else {
        out::say(&format!("run {id} has nothing left to send"));
    }
    let start = Command::Resume { ticket: Ticket(1), run: Box::new(resumed) };
    let finished = send::follow(&session, start, outcomes, &loaded).await?;
    Ok(send::report(&finished, &new, &resume.report, &loaded))
}

async fn ask_unknown(count: usize) -> Result<bool, Failure> {
    let question =
        format!("The outcome of {count} devices is unknown. Send to them again? The action can be repeated. [Y/n] ");
    let answer = ask::line(&question).await.map_err(|error| Failure::unanswered(&error))?;
    let answer = answer.ok_or_else(|| Failure::usage("not confirmed: nothing was sent"))?;
    Ok(!matches!(answer.to_lowercase().as_str(), "n" | "no"))
}
