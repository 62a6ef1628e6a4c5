//! The budget: how many requests may leave now.
//!
//! A slot is taken before a request leaves and is free again one window after its answer was read. So, for the request
//! that takes the slot next: arrival >= sent >= taken >= answered before + window >= arrival before + window, and in no
//! window does the cloud receive more requests than there are slots, whatever the latency. A slot whose process died is
//! free when the answer can no longer come and one window has passed since.
//!
//! What is not covered: a machine that goes to sleep while a request is on its way. Slots go on, the request's time-out stands
//! still, and what the kernel had not yet delivered may arrive after waking, when the slot of a request that was never answered
//! can have ended. The answer, when it is read, is counted anew from then.
//!
//! Processes with different windows share a ledger: each counts a slot by its own window or the taker's, whichever is longer.

mod ledger;
#[cfg(test)]
mod properties;
mod store;
#[cfg(test)]
mod tests;
mod view;
pub mod words;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

pub use ledger::{CLOCKS_APART, Full, Ledger, Owner, Slot, Terms};
pub use store::{Change, LedgerStore, MemoryStore, Moment, StoreError};
pub use words::CloudWords;

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
        Self { requests: 10, window: Duration::from_mins(1) }
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

/// The longest time between taking a slot and sending its request; after that the slot is taken anew.
pub const GRACE: Duration = Duration::from_secs(5);
/// How often a waiting process looks at the ledger while others have requests in flight, whose slots may come back.
const POLL: Duration = Duration::from_millis(500);

/// The budget of one account, as one process spends it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Limiter {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    terms: Terms,
    store: Arc<dyn LedgerStore>,
    owner: Owner,
    came_back: watch::Sender<u64>,
    view: watch::Sender<Seen>,
}

/// The budget as it was last seen, and when it will be different without anybody's doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// For the screen.
    pub view: BudgetView,
    /// When the next slot ends, or a wait that the cloud asked for; `None` while all is free.
    pub changes: Option<Instant>,
}

/// A wait for a slot, from `Limiter::try_acquire` to `Limiter::wait`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// When to try again.
    pub until: Instant,
    came_back: u64,
}

impl Limiter {
    /// A limiter that spends what `store` keeps, at most `rate`. `timeout` is the longest time that a request takes once
    /// it has left.
    #[must_use]
    pub fn new(rate: Rate, timeout: Duration, store: Arc<dyn LedgerStore>, owner: Owner) -> Self {
        let rate = Rate { requests: rate.requests.max(1), window: rate.window.max(Duration::from_millis(1)) };
        let seen = Seen { view: BudgetView { limit: rate.requests, ..BudgetView::default() }, changes: None };
        let terms = Terms { rate, longest_request: GRACE + timeout };
        let (came_back, view) = (watch::Sender::new(0), watch::Sender::new(seen));
        Self { shared: Arc::new(Shared { terms, store, owner, came_back, view }) }
    }

    /// The configured rate.
    #[must_use]
    pub fn rate(&self) -> Rate {
        self.shared.terms.rate
    }

    /// Waits for a slot and takes it. Not to be dropped half-way: a slot that was just taken would be lost until it ends
    /// by itself.
    pub async fn acquire(&self) -> Result<Permit, StoreError> {
        loop {
            match self.try_acquire().await? {
                Ok(permit) => return Ok(permit),
                Err(wait) => self.wait(wait).await,
            }
        }
    }

    /// Takes a slot if one is free now; else says how long to wait. Not to be dropped half-way, as `acquire`.
    pub async fn try_acquire(&self) -> Result<Result<Permit, Wait>, StoreError> {
        let (begun, begun_at) = (Instant::now(), self.shared.store.now());
        let came_back = *self.shared.came_back.borrow();
        let (owner, terms) = (&self.shared.owner, self.shared.terms);
        let (result, at) = self.update(|ledger, now| (ledger.take(owner, terms, now), now)).await?;
        Ok(match result {
            // The grace runs from before the slot was taken, so that a slow store cannot stretch it.
            Ok(id) => Ok(Permit { limiter: self.clone(), id, taken: at, begun, begun_at }),
            Err(full) => {
                let here = Instant::now();
                let until = here + full.until.since(at);
                let until = if full.others_in_flight { until.min(here + POLL) } else { until };
                Err(Wait { until, came_back })
            }
        })
    }

    /// Waits until it is worth while to try again: a known moment, or a slot of ours that came back. Can be dropped.
    pub async fn wait(&self, wait: Wait) {
        let mut came_back = self.shared.came_back.subscribe();
        let came_back = came_back.wait_for(|&count| count != wait.came_back);
        let _ = tokio::time::timeout_at(wait.until, came_back).await;
    }

    /// Reads the ledger, and tells the watchers of `seen`.
    pub async fn look(&self) -> Result<BudgetView, StoreError> {
        self.update(|_, _| ()).await?;
        Ok(self.shared.view.borrow().view.clone())
    }

    /// The budget as it was last seen; changes whenever this process uses or reads it.
    #[must_use]
    pub fn seen(&self) -> watch::Receiver<Seen> {
        self.shared.view.subscribe()
    }

    async fn update<T: Send>(&self, change: impl FnOnce(&mut Ledger, Moment) -> T + Send) -> Result<T, StoreError> {
        let mut done = None;
        let shared = &*self.shared;
        let change = |ledger: &mut Ledger, now| {
            let result = change(ledger, now);
            done = Some((result, view::seen(ledger, shared.terms.rate, &shared.owner, now)));
        };
        shared.store.update(Box::new(change)).await?;
        let (result, seen) = done.ok_or_else(|| StoreError("the budget could not be read".to_owned()))?;
        shared.view.send_if_modified(|known| view::replace(known, seen));
        Ok(result)
    }
}

/// A slot that was taken. It ends by `answered` or `give_back`; one that is dropped ends by itself, when its request must
/// be over and one window has passed.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    limiter: Limiter,
    id: u64,
    taken: Moment,
    /// Before it was asked for, by tokio's clock and by the store's
    begun: Instant,
    begun_at: Moment,
}

impl Permit {
    /// Whether its request may still leave; if not, the permit is given back and another one taken.
    ///
    /// The slot runs on the store's clock, which goes on while the machine sleeps; tokio's does not.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.begun.elapsed() < GRACE && self.limiter.shared.store.now().since(self.begun_at) < GRACE
    }

    /// The answer was read, or is given up: the slot is free one window from now. The cloud's words bind every process.
    pub async fn answered(self, words: &CloudWords) -> Result<(), StoreError> {
        let shared = &*self.limiter.shared;
        let settle = |ledger: &mut Ledger, now| {
            ledger.answered(self.id, &shared.owner, shared.terms.rate, now);
            ledger.heed(words, self.taken, shared.terms.rate, now);
            ledger.free(shared.terms.rate, now) > 0
        };
        // What the cloud said can have freed as well as blocked.
        if self.limiter.update(settle).await? {
            shared.came_back.send_modify(|count| *count += 1);
        }
        Ok(())
    }

    /// The request certainly never left: the slot is free at once.
    pub async fn give_back(self) -> Result<(), StoreError> {
        let shared = &*self.limiter.shared;
        self.limiter.update(|ledger, _| ledger.give_back(self.id, &shared.owner)).await?;
        shared.came_back.send_modify(|count| *count += 1);
        Ok(())
    }
}
