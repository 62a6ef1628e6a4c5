//! `gears resume`: sends what a run never sent.

use std::process::ExitCode;

use super::session::{self, Session};
use super::{Failure, begin_log, out, send};
use crate::cli::{Resume, Sending};
use crate::config::{self, Environment, ask};
use crate::dispatcher::{Command, Ticket};
use crate::journal::{JournalError, RunSummary};
use crate::model::{Excluded, NewRun, OutcomeKind, RunId};

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
    begin_log("resume", &loaded, session::log_of(&loaded.settings, sending.demo));
    let unknown_too = match resume.unknown.as_deref().map(config::value::switch) {
        Some(Ok(answer)) => Some(answer),
        Some(Err(why)) => return Err(Failure::usage(format!("--unknown: {why}"))),
        None => None,
    };
    if !loaded.settings.journal {
        return Err(Failure::usage("without a journal there is no run to resume: leave out --no-journal"));
    }
    let session = Session::open(&loaded, sending.demo, super::may_be_asked()).await?;
    let id = RunId(resume.run);
    let summary = session.journal.run(id).await.map_err(Failure::configuration)?;
    let summary =
        summary.ok_or_else(|| Failure::usage(format!("there is no run {id}: gears history lists the runs")))?;
    send::check_allowed(&loaded, summary.action, summary.reason.as_deref())?;
    session.journal.may_resume(id).await.map_err(|error| not_taken_over(&error))?;
    // What is wrong with the run is said before what is missing to confirm it.
    send::may_ask(&resume.report)?;
    let unknown = summary.counts.of(OutcomeKind::Unknown) + summary.counts.of(OutcomeKind::InFlight);
    let unknown_too = match unknown_too {
        Some(answer) => answer,
        None if unknown == 0 || resume.report.yes => true,
        None => ask_unknown(unknown).await?,
    };
    let never_sent = summary.counts.of(OutcomeKind::Queued) + summary.counts.of(OutcomeKind::NotSent);
    let left = never_sent + if unknown_too { unknown } else { 0 };
    // Until the answer is yes nothing changes: the run stays as it is. What has nothing left is refused below.
    if left > 0 {
        if unknown > 0 {
            let words = if unknown_too { "are sent again" } else { "stay unknown" };
            out::say(&format!("{unknown} devices whose outcome is unknown {words}"));
        }
        let excluded = session.journal.excluded_of(id).await.map_err(Failure::configuration)?;
        send::agree(&session, &what(&summary, excluded), left, &resume.report).await?;
    }
    let resumed = session.journal.resume(id, unknown_too).await.map_err(|error| not_taken_over(&error))?;
    let (new, outcomes) = (resumed.run.clone(), resumed.outcomes.clone());
    let start = Command::Resume { ticket: Ticket(1), run: Box::new(resumed) };
    let finished = send::follow(&session, start, outcomes, &loaded).await?;
    Ok(send::report(&finished, &new, &resume.report, &loaded, &session.journal))
}

/// A run that is another's, or has nothing left, was the wrong one to name; a journal that fails is no usage.
fn not_taken_over(error: &JournalError) -> Failure {
    if error.is_refusal() { Failure::usage(error) } else { Failure::configuration(error) }
}

/// What is asked about: the run without its devices, which are not known before it is taken over.
fn what(run: &RunSummary, excluded: Vec<Excluded>) -> NewRun {
    let (action, id_mode, reason) = (run.action, run.id_mode, run.reason.clone());
    NewRun { action, id_mode, devices: [].into(), excluded: excluded.into(), reason }
}

async fn ask_unknown(count: usize) -> Result<bool, Failure> {
    let question =
        format!("The outcome of {count} devices is unknown. Send to them again? The action can be repeated. [Y/n] ");
    loop {
        let answer = ask::line(&question).await.map_err(|error| Failure::unanswered(&error))?;
        let answer = answer.ok_or_else(|| Failure::usage("not confirmed: nothing was sent"))?;
        match answer.trim().to_lowercase().as_str() {
            "" | "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            // Whatever else somebody meant, it was no answer to this.
            _ => {}
        }
    }
}
