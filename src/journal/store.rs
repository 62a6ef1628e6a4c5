//! The open database: one connection, and writers that share a transaction when they come at once.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicU8;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::SqliteConnection;
use tokio::sync::{MutexGuard, oneshot};

use super::error::{self, Refusal};
use super::folder::Folder;
use super::notices::Notices;
use super::presence::{self, Presence};
use super::writes::{Context, Reply, Write};
use super::{JournalError, Settings, open};

/// One open database.
pub(super) struct Store {
    /// As it was opened
    pub(super) settings: Settings,
    /// Where it lives
    pub(super) folder: Folder,
    /// The connection; whoever holds it has the database to itself within this process
    line: tokio::sync::Mutex<Line>,
    /// What waits to be written, in order
    waiting: Mutex<Vec<Waiting>>,
    /// The newest guess about the budget's age: 0, or one more than the index into `Guess::ALL`
    pub(super) guess: AtomicU8,
    /// For the operator
    pub(super) notices: Arc<Notices>,
}

/// The connection, and what belongs to it.
pub(super) struct Line {
    pub(super) connection: SqliteConnection,
    /// Our row in `consoles` and the lock that says that we live; there once we begin or take over a run
    console: Option<(i64, Presence)>,
}

struct Waiting {
    write: Write,
    reply: oneshot::Sender<Result<Reply, JournalError>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("file", &self.file()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database of the settings' folder, and makes it if it is not there.
    pub(super) async fn open(settings: Settings, notices: Arc<Notices>) -> Result<Self, JournalError> {
        let folder = Folder::ensure(&settings.folder)?;
        let connection = open::connect(&folder, &settings).await?;
        folder.settle_all().into_iter().for_each(|words| notices.add(words));
        let line = Line { connection, console: None };
        Ok(Self {
            settings,
            folder,
            line: tokio::sync::Mutex::new(line),
            waiting: Mutex::default(),
            guess: AtomicU8::default(),
            notices,
        })
    }

    /// The database's path.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.database()
    }

    /// Wall time in milliseconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.settings.clock.wall().as_millisecond()
    }

    /// The connection, to read. Reads leave no transaction open, so a reader may be dropped at any time.
    pub(super) async fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().await
    }

    /// The error in words.
    pub(super) fn words(&self, refusal: impl Into<Refusal>) -> JournalError {
        let error = refusal.into().into_words(&self.file());
        tracing::error!(%error, "the journal");
        error
    }

    /// Writes one thing; committed and synced when this returns. A caller that goes away does not stop it.
    pub(super) async fn write(self: &Arc<Self>, write: Write) -> Result<Reply, JournalError> {
        let (reply, answer) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(Waiting { write, reply });
        let store = Arc::clone(self);
        tokio::spawn(async move { store.write_waiting().await });
        answer.await.unwrap_or_else(|_| Err(JournalError::broken("the journal has been closed")))
    }

    /// Writes everything that waits in one transaction, so that batches that come at once cost one sync.
    async fn write_waiting(&self) {
        let mut line = self.line.lock().await;
        let group = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let (writes, senders): (Vec<_>, Vec<_>) = group.into_iter().map(|one| (one.write, one.reply)).unzip();
        if writes.is_empty() {
            return;
        }
        let results = match self.commit(&mut line, &writes).await {
            Ok(replies) => replies.into_iter().map(Ok).collect(),
            Err(refusal) if writes.len() == 1 => vec![Err(self.words(refusal))],
            // One that is refused must not take the others with it.
            Err(_) => {
                let mut results = Vec::with_capacity(writes.len());
                for write in &writes {
                    let alone = self.commit(&mut line, std::slice::from_ref(write)).await;
                    results.push(alone.map(|mut replies| replies.remove(0)).map_err(|refusal| self.words(refusal)));
                }
                results
            }
        };
        drop(line);
        for (sender, result) in senders.into_iter().zip(results) {
            let _ = sender.send(result);
        }
    }

    /// One transaction with these writes: all or none. One reply each.
    async fn commit(&self, line: &mut Line, writes: &[Write]) -> Result<Vec<Reply>, Refusal> {
        if line.console.is_none() && writes.iter().any(Write::needs_console) {
            line.console = Some(self.appear(&mut line.connection).await?);
        }
        let console = line.console.as_ref().map(|(id, _)| *id);
        let context = Context { store: self, console, now: self.now() };
        let connection = &mut line.connection;
        begin(connection).await?;
        let mut replies = Vec::with_capacity(writes.len());
        for write in writes {
            match write.apply(connection, &context).await {
                Ok(reply) => replies.push(reply),
                Err(refusal) => {
                    roll_back(connection).await;
                    return Err(refusal);
                }
            }
        }
        end(connection).await?;
        Ok(replies)
    }

    /// Shows others that we live, and writes who we are.
    async fn appear(&self, connection: &mut SqliteConnection) -> Result<(i64, Presence), Refusal> {
        let (folder, unique) = (self.folder.clone(), self.settings.clock.uptime().0);
        // A network disk may hang here, and the thread that hears the terminal must not.
        let shown = tokio::task::spawn_blocking(move || {
            presence::clear(folder.path());
            Presence::show(&folder, unique)
        });
        let presence = shown.await.unwrap_or_else(|ended| Err(io::Error::other(ended))).map_err(|error| {
            Refusal::Broken(error::io("make a lock file in the state folder", self.folder.path(), &error))
        })?;
        let who = &self.settings.who;
        // In a transaction, for without one the row comes back before it is kept, and sqlx tells no error after that.
        begin(connection).await?;
        let inserted = sqlx::query_scalar(
            "INSERT INTO consoles (lock_file, user_name, host, ssh_client, pid, started) \
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        )
        .bind(presence.name())
        .bind(&who.user)
        .bind(&who.host)
        .bind(&who.ssh_client)
        .bind(i64::from(std::process::id()))
        .bind(self.now())
        .fetch_one(&mut *connection)
        .await;
        if inserted.is_err() {
            roll_back(connection).await;
        }
        let id = inserted?;
        end(connection).await?;
        Ok((id, presence))
    }
}

/// Begins a transaction that writes: others wait for it, and it waits for them here and nowhere else.
///
/// Not sqlx's own transaction: after a full disk `SQLite` may have rolled back by itself, and sqlx would count that
/// transaction as open for ever.
pub(super) async fn begin(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    match run(connection, "BEGIN IMMEDIATE").await {
        // SQLITE_ERROR: a transaction was left open in here.
        Err(error) if error::primary_code(&error) == Some(1) => {
            roll_back(connection).await;
            run(connection, "BEGIN IMMEDIATE").await
        }
        done => done,
    }
}

/// Commits; whatever fails there is rolled back.
pub(super) async fn end(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let done = run(connection, "COMMIT").await;
    if done.is_err() {
        roll_back(connection).await;
    }
    done
}

/// Takes the transaction back, if there still is one.
pub(super) async fn roll_back(connection: &mut SqliteConnection) {
    let _ = run(connection, "ROLLBACK").await;
}

async fn run(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(statement).execute(connection).await.map(|_| ())
}
