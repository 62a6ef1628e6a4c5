//! A budget that is shared as long as that is possible: for those who send without a record, whom no full disk may stop.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use super::error;
use super::ledger::SharedLedger;
use super::notices::Notices;
use crate::limiter::{Change, Ledger, LedgerStore, Moment, StoreError};

/// The shared ledger, and from the moment at which that fails a copy of it for this process alone. It stays so: others have
/// spent in between what the copy does not know, and going back would hide what this process has spent.
#[derive(Debug)]
pub(super) struct SharedOrAlone {
    shared: SharedLedger,
    copy: Mutex<Copy>,
    notices: Arc<Notices>,
}

#[derive(Debug, Default)]
struct Copy {
    /// As it was last seen
    ledger: Ledger,
    /// Whether it holds instead of the shared one
    alone: bool,
}

impl SharedOrAlone {
    pub(super) fn new(shared: SharedLedger, notices: Arc<Notices>) -> Self {
        Self { shared, copy: Mutex::default(), notices }
    }

    async fn change(&self, change: Change<'_>) {
        let mut change = Some(change);
        // One after the other, so that nobody changes the shared one after another found it failing.
        let mut copy = self.copy.lock().await;
        if !copy.alone {
            let mut seen = None;
            let shared = Box::new(|ledger: &mut Ledger, now| {
                if let Some(change) = change.take() {
                    change(ledger, now);
                }
                seen = Some(ledger.clone());
            });
            if let Err(error) = self.shared.update(shared).await {
                self.notices.add(not_shared(&error.0));
                copy.alone = true;
            }
            if let Some(ledger) = seen {
                copy.ledger = ledger;
            }
        }
        // What could not even be tried on the shared one.
        if let Some(change) = change {
            change(&mut copy.ledger, self.shared.now());
        }
    }
}

/// That the budget is this process's alone, and why.
pub(super) fn not_shared(why: &str) -> String {
    format!("The budget is not shared with other consoles: {}.", error::without_way_out(why))
}

impl LedgerStore for SharedOrAlone {
    fn now(&self) -> Moment {
        self.shared.now()
    }

    fn update<'a>(&'a self, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        self.change(change).map(Ok).boxed()
    }
}
