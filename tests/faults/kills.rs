//! kill -9 at random instants of a run, and going on.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gears_console::simulator::Options;
use gears_console::simulator::fleet::Fleet;

use crate::house::{Cloud, Home, Printed, Said, ended, mac, options, until_sent};

const DEVICES: u32 = 180;
const BATCH: usize = 5;
/// The default of `in_flight`.
const IN_FLIGHT: usize = 4;
/// Deaths of one run before it may come to its end: the slots of the dead stay taken, and some must be left.
const DEATHS: usize = 2;

/// How many instants: `GEARS_KILLS` for more than every run of the tests needs.
fn kills() -> usize {
    std::env::var("GEARS_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(24)
}

/// Whether the account knows a device.
fn known(device: u32) -> bool {
    device % 7 != 3
}

#[test]
fn a_run_that_is_killed_at_any_instant_goes_on_and_nothing_is_sent_twice() {
    let (deaths, seeds) = (Mutex::new(Deaths::default()), AtomicU64::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while deaths.lock().unwrap().all < kills() {
                    let died = live_and_die(seeds.fetch_add(1, Ordering::Relaxed));
                    deaths.lock().unwrap().add(&died);
                }
            });
        }
    });
    let deaths = deaths.into_inner().unwrap();
    println!("{deaths:?} in {:?}", begun.elapsed());
    assert!(deaths.in_the_middle > kills() / 4, "{deaths:?}: few runs were killed in the middle");
    assert!(deaths.with_requests_in_flight > 0, "{deaths:?}: none was killed with requests in flight");
}

/// What was killed, and when.
#[derive(Debug, Default)]
struct Deaths {
    all: usize,
    before_the_first_request: usize,
    in_the_middle: usize,
    with_requests_in_flight: usize,
    after_the_last_request: usize,
    /// Batches of which a request left twice
    sent_again: usize,
}

impl Deaths {
    fn add(&mut self, other: &Self) {
        self.all += other.all;
        self.before_the_first_request += other.before_the_first_request;
        self.in_the_middle += other.in_the_middle;
        self.with_requests_in_flight += other.with_requests_in_flight;
        self.after_the_last_request += other.after_the_last_request;
        self.sent_again += other.sent_again;
    }
}

/// One run, killed and resumed until it is over.
fn live_and_die(seed: u64) -> Deaths {
    let mut fleet = Fleet::default();
    for device in (0..DEVICES).filter(|&device| known(device)) {
        fleet.add(Some(mac(device)), None, true);
    }
    let (home, cloud) = (Home::new(), Cloud::far_away(Options { fleet, seed, ..options(10, 300, 20) }, 80));
    let list = home.list("list.csv", 0..DEVICES);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut deaths = Deaths::default();
    // For each death: how many commands had arrived, and who had an outcome.
    let mut settled: Vec<(usize, HashSet<String>)> = Vec::new();
    let mut unknown = Vec::new();
    let mut begun = false;
    let whole = loop {
        let mut command = if begun { home.resume(&cloud, 1, BATCH) } else { home.send(&cloud, &list, BATCH) };
        let mut child = command.spawn().unwrap();
        if deaths.all < DEATHS {
            std::thread::sleep(Duration::from_micros(random.u64(0..1_300_000)));
            if child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
                child.wait().unwrap();
                deaths.all += 1;
                // What arrives later than this was sent by somebody else, or was on its way.
                let arrived = cloud.commands().len();
                let past = home.history(&cloud, 1);
                recorded_before_it_left(&cloud, past.as_ref());
                let Some(past) = past else {
                    deaths.before_the_first_request += 1;
                    continue;
                };
                begun = true;
                let done = past.ids(&["succeeded", "failed"]);
                let doubtful = past.ids(&["unknown"]).len();
                match (arrived, past.ids(&["not_sent"]).len()) {
                    (0, _) => deaths.before_the_first_request += 1,
                    (_, 0) if doubtful == 0 => deaths.after_the_last_request += 1,
                    _ => deaths.in_the_middle += 1,
                }
                deaths.with_requests_in_flight += usize::from(doubtful > 0);
                unknown.push(past.ids(&["unknown"]).into_iter().map(str::to_owned).collect::<HashSet<_>>());
                settled.push((arrived, done.into_iter().map(str::to_owned).collect()));
                continue;
            }
        }
        let said = Said::from(child.wait_with_output().unwrap());
        // Nothing is left to send where the last answer was recorded before the death.
        assert!(said.code == Some(1) || (begun && said.words.contains("nothing is left")), "{}", said.words);
        break home.history(&cloud, 1).unwrap();
    };

    cloud.kept_its_limit();
    cloud.agrees(&whole);
    for (device, past) in (0..DEVICES).zip(&whole.devices) {
        let expected = if known(device) { "succeeded" } else { "failed" };
        assert_eq!((past.id.as_str(), past.outcome.as_str()), (&*mac(device).to_string(), expected), "seed {seed}");
    }
    let commands = cloud.commands();
    for (arrived, done) in &settled {
        let again = commands[*arrived..].iter().flat_map(|request| &request.ids).find(|id| done.contains(*id));
        assert_eq!(again, None, "sent again after its outcome was known, seed {seed}");
    }
    // No more is in doubt at a death than what can be in flight, and only that is sent again.
    let mut before = &HashSet::new();
    for doubtful in &unknown {
        let new = doubtful.difference(before).count();
        assert!(new <= IN_FLIGHT * BATCH, "{new} devices in flight at once, seed {seed}");
        before = doubtful;
    }
    for (id, times) in cloud.times() {
        let doubts = unknown.iter().filter(|doubtful| doubtful.contains(&id)).count();
        assert!(times <= 1 + doubts, "{id}: sent {times} times, {doubts} times in flight at a death, seed {seed}");
        deaths.sent_again += times - 1;
    }
    deaths.sent_again = deaths.sent_again.div_ceil(BATCH);
    deaths
}

/// Whatever arrived is known as sent.
fn recorded_before_it_left(cloud: &Cloud, past: Option<&Printed>) {
    let commands = cloud.commands();
    let Some(past) = past else {
        assert!(commands.is_empty(), "sent for a run that the journal does not know");
        return;
    };
    let never_sent = past.ids(&["not_sent"]);
    let lie = commands.iter().flat_map(|request| &request.ids).find(|id| never_sent.contains(id.as_str()));
    assert_eq!(lie, None, "called never sent");
}

#[test]
fn what_is_unknown_is_sent_again_only_if_that_is_wanted() {
    let (home, cloud) = (Home::new(), Cloud::new(options(20, 400, 400)));
    let list = home.list("list.csv", 0..30);
    let mut child = home.send(&cloud, &list, BATCH).spawn().unwrap();
    until_sent(&cloud, 2);
    child.kill().unwrap();
    child.wait().unwrap();
    let doubtful = home.history(&cloud, 1).unwrap();
    assert_eq!(doubtful.state.as_deref(), Some("unfinished"));
    let doubtful = doubtful.ids(&["unknown"]).len();
    assert!(doubtful > 0);
    let arguments = ["resume", "1", "--yes", "--format", "json", "--batch-size", "5"];
    let run = ended(home.gears(&cloud, &[&arguments[..], &["--unknown", "no"]].concat())).expect(1).run();
    assert_eq!((run.ids(&["unknown"]).len(), run.ids(&["succeeded"]).len()), (doubtful, 30 - doubtful));
    assert!(cloud.times().values().all(|&times| times == 1), "{:?}", cloud.times());
    let run = ended(home.gears(&cloud, &arguments)).expect(0).says(&["sent again"]).run();
    assert_eq!(run.counts()["succeeded"], 30);
    // Some may have been recorded, and have died before they left.
    let twice = cloud.times().values().filter(|&&times| times == 2).count();
    assert!(twice > 0 && twice <= doubtful, "{twice} of {doubtful} sent twice");
    cloud.kept_its_limit();
}
