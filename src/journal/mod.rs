//! The durable record of runs, batches and outcomes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::model::{EndReason, NewRun, Outcome, RunId};

/// Why something could not be recorded, in words for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JournalError(pub String);

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
    numbers: Arc<AtomicI64>,
}

impl Journal {
    /// A journal that keeps nothing (`--no-journal`): runs are numbered from 1 within this process.
    #[must_use]
    pub fn disabled() -> Self {
        Self { numbers: Arc::new(AtomicI64::new(0)) }
    }

    /// Records a run with all its devices, none of them sent, and gives it its number.
    #[expect(clippy::unused_async, reason = "the durable journal waits for its file")]
    pub async fn begin_run(&self, _run: &NewRun) -> Result<RunId, JournalError> {
        Ok(RunId(self.numbers.fetch_add(1, Ordering::Relaxed) + 1))
    }

    /// Records, committed and synced when it returns, that these devices (indices into the run's) leave in one request.
    /// A batch keeps its number when it is sent again; `batch` numbers are the dispatcher's, unique within the run.
    #[expect(clippy::unused_async, reason = "the durable journal waits for its file")]
    pub async fn batch_sent(&self, _run: RunId, _batch: u32, _devices: &[u32]) -> Result<(), JournalError> {
        Ok(())
    }

    /// Records that a batch that was recorded as sent has certainly not run (429, no connection): it is planned again.
    #[expect(clippy::unused_async, reason = "the durable journal waits for its file")]
    pub async fn batch_returned(&self, _run: RunId, _batch: u32, _note: &AnswerNote) -> Result<(), JournalError> {
        Ok(())
    }

    /// Records final outcomes of a batch's devices (index into the run's devices, outcome).
    #[expect(clippy::unused_async, reason = "the durable journal waits for its file")]
    pub async fn batch_answered(
        &self,
        _run: RunId,
        _batch: u32,
        _outcomes: &[(u32, Outcome)],
        _note: &AnswerNote,
    ) -> Result<(), JournalError> {
        Ok(())
    }

    /// Records that nothing more will happen in the run; what has no outcome yet is not sent.
    #[expect(clippy::unused_async, reason = "the durable journal waits for its file")]
    pub async fn end_run(&self, _run: RunId, _why: &EndReason) -> Result<(), JournalError> {
        Ok(())
    }
}
