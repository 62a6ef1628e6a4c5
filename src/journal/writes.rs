//! What is written, each within a transaction that the store has begun.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite};

use super::error::Refusal;
use super::store::Store;
use super::{AnswerNote, exemptions, prune, resume};
use crate::model::{EndReason, NewRun, Outcome, OutcomeKind, RunDevice, RunId};

/// Rows in one statement: few statements for a large run, and far from the most that a statement may bind.
const ROWS: usize = 500;

/// Something to write. Nothing in it is spent by trying, so that a group that fails can be tried one by one.
pub(super) enum Write {
    Begin(NewRun),
    Sent {
        run: RunId,
        batch: u32,
        devices: Vec<u32>,
    },
    Returned {
        run: RunId,
        batch: u32,
        note: AnswerNote,
    },
    Answered {
        run: RunId,
        batch: u32,
        outcomes: Vec<(u32, Outcome)>,
        note: AnswerNote,
    },
    End {
        run: RunId,
        why: EndReason,
    },
    /// Ends a run of a console that is gone, as it is
    Leave(RunId),
    /// Makes a run of a console that is gone ours
    TakeOver {
        run: RunId,
        unknown_too: bool,
    },
    /// Removes some of what ended before this time
    Prune {
        before: i64,
    },
}

/// What a write brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Done,
    Begun(RunId),
    /// So many rows are gone
    Pruned(u64),
}

/// What a write has to know beside itself.
pub(super) struct Context<'a> {
    pub(super) store: &'a Store,
    /// Our row in `consoles`
    pub(super) console: Option<i64>,
    /// Milliseconds since 1970
    pub(super) now: i64,
}

impl Write {
    /// Whether a run becomes ours, so that others have to see that we live.
    pub(super) fn needs_console(&self) -> bool {
        matches!(self, Self::Begin(_) | Self::TakeOver { .. })
    }

    /// Does it.
    pub(super) async fn apply(&self, db: &mut SqliteConnection, context: &Context<'_>) -> Result<Reply, Refusal> {
        match self {
            Self::Begin(run) => begin_run(db, context, run).await.map(Reply::Begun),
            Self::Sent { run, batch, devices } => {
                check_ours(db, context, *run).await?;
                batch_sent(db, context.now, *run, *batch, devices).await.map(|()| Reply::Done)
            }
            Self::Returned { run, batch, note } => {
                check_ours(db, context, *run).await?;
                batch_returned(db, context.now, *run, *batch, note).await.map(|()| Reply::Done)
            }
            Self::Answered { run, batch, outcomes, note } => {
                check_ours(db, context, *run).await?;
                batch_answered(db, context.now, *run, *batch, outcomes, note).await.map(|()| Reply::Done)
            }
            Self::End { run, why } => {
                check_ours(db, context, *run).await?;
                let (kind, words) = match why {
                    EndReason::Completed => ("completed", None),
                    EndReason::Stopped => ("stopped", None),
                    // It stays open, so that the next console offers to go on with it.
                    EndReason::Interrupted => return Ok(Reply::Done),
                    EndReason::Refused(words) => ("refused", Some(&**words)),
                    EndReason::Unreachable(words) => ("unreachable", Some(&**words)),
                };
                end_run(db, context.now, *run, kind, words).await.map(|()| Reply::Done)
            }
            Self::Leave(run) => resume::leave(db, context, *run).await.map(|()| Reply::Done),
            Self::TakeOver { run, unknown_too } => {
                resume::take_over(db, context, *run, *unknown_too).await.map(|()| Reply::Done)
            }
            Self::Prune { before } => Ok(Reply::Pruned(prune::step(db, *before).await?)),
        }
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

async fn begin_run(db: &mut SqliteConnection, context: &Context<'_>, run: &NewRun) -> Result<RunId, Refusal> {
    let settings = &context.store.settings;
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO runs (console, user_name, host, ssh_client, profile, cloud, account, action, id_mode, reason, \
         started, excluded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id",
    )
    .bind(context.console)
    .bind(&settings.who.user)
    .bind(&settings.who.host)
    .bind(&settings.who.ssh_client)
    .bind(&settings.profile)
    .bind(&settings.cloud)
    .bind(&settings.account)
    .bind(run.action.name())
    .bind(run.id_mode.name())
    .bind(&run.reason)
    .bind(context.now)
    .bind(number(run.excluded.len()))
    .fetch_one(&mut *db)
    .await?;
    let ids = |device: &RunDevice| {
        (device.mac.map(|mac| mac.to_string()), device.hwid.as_ref().map(|hwid| hwid.as_str().to_owned()))
    };
    let queued = OutcomeKind::Queued.name();
    for (chunk, devices) in run.devices.chunks(ROWS).enumerate() {
        let first = chunk * ROWS;
        let start = "INSERT INTO devices (run, position, mac, hwid, label, source, line, outcome) ";
        let mut insert = QueryBuilder::<Sqlite>::new(start);
        insert.push_values(devices.iter().enumerate(), |mut row, (index, device)| {
            let (mac, hwid) = ids(device);
            row.push_bind(id).push_bind(number(first + index)).push_bind(mac).push_bind(hwid);
            row.push_bind(device.label.to_string()).push_bind(device.source.to_string());
            row.push_bind(i64::from(device.line)).push_bind(queued);
        });
        insert.build().execute(&mut *db).await?;
    }
    for (chunk, rows) in run.excluded.chunks(ROWS).enumerate() {
        let first = chunk * ROWS;
        let start = "INSERT INTO excluded (run, position, mac, hwid, label, source, line, text, why) ";
        let mut insert = QueryBuilder::<Sqlite>::new(start);
        insert.push_values(rows.iter().enumerate(), |mut row, (index, excluded)| {
            let device = &excluded.device;
            let (mac, hwid) = ids(device);
            row.push_bind(id).push_bind(number(first + index)).push_bind(mac).push_bind(hwid);
            row.push_bind(device.label.to_string()).push_bind(device.source.to_string());
            row.push_bind(i64::from(device.line)).push_bind(excluded.text.to_string());
            row.push_bind(excluded.why.to_string());
        });
        insert.build().execute(&mut *db).await?;
    }
    Ok(RunId(id))
}

/// Whether the run is open and this console's.
async fn check_ours(db: &mut SqliteConnection, context: &Context<'_>, run: RunId) -> Result<(), Refusal> {
    let row: Option<(i64, Option<i64>)> =
        sqlx::query_as("SELECT console, ended FROM runs WHERE id = $1").bind(run.0).fetch_optional(db).await?;
    match row {
        Some((console, None)) if Some(console) == context.console => Ok(()),
        Some((_, Some(_))) => {
            Err(Refusal::Rule(format!("run {run} has ended already: nothing more is recorded in it")))
        }
        Some(_) => Err(Refusal::Rule(format!("run {run} belongs to another console"))),
        None => Err(Refusal::Rule(format!("the journal knows no run {run}"))),
    }
}

async fn batch_sent(
    db: &mut SqliteConnection,
    now: i64,
    run: RunId,
    batch: u32,
    devices: &[u32],
) -> Result<(), Refusal> {
    if devices.is_empty() {
        return Err(Refusal::Rule(format!("batch {batch} of run {run} has no device")));
    }
    let mut marked = 0;
    for chunk in devices.chunks(ROWS) {
        let mut update = QueryBuilder::<Sqlite>::new(
            "UPDATE devices SET uncertain = uncertain OR outcome IN ('in_flight', 'unknown'), outcome = 'in_flight', \
             detail = NULL, batch = ",
        );
        update.push_bind(i64::from(batch)).push(", changed = ").push_bind(now);
        // What has succeeded is never sent again, whatever the caller thinks.
        update.push(" WHERE outcome <> 'succeeded' AND run = ").push_bind(run.0);
        push_positions(&mut update, chunk);
        marked += update.build().execute(&mut *db).await?.rows_affected();
    }
    if marked != devices.len() as u64 {
        return Err(Refusal::Rule(format!(
            "batch {batch} of run {run} is not sent: {} of its {} devices have succeeded already, are there twice or are \
             not in the run",
            (devices.len() as u64).saturating_sub(marked),
            devices.len()
        )));
    }
    sqlx::query(
        "INSERT INTO batches (run, batch, state, devices, attempts, sent) VALUES ($1, $2, 'sent', $3, 1, $4) \
         ON CONFLICT (run, batch) DO UPDATE SET state = 'sent', devices = excluded.devices, \
         attempts = batches.attempts + 1, sent = excluded.sent, answered = NULL",
    )
    .bind(run.0)
    .bind(i64::from(batch))
    .bind(number(devices.len()))
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}

async fn batch_returned(
    db: &mut SqliteConnection,
    now: i64,
    run: RunId,
    batch: u32,
    note: &AnswerNote,
) -> Result<(), Refusal> {
    note_answer(db, now, run, batch, "planned", note).await?;
    sqlx::query(
        "UPDATE devices SET outcome = CASE WHEN uncertain THEN 'unknown' ELSE 'queued' END, changed = $1 \
         WHERE run = $2 AND batch = $3 AND outcome = 'in_flight'",
    )
    .bind(now)
    .bind(run.0)
    .bind(i64::from(batch))
    .execute(db)
    .await?;
    Ok(())
}

async fn batch_answered(
    db: &mut SqliteConnection,
    now: i64,
    run: RunId,
    batch: u32,
    outcomes: &[(u32, Outcome)],
    note: &AnswerNote,
) -> Result<(), Refusal> {
    note_answer(db, now, run, batch, "answered", note).await?;
    // Devices of one answer share few outcomes: one statement each, which finds its devices by their keys.
    let mut groups: BTreeMap<(OutcomeKind, Option<&str>), Vec<u32>> = BTreeMap::new();
    for (position, outcome) in outcomes {
        groups.entry((outcome.kind, outcome.detail.as_deref())).or_default().push(*position);
    }
    let mut known = 0;
    for ((kind, detail), devices) in &groups {
        for chunk in devices.chunks(ROWS) {
            let mut update = QueryBuilder::<Sqlite>::new("UPDATE devices SET detail = ");
            update.push_bind(detail.map(str::to_owned)).push(", changed = ").push_bind(now).push(", outcome = ");
            if *kind == OutcomeKind::NotSent {
                // The cloud did nothing this time; of an earlier time it said nothing.
                update.push("CASE WHEN uncertain THEN 'unknown' ELSE 'not_sent' END");
            } else {
                update.push_bind(kind.name());
            }
            update.push(" WHERE run = ").push_bind(run.0).push(" AND batch = ").push_bind(i64::from(batch));
            push_positions(&mut update, chunk);
            known += update.build().execute(&mut *db).await?.rows_affected();
        }
    }
    if known != outcomes.len() as u64 {
        return Err(Refusal::Rule(format!(
            "batch {batch} of run {run} was answered for {} devices, {known} of them in the batch",
            outcomes.len()
        )));
    }
    exemptions::note_batch(db, now, run, batch, note).await?;
    Ok(())
}

/// Writes what the answer to a batch looked like.
async fn note_answer(
    db: &mut SqliteConnection,
    now: i64,
    run: RunId,
    batch: u32,
    state: &'static str,
    note: &AnswerNote,
) -> Result<(), Refusal> {
    let noted = sqlx::query(
        "UPDATE batches SET state = $1, answered = $2, status = $3, words = $4 WHERE run = $5 AND batch = $6",
    )
    .bind(state)
    .bind(now)
    .bind(note.status.map(i64::from))
    .bind(note.words.as_deref().map(str::to_owned))
    .bind(run.0)
    .bind(i64::from(batch))
    .execute(db)
    .await?;
    if noted.rows_affected() == 0 {
        return Err(Refusal::Rule(format!("batch {batch} of run {run} was never recorded as sent")));
    }
    Ok(())
}

/// Adds a condition: only these positions.
fn push_positions(statement: &mut QueryBuilder<Sqlite>, positions: &[u32]) {
    statement.push(" AND position IN (");
    let mut list = statement.separated(", ");
    for &position in positions {
        list.push_bind(i64::from(position));
    }
    statement.push(")");
}

/// Ends a run: what waits is not sent, what has no answer is unknown.
pub(super) async fn end_run(
    db: &mut SqliteConnection,
    now: i64,
    run: RunId,
    kind: &'static str,
    words: Option<&str>,
) -> Result<(), Refusal> {
    lose_what_is_in_flight(db, now, run).await?;
    sqlx::query("UPDATE devices SET outcome = 'not_sent', changed = $1 WHERE run = $2 AND outcome = 'queued'")
        .bind(now)
        .bind(run.0)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "UPDATE runs SET ended = $1, end_kind = $2, end_words = $3, (succeeded, failed, unknown, not_sent) = \
         (SELECT count(CASE outcome WHEN 'succeeded' THEN 1 END), count(CASE outcome WHEN 'failed' THEN 1 END), \
         count(CASE outcome WHEN 'unknown' THEN 1 END), count(CASE outcome WHEN 'not_sent' THEN 1 END) \
         FROM devices WHERE run = $4) WHERE id = $4",
    )
    .bind(now)
    .bind(kind)
    .bind(words.map(str::to_owned))
    .bind(run.0)
    .execute(db)
    .await?;
    Ok(())
}

/// What is in flight will not be answered any more: it is unknown, and stays so until an answer comes to a later request.
pub(super) async fn lose_what_is_in_flight(db: &mut SqliteConnection, now: i64, run: RunId) -> Result<(), Refusal> {
    exemptions::note_lost(db, run).await?;
    sqlx::query(
        "UPDATE devices SET outcome = 'unknown', detail = $1, changed = $2 WHERE run = $3 AND outcome = 'in_flight'",
    )
    .bind("the request left, and the console ended before an answer was in")
    .bind(now)
    .bind(run.0)
    .execute(db)
    .await?;
    Ok(())
}
