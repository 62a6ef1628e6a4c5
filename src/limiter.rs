//! The budget: how many requests may leave now.

use std::time::Duration;

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

/// What the screen says of the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetView {
    /// The limit in force: the configured one, or the cloud's where that is stricter.
    pub limit: u32,
    /// Slots that are taken now.
    pub taken: u32,
    /// When the next slot becomes free, if none is free and the time is known.
    pub next_free: Option<tokio::time::Instant>,
}
