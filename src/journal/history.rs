//! What the journal tells of past runs.

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;

use super::settings::{may_be_same_account, of_another_account};
use super::store::Store;
use super::{Journal, JournalError, presence};
use crate::model::{Action, Counts, EndReason, Excluded, Id, IdMode, NewRun, Outcome, OutcomeKind, RunDevice, RunId};

/// Rows that are read at once: memory stays flat, and a writer never waits long.
const PAGE: usize = 1000;

/// How a run ended, as the journal knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself or by its operator.
    Because(EndReason),
    /// Its console was gone, and someone chose to leave it so.
    Left,
}

/// One run of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSummary {
    /// Its number.
    pub run: RunId,
    /// When it was begun.
    pub started: Timestamp,
    /// When it ended; `None` while it goes on, or when its console is gone and nobody took it up.
    pub ended: Option<(Timestamp, Ended)>,
    /// Whether a living console goes on with it.
    pub alive: bool,
    /// Who began it.
    pub user: String,
    /// On which host.
    pub host: String,
    /// From which address, over SSH.
    pub ssh_client: Option<String>,
    /// The profile's name.
    pub profile: String,
    /// The cloud's host.
    pub cloud: String,
    /// The account, as `account_key` names it.
    pub account: String,
    /// What was sent.
    pub action: Action,
    /// By which id.
    pub id_mode: IdMode,
    /// Why, in the operator's words.
    pub reason: Option<String>,
    /// How many devices have each outcome. Of a run whose console is gone, what is in flight counts as unknown.
    pub counts: Counts,
    /// How many rows were chosen and could not be sent.
    pub excluded: usize,
}

/// One device of a past run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDevice {
    /// Index into the run's devices.
    pub position: u32,
    /// The device.
    pub device: RunDevice,
    /// What became of it. Of a run whose console is gone, what is in flight is unknown.
    pub outcome: Outcome,
    /// When the newest request with it left.
    pub sent: Option<Timestamp>,
    /// When its outcome was known.
    pub changed: Option<Timestamp>,
    /// HTTP status of the newest answer to its batch.
    pub status: Option<u16>,
    /// The words of that answer.
    pub words: Option<String>,
}

/// What was once sent to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentTo {
    /// The run, without its counts.
    pub run: RunId,
    /// When the run was begun.
    pub started: Timestamp,
    /// Who began it.
    pub user: String,
    /// What was sent.
    pub action: Action,
    /// By which id.
    pub id_mode: IdMode,
    /// Why, in the operator's words.
    pub reason: Option<String>,
    /// The device in it.
    pub device: PastDevice,
}

/// A row of `runs` with its console's lock file.
#[derive(sqlx::FromRow)]
struct RunRow {
    id: i64,
    started: i64,
    ended: Option<i64>,
    end_kind: Option<String>,
    end_words: Option<String>,
    user_name: String,
    host: String,
    ssh_client: Option<String>,
    profile: String,
    cloud: String,
    account: String,
    action: String,
    id_mode: String,
    reason: Option<String>,
    excluded: i64,
    succeeded: Option<i64>,
    failed: Option<i64>,
    unknown: Option<i64>,
    not_sent: Option<i64>,
    lock_file: String,
}

/// A row of `devices` with its batch.
#[derive(sqlx::FromRow)]
struct DeviceRow {
    position: i64,
    mac: Option<String>,
    hwid: Option<String>,
    label: String,
    source: String,
    line: i64,
    outcome: String,
    detail: Option<String>,
    changed: Option<i64>,
    sent: Option<i64>,
    status: Option<i64>,
    words: Option<String>,
}

/// A row of `devices` with its run.
#[derive(sqlx::FromRow)]
struct SentRow {
    id: i64,
    started: i64,
    user_name: String,
    action: String,
    id_mode: String,
    reason: Option<String>,
    #[sqlx(flatten)]
    device: DeviceRow,
}

/// A row of `excluded`.
#[derive(sqlx::FromRow)]
struct ExcludedRow {
    mac: Option<String>,
    hwid: Option<String>,
    label: String,
    source: String,
    line: i64,
    text: String,
    why: String,
}

/// A device as the journal wrote it.
pub(super) fn device_from(
    mac: Option<String>,
    hwid: Option<String>,
    label: String,
    source: Arc<str>,
    line: i64,
) -> RunDevice {
    RunDevice {
        mac: mac.and_then(|mac| mac.parse().ok()),
        hwid: hwid.and_then(|hwid| hwid.parse().ok()),
        label: label.into(),
        source,
        line: u32::try_from(line).unwrap_or_default(),
    }
}

/// The kind with this name in the journal.
pub(super) fn kind_from(name: &str) -> OutcomeKind {
    OutcomeKind::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or(OutcomeKind::Unknown)
}

fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

impl RunRow {
    fn summary(self, alive: bool, counts: Counts) -> RunSummary {
        let words = || self.end_words.clone().unwrap_or_default().into();
        let why = match self.end_kind.as_deref() {
            Some("completed") => Ended::Because(EndReason::Completed),
            Some("refused") => Ended::Because(EndReason::Refused(words())),
            Some("unreachable") => Ended::Because(EndReason::Unreachable(words())),
            Some("left") => Ended::Left,
            _ => Ended::Because(EndReason::Stopped),
        };
        RunSummary {
            run: RunId(self.id),
            started: time(self.started),
            ended: self.ended.map(|at| (time(at), why)),
            alive,
            user: self.user_name,
            host: self.host,
            ssh_client: self.ssh_client,
            profile: self.profile,
            cloud: self.cloud,
            account: self.account,
            // The schema knows no other words; a file that was edited by hand shows the harmless one.
            action: self.action.parse().unwrap_or(Action::DhcpRenew),
            id_mode: self.id_mode.parse().unwrap_or_default(),
            reason: self.reason,
            counts,
            excluded: usize::try_from(self.excluded).unwrap_or_default(),
        }
    }

    fn kept_counts(&self) -> Counts {
        let kinds = [
            (OutcomeKind::Succeeded, self.succeeded),
            (OutcomeKind::Failed, self.failed),
            (OutcomeKind::Unknown, self.unknown),
            (OutcomeKind::NotSent, self.not_sent),
        ];
        let several = |(kind, count): (_, Option<i64>)| {
            std::iter::repeat_n(kind, usize::try_from(count.unwrap_or(0)).unwrap_or(0))
        };
        kinds.into_iter().flat_map(several).collect()
    }
}

impl DeviceRow {
    fn past(self, alive: bool) -> PastDevice {
        let kind = match kind_from(&self.outcome) {
            OutcomeKind::InFlight if !alive => OutcomeKind::Unknown,
            kind => kind,
        };
        PastDevice {
            position: u32::try_from(self.position).unwrap_or_default(),
            device: device_from(self.mac, self.hwid, self.label, self.source.into(), self.line),
            outcome: Outcome { kind, detail: self.detail.map(Into::into) },
            sent: self.sent.map(time),
            changed: self.changed.map(time),
            status: self.status.and_then(|status| u16::try_from(status).ok()),
            words: self.words,
        }
    }
}

/// How many devices of a run that goes on have each outcome now.
async fn live_counts(db: &mut SqliteConnection, run: i64, alive: bool) -> Result<Counts, sqlx::Error> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT outcome, count(*) FROM devices WHERE run = $1 GROUP BY outcome")
            .bind(run)
            .fetch_all(db)
            .await?;
    let several = |(name, count): (String, i64)| {
        let kind = match kind_from(&name) {
            OutcomeKind::InFlight if !alive => OutcomeKind::Unknown,
            kind => kind,
        };
        std::iter::repeat_n(kind, usize::try_from(count).unwrap_or_default())
    };
    Ok(rows.into_iter().flat_map(several).collect())
}

/// The columns of a [`RunRow`].
const RUN: &str = "SELECT r.id, r.started, r.ended, r.end_kind, r.end_words, r.user_name, r.host, r.ssh_client, r.profile, \
    r.cloud, r.account, r.action, r.id_mode, r.reason, r.excluded, r.succeeded, r.failed, r.unknown, r.not_sent, \
    c.lock_file FROM runs r JOIN consoles c ON c.id = r.console ";

/// Runs that fit the condition with its two numbers, newest first.
async fn runs_where(
    store: &Store,
    condition: &'static str,
    numbers: [i64; 2],
) -> Result<Vec<RunSummary>, JournalError> {
    let mut line = store.line().await;
    let statement = sqlx::AssertSqlSafe(format!("{RUN}{condition}"));
    let rows: Vec<RunRow> = sqlx::query_as(statement)
        .bind(numbers[0])
        .bind(numbers[1])
        .fetch_all(&mut line.connection)
        .await
        .map_err(|error| store.words(error))?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in rows {
        let open = row.ended.is_none();
        let alive = open && presence::lives(&store.folder, &row.lock_file);
        let counts = if open {
            live_counts(&mut line.connection, row.id, alive).await.map_err(|error| store.words(error))?
        } else {
            row.kept_counts()
        };
        runs.push(row.summary(alive, counts));
    }
    Ok(runs)
}

/// Runs that have not ended, newest first.
pub(super) async fn open_runs(store: &Store) -> Result<Vec<RunSummary>, JournalError> {
    // The numbers say nothing here: every run fits.
    runs_where(store, "WHERE r.ended IS NULL AND r.id > $1 AND r.id > $2 ORDER BY r.id DESC", [0, 0]).await
}

/// The statement of [`Journal::sent_to`] up to its condition.
macro_rules! sent_to {
    () => {
        "SELECT r.id, r.started, r.user_name, r.action, r.id_mode, r.reason, d.position, d.mac, d.hwid, d.label, d.source, \
         d.line, d.outcome, d.detail, d.changed, b.sent, b.status, b.words FROM devices d JOIN runs r ON r.id = d.run \
         LEFT JOIN batches b ON b.run = d.run AND b.batch = d.batch WHERE "
    };
}
impl Journal {
    /// Runs newest first, at most `limit` of them, those before `before` where that is given: the next page.
    pub async fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunSummary>, JournalError> {
        let Some(store) = self.store() else { return Ok(Vec::new()) };
        let before = before.map_or(i64::MAX, |run| run.0);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        runs_where(store, "WHERE r.id < $1 ORDER BY r.id DESC LIMIT $2", [before, limit]).await
    }

    /// One run, if the journal knows it.
    pub async fn run(&self, run: RunId) -> Result<Option<RunSummary>, JournalError> {
        let Some(store) = self.store() else { return Ok(None) };
        Ok(runs_where(store, "WHERE r.id = $1 LIMIT $2", [run.0, 1]).await?.pop())
    }

    /// The devices of a run, read little by little in their order.
    #[must_use]
    pub fn devices_of(&self, run: &RunSummary) -> PastDevices {
        PastDevices { journal: self.clone(), run: run.run, alive: run.alive, next: 0, done: false }
    }

    /// What was chosen for a run and could not be sent.
    pub async fn excluded_of(&self, run: RunId) -> Result<Vec<Excluded>, JournalError> {
        let Some(store) = self.store() else { return Ok(Vec::new()) };
        let rows: Vec<ExcludedRow> = sqlx::query_as(
            "SELECT mac, hwid, label, source, line, text, why FROM excluded WHERE run = $1 ORDER BY position",
        )
        .bind(run.0)
        .fetch_all(&mut store.line().await.connection)
        .await
        .map_err(|error| store.words(error))?;
        let excluded = |row: ExcludedRow| Excluded {
            device: device_from(row.mac, row.hwid, row.label, row.source.into(), row.line),
            text: row.text.into(),
            why: row.why.into(),
        };
        Ok(rows.into_iter().map(excluded).collect())
    }

    /// Everything that was ever sent to this device, or was to be, newest first, at most `limit` of it.
    pub async fn sent_to(&self, id: &Id, limit: usize) -> Result<Vec<SentTo>, JournalError> {
        let Some(store) = self.store() else { return Ok(Vec::new()) };
        // Two statements, so that each finds its index.
        let statement = match id {
            Id::Mac(_) => concat!(sent_to!(), "d.mac = $1 ORDER BY d.run DESC, d.position LIMIT $2"),
            Id::Hwid(_) => concat!(sent_to!(), "d.hwid = $1 ORDER BY d.run DESC, d.position LIMIT $2"),
        };
        let rows: Vec<SentRow> = sqlx::query_as(statement)
            .bind(id.to_string())
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&mut store.line().await.connection)
            .await
            .map_err(|error| store.words(error))?;
        let sent = |row: SentRow| SentTo {
            run: RunId(row.id),
            started: time(row.started),
            user: row.user_name,
            action: row.action.parse().unwrap_or(Action::DhcpRenew),
            id_mode: row.id_mode.parse().unwrap_or_default(),
            reason: row.reason,
            device: row.device.past(true),
        };
        Ok(rows.into_iter().map(sent).collect())
    }

    /// A run anew with those of its devices whose outcome is in `kinds`, by the same action and the same id: to repeat it
    /// (every kind) or to retry what failed. `None` where there is no such device or no such run, an error for a run of
    /// another account.
    pub async fn again(&self, run: RunId, kinds: &[OutcomeKind]) -> Result<Option<NewRun>, JournalError> {
        self.derived(run, kinds, Some).await
    }

    /// The run that undoes a run: `unexempt` for the devices that its `exempt_all` reached. `None` where
    /// nothing can be undone: no protection is switched off by undoing something, an error for a run of another account.
    pub async fn inverse(&self, run: RunId) -> Result<Option<NewRun>, JournalError> {
        self.derived(run, &[OutcomeKind::Succeeded], Action::inverse).await
    }

    async fn derived(
        &self,
        run: RunId,
        kinds: &[OutcomeKind],
        action: impl Fn(Action) -> Option<Action> + Send,
    ) -> Result<Option<NewRun>, JournalError> {
        let Some(summary) = self.run(run).await? else { return Ok(None) };
        let Some(action) = action(summary.action) else { return Ok(None) };
        // What another account's cloud is told of devices is nothing that this one has to hear.
        if self.store().is_some_and(|store| !may_be_same_account(&summary.account, &store.settings.account)) {
            return Err(JournalError::refused(of_another_account(run, &summary.cloud, &summary.profile)));
        }
        let mut devices = Vec::new();
        let mut past = self.devices_of(&summary);
        while let Some(page) = past.next().await? {
            let fits = |past: &PastDevice| kinds.contains(&past.outcome.kind);
            devices.extend(page.into_iter().filter(fits).map(|past| past.device));
        }
        if devices.is_empty() {
            return Ok(None);
        }
        let reason = summary.reason;
        Ok(Some(NewRun { action, id_mode: summary.id_mode, devices: devices.into(), excluded: [].into(), reason }))
    }
}

/// The devices of a past run, a page at a time, so that memory stays flat and writers go between.
#[derive(Debug)]
pub struct PastDevices {
    journal: Journal,
    run: RunId,
    alive: bool,
    /// The position of the next one
    next: i64,
    done: bool,
}

impl PastDevices {
    /// The next page, never empty; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<PastDevice>>, JournalError> {
        let Some(store) = self.journal.store().filter(|_| !self.done) else { return Ok(None) };
        let rows: Vec<DeviceRow> = sqlx::query_as(
            "SELECT d.position, d.mac, d.hwid, d.label, d.source, d.line, d.outcome, d.detail, d.changed, b.sent, \
             b.status, b.words FROM devices d LEFT JOIN batches b ON b.run = d.run AND b.batch = d.batch \
             WHERE d.run = $1 AND d.position >= $2 ORDER BY d.position LIMIT $3",
        )
        .bind(self.run.0)
        .bind(self.next)
        .bind(i64::try_from(PAGE).unwrap_or(i64::MAX))
        .fetch_all(&mut store.line().await.connection)
        .await
        .map_err(|error| store.words(error))?;
        self.done = rows.len() < PAGE;
        let Some(last) = rows.last() else { return Ok(None) };
        self.next = last.position + 1;
        Ok(Some(rows.into_iter().map(|row| row.past(self.alive)).collect()))
    }
}
