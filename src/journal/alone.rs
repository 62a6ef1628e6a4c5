//! A budget that is shared as long as that is possible: for those who send without a record, whom no full disk may stop.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use super::clock::Clock;
use super::error;
use super::ledger::{self, SharedLedger};
use super::notices::Notices;
use crate::limiter::{Change, Ledger, LedgerStore, Moment, StoreError};

/// What this process knows of each cloud's budget: however often it connects anew, what it has spent is spent.
static OF_PROCESS: std::sync::Mutex<BTreeMap<String, Arc<Mutex<Copy>>>> = std::sync::Mutex::new(BTreeMap::new());

/// The shared ledger, and from the moment at which that fails a copy of it for this process alone. It stays so: others have
/// spent in between what the copy does not know, and going back would hide what this process has spent.
#[derive(Debug)]
pub(super) struct SharedOrAlone {
    /// Or why it could not be had at all
    shared: Result<SharedLedger, String>,
    clock: Arc<dyn Clock>,
    copy: Arc<Mutex<Copy>>,
    notices: Arc<Notices>,
}

#[derive(Debug, Default)]
struct Copy {
    /// As it was last seen
    ledger: Ledger,
    /// Why it holds instead of the shared one, where it does
    alone: Option<String>,
}

impl SharedOrAlone {
    /// The budget of a cloud (host and port), shared as long as `shared` works. `clock` is the shared one's.
    pub(super) fn new(cloud: &str, shared: SharedLedger, clock: Arc<dyn Clock>, notices: Arc<Notices>) -> Self {
        Self { shared: Ok(shared), clock, copy: of_process(cloud), notices }
    }

    /// The budget of a cloud that this process has for itself, and why; said at once.
    pub(super) fn alone(cloud: &str, why: &str, clock: Arc<dyn Clock>, notices: Arc<Notices>) -> Self {
        notices.add(not_shared(why));
        Self { shared: Err(why.to_owned()), clock, copy: of_process(cloud), notices }
    }

    async fn change(&self, change: Change<'_>) {
        let mut change = Some(change);
        // One after the other, so that nobody changes the shared one after another found it failing.
        let mut copy = self.copy.lock().await;
        match (&self.shared, &copy.alone) {
            (Ok(_), Some(why)) => self.notices.add(not_shared(why)),
            (Ok(shared), None) => {
                let mut seen = None;
                let lent = Box::new(|ledger: &mut Ledger, now| {
                    if let Some(change) = change.take() {
                        change(ledger, now);
                    }
                    seen = Some(ledger.clone());
                });
                if let Err(error) = shared.update(lent).await {
                    self.notices.add(not_shared(&error.0));
                    copy.alone = Some(error.0);
                }
                if let Some(ledger) = seen {
                    copy.ledger = ledger;
                }
            }
            (Err(_), Some(_)) => {}
            (Err(why), None) => copy.alone = Some(why.clone()),
        }
        // What could not even be tried on the shared one.
        if let Some(change) = change {
            change(&mut copy.ledger, self.now());
        }
    }
}

fn of_process(cloud: &str) -> Arc<Mutex<Copy>> {
    let mut all = OF_PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(all.entry(cloud.to_owned()).or_default())
}

/// That the budget is this process's alone, and why.
pub(super) fn not_shared(why: &str) -> String {
    format!("The budget is not shared with other consoles: {}.", error::without_way_out(why))
}

impl LedgerStore for SharedOrAlone {
    fn now(&self) -> Moment {
        ledger::now(&*self.clock)
    }

    fn update<'a>(&'a self, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        self.change(change).map(Ok).boxed()
    }
}
