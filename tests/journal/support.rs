//! What the tests of the journal share.

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use gears_console::journal::{AnswerNote, Clock, Journal, PastDevice, Settings, Who};
use gears_console::limiter::Moment;
use gears_console::model::{Action, Counts, IdMode, Mac, NewRun, Outcome, OutcomeKind, RunDevice, RunId};
use jiff::Timestamp;

/// A clock that stands still until it is told otherwise.
#[derive(Debug)]
pub struct TestClock {
    /// Milliseconds since 1970
    pub wall: AtomicI64,
    /// Nanoseconds
    pub uptime: AtomicU64,
    pub boot: Mutex<&'static str>,
    pub machine: &'static str,
}

impl TestClock {
    pub const START: i64 = 1_700_000_000_000;

    pub fn new() -> Arc<Self> {
        Self::on("machine")
    }

    pub fn on(machine: &'static str) -> Arc<Self> {
        let (wall, uptime) = (AtomicI64::new(Self::START), AtomicU64::new(500_000_000_000));
        Arc::new(Self { wall, uptime, boot: Mutex::new("first"), machine })
    }

    pub fn pass_hours(&self, hours: i64) {
        self.wall.fetch_add(hours * 3_600_000, Ordering::Relaxed);
        // Set back or not: the uptime goes on.
        self.uptime.fetch_add(hours.unsigned_abs() * 3_600_000_000_000, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn wall(&self) -> Timestamp {
        Timestamp::from_millisecond(self.wall.load(Ordering::Relaxed)).unwrap()
    }

    fn uptime(&self) -> Moment {
        Moment(self.uptime.load(Ordering::Relaxed))
    }

    fn boot(&self) -> Arc<str> {
        (*self.boot.lock().unwrap()).into()
    }

    fn machine(&self) -> Arc<str> {
        self.machine.into()
    }
}

/// Settings of anna, who comes from 192.0.2.7.
pub fn settings(folder: &Path) -> Settings {
    let who = Who { user: "anna".into(), host: "jump1".into(), ssh_client: Some("192.0.2.7".into()) };
    Settings { who, ..Settings::new(folder, "acme", "gears.example", Some("client-1")) }
}

pub async fn open(folder: &Path) -> Journal {
    Journal::open(settings(folder)).await.unwrap()
}

pub fn mac(number: u32) -> Mac {
    let [a, b, c, d] = number.to_be_bytes();
    Mac::new([0x02, 0, a, b, c, d])
}

pub fn device(number: u32) -> RunDevice {
    RunDevice {
        mac: Some(mac(number)),
        hwid: Some(format!("HWID{number:06}").parse().unwrap()),
        label: format!("LT-{number:05} anna").into(),
        source: "list.csv".into(),
        line: number + 1,
    }
}

/// A run of devices number 0 to `devices`.
pub fn new_run(action: Action, devices: u32) -> NewRun {
    NewRun {
        action,
        id_mode: IdMode::Mac,
        devices: (0..devices).map(device).collect(),
        excluded: [].into(),
        reason: Some("INC-7".into()),
    }
}

pub fn note(status: u16) -> AnswerNote {
    AnswerNote { status: Some(status), words: Some("as told".into()) }
}

/// Sends and answers one batch with the same outcome for all.
pub async fn send(journal: &Journal, run: RunId, batch: u32, devices: &[u32], kind: OutcomeKind) {
    journal.batch_sent(run, batch, devices).await.unwrap();
    let outcomes: Vec<_> = devices.iter().map(|&device| (device, Outcome::plain(kind))).collect();
    journal.batch_answered(run, batch, &outcomes, &note(200)).await.unwrap();
}

/// Every device of a run as the journal knows it.
pub async fn devices(journal: &Journal, run: RunId) -> Vec<PastDevice> {
    let summary = journal.run(run).await.unwrap().unwrap();
    let mut past = journal.devices_of(&summary);
    let mut all = Vec::new();
    while let Some(page) = past.next().await.unwrap() {
        all.extend(page);
    }
    all
}

pub async fn counts(journal: &Journal, run: RunId) -> Counts {
    journal.run(run).await.unwrap().unwrap().counts
}

/// Counts from (kind, how many).
pub fn counted(kinds: &[(OutcomeKind, usize)]) -> Counts {
    kinds.iter().flat_map(|&(kind, count)| std::iter::repeat_n(kind, count)).collect()
}
