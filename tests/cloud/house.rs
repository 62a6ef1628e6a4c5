//! A simulator, a dispatcher that talks to it, and what they said.

use std::sync::Arc;
use std::time::Duration;

use gears_console::client::{Client, CloudSettings, Credentials};
use gears_console::dispatcher::{self, Command, Event, Link, Setup, Ticket, Unreachable};
use gears_console::journal::Journal;
use gears_console::limiter::{Limiter, MemoryStore, Owner, Rate};
use gears_console::model::{Action, EndReason, IdMode, NewRun, Outcome, OutcomeKind, RunDevice, RunId};
use gears_console::simulator::{Faults, Options, Received, SECRET, Simulator, fleet};
use reqwest::Url;

/// The window of most tests: short, so that waiting for it costs little.
pub const RATE: Rate = Rate { requests: 10, window: Duration::from_secs(2) };

/// Long enough for a busy machine.
pub const TIMEOUT: Duration = Duration::from_secs(20);

pub struct House {
    pub simulator: Simulator,
    pub link: Link,
    pub events: Vec<Event>,
}

pub fn options() -> Options {
    Options { rate: RATE, ..Options::default() }
}

pub fn script(text: &str) -> Options {
    Options { faults: Faults::parse(text).unwrap(), ..options() }
}

pub fn settings(base_url: Url, credentials: Credentials) -> CloudSettings {
    CloudSettings { base_url, credentials, timeout: TIMEOUT, connect_timeout: TIMEOUT, ca_file: None }
}

pub fn limiter(rate: Rate) -> Limiter {
    let owner = Owner { user: "anna".to_owned(), pid: 1 };
    Limiter::new(rate, TIMEOUT, Arc::new(MemoryStore::new()), owner)
}

pub fn setup(simulator: &Simulator) -> Setup {
    Setup {
        client: Client::new(settings(simulator.base_url(), simulator.credentials())).unwrap(),
        limiter: limiter(RATE),
        journal: Journal::disabled(),
        batch_size: 50,
        in_flight: 4,
        unreachable: Unreachable::Pause,
    }
}

/// A run to so many devices of the sample list, all of them known to the account and with an agent.
pub fn run(devices: usize) -> NewRun {
    let good = fleet::devices().into_iter().filter(|device| device.known && device.has_agent);
    let devices = good.take(devices).enumerate().map(|(index, device)| RunDevice {
        mac: Some(device.mac),
        hwid: Some(device.hwid),
        label: device.host.into(),
        source: "paste".into(),
        line: index as u32 + 1,
    });
    NewRun {
        action: Action::DhcpRenew,
        id_mode: IdMode::Mac,
        devices: devices.collect(),
        excluded: Arc::new([]),
        reason: None,
    }
}

impl House {
    pub async fn new(options: Options) -> Self {
        Self::with(options, |_| {}).await
    }

    pub async fn with(options: Options, change: impl FnOnce(&mut Setup)) -> Self {
        let simulator = Simulator::start(options).await.unwrap();
        let mut setup = setup(&simulator);
        change(&mut setup);
        Self { simulator, link: dispatcher::start(setup), events: Vec::new() }
    }

    pub fn start(&self, ticket: u64, run: NewRun) {
        self.tell(Command::Start { ticket: Ticket(ticket), run });
    }

    pub fn tell(&self, command: Command) {
        self.link.commands.send(command).unwrap();
    }

    /// The next event; fails the test where none comes for very long.
    pub async fn next(&mut self) -> Option<Event> {
        let next = tokio::time::timeout(Duration::from_mins(1), self.link.events.recv());
        let event = next.await.expect("the dispatcher says nothing");
        self.events.extend(event.clone());
        event
    }

    /// Waits until a run is over, and says why it is.
    pub async fn ended(&mut self) -> EndReason {
        loop {
            if let Some(Event::Ended { why, .. }) = self.next().await {
                return why;
            }
        }
    }

    /// The run's number.
    pub fn number(&self) -> RunId {
        let accepted = |event: &Event| if let Event::Accepted { run, .. } = event { Some(*run) } else { None };
        self.events.iter().rev().find_map(accepted).expect("a run was accepted")
    }

    /// The newest outcome of every device of the only run.
    pub fn outcomes(&self, devices: usize) -> Vec<Outcome> {
        let mut outcomes = vec![Outcome::plain(OutcomeKind::Queued); devices];
        for event in &self.events {
            if let Event::Outcomes { changes, .. } = event {
                for (device, outcome) in changes {
                    outcomes[*device as usize] = outcome.clone();
                }
            }
        }
        outcomes
    }

    /// The command requests that arrived.
    pub fn commands(&self) -> Vec<Received> {
        let received = self.simulator.received().into_iter();
        received.filter(|request| request.path == "/o/api/v2/devices/action").collect()
    }

    /// Everything that was said, as text.
    pub fn said(&self) -> String {
        format!("{:?}", self.events)
    }

    /// No window saw more requests than the limit, and nothing that was said holds a secret.
    pub fn check(&self, rate: Rate) {
        let received = self.simulator.received();
        for pair in received.windows(rate.requests as usize + 1) {
            let apart = pair[rate.requests as usize].at - pair[0].at;
            assert!(apart >= rate.window, "{} requests within {apart:?}", rate.requests + 1);
        }
        let said = self.said();
        assert!(!said.contains(SECRET) && !said.contains("simulated-token"), "{said}");
    }
}
