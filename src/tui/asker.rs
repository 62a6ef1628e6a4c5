//! Asks the journal, away from the screen.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::journal::{Journal, JournalError, OpenExemption, PastDevice, RunSummary, SentTo, UnfinishedRun};
use crate::model::{Id, NewRun, OutcomeKind, ResumedRun, RunId};

use super::past::RUNS_AT_ONCE;

/// The most that is read of what was sent to one device.
const SENT_AT_MOST: usize = 1000;

/// What the console wants to know of the journal, or wants it to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// What a console that starts has to say: unfinished runs, exemptions older than this.
    AtStart {
        /// `exempt.remind_after`
        remind_after: Duration,
    },
    /// Whether a run was cut off, so that it can be gone on with.
    Unfinished(RunId),
    /// Runs, newest first, those before this one.
    Runs {
        /// The oldest that is known already.
        before: Option<RunId>,
    },
    /// One run whole.
    Run(RunId),
    /// Everything that was sent to a device.
    SentTo(Id),
    /// What is exempt and was not undone.
    Open,
    /// A run anew, with those of its devices that have one of these outcomes.
    Again {
        /// The run.
        run: RunId,
        /// The outcomes.
        kinds: &'static [OutcomeKind],
        /// In words: no device is ...
        which: &'static str,
    },
    /// The run that undoes a run.
    Inverse(RunId),
    /// Go on with a run whose console is gone.
    Resume {
        /// The run.
        run: RunId,
        /// Whether what is unknown is sent again.
        unknown_too: bool,
    },
    /// End a run whose console is gone, as it is.
    Close(RunId),
}

/// What the journal answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// To `AtStart`.
    AtStart {
        /// Runs whose console is gone.
        unfinished: Vec<UnfinishedRun>,
        /// How many devices are exempt for too long.
        forgotten: usize,
    },
    /// To `Unfinished`: the run that was asked for, and all that were cut off.
    Unfinished {
        /// That run.
        run: RunId,
        /// All of them.
        unfinished: Vec<UnfinishedRun>,
    },
    /// To `Runs`.
    Runs {
        /// Newest first.
        rows: Vec<RunSummary>,
        /// Whether there are older ones.
        more: bool,
        /// Whether they go behind those that are known.
        older: bool,
    },
    /// To `Run`.
    Run {
        /// What it was.
        summary: Box<RunSummary>,
        /// Its devices.
        devices: Vec<PastDevice>,
    },
    /// To `SentTo`.
    SentTo {
        /// The device.
        id: Id,
        /// Newest first.
        sent: Vec<SentTo>,
    },
    /// To `Open`.
    Open {
        /// Oldest first.
        rows: Vec<OpenExemption>,
        /// When.
        now: Timestamp,
    },
    /// To `Again` and `Inverse`: a run to be asked for.
    Prepared(Box<NewRun>),
    /// To `Resume`.
    Resumed(Box<ResumedRun>),
    /// There is no such thing, or it is done; in words.
    Said(String),
    /// The journal failed; why.
    Failed(Arc<str>),
}

/// Asks, and waits for the answer.
pub async fn ask(journal: &Journal, question: Question) -> Answer {
    answer(journal, question).await.unwrap_or_else(|error| Answer::Failed(error.to_string().into()))
}

async fn answer(journal: &Journal, question: Question) -> Result<Answer, JournalError> {
    let no_run = |run| Answer::Said(format!("the journal knows no run {run}"));
    if !journal.is_kept() && matches!(question, Question::Runs { .. } | Question::SentTo(_) | Question::Open) {
        return Ok(Answer::Said("nothing is recorded here: a demo without --state-dir, or --no-journal".to_owned()));
    }
    Ok(match question {
        Question::AtStart { remind_after } => Answer::AtStart {
            unfinished: journal.unfinished().await?,
            forgotten: journal.exemptions_older_than(remind_after).await?,
        },
        Question::Unfinished(run) => Answer::Unfinished { run, unfinished: journal.unfinished().await? },
        Question::Runs { before } => {
            let rows = journal.runs(before, RUNS_AT_ONCE).await?;
            Answer::Runs { more: rows.len() == RUNS_AT_ONCE, rows, older: before.is_some() }
        }
        Question::Run(run) => {
            let Some(summary) = journal.run(run).await? else { return Ok(no_run(run)) };
            let (mut past, mut devices) = (journal.devices_of(&summary), Vec::new());
            while let Some(page) = past.next().await? {
                devices.extend(page);
            }
            Answer::Run { summary: Box::new(summary), devices }
        }
        Question::SentTo(id) => {
            let sent = journal.sent_to(&id, SENT_AT_MOST).await?;
            if sent.is_empty() {
                Answer::Said(format!("nothing was ever sent to {id}"))
            } else {
                Answer::SentTo { id, sent }
            }
        }
        Question::Open => Answer::Open { rows: journal.open_exemptions(false).await?, now: Timestamp::now() },
        Question::Again { run, kinds, which } => match journal.again(run, kinds).await? {
            Some(again) => Answer::Prepared(Box::new(again)),
            None => Answer::Said(format!("run {run}: no device is {which}")),
        },
        Question::Inverse(run) => match journal.inverse(run).await? {
            Some(inverse) => Answer::Prepared(Box::new(inverse)),
            None => Answer::Said(format!("run {run}: nothing of it can be undone")),
        },
        Question::Resume { run, unknown_too } => Answer::Resumed(Box::new(journal.resume(run, unknown_too).await?)),
        Question::Close(run) => {
            journal.close_run(run).await?;
            Answer::Said(format!("run {run} stays as it is: the history shows it"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Settings;
    use crate::model::{Action, IdMode, RunDevice};

    #[tokio::test]
    async fn an_answer_names_no_key_for_keys_can_be_others() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Journal::open(Settings::new(folder.path(), "acme", "gears.example", None));
        let device = RunDevice {
            mac: Some("00:0c:29:cd:c7:b2".parse().unwrap()),
            hwid: None,
            label: "LT-1".into(),
            source: "list.csv".into(),
            line: 1,
        };
        let new = NewRun {
            action: Action::DhcpRenew,
            id_mode: IdMode::Mac,
            devices: [device].into(),
            excluded: [].into(),
            reason: None,
        };
        let run = open().await.unwrap().begin_run(&new).await.unwrap();
        let answer = ask(&open().await.unwrap(), Question::Close(run)).await;
        let Answer::Said(words) = answer else { panic!("{answer:?}") };
        assert_eq!(words, format!("run {run} stays as it is: the history shows it"));
    }
}
