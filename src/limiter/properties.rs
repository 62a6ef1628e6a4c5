//! What must hold of the budget, on virtual time: random limits, latencies, processes, crashes and words of the cloud.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use super::*;

/// What befalls one request.
#[derive(Clone, Debug)]
struct Fate {
    /// Before the worker wants it.
    rest: u64,
    /// Between taking the slot and sending.
    record: u64,
    /// From sending to the arrival, and from the arrival to the answer's end; in thousandths of the time-out, together
    /// never more than it.
    there: u64,
    back: u64,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Answered,
    NeverLeft,
    /// The process dies with the slot in its hands, having sent or not.
    DiesBefore,
    DiesAfter,
}

#[derive(Clone, Debug)]
struct World {
    rate: Rate,
    timeout: Duration,
    /// The fates of the requests of each worker of each process.
    processes: Vec<Vec<Vec<Fate>>>,
    /// What the cloud says, one after the other and round again; honest headers if there are none.
    words: Vec<CloudWords>,
}

fn fate() -> impl Strategy<Value = Fate> {
    let end = prop_oneof![
        16 => Just(End::Answered), 2 => Just(End::NeverLeft), 1 => Just(End::DiesBefore), 1 => Just(End::DiesAfter)
    ];
    let rest = prop_oneof![4 => Just(0), 1 => 0..3_000_u64, 1 => 0..90_000_u64];
    let record = prop_oneof![8 => 0..100_u64, 1 => 4_000..7_000_u64];
    (rest, record, 0..1_000_u64, 0..1_000_u64, end).prop_map(|(rest, record, there, share, end)| {
        let back = (1_000 - there) * share / 1_000;
        Fate { rest, record, there, back, end }
    })
}

fn words() -> impl Strategy<Value = CloudWords> {
    let count = || prop::option::of(prop_oneof![0..12_u32, any::<u32>()]);
    let time = || prop::option::weighted(0.2, (0..120_000_u64).prop_map(Duration::from_millis));
    (count(), count(), time(), time(), prop::bool::weighted(0.1)).prop_map(
        |(limit, remaining, reset_after, retry_after, over_limit)| CloudWords {
            limit,
            remaining,
            reset_after,
            retry_after,
            over_limit,
        },
    )
}

fn world(words: impl Strategy<Value = Vec<CloudWords>>) -> impl Strategy<Value = World> {
    let rate = (1..12_u32, prop_oneof![Just(60_000), 1_000..90_000_u64])
        .prop_map(|(requests, window)| Rate { requests, window: Duration::from_millis(window) });
    let worker = prop::collection::vec(fate(), 1..12);
    let process = prop::collection::vec(worker, 1..5);
    (rate, 500..40_000_u64, prop::collection::vec(process, 1..4), words).prop_map(
        |(rate, timeout, processes, words)| World { rate, timeout: Duration::from_millis(timeout), processes, words },
    )
}

/// What happened, by the clock of the world.
#[derive(Debug, Default)]
struct Happened {
    arrivals: Vec<Instant>,
    /// From wanting a slot to having it.
    waits: Vec<(Instant, Instant)>,
    /// For how long each slot was taken.
    slots: Vec<(Instant, Instant)>,
    /// While the cloud wanted no request.
    blocks: Vec<(Instant, Instant)>,
    /// When a slot was taken.
    takes: Vec<Instant>,
    elsewhere_seen: bool,
    said: usize,
}

/// The honest headers of a cloud that counts arrivals in a sliding window and knows of nobody else.
fn honest(arrivals: &[Instant], rate: Rate) -> CloudWords {
    let now = Instant::now();
    let counted: VecDeque<Instant> = arrivals.iter().copied().filter(|&at| at + rate.window > now).collect();
    let left = rate.requests.saturating_sub(counted.len() as u32);
    let reset = counted.front().map(|&first| first + rate.window - now);
    CloudWords { limit: Some(rate.requests), remaining: Some(left), reset_after: reset, ..CloudWords::default() }
}

async fn worker(limiter: Limiter, world: Arc<World>, fates: Vec<Fate>, happened: Arc<Mutex<Happened>>) {
    let longest = GRACE + world.timeout + world.rate.window;
    let part = |thousandths: u64| world.timeout * u32::try_from(thousandths).unwrap() / 1_000;
    for fate in fates {
        sleep(Duration::from_millis(fate.rest)).await;
        let mut record = Duration::from_millis(fate.record);
        let (permit, taken) = loop {
            let wanted = Instant::now();
            let permit = limiter.acquire().await.unwrap();
            let taken = Instant::now();
            {
                let mut happened = happened.lock().unwrap();
                happened.waits.push((wanted, taken));
                happened.takes.push(taken);
                happened.elsewhere_seen |= limiter.seen().borrow().view.elsewhere > 0;
            }
            sleep(std::mem::take(&mut record)).await;
            if permit.is_fresh() {
                break (permit, taken);
            }
            permit.give_back().await.unwrap();
            happened.lock().unwrap().slots.push((taken, Instant::now()));
        };
        let free_at = match fate.end {
            End::NeverLeft => {
                sleep(part(fate.there)).await;
                permit.give_back().await.unwrap();
                Instant::now()
            }
            End::DiesBefore => {
                drop(permit);
                happened.lock().unwrap().slots.push((taken, taken + longest));
                return;
            }
            End::DiesAfter => {
                drop(permit);
                sleep(part(fate.there)).await;
                let mut happened = happened.lock().unwrap();
                happened.arrivals.push(Instant::now());
                happened.slots.push((taken, taken + longest));
                return;
            }
            End::Answered => {
                sleep(part(fate.there)).await;
                let words = {
                    let mut happened = happened.lock().unwrap();
                    happened.arrivals.push(Instant::now());
                    happened.said += 1;
                    match world.words.len() {
                        0 => honest(&happened.arrivals, world.rate),
                        many => world.words[happened.said % many],
                    }
                };
                sleep(part(fate.back)).await;
                let now = Instant::now();
                let reset = words.reset_after.unwrap_or(world.rate.window).min(world.rate.window);
                let block = words.retry_after.or_else(|| words.over_limit.then_some(reset)).unwrap_or_default();
                happened.lock().unwrap().blocks.push((now, now + block));
                permit.answered(&words).await.unwrap();
                now + world.rate.window
            }
        };
        happened.lock().unwrap().slots.push((taken, free_at));
    }
}

fn live_through(world: World) -> Happened {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let store = Arc::new(MemoryStore::new());
        let happened = Arc::new(Mutex::new(Happened::default()));
        let world = Arc::new(world);
        let mut workers = Vec::new();
        for (pid, process) in world.processes.iter().enumerate() {
            let owner = Owner { user: format!("user{}", pid % 2), pid: pid as u32 };
            let limiter = Limiter::new(world.rate, world.timeout, store.clone(), owner);
            for fates in process {
                let worker = worker(limiter.clone(), Arc::clone(&world), fates.clone(), Arc::clone(&happened));
                workers.push(tokio::spawn(worker));
            }
        }
        for worker in workers {
            // Far more than all the windows that the work can need: the clock jumps there if a worker waits for ever.
            let done = tokio::time::timeout(Duration::from_hours(960), worker).await;
            done.expect("a worker never got its slot").unwrap();
        }
        Arc::into_inner(happened).unwrap().into_inner().unwrap()
    })
}

/// The limit as the cloud sees it: no window holds more arrivals.
fn check_limit(happened: &mut Happened, rate: Rate) -> Result<(), TestCaseError> {
    happened.arrivals.sort_unstable();
    for pair in happened.arrivals.windows(rate.requests as usize + 1) {
        let apart = pair[rate.requests as usize] - pair[0];
        prop_assert!(apart >= rate.window, "{} arrivals within {:?}", rate.requests + 1, apart);
    }
    Ok(())
}

/// The longest time for which a slot was free while somebody waited.
fn longest_idle(happened: &Happened, rate: Rate) -> Duration {
    let mut turns = Vec::new();
    for &(from, to) in &happened.slots {
        turns.extend([(from, 1, 0), (to, -1, 0)]);
    }
    for &(from, to) in &happened.waits {
        turns.extend([(from, 0, 1), (to, 0, -1)]);
    }
    turns.sort_unstable_by_key(|&(at, _, _)| at);
    let (mut taken, mut waiting, mut since, mut longest) = (0, 0, None, Duration::ZERO);
    let mut turns = turns.into_iter().peekable();
    while let Some((at, slot, wait)) = turns.next() {
        taken += slot;
        waiting += wait;
        if turns.peek().is_some_and(|&(next, _, _)| next == at) {
            continue;
        }
        let idle = waiting > 0 && taken < i64::from(rate.requests);
        since = if idle { since.or(Some(at)) } else { None };
        if let (Some(since), Some(&(next, _, _))) = (since, turns.peek()) {
            longest = longest.max(next - since);
        }
    }
    longest
}

/// Tokio's clock ticks in milliseconds, and rounds up.
const TICK: Duration = Duration::from_millis(3);

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_limit_holds_and_no_slot_is_idle(world in world(Just(Vec::new()))) {
        let (rate, alone) = (world.rate, world.processes.len() == 1);
        let mut happened = live_through(world);
        check_limit(&mut happened, rate)?;
        // Honest headers are no reason to see somebody else.
        prop_assert!(!happened.elsewhere_seen);
        // What another process gives back is found by looking.
        let allowed = if alone { TICK } else { POLL + TICK };
        let idle = longest_idle(&happened, rate);
        prop_assert!(idle <= allowed, "idle for {:?}", idle);
    }

    #[test]
    fn whatever_the_cloud_says_the_limit_holds_and_all_work_is_done(
        world in world(prop::collection::vec(words(), 1..8))
    ) {
        let rate = world.rate;
        let mut happened = live_through(world);
        check_limit(&mut happened, rate)?;
        for taken in &happened.takes {
            let blocked = happened.blocks.iter().find(|(from, to)| from < taken && *taken + TICK < *to);
            prop_assert!(blocked.is_none(), "taken at {:?} in {:?}", taken, blocked);
        }
    }
}
