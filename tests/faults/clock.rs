//! Clocks that are set, machines that restart: the budget never opens early, and a guess is said.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gears_console::journal::{Clock, Guess, Journal, Settings};
use gears_console::limiter::{CloudWords, GRACE, Limiter, Moment, Owner, Permit, Rate};
use jiff::Timestamp;

use crate::house::{Cloud, Home, ended, options};

const RATE: Rate = Rate { requests: 10, window: Duration::from_mins(1) };
const TIMEOUT: Duration = Duration::from_secs(30);
const SECOND: u64 = 1_000_000_000;

/// A machine's clocks, and the time that nobody can set, which the machine does not see.
#[derive(Clone, Copy, Debug)]
struct Times {
    /// Seconds since 1970, as the machine has it
    wall: i64,
    /// Nanoseconds since the start
    uptime: u64,
    boot: u32,
    /// Nanoseconds
    truth: u64,
}

#[derive(Debug)]
struct Machine(Mutex<Times>);

impl Machine {
    fn new() -> Arc<Self> {
        let times = Times { wall: 1_700_000_000, uptime: 5_000 * SECOND, boot: 0, truth: 0 };
        Arc::new(Self(Mutex::new(times)))
    }

    fn truth(&self) -> u64 {
        self.0.lock().unwrap().truth
    }

    fn pass(&self, nanoseconds: u64) {
        let mut times = self.0.lock().unwrap();
        times.uptime += nanoseconds;
        times.truth += nanoseconds;
        times.wall += i64::try_from(nanoseconds / SECOND).unwrap();
    }

    fn set(&self, seconds: i64) {
        self.0.lock().unwrap().wall += seconds;
    }

    /// Down for so long, then up again since a moment.
    fn restart(&self, down: u64) {
        self.pass(down);
        let mut times = self.0.lock().unwrap();
        times.boot += 1;
        times.uptime = SECOND / 2;
        times.truth += SECOND / 2;
    }
}

impl Clock for Machine {
    fn wall(&self) -> Timestamp {
        Timestamp::from_second(self.0.lock().unwrap().wall).unwrap()
    }

    fn uptime(&self) -> Moment {
        Moment(self.0.lock().unwrap().uptime)
    }

    fn boot(&self) -> Arc<str> {
        format!("boot {}", self.0.lock().unwrap().boot).into()
    }

    fn machine(&self) -> Arc<str> {
        "jump1".into()
    }
}

/// A console of a machine.
struct Console {
    limiter: Limiter,
    journal: Journal,
}

impl Console {
    async fn open(folder: &Path, machine: &Arc<Machine>, pid: u32) -> Self {
        let clock = Arc::clone(machine) as Arc<dyn Clock>;
        let settings = Settings { clock, ..Settings::new(folder, "acme", "gears.example", Some("client")) };
        let journal = Journal::open(settings).await.unwrap();
        let owner = Owner { user: "anna".into(), pid };
        let limiter = Limiter::new(RATE, TIMEOUT, Arc::new(journal.ledger().unwrap()), owner);
        Self { limiter, journal }
    }

    /// A slot, if one is free now.
    async fn slot(&self) -> Option<Permit> {
        self.limiter.try_acquire().await.unwrap().ok()
    }

    /// Requests that are sent and answered now, as many as may be; when they were.
    async fn spend(&self, machine: &Machine) -> Vec<u64> {
        let mut sent = Vec::new();
        while let Some(permit) = self.slot().await {
            sent.push(machine.truth());
            permit.answered(&CloudWords::default()).await.unwrap();
        }
        sent
    }
}

#[tokio::test]
async fn a_clock_that_is_set_opens_nothing() {
    let top = tempfile::tempdir().unwrap();
    let machine = Machine::new();
    let console = Console::open(top.path(), &machine, 1).await;
    assert_eq!(console.spend(&machine).await.len(), 10);
    for day in [1, -2, 400, -800, 401] {
        machine.set(day * 86_400);
        assert!(console.slot().await.is_none());
        // Also for a console that starts now.
        let other = Console::open(top.path(), &machine, 2).await;
        assert!(other.slot().await.is_none());
        assert_eq!(other.journal.guessed(), None);
    }
    machine.pass(60 * SECOND - 1);
    assert!(console.slot().await.is_none());
    machine.pass(1);
    assert_eq!(console.spend(&machine).await.len(), 10);
}

#[tokio::test]
async fn a_restart_is_guessed_about_and_never_in_favour() {
    for (set, expected) in [(0, Guess::Restarted), (86_400, Guess::Restarted), (-86_400, Guess::ClockWentBack)] {
        let top = tempfile::tempdir().unwrap();
        let machine = Machine::new();
        assert_eq!(Console::open(top.path(), &machine, 1).await.spend(&machine).await.len(), 10);
        machine.restart(20 * SECOND);
        machine.set(set);
        let console = Console::open(top.path(), &machine, 1).await;
        assert!(console.slot().await.is_none());
        assert_eq!(console.journal.guessed(), Some(expected));
        machine.pass(60 * SECOND);
        assert_eq!(console.spend(&machine).await.len(), 10);
    }
}

/// Random time, clocks that jump, restarts, and consoles that come, die with requests in flight, and come again.
async fn weather(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let top = tempfile::tempdir().unwrap();
    let machine = Machine::new();
    let mut consoles = vec![Console::open(top.path(), &machine, 1).await];
    // When requests arrived; those on their way, and when their slots were taken.
    let (mut arrived, mut in_flight) = (Vec::new(), Vec::new());
    let mut story = Vec::new();
    for step in 0..80 {
        let what = random.u32(0..100);
        story.push(what);
        match what {
            0..40 => machine.pass(random.u64(0..25 * SECOND)),
            40..55 => machine.set(random.i64(-200_000..200_000)),
            55..60 => {
                // Nobody survives it, and what was on its way arrived.
                consoles.clear();
                arrived.extend(in_flight.drain(..).map(|way| arrival(&way, &machine)));
                machine.restart(random.u64(0..100 * SECOND));
                consoles.push(Console::open(top.path(), &machine, step).await);
            }
            60..66 => consoles.push(Console::open(top.path(), &machine, step + 100).await),
            66..70 if consoles.len() > 1 => drop(consoles.swap_remove(random.usize(..consoles.len()))),
            70..75 => arrived.extend(in_flight.drain(..).map(|way| arrival(&way, &machine))),
            _ => {
                let console = &consoles[random.usize(..consoles.len())];
                for _ in 0..random.usize(1..12) {
                    let Some(permit) = console.slot().await else { break };
                    in_flight.push((permit, machine.truth()));
                }
            }
        }
        if random.bool() {
            for way in in_flight.drain(..random.usize(..=in_flight.len())) {
                arrived.push(arrival(&way, &machine));
                way.0.answered(&CloudWords::default()).await.unwrap();
            }
        }
    }
    assert!(arrived.len() > 10, "seed {seed}: {story:?}");
    arrived.sort_unstable();
    for few in arrived.windows(11) {
        let apart = few[10] - few[0];
        assert!(apart >= 60 * SECOND, "11 requests within {} s, seed {seed}: {story:?}", apart / SECOND);
    }
}

/// A request arrives as late as it can: now, or when its patience was over.
fn arrival((_, taken): &(Permit, u64), machine: &Machine) -> u64 {
    let over = GRACE + TIMEOUT;
    machine.truth().min(taken + over.as_secs() * SECOND)
}

#[tokio::test]
async fn whatever_the_clocks_do_no_window_sees_more_than_the_limit() {
    for seed in 0..12 {
        weather(seed).await;
    }
}

#[test]
fn a_guess_is_said() {
    let (home, cloud) = (Home::new(), Cloud::new(options(10, 300, 0)));
    let list = home.list("list.csv", 0..3);
    ended(home.send(&cloud, &list, 50)).expect(0);
    // As if the machine had restarted since.
    assert_eq!(home.tamper("UPDATE ledgers SET boot = 'earlier'"), 1);
    ended(home.send(&cloud, &list, 50)).expect(0).says(&[Guess::Restarted.words()]);
    let said = ended(home.send(&cloud, &list, 50)).expect(0);
    assert!(!said.words.contains(Guess::Restarted.words()), "{}", said.words);
    cloud.kept_its_limit();
}
