//! Exemptions that were given and not undone. The cloud's v2 exemption has no end, so a forgotten one leaves a device
//! unprotected for good.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;

use super::error::Refusal;
use super::history::device_from;
use super::{Journal, JournalError};
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
pub(super) async fn note_batch(db: &mut SqliteConnection, now: i64, run: RunId, batch: u32) -> Result<(), Refusal> {
    let action: String =
        sqlx::query_scalar("SELECT action FROM runs WHERE id = $1").bind(run.0).fetch_one(&mut *db).await?;
    let statements: &[&'static str] = match &*action {
        "exempt_all" => &[CONFIRM, DENY, ADD],
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

/// The open exemptions of a batch's devices with one outcome, found by either id.
macro_rules! matching {
    ($outcome:literal) => {
        concat!(
            "id IN (SELECT e.id FROM runs r JOIN devices d ON d.run = r.id JOIN exemptions e ON e.account = r.account \
             AND e.mac = d.mac WHERE r.id = $1 AND d.batch = $2 AND d.outcome = '",
            $outcome,
            "' UNION SELECT e.id FROM runs r JOIN devices d ON d.run = r.id JOIN exemptions e ON e.account = r.account \
             AND e.hwid = d.hwid WHERE r.id = $1 AND d.batch = $2 AND d.outcome = '",
            $outcome,
            "')"
        )
    };
}

/// What may have been exempt is.
const CONFIRM: &str = concat!("UPDATE exemptions SET certain = TRUE WHERE NOT certain AND ", matching!("succeeded"));

/// What may have been exempt is not: the cloud knows no such device.
const DENY: &str = concat!("DELETE FROM exemptions WHERE NOT certain AND ", matching!("failed"));

/// What was exempt is not any more.
const UNDO: &str = concat!("DELETE FROM exemptions WHERE ", matching!("succeeded"));

/// What is exempt now, or may be. One that is there already keeps its beginning.
const ADD: &str = "INSERT INTO exemptions (account, mac, hwid, label, source, line, id_mode, run, user_name, reason, since, certain) \
    SELECT r.account, d.mac, d.hwid, d.label, d.source, d.line, r.id_mode, r.id, r.user_name, r.reason, $3, d.outcome = 'succeeded' \
    FROM runs r JOIN devices d ON d.run = r.id WHERE r.id = $1 AND d.batch = $2 \
    AND d.outcome IN ('succeeded', 'unknown') AND NOT EXISTS (SELECT 1 FROM exemptions e WHERE e.account = r.account \
    AND (e.mac = d.mac OR e.hwid = d.hwid))";

/// The devices of a run that are in flight will not be answered: they may be exempt.
pub(super) async fn note_lost(db: &mut SqliteConnection, now: i64, run: RunId) -> Result<(), Refusal> {
    sqlx::query(
        "INSERT INTO exemptions (account, mac, hwid, label, source, line, id_mode, run, user_name, reason, since, certain) \
         SELECT r.account, d.mac, d.hwid, d.label, d.source, d.line, r.id_mode, r.id, r.user_name, r.reason, \
         coalesce(d.changed, $2), FALSE FROM runs r JOIN devices d ON d.run = r.id \
         WHERE r.id = $1 AND r.action = 'exempt_all' AND d.outcome = 'in_flight' AND NOT EXISTS (SELECT 1 FROM \
         exemptions e WHERE e.account = r.account AND (e.mac = d.mac OR e.hwid = d.hwid))",
    )
    .bind(run.0)
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
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
    /// the account that the journal was opened with.
    pub async fn open_exemptions(&self, every_account: bool) -> Result<Vec<OpenExemption>, JournalError> {
        let Some(store) = self.store() else { return Ok(Vec::new()) };
        let rows: Vec<ExemptionRow> = sqlx::query_as(
            "SELECT account, mac, hwid, label, source, line, id_mode, run, user_name, reason, since, certain FROM exemptions \
             WHERE $1 OR account = $2 ORDER BY since, id",
        )
        .bind(every_account)
        .bind(&store.settings.account)
        .fetch_all(&mut store.line().await.connection)
        .await
        .map_err(|error| store.words(error))?;
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

    /// How many devices of this account are exempt, or may be, for longer than this.
    pub async fn exemptions_older_than(&self, age: Duration) -> Result<usize, JournalError> {
        let Some(store) = self.store() else { return Ok(0) };
        let limit = store.now().saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM exemptions WHERE account = $1 AND since < $2")
            .bind(&store.settings.account)
            .bind(limit)
            .fetch_one(&mut store.line().await.connection)
            .await
            .map_err(|error| store.words(error))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }
}
