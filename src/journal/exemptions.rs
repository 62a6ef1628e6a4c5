//! Exemptions that were given and not undone. The cloud's v2 exemption has no end, so a forgotten one leaves a device
//! unprotected for good.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;

use super::error::Refusal;
use super::history::device_from;
use super::settings::{cloud_of, may_be_same_account};
use super::store::Store;
use super::{AnswerNote, Journal, JournalError, presence};
use crate::model::{IdMode, RunDevice, RunId};

/// A device that is exempt, or may be, and was not told otherwise since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenExemption {
    /// The account, as `account_key` names it.
    pub account: String,
    /// The device, as that run had it.
    pub device: RunDevice,
    /// Which id it was exempted by.
    pub id_mode: IdMode,
    /// The run that exempted it first.
    pub run: RunId,
    /// Who began that run.
    pub user: String,
    /// That run's reason.
    pub reason: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// False where no trustworthy answer came: it may be exempt.
    pub certain: bool,
}

/// What a batch did to the exemptions of its account. Its outcomes are written already.
pub(super) async fn note_batch(
    db: &mut SqliteConnection,
    now: i64,
    run: RunId,
    batch: u32,
    note: &AnswerNote,
) -> Result<(), Refusal> {
    let action: String =
        sqlx::query_scalar("SELECT action FROM runs WHERE id = $1").bind(run.0).fetch_one(&mut *db).await?;
    // Numbers for each device come with a 200 alone: a list that was refused whole says nothing of a device in it.
    let numbers = note.status == Some(200);
    let statements: &[&'static str] = match &*action {
        "exempt_all" if numbers => &[CONFIRM, DENY, ADD],
        "exempt_all" => &[CONFIRM, ADD],
        "unexempt" => &[UNDO],
        _ => &[],
    };
    for &statement in statements {
        let query = sqlx::query(statement).bind(run.0).bind(i64::from(batch));
        // Only the statement that adds asks for the time.
        let query = if statement == ADD { query.bind(now) } else { query };
        query.execute(&mut *db).await?;
    }
    Ok(())
}

/// Whether the exemption `e` may be of the account of the run `r`: `may_be_same_account` as a condition. An account is the
/// cloud alone, or the cloud, `#` and a hash.
macro_rules! may_be_same {
    () => {
        "(e.account = r.account OR e.account = r.cloud \
         OR (r.account = r.cloud AND substr(e.account, 1, length(r.cloud) + 1) = r.cloud || '#'))"
    };
}

/// The open exemptions of a batch's devices with one outcome, found by either id.
macro_rules! matching {
    ($outcome:literal, $account:expr) => {
        concat!(
            "id IN (SELECT e.id FROM runs r JOIN devices d ON d.run = r.id JOIN exemptions e ON e.mac = d.mac \
             WHERE r.id = $1 AND d.batch = $2 AND d.outcome = '",
            $outcome,
            "' AND ",
            $account,
            " UNION SELECT e.id FROM runs r JOIN devices d ON d.run = r.id JOIN exemptions e ON e.hwid = d.hwid \
             WHERE r.id = $1 AND d.batch = $2 AND d.outcome = '",
            $outcome,
            "' AND ",
            $account,
            ")"
        )
    };
}

/// What may have been exempt is.
const CONFIRM: &str =
    concat!("UPDATE exemptions SET certain = TRUE WHERE NOT certain AND ", matching!("succeeded", may_be_same!()));

/// What may have been exempt is not: this very account's cloud knows no such device.
const DENY: &str =
    concat!("DELETE FROM exemptions WHERE NOT certain AND ", matching!("failed", "e.account = r.account"));

/// What was exempt is not any more.
const UNDO: &str = concat!("DELETE FROM exemptions WHERE ", matching!("succeeded", may_be_same!()));

/// No open exemption is the device's already: one that is there keeps its beginning.
macro_rules! not_there {
    () => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM exemptions e WHERE (e.mac = d.mac OR e.hwid = d.hwid) AND ",
            may_be_same!(),
            ")"
        )
    };
}

/// What is exempt now, or may be.
const ADD: &str = concat!(
    "INSERT INTO exemptions (account, mac, hwid, label, source, line, id_mode, run, user_name, reason, since, certain) \
     SELECT r.account, d.mac, d.hwid, d.label, d.source, d.line, r.id_mode, r.id, r.user_name, r.reason, $3, \
     d.outcome = 'succeeded' FROM runs r JOIN devices d ON d.run = r.id WHERE r.id = $1 AND d.batch = $2 \
     AND d.outcome IN ('succeeded', 'unknown') AND ",
    not_there!()
);

/// What may be exempt by the requests of a run that will not be answered, and was not undone since.
macro_rules! lost {
    () => {
        concat!(
            "SELECT r.account, d.mac, d.hwid, d.label, d.source, d.line, r.id_mode, r.id AS run, r.user_name, r.reason, \
             coalesce(d.changed, r.started) AS since, FALSE AS certain FROM runs r JOIN devices d ON d.run = r.id \
             WHERE r.id = $1 AND r.action = 'exempt_all' AND d.outcome = 'in_flight' AND ",
            not_there!(),
            " AND NOT EXISTS (SELECT 1 FROM devices u JOIN runs e ON e.id = u.run WHERE (u.mac = d.mac OR u.hwid = d.hwid) \
             AND e.action = 'unexempt' AND u.outcome = 'succeeded' AND u.changed >= d.changed AND ",
            may_be_same!(),
            ")"
        )
    };
}

/// The devices of a run that are in flight will not be answered: they may be exempt.
pub(super) async fn note_lost(db: &mut SqliteConnection, run: RunId) -> Result<(), Refusal> {
    sqlx::query(concat!(
        "INSERT INTO exemptions (account, mac, hwid, label, source, line, id_mode, run, user_name, reason, since, certain) ",
        lost!()
    ))
    .bind(run.0)
    .execute(db)
    .await?;
    Ok(())
}

/// The condition on `exemptions` that goes with the binding of `mine`: $1 every account, $2 ours, $3 our cloud.
macro_rules! mine {
    () => {
        "($1 OR account = $2 OR account = $3 OR ($2 = $3 AND substr(account, 1, length($3) + 1) = $3 || '#'))"
    };
}

/// What is in flight in runs whose console is gone, and not yet among the exemptions because nobody took the run up.
async fn lost(db: &mut SqliteConnection, store: &Store, every_account: bool) -> Result<Vec<ExemptionRow>, sqlx::Error> {
    let open: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT r.id, r.account, c.lock_file FROM runs r JOIN consoles c ON c.id = r.console \
         WHERE r.ended IS NULL AND r.action = 'exempt_all' ORDER BY r.id",
    )
    .fetch_all(&mut *db)
    .await?;
    let mut rows = Vec::new();
    for (run, account, lock_file) in open {
        let ours = every_account || may_be_same_account(&account, &store.settings.account);
        if ours && !presence::lives(&store.folder, &lock_file) {
            rows.extend(sqlx::query_as::<_, ExemptionRow>(lost!()).bind(run).fetch_all(&mut *db).await?);
        }
    }
    Ok(rows)
}

/// A row of `exemptions`.
#[derive(sqlx::FromRow)]
struct ExemptionRow {
    account: String,
    mac: Option<String>,
    hwid: Option<String>,
    label: String,
    source: String,
    line: i64,
    id_mode: String,
    run: i64,
    user_name: String,
    reason: Option<String>,
    since: i64,
    certain: bool,
}

impl Journal {
    /// The devices that are exempt, or may be, and were not told otherwise since, the oldest first: of every account, or of
    /// what may be the account that the journal was opened with.
    pub async fn open_exemptions(&self, every_account: bool) -> Result<Vec<OpenExemption>, JournalError> {
        let Some(store) = self.store() else { return Ok(Vec::new()) };
        let mut line = store.line().await;
        let mut rows: Vec<ExemptionRow> = sqlx::query_as(concat!(
            "SELECT account, mac, hwid, label, source, line, id_mode, run, user_name, reason, since, certain FROM exemptions \
             WHERE ",
            mine!(),
            " ORDER BY since, id"
        ))
        .bind(every_account)
        .bind(&store.settings.account)
        .bind(cloud_of(&store.settings.account))
        .fetch_all(&mut line.connection)
        .await
        .map_err(|error| store.words(error))?;
        rows.extend(lost(&mut line.connection, store, every_account).await.map_err(|error| store.words(error))?);
        rows.sort_by_key(|row| row.since);
        let exemption = |row: ExemptionRow| OpenExemption {
            device: device_from(row.mac, row.hwid, row.label, row.source.into(), row.line),
            account: row.account,
            id_mode: row.id_mode.parse().unwrap_or_default(),
            run: RunId(row.run),
            user: row.user_name,
            reason: row.reason,
            since: Timestamp::from_millisecond(row.since).unwrap_or_default(),
            certain: row.certain,
        };
        Ok(rows.into_iter().map(exemption).collect())
    }

    /// How many devices of what may be this account are exempt, or may be, for longer than this.
    pub async fn exemptions_older_than(&self, age: Duration) -> Result<usize, JournalError> {
        let Some(store) = self.store() else { return Ok(0) };
        let limit = store.now().saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        let mut line = store.line().await;
        let count: i64 = sqlx::query_scalar(concat!("SELECT count(*) FROM exemptions WHERE since < $4 AND ", mine!()))
            .bind(false)
            .bind(&store.settings.account)
            .bind(cloud_of(&store.settings.account))
            .bind(limit)
            .fetch_one(&mut line.connection)
            .await
            .map_err(|error| store.words(error))?;
        let lost = lost(&mut line.connection, store, false).await.map_err(|error| store.words(error))?;
        Ok(usize::try_from(count).unwrap_or_default() + lost.iter().filter(|row| row.since < limit).count())
    }
}
