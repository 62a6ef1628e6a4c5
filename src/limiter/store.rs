//! Where an account's ledger of slots lives: in this process, or in the journal's database for all of a host.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::Ledger;

/// A point on the store's own clock, which never goes back and goes on while the machine sleeps: time since the clock's
/// beginning, in nanoseconds as JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment(pub u64);

impl std::ops::Add<Duration> for Moment {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl Moment {
    /// The moment `time` before this one, not before the clock's beginning.
    #[must_use]
    pub fn before(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// The time from `earlier` to this moment; zero if that is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// Why the ledger could not be read or kept, in words for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// What is done with a ledger, at the store's own now.
pub type Change<'a> = Box<dyn FnOnce(&mut Ledger, Moment) + Send + 'a>;

/// Keeps the ledger of one account.
pub trait LedgerStore: Send + Sync + fmt::Debug {
    /// The store's clock, without waiting for anybody.
    fn now(&self) -> Moment;

    /// Runs `change` on the ledger while nobody else, of any process, reads or changes it, and keeps what it leaves. When
    /// this returns an error, nothing was kept and `change` may or may not have run.
    fn update<'a>(&'a self, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// A ledger that lives as long as this process, on tokio's clock. Clones of one `Arc` stand for one account.
#[derive(Debug)]
pub struct MemoryStore {
    begun: Instant,
    ledger: Mutex<Ledger>,
}

impl MemoryStore {
    /// An empty ledger whose clock begins now.
    #[must_use]
    pub fn new() -> Self {
        Self { begun: Instant::now(), ledger: Mutex::default() }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl LedgerStore for MemoryStore {
    fn now(&self) -> Moment {
        Moment::default() + self.begun.elapsed()
    }

    fn update<'a>(&'a self, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut ledger, self.now());
        Box::pin(std::future::ready(Ok(())))
    }
}
