//! The task that owns runs: batches, retries, cancel, priorities. It knows no terminal.
//!
//! One task (`actor`) holds all state and decides; what takes time runs in jobs that report back to it: taking a slot,
//! writing to the journal, a request. A batch's way:
//!
//! ```text
//! slot taken -> recorded as sent -> request leaves -> answer -> slot settled -> decision -> outcomes recorded -> event
//! ```
//!
//! A slot is taken first and the batch chosen then, so that each slot goes to the run that is nearest to its end at that
//! moment: a small urgent run is served with the next free slot, and the large one goes on behind it.

mod actor;
mod answers;
mod batch;
mod decide;
mod jobs;
pub mod plan;
mod protocol;

use tokio::sync::mpsc;

pub use protocol::{Command, Event, Link, Ticket};

use crate::client::{Account, Client, ClientError};
use crate::journal::Journal;
use crate::limiter::{CloudWords, Limiter, Permit, StoreError};

/// What happens to a run when the cloud cannot be reached for 30 s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unreachable {
    /// It waits for `Command::Continue`.
    #[default]
    Pause,
    /// It ends; there is nobody to ask.
    End,
}

/// What a dispatcher works with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The cloud.
    pub client: Client,
    /// The account's budget.
    pub limiter: Limiter,
    /// Where everything is recorded.
    pub journal: Journal,
    /// Devices in one request, at least 1.
    pub batch_size: usize,
    /// Requests in flight at once, at least 1. Four is good manners.
    pub in_flight: usize,
    /// What happens when the cloud cannot be reached.
    pub unreachable: Unreachable,
}

/// Starts a dispatcher on the current tokio runtime.
#[must_use]
pub fn start(setup: Setup) -> Link {
    let (commands, orders) = mpsc::unbounded_channel();
    let (tell, events) = mpsc::unbounded_channel();
    tokio::spawn(actor::Actor::new(setup, orders, tell).run());
    Link { commands, events }
}

/// Asks for the account within the budget: a slot for the token, if there is none, and one for the question.
pub async fn account(client: &Client, limiter: &Limiter) -> Result<Account, ClientError> {
    let unrecorded = |error: StoreError| ClientError::Settings(error.to_string());
    let token = if let Some(token) = client.token() {
        token
    } else {
        let permit = limiter.acquire().await.map_err(unrecorded)?;
        let (token, words) = client.fetch_token().await;
        settle(permit, &token, &words).await.map_err(unrecorded)?;
        token?
    };
    let permit = limiter.acquire().await.map_err(unrecorded)?;
    let (account, words) = client.account_with(token).await;
    settle(permit, &account, &words).await.map_err(unrecorded)?;
    account
}

/// Settles the slot of a request whose answer is only read.
async fn settle<T>(permit: Permit, result: &Result<T, ClientError>, words: &CloudWords) -> Result<(), StoreError> {
    match result {
        Err(ClientError::Unreachable(_) | ClientError::NoToken(_)) => permit.give_back().await,
        _ => permit.answered(words).await,
    }
}
