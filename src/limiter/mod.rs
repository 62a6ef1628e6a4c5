//! The budget: how many requests may leave now.

mod store;

use std::time::Duration;

pub use store::{Change, Ledger, LedgerStore, Moment, StoreError};

/// So many requests in each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a window, at least 1.
    pub requests: u32,
    /// The window's length, above zero.
    pub window: Duration,
}

impl Default for Rate {
    /// 10 requests a minute, the documented limit of the cloud.
    fn default() -> Self {
        Self { requests: 10, window: Duration::from_secs(60) }
    }
}

/// Another user of the same budget on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharer {
    /// Who: the user's name.
    pub who: String,
    /// Slots that are taken by them now.
    pub taken: u32,
}

/// What the screen says of the budget.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BudgetView {
    /// The limit in force: the configured one, or the cloud's where that is stricter.
    pub limit: u32,
    /// Slots that are taken now, by whomever.
    pub taken: u32,
    /// Those of `taken` that only the cloud knows of: somebody uses the account from another host.
    pub elsewhere: u32,
    /// Those of `taken` that other processes of this host took, one entry a user.
    pub sharers: Vec<Sharer>,
    /// When the next slot becomes free, if none is free and the time is known.
    pub next_free: Option<tokio::time::Instant>,
}
