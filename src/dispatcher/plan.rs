//! What a run costs: requests and time.

use std::time::Duration;

use tokio::time::Instant;

use crate::limiter::{BudgetView, Rate};

/// Requests that carry so many devices, `batch_size` (at least 1) in each.
#[must_use]
pub fn requests(devices: usize, batch_size: usize) -> usize {
    devices.div_ceil(batch_size.max(1))
}

/// How long after `now` the last of so many requests can leave: zero if all may leave at once.
#[must_use]
pub fn estimate(requests: usize, rate: Rate, budget: &BudgetView, now: Instant) -> Duration {
    let limit = budget.limit.max(1) as usize;
    let free = limit.saturating_sub(budget.taken as usize);
    if requests <= free {
        return Duration::ZERO;
    }
    // The first burst beyond what is free leaves when the oldest slots come back, each further one a window later.
    let first = budget.next_free.map_or(rate.window, |at| at.saturating_duration_since(now));
    let windows = (requests - free - 1) / limit;
    first + rate.window * u32::try_from(windows).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_takes_the_fewest_requests() {
        assert_eq!([0, 1, 50, 51, 2400].map(|devices| requests(devices, 50)), [0, 1, 1, 2, 48]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_passes_for_every_ten() {
        let now = Instant::now();
        let all_free = BudgetView { limit: 10, ..BudgetView::default() };
        let seconds = |requests, budget: &BudgetView| estimate(requests, Rate::default(), budget, now).as_secs();
        assert_eq!([1, 10, 11, 20, 21, 48].map(|requests| seconds(requests, &all_free)), [0, 0, 60, 60, 120, 240]);
        let full = BudgetView { taken: 10, next_free: Some(now + Duration::from_secs(12)), ..all_free };
        assert_eq!([1, 10, 11].map(|requests| seconds(requests, &full)), [12, 12, 72]);
    }
}
