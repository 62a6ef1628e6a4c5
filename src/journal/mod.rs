//! The durable record of runs, batches and outcomes, and the budget that all consoles of a state folder share.
//!
//! One `SQLite` file, `journal.db`, in the state folder. What is said to be recorded is committed and synced. Queries use
//! `$1` placeholders and no words that only `SQLite` knows, except where the file itself is opened and migrated.

mod alone;
mod clock;
mod error;
mod exemptions;
mod folder;
mod glance;
mod history;
mod ledger;
mod notices;
mod open;
mod presence;
mod prune;
mod resume;
mod settings;
mod store;
mod writes;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::limiter::{LedgerStore, MemoryStore};
use crate::model::{EndReason, NewRun, Outcome, RunId};
use alone::SharedOrAlone;
use notices::Notices;
use settings::cloud_of;
use store::Store;
use writes::{Reply, Write};

pub use clock::{Clock, SystemClock};
pub use exemptions::OpenExemption;
pub(crate) use folder::Folder;
pub use glance::{Glance, newest_runs};
pub use history::{Ended, PastDevice, PastDevices, RunSummary, SentTo};
pub use ledger::{Guess, SharedLedger};
pub use resume::UnfinishedRun;
pub use settings::{Settings, Wal, Who, account_key};

/// Why something could not be recorded, in words for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JournalError(pub String, Fault);

/// What kind of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The journal cannot be read or written.
    Broken,
    /// A rule of ours forbids what was asked for; the journal itself is well.
    Refused,
}

impl JournalError {
    /// The journal cannot be read or written.
    fn broken(words: impl Into<String>) -> Self {
        Self(words.into(), Fault::Broken)
    }

    /// What was asked for is not allowed as things are: the run is another's, or nothing is left of it.
    fn refused(words: impl Into<String>) -> Self {
        Self(words.into(), Fault::Refused)
    }

    /// Whether what was asked for is not allowed as things are, while the journal itself is well.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.1 == Fault::Refused
    }
}

/// What an answer looked like, beside the outcomes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerNote {
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// The server's or the network's words, without secrets, safe for a terminal.
    pub words: Option<Arc<str>>,
}

/// The journal of a state folder. Cheap to clone; every clone is the same journal.
#[derive(Clone, Debug)]
pub struct Journal {
    kind: Kind,
    notices: Arc<Notices>,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Keeps nothing
    Disabled {
        /// The newest run's number
        newest: Arc<AtomicI64>,
        budget: Arc<dyn LedgerStore>,
    },
    /// A file
    File(Arc<Store>),
}

impl Journal {
    /// A journal that keeps nothing: runs are numbered from 1 within this process, and the budget is this process's alone.
    #[must_use]
    pub fn disabled() -> Self {
        Self::without_records(Arc::new(MemoryStore::default()), Arc::default())
    }

    /// A journal that keeps nothing, where that is not as it should be: `take_notices` says that the budget is not shared, and
    /// why. However often this process connects, its journals have one budget for each `cloud` (host and port).
    #[must_use]
    pub fn unshared(cloud: &str, why: &str) -> Self {
        Self::alone(cloud, why, Arc::new(SystemClock), Arc::default())
    }

    /// A journal that records no run (`--no-journal`) and shares the budget of the state folder for as long as that works:
    /// where it does not, `take_notices` says so, and the budget is this process's alone, as in `unshared`.
    pub async fn unrecorded(settings: Settings) -> Self {
        let (cloud, clock) = (cloud_of(&settings.account).to_owned(), Arc::clone(&settings.clock));
        let notices = Arc::<Notices>::default();
        match Store::open(settings, Arc::clone(&notices)).await {
            Ok(store) => {
                let shared = SharedLedger::new(Arc::new(store));
                let budget = SharedOrAlone::new(&cloud, shared, clock, Arc::clone(&notices));
                Self::without_records(Arc::new(budget), notices)
            }
            Err(error) => Self::alone(&cloud, &error.0, clock, notices),
        }
    }

    fn alone(cloud: &str, why: &str, clock: Arc<dyn Clock>, notices: Arc<Notices>) -> Self {
        let budget = SharedOrAlone::alone(cloud, why, clock, Arc::clone(&notices));
        Self::without_records(Arc::new(budget), notices)
    }

    fn without_records(budget: Arc<dyn LedgerStore>, notices: Arc<Notices>) -> Self {
        Self { kind: Kind::Disabled { newest: Arc::default(), budget }, notices }
    }

    /// Whether there is a journal, so that a run can be gone on with.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.store().is_some()
    }

    /// Whether there is a journal in this state folder. Makes nothing.
    #[must_use]
    pub fn is_there(state_dir: &Path) -> bool {
        folder::database(state_dir).exists()
    }

    /// Opens the journal of a state folder, and makes both if they are not there. Old runs are removed in the background.
    ///
    /// A schema that is newer than this program is an error, and nothing is written.
    pub async fn open(settings: Settings) -> Result<Self, JournalError> {
        let keep_days = settings.keep_days;
        let notices = Arc::<Notices>::default();
        let store = Arc::new(Store::open(settings, Arc::clone(&notices)).await?);
        let journal = Self { kind: Kind::File(store), notices };
        if journal.is_old(keep_days).await? {
            let journal = journal.clone();
            tokio::spawn(async move {
                if let Err(error) = journal.prune(keep_days).await {
                    journal
                        .notices
                        .add(format!("Runs that are older than {keep_days} days stay in the journal: {error}"));
                }
            });
        }
        Ok(journal)
    }

    /// What the operator should know and what stops nothing, each sentence once: that the age of the budget had to be
    /// guessed, that the budget is not shared, that a file may stay closed to the group, that old runs could not be removed.
    #[must_use]
    pub fn take_notices(&self) -> Vec<String> {
        self.notices.take()
    }

    /// What a limiter spends: the shared ledger, or one of this process alone.
    #[must_use]
    pub fn budget(&self) -> Arc<dyn LedgerStore> {
        match &self.kind {
            Kind::Disabled { budget, .. } => Arc::clone(budget),
            Kind::File(store) => Arc::new(SharedLedger::new(Arc::clone(store))),
        }
    }

    /// The file, where there is one.
    fn store(&self) -> Option<&Arc<Store>> {
        match &self.kind {
            Kind::Disabled { .. } => None,
            Kind::File(store) => Some(store),
        }
    }

    async fn record(&self, write: impl FnOnce() -> Write) -> Result<(), JournalError> {
        match self.store() {
            Some(store) => store.write(write()).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// Records a run with all its devices, none of them sent, and gives it its number.
    pub async fn begin_run(&self, run: &NewRun) -> Result<RunId, JournalError> {
        match &self.kind {
            Kind::Disabled { newest, .. } => Ok(RunId(newest.fetch_add(1, Ordering::Relaxed) + 1)),
            Kind::File(store) => match store.write(Write::Begin(run.clone())).await? {
                Reply::Begun(run) => Ok(run),
                Reply::Done | Reply::Pruned(_) => unreachable!("a run that begins has a number"),
            },
        }
    }

    /// Records, committed and synced when it returns, that these devices (indices into the run's) leave in one request.
    /// A batch keeps its number when it is sent again; `batch` numbers are the dispatcher's, unique within the run.
    ///
    /// Refused, so that nothing is sent, if one of the devices has succeeded already or the run is not this console's.
    pub async fn batch_sent(&self, run: RunId, batch: u32, devices: &[u32]) -> Result<(), JournalError> {
        self.record(|| Write::Sent { run, batch, devices: devices.to_vec() }).await
    }

    /// Records that a batch that was recorded as sent has certainly not run (429, no connection): it is planned again.
    pub async fn batch_returned(&self, run: RunId, batch: u32, note: &AnswerNote) -> Result<(), JournalError> {
        self.record(|| Write::Returned { run, batch, note: note.clone() }).await
    }

    /// Records final outcomes of a batch's devices (index into the run's devices, outcome). Committed and synced when it
    /// returns.
    pub async fn batch_answered(
        &self,
        run: RunId,
        batch: u32,
        outcomes: &[(u32, Outcome)],
        note: &AnswerNote,
    ) -> Result<(), JournalError> {
        self.record(|| Write::Answered { run, batch, outcomes: outcomes.to_vec(), note: note.clone() }).await
    }

    /// Records that nothing more will happen in the run; what has no outcome yet is not sent. A run that was interrupted
    /// stays open: when this process has gone it is one of `unfinished`.
    pub async fn end_run(&self, run: RunId, why: &EndReason) -> Result<(), JournalError> {
        self.record(|| Write::End { run, why: why.clone() }).await
    }
}
