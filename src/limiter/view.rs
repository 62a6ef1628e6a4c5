//! The ledger as the screen shows it.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::{BudgetView, Ledger, Moment, Owner, Rate, Seen, Sharer};

/// Two readings of one moment through two clocks differ by less than this.
const SAME: Duration = Duration::from_millis(50);

/// What `me` sees of the ledger at `now`.
pub fn seen(ledger: &Ledger, rate: Rate, me: &Owner, now: Moment) -> Seen {
    let here = Instant::now();
    let instant = |moment: Moment| here + moment.since(now);
    let limit = ledger.limit(rate, now);
    let ours = ledger.taken(rate, now);
    let free = ledger.free(rate, now);
    let mut sharers = BTreeMap::<&str, u32>::new();
    for slot in ledger.live(rate, now).filter(|slot| slot.owner != *me) {
        *sharers.entry(&slot.owner.user).or_default() += 1;
    }
    let taken = limit - free;
    let view = BudgetView {
        limit,
        taken,
        elsewhere: taken.saturating_sub(ours),
        sharers: sharers.into_iter().map(|(who, taken)| Sharer { who: who.to_owned(), taken }).collect(),
        next_free: ledger.next_free(rate, now).map(instant),
    };
    Seen { view, changes: ledger.next_change(rate, now).map(instant) }
}

/// Takes over what is new; says whether the view is another one.
pub fn replace(known: &mut Seen, mut new: Seen) -> bool {
    if close(known.view.next_free, new.view.next_free) {
        new.view.next_free = known.view.next_free;
    }
    let changed = known.view != new.view || !close(known.changes, new.changes);
    *known = new;
    changed
}

fn close(one: Option<Instant>, other: Option<Instant>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.max(other) - one.min(other) < SAME,
        (one, other) => one == other,
    }
}
