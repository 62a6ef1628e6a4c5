//! Retention: what ended long ago goes, a little at a time.

use sqlx::sqlite::SqliteConnection;

use super::error::Refusal;
use super::store::Store;
use super::writes::{Reply, Write};
use super::{Journal, JournalError};

/// Devices that go in one transaction: others wait some milliseconds for it.
const STEP: i64 = 2000;

impl Journal {
    /// Removes runs that ended more than so many days before the newest run was begun, with their devices and batches; 0
    /// keeps everything. Runs that have not ended and open exemptions stay. So many rows are gone.
    ///
    /// The newest run counts and not the clock, which may be wrong: one start with a clock that is years ahead would remove
    /// everything. Where the newest run is in the future, the clock counts.
    pub async fn prune(&self, keep_days: u32) -> Result<u64, JournalError> {
        let Some(store) = self.store().filter(|_| keep_days > 0) else { return Ok(0) };
        let Some(before) = self.oldest_kept(store, keep_days).await? else { return Ok(0) };
        let mut gone = 0;
        loop {
            match store.write(Write::Prune { before }).await? {
                Reply::Pruned(0) | Reply::Done | Reply::Begun(_) => return Ok(gone),
                Reply::Pruned(rows) => gone += rows,
            }
        }
    }

    /// Whether there is something to prune, without writing.
    pub(super) async fn is_old(&self, keep_days: u32) -> Result<bool, JournalError> {
        let Some(store) = self.store().filter(|_| keep_days > 0) else { return Ok(false) };
        let Some(before) = self.oldest_kept(store, keep_days).await? else { return Ok(false) };
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM runs WHERE started < $1 AND ended < $1)")
            .bind(before)
            .fetch_one(&mut store.line().await.connection)
            .await
            .map_err(|error| store.words(error))
    }

    /// What ended before this time is old; `None` where there is no run.
    async fn oldest_kept(&self, store: &Store, keep_days: u32) -> Result<Option<i64>, JournalError> {
        let newest: Option<i64> = sqlx::query_scalar("SELECT max(started) FROM runs")
            .fetch_one(&mut store.line().await.connection)
            .await
            .map_err(|error| store.words(error))?;
        Ok(newest.map(|newest| newest.min(store.now()) - i64::from(keep_days) * 24 * 60 * 60 * 1000))
    }
}

/// Removes some of the oldest run that ended before this time; 0 rows when nothing is left.
pub(super) async fn step(db: &mut SqliteConnection, before: i64) -> Result<u64, Refusal> {
    let run: Option<i64> =
        sqlx::query_scalar("SELECT id FROM runs WHERE started < $1 AND ended < $1 ORDER BY started LIMIT 1")
            .bind(before)
            .fetch_optional(&mut *db)
            .await?;
    let Some(run) = run else { return Ok(0) };
    // The children first, so that a run is there as long as anything points to it.
    for statement in [
        "DELETE FROM devices WHERE run = $1 AND position IN (SELECT position FROM devices WHERE run = $1 LIMIT $2)",
        "DELETE FROM excluded WHERE run = $1 AND position IN (SELECT position FROM excluded WHERE run = $1 LIMIT $2)",
        "DELETE FROM batches WHERE run = $1 AND batch IN (SELECT batch FROM batches WHERE run = $1 LIMIT $2)",
    ] {
        let gone = sqlx::query(statement).bind(run).bind(STEP).execute(&mut *db).await?.rows_affected();
        if gone > 0 {
            return Ok(gone);
        }
    }
    // `consoles` keeps its few bytes a process: one that lives may have no run left and begin another.
    Ok(sqlx::query("DELETE FROM runs WHERE id = $1").bind(run).execute(db).await?.rows_affected())
}
