//! The newest runs, for whoever must not wait and leaves no trace: a completion.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::folder;
use crate::model::{Action, RunId};

/// How long another process that writes is waited for.
const PATIENCE: Duration = Duration::from_millis(20);

/// A run at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// Its number.
    pub run: RunId,
    /// When it was begun.
    pub started: Timestamp,
    /// What was sent.
    pub action: Action,
}

/// The newest runs of a state folder, newest first, at most `limit`. The journal is opened to read, nothing is made beside
/// it, and whatever is in the way means that there are none.
pub async fn newest_runs(state_dir: &Path, limit: usize) -> Vec<Glance> {
    read(state_dir, limit).await.unwrap_or_default()
}

async fn read(state_dir: &Path, limit: usize) -> Result<Vec<Glance>, sqlx::Error> {
    let database = folder::database(state_dir);
    // To read a journal that nobody has open `SQLite` would put files beside it, unless it may take for granted that nobody
    // writes; who has it open has put them there.
    let at_rest = ["-wal", "-journal"].iter().all(|suffix| !beside(&database, suffix).exists());
    let mut connection = SqliteConnectOptions::new()
        .filename(&database)
        .read_only(true)
        .immutable(at_rest)
        .busy_timeout(PATIENCE)
        .disable_statement_logging()
        .connect()
        .await?;
    let rows: Vec<(i64, i64, String)> =
        sqlx::query_as("SELECT id, started, action FROM runs ORDER BY id DESC LIMIT $1")
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&mut connection)
            .await?;
    let _ = connection.close().await;
    let glance = |(run, started, action): (i64, i64, String)| {
        let started = Timestamp::from_millisecond(started).ok()?;
        Some(Glance { run: RunId(run), started, action: action.parse().ok()? })
    };
    Ok(rows.into_iter().filter_map(glance).collect())
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(suffix);
    name.into()
}
