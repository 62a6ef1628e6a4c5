//! Opening the database: its schema is checked before anything is written.

use std::time::{Duration, Instant};

use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::error::{self, Refusal};
use super::folder::Folder;
use super::settings::Wal;
use super::{JournalError, Settings};

/// The schema, one file a version.
static SCHEMA: Migrator = sqlx::migrate!("src/journal/migrations");

/// The table in which sqlx keeps what was applied.
const MIGRATIONS: &str = "_sqlx_migrations";

/// Opens the database of the folder and brings its schema up to date.
pub(super) async fn connect(folder: &Folder, settings: &Settings) -> Result<SqliteConnection, JournalError> {
    folder.ensure_database()?;
    let wal = settings.wal == Wal::Auto && folder.shares_memory();
    let file = folder.database();
    match connect_to(folder, wal, settings.patience).await {
        Ok(connection) => Ok(connection),
        Err(Refusal::Sql(error)) => Err(error::sql(&file, &error)),
        Err(Refusal::Broken(error)) => Err(error),
        Err(Refusal::Rule(words)) => Err(JournalError::broken(words)),
    }
}

async fn connect_to(folder: &Folder, wal: bool, patience: Duration) -> Result<SqliteConnection, Refusal> {
    // Without a write-ahead log, only EXTRA also syncs the folder, so that a commit survives a power cut.
    let synchronous = if wal { SqliteSynchronous::Full } else { SqliteSynchronous::Extra };
    let options = SqliteConnectOptions::new()
        .filename(folder.database())
        .busy_timeout(patience)
        .synchronous(synchronous)
        .pragma("journal_size_limit", "4194304")
        .thread_name(|_| "journal".to_owned())
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    let up_to_date = is_up_to_date(&mut connection, folder).await?;
    set_journal_mode(&mut connection, if wal { SqliteJournalMode::Wal } else { SqliteJournalMode::Delete }, patience)
        .await?;
    if !up_to_date {
        // One transaction for all of it: of several consoles that start at once, the others wait and find it done.
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        if !is_up_to_date(&mut transaction, folder).await? {
            SCHEMA.run_direct(None, &mut *transaction, false).await.map_err(|error| refusal(folder, error))?;
        }
        transaction.commit().await?;
    }
    Ok(connection)
}

fn refusal(folder: &Folder, error: MigrateError) -> Refusal {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Refusal::Sql(error),
        error => Refusal::Rule(format!("the journal {}: {error}", folder.database().display())),
    }
}

/// Whether the schema is the one that this program knows. An older one is not; a newer or a foreign one is an error.
async fn is_up_to_date(connection: &mut SqliteConnection, folder: &Folder) -> Result<bool, Refusal> {
    let file = folder.database();
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'").fetch_all(&mut *connection).await?;
    if tables.is_empty() {
        return Ok(false);
    }
    if !tables.iter().any(|table| table == MIGRATIONS) {
        return Err(Refusal::Rule(format!(
            "{} is another program's database and is left as it is: name another folder with --state-dir, or go on without a \
             record with --no-journal",
            file.display()
        )));
    }
    let applied = connection.list_applied_migrations(MIGRATIONS).await.map_err(|error| refusal(folder, error))?;
    let known = SCHEMA.iter().last().map_or(0, |newest| newest.version);
    if let Some(newer) = applied.iter().map(|one| one.version).max().filter(|&version| version > known) {
        return Err(Refusal::Rule(format!(
            "the journal {} was written by a newer gears (schema {newer}, this one knows {known}) and is left as it is: \
             use the newer gears, name another folder with --state-dir, or go on without a record with --no-journal",
            file.display()
        )));
    }
    for one in &applied {
        let ours = SCHEMA.iter().find(|ours| ours.version == one.version);
        if ours.is_none_or(|ours| ours.checksum != one.checksum) {
            return Err(Refusal::Rule(format!(
                "the journal {} was written by another kind of gears (schema {} differs) and is left as it is: name \
                 another folder with --state-dir, or go on without a record with --no-journal",
                file.display(),
                one.version
            )));
        }
    }
    Ok(applied.len() == SCHEMA.iter().count())
}

/// Changes the journal mode if it is another one. `SQLite` does not wait here for others that have the file open, so we do.
async fn set_journal_mode(
    connection: &mut SqliteConnection,
    mode: SqliteJournalMode,
    patience: Duration,
) -> Result<(), Refusal> {
    let (name, statement) = match mode {
        SqliteJournalMode::Wal => ("wal", "PRAGMA journal_mode = WAL"),
        _ => ("delete", "PRAGMA journal_mode = DELETE"),
    };
    let begun = Instant::now();
    loop {
        let now = sqlx::query_scalar::<_, String>("PRAGMA journal_mode").fetch_one(&mut *connection).await?;
        if now == name {
            return Ok(());
        }
        match sqlx::query_scalar::<_, String>(statement).fetch_one(&mut *connection).await {
            // A disk without shared memory answers with the mode that it stays in: that one is safe as well.
            Ok(_) => return Ok(()),
            Err(error) if matches!(error::primary_code(&error), Some(5 | 6)) && begun.elapsed() < patience => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
