//! The rules of the budget one by one, and two processes on one ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::{Instant, advance};

use super::*;

const RATE: Rate = Rate { requests: 10, window: Duration::from_mins(1) };
const TERMS: Terms = Terms { rate: RATE, longest_request: Duration::from_secs(35) };

fn second(second: u64) -> Moment {
    Moment::default() + Duration::from_secs(second)
}

fn anna() -> Owner {
    Owner { user: "anna".to_owned(), pid: 1 }
}

fn ben() -> Owner {
    Owner { user: "ben".to_owned(), pid: 2 }
}

fn take(ledger: &mut Ledger, owner: &Owner, many: usize, now: Moment) -> Vec<u64> {
    (0..many).map(|_| ledger.take(owner, TERMS, now).unwrap()).collect()
}

#[test]
fn a_slot_is_free_one_window_after_its_answer_and_a_dead_one_when_no_answer_can_come() {
    let mut ledger = Ledger::default();
    let slots = take(&mut ledger, &anna(), 10, second(0));
    assert_eq!(ledger.take(&anna(), TERMS, second(1)).unwrap_err().until, second(61));
    ledger.answered(slots[0], &anna(), RATE, second(5));
    assert_eq!(ledger.free(RATE, second(64)), 0);
    assert_eq!(ledger.free(RATE, second(65)), 1);
    // The other nine die with their process: 35 s for the request, 60 s for the window.
    assert_eq!(ledger.free(RATE, second(94)), 1);
    assert_eq!(ledger.free(RATE, second(95)), 10);
}

#[test]
fn an_answer_after_a_long_sleep_counts_all_the_same() {
    let mut ledger = Ledger::default();
    let slots = take(&mut ledger, &anna(), 1, second(0));
    let other = take(&mut ledger, &ben(), 1, second(500));
    assert_eq!(ledger.taken(RATE, second(500)), 1);
    ledger.answered(slots[0], &anna(), RATE, second(501));
    assert_eq!(ledger.taken(RATE, second(501)), 2);
    ledger.give_back(other[0], &anna());
    assert_eq!(ledger.taken(RATE, second(501)), 2, "nobody gives back what is not his");
    ledger.give_back(other[0], &ben());
    assert_eq!(ledger.taken(RATE, second(501)), 1);
}

#[test]
fn a_smaller_limit_is_obeyed_and_a_larger_one_is_not() {
    let mut ledger = Ledger::default();
    let says = |limit| CloudWords { limit: Some(limit), ..CloudWords::default() };
    for (said, limit) in [(4, 4), (0, 1), (10, 10), (1000, 10), (u32::MAX, 10), (3, 3)] {
        ledger.heed(&says(said), second(0), RATE, second(0));
        assert_eq!(ledger.limit(RATE, second(1)), limit, "the cloud says {said}");
    }
    assert_eq!(ledger.limit(RATE, second(601)), 10, "not for ever");
}

#[test]
fn what_the_cloud_has_fewer_left_of_is_used_elsewhere_until_it_is_reset() {
    let mut ledger = Ledger::default();
    let slots = take(&mut ledger, &anna(), 2, second(0));
    ledger.answered(slots[0], &anna(), RATE, second(1));
    ledger.answered(slots[1], &anna(), RATE, second(1));
    let says =
        |remaining, reset| CloudWords { remaining: Some(remaining), reset_after: reset, ..CloudWords::default() };
    ledger.heed(&says(8, None), second(0), RATE, second(1));
    assert_eq!((ledger.elsewhere(second(1)), ledger.free(RATE, second(1))), (0, 8));
    ledger.heed(&says(3, Some(Duration::from_secs(20))), second(0), RATE, second(1));
    assert_eq!((ledger.elsewhere(second(1)), ledger.free(RATE, second(1))), (5, 3));
    assert_eq!((ledger.elsewhere(second(21)), ledger.free(RATE, second(21))), (0, 8));
    // Without a reset, or with a mad one, for one window.
    for reset in [None, Some(Duration::from_secs(100_000))] {
        ledger.heed(&says(0, reset), second(0), RATE, second(1));
        assert_eq!(ledger.free(RATE, second(60)), 0);
        assert_eq!(ledger.free(RATE, second(61)), 10);
    }
    // And the newest word holds.
    ledger.heed(&says(8, None), second(0), RATE, second(2));
    assert_eq!(ledger.free(RATE, second(2)), 8);
}

#[test]
fn where_somebody_else_sends_ours_in_flight_come_on_top() {
    let mut ledger = Ledger::default();
    let slots = take(&mut ledger, &anna(), 4, second(0));
    ledger.answered(slots[0], &anna(), RATE, second(1));
    // Five of others and one of ours have arrived; three of ours will.
    let words = CloudWords { remaining: Some(4), ..CloudWords::default() };
    ledger.heed(&words, second(0), RATE, second(1));
    assert_eq!((ledger.elsewhere(second(1)), ledger.free(RATE, second(1))), (5, 1));
}

#[test]
fn over_the_limit_nobody_sends_for_as_long_as_the_cloud_says() {
    let over = CloudWords { over_limit: true, ..CloudWords::default() };
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for (words, wait) in [
        (over, 60),
        (CloudWords { retry_after: seconds(7), ..over }, 7),
        (CloudWords { retry_after: seconds(200), ..over }, 200),
        (CloudWords { reset_after: seconds(9), ..over }, 9),
        (CloudWords { reset_after: seconds(5000), ..over }, 60),
        (CloudWords { retry_after: seconds(0), ..over }, 1),
        (CloudWords { retry_after: seconds(u64::MAX), ..over }, 3600),
        (CloudWords { retry_after: seconds(30), over_limit: false, ..over }, 30),
    ] {
        let mut ledger = Ledger::default();
        ledger.heed(&words, second(0), RATE, second(100));
        assert_eq!(ledger.free(RATE, second(100 + wait - 1)), 0, "{words:?}");
        assert_eq!(ledger.take(&ben(), TERMS, second(100)).unwrap_err().until, second(100 + wait), "{words:?}");
        assert_eq!(ledger.free(RATE, second(100 + wait)), 10, "{words:?}");
    }
}

#[test]
fn a_ledger_survives_a_new_clock_and_an_older_or_newer_program() {
    let mut ledger = Ledger::default();
    take(&mut ledger, &anna(), 3, second(1000));
    let words = CloudWords { limit: Some(5), remaining: Some(0), over_limit: true, ..CloudWords::default() };
    ledger.heed(&words, second(1000), RATE, second(1000));
    let mut moved = ledger.clone();
    moved.rebase(second(1010), second(2));
    for after in [0, 40, 49, 50, 84, 85, 86, 600] {
        let (before, now) = (second(1010 + after), second(2 + after));
        assert_eq!(moved.free(RATE, now), ledger.free(RATE, before), "after {after} s");
        assert_eq!(moved.taken(RATE, now), ledger.taken(RATE, before), "after {after} s");
    }
    let json = serde_json::to_string(&ledger).unwrap();
    assert_eq!(serde_json::from_str::<Ledger>(&json).unwrap(), ledger);
    assert_eq!(serde_json::from_str::<Ledger>("{}").unwrap(), Ledger::default());
    let newer = r#"{"slots":[{"id":3,"until":7000000000,"colour":"red"}],"mood":"good"}"#;
    assert_eq!(serde_json::from_str::<Ledger>(newer).unwrap().taken(RATE, second(1)), 1);
}

#[test]
fn a_slot_lasts_one_window_of_whoever_asks_or_of_whoever_took_it() {
    let [short, long] = [1, 20].map(|seconds| Rate { requests: 10, window: Duration::from_secs(seconds) });
    let terms = |rate| Terms { rate, longest_request: Duration::from_secs(6) };
    let mut ledger = Ledger::default();
    for _ in 0..9 {
        let slot = ledger.take(&anna(), terms(short), second(100)).unwrap();
        ledger.answered(slot, &anna(), short, second(100));
    }
    assert_eq!(ledger.free(short, second(101)), 10);
    assert_eq!(ledger.free(long, second(101)), 1);
    // Nor does anna forget what ben counts.
    let slot = ledger.take(&anna(), terms(short), second(119)).unwrap();
    ledger.give_back(slot, &anna());
    assert_eq!((ledger.free(long, second(119)), ledger.free(long, second(120))), (1, 10));
    let full = {
        let mut ledger = ledger.clone();
        ledger.take(&ben(), terms(long), second(119)).unwrap();
        ledger.take(&ben(), terms(long), second(119)).unwrap_err()
    };
    assert_eq!(full.until, second(120));
    // And who has a short window does not cut a long one.
    let hours = Rate { requests: 10, window: Duration::from_hours(5) };
    let slot = ledger.take(&ben(), terms(hours), second(200)).unwrap();
    ledger.answered(slot, &ben(), hours, second(200));
    let _ = ledger.take(&anna(), terms(short), second(201)).unwrap();
    assert_eq!(ledger.free(short, second(200 + 5 * 3600 - 1)), 9);
    assert_eq!(ledger.free(hours, second(200 + 5 * 3600)), 9);
}

#[test]
fn what_is_kept_for_longer_windows_is_bounded() {
    let mut ledger = Ledger::default();
    let rate = Rate { requests: 10, window: Duration::from_millis(1) };
    let terms = Terms { rate, longest_request: Duration::from_millis(5) };
    for millisecond in 0..2000 {
        let now = second(1) + Duration::from_millis(millisecond);
        let slot = ledger.take(&anna(), terms, now).unwrap();
        ledger.answered(slot, &anna(), rate, now);
    }
    assert!(ledger.taken(RATE, second(3)) < 80);
}

#[test]
fn a_ledger_that_goes_to_and_fro_between_machines_doubts_their_clocks_once() {
    let mut ledger = Ledger::default();
    let slots = take(&mut ledger, &anna(), 2, second(1000));
    ledger.answered(slots[0], &anna(), RATE, second(1000));
    for _ in 0..5 {
        ledger.rebase(second(1000), second(1000));
        ledger.carry();
    }
    assert_eq!([89, 90].map(|after| ledger.taken(RATE, second(1000 + after))), [2, 1]);
    assert_eq!([124, 125].map(|after| ledger.taken(RATE, second(1000 + after))), [1, 0]);
    // An answer is read by one clock.
    ledger.answered(slots[1], &anna(), RATE, second(1010));
    assert_eq!([1069, 1090].map(|at| ledger.taken(RATE, second(at))), [2, 0]);
}

#[test]
fn no_damaged_ledger_blocks_an_account_for_ever() {
    let damaged = r#"{"slots":[{"id":1,"until":18446744073709551615}],"blocked":18446744073709551615}"#;
    let mut ledger: Ledger = serde_json::from_str(damaged).unwrap();
    let full = ledger.take(&anna(), TERMS, second(10)).unwrap_err();
    assert!(full.until <= second(2 * 3600 + 10), "{full:?}");
    assert!(ledger.take(&anna(), TERMS, full.until).is_ok());
}

#[tokio::test(start_paused = true)]
async fn two_processes_share_one_budget() {
    let store = Arc::new(MemoryStore::new());
    let anna = Limiter::new(RATE, Duration::from_secs(30), store.clone(), anna());
    let ben = Limiter::new(RATE, Duration::from_secs(30), store, ben());
    let begun = Instant::now();
    let mut permits = Vec::new();
    for _ in 0..6 {
        permits.push(anna.acquire().await.unwrap());
    }
    let view = ben.look().await.unwrap();
    assert_eq!((view.limit, view.taken, view.elsewhere, view.next_free), (10, 6, 0, None));
    assert_eq!(view.sharers, [Sharer { who: "anna".to_owned(), taken: 6 }]);
    for _ in 0..4 {
        permits.push(ben.acquire().await.unwrap());
    }
    assert!(ben.try_acquire().await.unwrap().is_err());
    assert!(ben.seen().borrow().view.next_free.is_some());
    // One of anna's comes back: ben's wait ends by looking, not by the clock.
    let waits = tokio::spawn({
        let ben = ben.clone();
        async move { ben.acquire().await.unwrap() }
    });
    advance(Duration::from_secs(2)).await;
    permits.remove(0).give_back().await.unwrap();
    let permit = waits.await.unwrap();
    assert!(begun.elapsed() <= Duration::from_secs(2) + POLL * 2);
    // Over the limit, says the cloud to ben; anna hears it too.
    let words = CloudWords { over_limit: true, retry_after: Some(Duration::from_secs(500)), ..CloudWords::default() };
    permit.answered(&words).await.unwrap();
    for permit in permits {
        permit.give_back().await.unwrap();
    }
    let blocked = Instant::now();
    let view = anna.look().await.unwrap();
    assert_eq!((view.taken, view.elsewhere), (10, 9));
    assert_eq!(view.next_free, Some(blocked + Duration::from_secs(500)));
    let _ = anna.acquire().await.unwrap();
    assert!(blocked.elapsed() >= Duration::from_secs(500));
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_was_held_too_long_before_sending_is_not_used() {
    let limiter = Limiter::new(RATE, Duration::from_secs(30), Arc::new(MemoryStore::new()), anna());
    let permit = limiter.acquire().await.unwrap();
    advance(GRACE.saturating_sub(Duration::from_millis(1))).await;
    assert!(permit.is_fresh());
    advance(Duration::from_millis(1)).await;
    assert!(!permit.is_fresh());
    permit.give_back().await.unwrap();
    assert_eq!(limiter.look().await.unwrap().taken, 0);
}

/// A store of a machine that can sleep: its clock runs ahead of tokio's.
#[derive(Debug, Default)]
struct Sleepy {
    store: MemoryStore,
    slept: AtomicU64,
}

impl LedgerStore for Sleepy {
    fn now(&self) -> Moment {
        self.store.now() + Duration::from_secs(self.slept.load(Ordering::Relaxed))
    }

    fn update<'a>(&'a self, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        let now = self.now();
        self.store.update(Box::new(move |ledger, _| change(ledger, now)))
    }
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_was_slept_over_is_not_used() {
    let store = Arc::new(Sleepy::default());
    let limiter = Limiter::new(RATE, Duration::from_secs(30), store.clone(), anna());
    let permit = limiter.acquire().await.unwrap();
    assert!(permit.is_fresh());
    store.slept.store(5, Ordering::Relaxed);
    assert!(!permit.is_fresh());
    let _ = permit.give_back().await;
}
