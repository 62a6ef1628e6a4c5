//! The rules of the budget, as plain functions of a ledger and a moment.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{CloudWords, Moment, Rate};

/// The longest time for which anything in a ledger can hold back requests: no answer of a mad server, no damaged ledger
/// and no odd clock blocks an account for longer.
const LONGEST_HOLD: Duration = Duration::from_hours(1);
/// How many windows a limit that the cloud named stays in force without being named again.
const LIMIT_REMEMBERED: u32 = 10;
/// The shortest wait after a 429, so that a `Retry-After: 0` is no invitation to spend the budget on refusals.
const SHORTEST_BLOCK: Duration = Duration::from_secs(1);
/// No process has a longer window.
const LONGEST_WINDOW: Duration = Duration::from_hours(24);
/// Ended slots that are kept for processes with a longer window than that of the slot, the newest ones.
const ENDED_KEPT: usize = 64;
/// How long they are kept at least, where no process is known to have a longer window: the documented one.
const ENDED_KEPT_FOR: Duration = Duration::from_mins(1);
/// How far apart the wall clocks of machines that share a ledger may be.
pub const CLOCKS_APART: Duration = Duration::from_secs(30);

/// Who holds a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// The user's name.
    pub user: String,
    /// The process.
    pub pid: u32,
}

/// One request that the cloud may still count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Slot {
    /// Unique in its ledger.
    pub id: u64,
    /// Who took it.
    pub owner: Owner,
    /// When it is free again for whoever took it: one window after the answer, or the latest time at which that can be.
    pub until: Moment,
    /// The window of whoever took it: one that has a longer one counts the slot for longer. Zero where an older program did
    /// not say it.
    pub window: Duration,
    /// Whether the answer was read, so that `until` is exact.
    pub answered: bool,
    /// Whether it came from another machine, so that `until` has `CLOCKS_APART` in it.
    pub carried: bool,
}

impl Slot {
    /// When it is free again for a process with this rate. Whoever has a shorter window than the taker waits as long as the
    /// taker does: of two opinions of one account's limit the careful one holds.
    #[must_use]
    pub fn end(&self, rate: Rate) -> Moment {
        self.until + rate.window.saturating_sub(self.window)
    }
}

/// The cloud's own limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Named {
    requests: u32,
    until: Moment,
}

/// Requests of which only the cloud knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Elsewhere {
    requests: u32,
    until: Moment,
}

/// Every slot of one account that is taken, and what the cloud said of the limit. Plain data: the rules are its methods,
/// and each takes the moment at which it applies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    next: u64,
    slots: Vec<Slot>,
    named: Option<Named>,
    elsewhere: Option<Elsewhere>,
    blocked: Option<Moment>,
}

/// The terms on which one process takes slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The configured limit.
    pub rate: Rate,
    /// The longest time from taking a slot to the end of its request.
    pub longest_request: Duration,
}

/// When to look again, where no slot was free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// The first moment at which a slot can be free, if nobody gives one back.
    pub until: Moment,
    /// Whether another process has a request in flight, whose slot may come back before.
    pub others_in_flight: bool,
}

impl Ledger {
    /// Moves every moment in it, after the store's clock began anew (a restart of the machine): what was `from` is `to`.
    pub fn rebase(&mut self, from: Moment, to: Moment) {
        let moved = |moment: &mut Moment| {
            *moment = if *moment >= from { to + moment.since(from) } else { to.before(from.since(*moment)) };
        };
        self.slots.iter_mut().for_each(|slot| moved(&mut slot.until));
        self.named.iter_mut().for_each(|named| moved(&mut named.until));
        self.elsewhere.iter_mut().for_each(|elsewhere| moved(&mut elsewhere.until));
        self.blocked.iter_mut().for_each(moved);
    }

    /// The ledger was moved by the wall clocks of two machines, which may be `CLOCKS_APART`: each slot lasts that much longer.
    /// Once only, however often it goes to and fro: a slot's error is how far its first and its newest clock are apart.
    pub fn carry(&mut self) {
        for slot in self.slots.iter_mut().filter(|slot| !slot.carried) {
            slot.until = slot.until + CLOCKS_APART;
            slot.carried = true;
        }
    }

    /// Takes a slot, if one is free, and gives its number.
    pub fn take(&mut self, owner: &Owner, terms: Terms, now: Moment) -> Result<u64, Full> {
        self.tidy(terms, now);
        if self.free(terms.rate, now) == 0 {
            return Err(self.full(owner, terms.rate, now));
        }
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        let until = now + terms.longest_request + terms.rate.window;
        self.slots.push(Slot {
            id,
            owner: owner.clone(),
            until,
            window: terms.rate.window,
            answered: false,
            carried: false,
        });
        Ok(id)
    }

    /// The answer of a slot's request was read, or given up: the slot is free one window from now.
    pub fn answered(&mut self, id: u64, owner: &Owner, rate: Rate, now: Moment) {
        let window = rate.window;
        let slot = Slot { id, owner: owner.clone(), until: now + window, window, answered: true, carried: false };
        match self.slots.iter_mut().find(|slot| slot.id == id && slot.owner == *owner) {
            Some(known) => *known = slot,
            // The machine slept for longer than a slot lives: the cloud counts the request all the same.
            None => self.slots.push(slot),
        }
    }

    /// A slot's request certainly never left.
    pub fn give_back(&mut self, id: u64, owner: &Owner) {
        self.slots.retain(|slot| slot.id != id || slot.owner != *owner);
    }

    /// Folds in what the cloud said in the answer to a request whose slot was taken at `taken`.
    pub fn heed(&mut self, words: &CloudWords, taken: Moment, rate: Rate, now: Moment) {
        if let Some(requests) = words.limit {
            let until = now + rate.window * LIMIT_REMEMBERED;
            self.named = Some(Named { requests: requests.max(1), until });
        }
        if let Some(remaining) = words.remaining {
            self.heed_remaining(remaining, words.reset_after, taken, rate, now);
        }
        let block = match (words.retry_after, words.over_limit) {
            (Some(wait), true) => Some(wait.max(SHORTEST_BLOCK)),
            (None, true) => {
                Some(words.reset_after.map_or(rate.window, |wait| wait.min(rate.window)).max(SHORTEST_BLOCK))
            }
            (wait, false) => wait,
        };
        if let Some(wait) = block {
            let until = now + wait.min(LONGEST_HOLD);
            self.blocked = Some(self.blocked.map_or(until, |known| known.max(until)));
        }
    }

    /// The cloud has `remaining` requests left where we think that more are free: somebody else has used the rest.
    fn heed_remaining(&mut self, remaining: u32, reset: Option<Duration>, taken: Moment, rate: Rate, now: Moment) {
        let used = self.limit(rate, now).saturating_sub(remaining);
        // Ours that the cloud may have counted when it answered: every slot that was taken at some time since the request
        // left. Of those in flight it is not known whether they had arrived.
        let ours = self.slots.iter().filter(|slot| slot.end(rate) > taken).count() as u32;
        let in_flight = self.live(rate, now).filter(|slot| !slot.answered).count() as u32;
        let sure = used.saturating_sub(ours);
        // Alone on the account, a request in flight is no sign of somebody else. Where there is somebody, ours in flight
        // will come on top of what the cloud has counted.
        let elsewhere =
            if sure > 0 || self.elsewhere(now) > 0 { used.saturating_sub(ours.saturating_sub(in_flight)) } else { 0 };
        let until = now + reset.unwrap_or(rate.window).min(rate.window);
        self.elsewhere = (elsewhere > 0).then_some(Elsewhere { requests: elsewhere, until });
    }

    /// The limit in force: the configured one, or the cloud's where that is stricter.
    #[must_use]
    pub fn limit(&self, rate: Rate, now: Moment) -> u32 {
        let named = self.named.filter(|named| named.until > now).map_or(u32::MAX, |named| named.requests);
        rate.requests.min(named).max(1)
    }

    /// Slots that processes of this host hold, by this rate.
    #[must_use]
    pub fn taken(&self, rate: Rate, now: Moment) -> u32 {
        self.live(rate, now).count() as u32
    }

    /// The slots that are taken now, by this rate.
    pub fn live(&self, rate: Rate, now: Moment) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(move |slot| slot.end(rate) > now)
    }

    /// Requests of which only the cloud knows.
    #[must_use]
    pub fn elsewhere(&self, now: Moment) -> u32 {
        self.elsewhere.filter(|elsewhere| elsewhere.until > now).map_or(0, |elsewhere| elsewhere.requests)
    }

    /// Until when the cloud wants no request at all.
    #[must_use]
    pub fn blocked(&self, now: Moment) -> Option<Moment> {
        self.blocked.filter(|&until| until > now)
    }

    /// How many requests may leave now.
    #[must_use]
    pub fn free(&self, rate: Rate, now: Moment) -> u32 {
        if self.blocked(now).is_some() {
            return 0;
        }
        self.limit(rate, now).saturating_sub(self.taken(rate, now)).saturating_sub(self.elsewhere(now))
    }

    /// When a slot is free at the earliest, where none is now: not later than it really is, and exact where every request
    /// is answered.
    fn full(&self, owner: &Owner, rate: Rate, now: Moment) -> Full {
        let in_flight = |slot: &&Slot| !slot.answered;
        Full {
            until: self.next_free(rate, now).unwrap_or(now),
            others_in_flight: self.live(rate, now).filter(in_flight).any(|slot| slot.owner != *owner),
        }
    }

    /// The first moment after `now` at which a request may leave, as far as it is known; `None` if one may leave now.
    #[must_use]
    pub fn next_free(&self, rate: Rate, now: Moment) -> Option<Moment> {
        // A slot in flight is free one window after an answer that is yet to come, so not before one window from now.
        let soonest = |slot: &Slot| if slot.answered { slot.end(rate) } else { slot.end(rate).min(now + rate.window) };
        let mut ends: Vec<Moment> = self.live(rate, now).map(soonest).collect();
        ends.extend(self.elsewhere.filter(|elsewhere| elsewhere.until > now).map(|elsewhere| elsewhere.until));
        ends.extend(self.named.filter(|named| named.until > now).map(|named| named.until));
        ends.extend(self.blocked(now));
        ends.sort_unstable();
        if self.free(rate, now) > 0 {
            return None;
        }
        // What is free at a moment changes only where something ends.
        let limit_at = |at| self.limit(rate, at).saturating_sub(self.elsewhere(at));
        let taken_at = |at| self.live(rate, now).filter(|slot| soonest(slot) > at).count() as u32;
        ends.into_iter().find(|&at| self.blocked(at).is_none() && taken_at(at) < limit_at(at))
    }

    /// The next moment at which the ledger says something else than now without anybody's doing.
    #[must_use]
    pub fn next_change(&self, rate: Rate, now: Moment) -> Option<Moment> {
        let ends = self.slots.iter().map(|slot| slot.end(rate));
        let ends = ends.chain(self.elsewhere.map(|elsewhere| elsewhere.until)).chain(self.blocked);
        ends.filter(|&end| end > now).min()
    }

    /// Forgets what is over, and bounds what would last unreasonably long.
    fn tidy(&mut self, terms: Terms, now: Moment) {
        let hold = terms.longest_request.max(LONGEST_HOLD);
        for slot in &mut self.slots {
            slot.window = slot.window.min(LONGEST_WINDOW);
            slot.until = slot.until.min(now + hold + terms.rate.window.max(slot.window) + CLOCKS_APART);
        }
        self.forget_slots(terms, now);
        let latest = now + hold + terms.rate.window;
        self.named = self.named.filter(|named| named.until > now);
        self.elsewhere = self.elsewhere.filter(|elsewhere| elsewhere.until > now);
        self.elsewhere.iter_mut().for_each(|elsewhere| elsewhere.until = elsewhere.until.min(latest));
        self.blocked = self.blocked(now).map(|until| until.min(latest));
    }
    /// Forgets slots that have ended for everybody. They are kept for as long as an answer can be under way that counts them,
    /// and the newest for as long as a process with a longer window than theirs can come to count them.
    fn forget_slots(&mut self, terms: Terms, now: Moment) {
        let longest = self.slots.iter().map(|slot| slot.window).fold(terms.rate.window, Duration::max);
        let longer = longest.max(ENDED_KEPT_FOR);
        self.slots.sort_by_key(|slot| slot.until);
        let newest = self.slots.len().saturating_sub(ENDED_KEPT.max(terms.rate.requests as usize));
        let mut index = 0;
        self.slots.retain(|slot| {
            let stays = if index < newest { Duration::ZERO } else { longer.saturating_sub(slot.window) };
            index += 1;
            slot.until + stays.max(terms.longest_request) > now
        });
    }
}
