//! Runs whose console is gone: what became of them, and how they go on.

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;

use super::error::Refusal;
use super::history::{kind_from, open_runs};
use super::settings::{may_be_same_account, of_another_account};
use super::writes::{Context, Write, end_run, lose_what_is_in_flight};
use super::{Journal, JournalError, presence};
use crate::model::{Action, IdMode, NewRun, Outcome, OutcomeKind, ResumedRun, RunDevice, RunId};

/// A run that has not ended and whose console is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfinishedRun {
    /// Its number.
    pub run: RunId,
    /// What was sent.
    pub action: Action,
    /// By which id.
    pub id_mode: IdMode,
    /// When it was begun.
    pub started: Timestamp,
    /// Who began it.
    pub user: String,
    /// On which host.
    pub host: String,
    /// The profile's name; a run goes on only with the account that it was begun with.
    pub profile: String,
    /// The cloud's host.
    pub cloud: String,
    /// Why it cannot go on here, and where it can: it is another account's.
    pub elsewhere: Option<String>,
    /// Why, in the operator's words.
    pub reason: Option<String>,
    /// Devices that have their outcome and keep it: succeeded, failed, or refused by the cloud.
    pub done: usize,
    /// Devices whose request left and whose outcome nobody knows.
    pub unknown: usize,
    /// Devices that no request left with.
    pub never_sent: usize,
}

impl UnfinishedRun {
    /// All devices of the run.
    #[must_use]
    pub fn devices(&self) -> usize {
        self.done + self.unknown + self.never_sent
    }
}

impl Journal {
    /// The runs that have not ended and whose console is gone, newest first. One that had nothing left to do is ended. A run that a living console goes on with, also
    /// one of another host that shares the folder, is none of them.
    pub async fn unfinished(&self) -> Result<Vec<UnfinishedRun>, JournalError> {
        let Some(store) = self.store() else { return Ok(Vec::new()) };
        let mut unfinished = Vec::new();
        for run in open_runs(store).await?.into_iter().filter(|run| !run.alive) {
            let of = |kind| run.counts.of(kind);
            let ours = may_be_same_account(&run.account, &store.settings.account);
            let one = UnfinishedRun {
                elsewhere: (!ours).then(|| of_another_account(run.run, &run.cloud, &run.profile)),
                run: run.run,
                action: run.action,
                id_mode: run.id_mode,
                started: run.started,
                user: run.user,
                host: run.host,
                profile: run.profile,
                cloud: run.cloud,
                reason: run.reason,
                done: of(OutcomeKind::Succeeded) + of(OutcomeKind::Failed) + of(OutcomeKind::NotSent),
                unknown: of(OutcomeKind::Unknown) + of(OutcomeKind::InFlight),
                never_sent: of(OutcomeKind::Queued),
            };
            if one.unknown + one.never_sent > 0 {
                unfinished.push(one);
            } else {
                // Its console died between the last answer and the end: nothing is left to ask for.
                store.write(Write::Leave(one.run)).await?;
            }
        }
        Ok(unfinished)
    }

    /// Whether `resume` would be allowed to take over this run; changes nothing. What is left of it is not looked at.
    pub async fn may_resume(&self, run: RunId) -> Result<(), JournalError> {
        let Some(store) = self.store() else { return Err(nothing_kept()) };
        let context = Context { store, console: None, now: 0 };
        let mut line = store.line().await;
        let owner = claimable(&mut line.connection, &context, run).await;
        owner.map_err(|refusal| store.words(refusal))
    }

    /// Takes over a run whose console is gone, or one that ended before all of it was sent: what succeeded or failed stays,
    /// what was never sent is queued. What is unknown is queued as well if `unknown_too`, and stays unknown else; in the
    /// journal it is unknown until its new request leaves. Of two consoles that ask for the same run, one gets it.
    pub async fn resume(&self, run: RunId, unknown_too: bool) -> Result<ResumedRun, JournalError> {
        let Some(store) = self.store() else { return Err(nothing_kept()) };
        store.write(Write::TakeOver { run, unknown_too }).await?;
        let excluded = self.excluded_of(run).await?.into();
        let mut line = store.line().await;
        let resumed = load(&mut line.connection, run, unknown_too).await.map_err(|refusal| store.words(refusal))?;
        Ok(ResumedRun { run: NewRun { excluded, ..resumed.run }, ..resumed })
    }

    /// Ends a run whose console is gone as it is: what was sent and not answered is unknown, the rest is not sent.
    pub async fn close_run(&self, run: RunId) -> Result<(), JournalError> {
        let Some(store) = self.store() else { return Err(nothing_kept()) };
        store.write(Write::Leave(run)).await.map(|_| ())
    }
}

fn nothing_kept() -> JournalError {
    JournalError::refused("there is no journal (--no-journal), so no earlier run is known")
}

/// What has to be known of a run before it changes hands.
#[derive(sqlx::FromRow)]
struct Owner {
    ended: Option<i64>,
    account: String,
    profile: String,
    cloud: String,
    console: i64,
    lock_file: String,
    user_name: String,
    host: String,
    pid: i64,
}

/// The run's owner, who is gone.
async fn owner(db: &mut SqliteConnection, context: &Context<'_>, run: RunId) -> Result<Owner, Refusal> {
    let owner: Option<Owner> = sqlx::query_as(
        "SELECT r.ended, r.account, r.profile, r.cloud, r.console, c.lock_file, c.user_name, c.host, c.pid \
         FROM runs r JOIN consoles c ON c.id = r.console WHERE r.id = $1",
    )
    .bind(run.0)
    .fetch_optional(db)
    .await?;
    let owner = owner.ok_or_else(|| Refusal::Rule(format!("the journal knows no run {run}")))?;
    if owner.ended.is_none() {
        if context.console == Some(owner.console) {
            return Err(Refusal::Rule(format!("run {run} is going on in this console")));
        }
        if presence::lives(&context.store.folder, &owner.lock_file) {
            return Err(Refusal::Rule(format!(
                "run {run} is going on in another console: {} has it on {}, process {}",
                owner.user_name, owner.host, owner.pid
            )));
        }
    }
    Ok(owner)
}

/// Whether a run's owner is gone, and it belongs to our account.
async fn claimable(db: &mut SqliteConnection, context: &Context<'_>, run: RunId) -> Result<(), Refusal> {
    let owner = owner(db, context, run).await?;
    if may_be_same_account(&owner.account, &context.store.settings.account) {
        return Ok(());
    }
    Err(Refusal::Rule(of_another_account(run, &owner.cloud, &owner.profile)))
}

/// Makes a run ours.
pub(super) async fn take_over(
    db: &mut SqliteConnection,
    context: &Context<'_>,
    run: RunId,
    unknown_too: bool,
) -> Result<(), Refusal> {
    claimable(db, context, run).await?;
    lose_what_is_in_flight(db, context.now, run).await?;
    let left: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM devices WHERE run = $1 AND (outcome IN ('queued', 'not_sent') OR (outcome = 'unknown' \
         AND $2))",
    )
    .bind(run.0)
    .bind(unknown_too)
    .fetch_one(&mut *db)
    .await?;
    if left == 0 {
        return Err(Refusal::Rule(format!("nothing is left to send in run {run}")));
    }
    sqlx::query(
        "UPDATE devices SET outcome = 'queued', detail = NULL, changed = NULL WHERE run = $1 AND outcome = 'not_sent'",
    )
    .bind(run.0)
    .execute(&mut *db)
    .await?;
    sqlx::query("UPDATE devices SET uncertain = TRUE WHERE run = $1 AND outcome = 'unknown'")
        .bind(run.0)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "UPDATE runs SET console = $1, ended = NULL, end_kind = NULL, end_words = NULL, succeeded = NULL, failed = NULL, \
         unknown = NULL, not_sent = NULL WHERE id = $2",
    )
    .bind(context.console)
    .bind(run.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a run of a console that is gone.
pub(super) async fn leave(db: &mut SqliteConnection, context: &Context<'_>, run: RunId) -> Result<(), Refusal> {
    if owner(db, context, run).await?.ended.is_some() {
        return Ok(());
    }
    let left = "SELECT EXISTS (SELECT 1 FROM devices WHERE run = $1 AND outcome IN ('queued', 'in_flight'))";
    let left: bool = sqlx::query_scalar(left).bind(run.0).fetch_one(&mut *db).await?;
    end_run(db, context.now, run, if left { "left" } else { "completed" }, None).await
}

/// Why a device is uncertain of which nothing else is known.
const EARLIER: &str = "an earlier request left, and no answer came";

/// A device of a run that goes on.
#[derive(sqlx::FromRow)]
struct Row {
    mac: Option<String>,
    hwid: Option<String>,
    label: String,
    source: String,
    line: i64,
    outcome: String,
    detail: Option<String>,
}

/// A run as it goes on.
async fn load(db: &mut SqliteConnection, run: RunId, unknown_too: bool) -> Result<ResumedRun, Refusal> {
    let (action, id_mode, reason): (String, String, Option<String>) =
        sqlx::query_as("SELECT action, id_mode, reason FROM runs WHERE id = $1")
            .bind(run.0)
            .fetch_one(&mut *db)
            .await?;
    let next_batch: i64 = sqlx::query_scalar("SELECT coalesce(max(batch) + 1, 0) FROM batches WHERE run = $1")
        .bind(run.0)
        .fetch_one(&mut *db)
        .await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT mac, hwid, label, source, line, outcome, detail FROM devices WHERE run = $1 ORDER BY position",
    )
    .bind(run.0)
    .fetch_all(db)
    .await?;
    let mut devices = Vec::with_capacity(rows.len());
    let mut outcomes = Vec::with_capacity(rows.len());
    let mut uncertain = Vec::new();
    let mut source: Arc<str> = "".into();
    for (position, row) in (0..).zip(rows) {
        // Devices of one file share its name.
        if *source != *row.source {
            source = row.source.into();
        }
        let detail = row.detail.map(Into::into);
        outcomes.push(match kind_from(&row.outcome) {
            OutcomeKind::Unknown if unknown_too => {
                uncertain.push(position);
                Outcome { kind: OutcomeKind::Queued, detail: detail.or_else(|| Some(EARLIER.into())) }
            }
            OutcomeKind::Queued => Outcome::plain(OutcomeKind::Queued),
            kind => Outcome { kind, detail },
        });
        devices.push(RunDevice {
            mac: row.mac.and_then(|mac| mac.parse().ok()),
            hwid: row.hwid.and_then(|hwid| hwid.parse().ok()),
            label: row.label.into(),
            source: Arc::clone(&source),
            line: u32::try_from(row.line).unwrap_or_default(),
        });
    }
    let action = action.parse().map_err(Refusal::Rule)?;
    let id_mode = id_mode.parse().map_err(Refusal::Rule)?;
    let run_again = NewRun { action, id_mode, devices: devices.into(), excluded: [].into(), reason };
    let next_batch = u32::try_from(next_batch).unwrap_or(u32::MAX);
    Ok(ResumedRun { id: run, run: run_again, outcomes, uncertain, next_batch })
}
