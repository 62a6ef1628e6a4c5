//! The console with a cloud behind it that the test can look into: death and resume, a line that hangs, one budget.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use gears_console::limiter::Rate;
use gears_console::simulator::fleet::Fleet;
use gears_console::simulator::{KEY, Options, SECRET, Simulator};
use portable_pty::CommandBuilder;
use rustix::process::Signal;

use crate::pty::{Pty, gears};

/// A cloud and the runtime that it lives on.
pub struct Cloud {
    simulator: Simulator,
    _runtime: tokio::runtime::Runtime,
}

impl Cloud {
    pub fn new(requests: u32, window: Duration, latency: Duration) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let rate = Rate { requests, window };
        let options = Options { rate, latency, fleet: Fleet::everything(), ..Options::default() };
        let simulator = runtime.block_on(Simulator::start(options)).unwrap();
        Self { simulator, _runtime: runtime }
    }

    /// A console of this home that speaks to this cloud.
    pub fn console(&self, home: &Path, rate: &str, arguments: &[&str]) -> CommandBuilder {
        let mut command = gears(home, arguments);
        command.env("GEARS_BASE_URL", self.simulator.base_url().as_str());
        command.env("GEARS_CLIENT_KEY", KEY);
        command.env("GEARS_CLIENT_SECRET", SECRET);
        command.env("GEARS_RATE", rate);
        command.env("GEARS_BATCH_SIZE", "10");
        command
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.simulator.base_url().to_string()
    }

    /// How many commands arrived.
    pub fn number_of_commands(&self) -> usize {
        self.commands().len()
    }

    /// The lists of all commands that arrived, and whether each was carried out.
    fn commands(&self) -> Vec<(Vec<String>, bool)> {
        let received = self.simulator.received().into_iter();
        received.filter(|request| !request.ids.is_empty()).map(|request| (request.ids, request.ran)).collect()
    }

    /// The most requests that arrived within any window.
    fn most_in(&self, window: Duration) -> usize {
        let times: Vec<Instant> = self.simulator.received().iter().map(|request| request.at.into_std()).collect();
        let within = |first: &Instant| times.iter().filter(|at| *at >= first && **at < *first + window).count();
        times.iter().map(within).max().unwrap_or(0)
    }
}

pub fn list(home: &Path, devices: u32) {
    let mut text = String::from("mac,host\n");
    for device in 0..devices {
        let [_, _, a, b] = device.to_be_bytes();
        let _ = writeln!(text, "00:0c:29:cd:{a:02x}:{b:02x},LT-{device:05}");
    }
    std::fs::write(home.join("list.csv"), text).unwrap();
}

/// Loads nothing more, selects all and sends `dhcprenew`.
fn send_all(pty: &mut Pty, devices: &str) {
    pty.press("a", &format!("{devices} selected")).press("\r", "Send?");
    type_number(pty);
    pty.confirm().hides("do not send");
}

/// Types the number that the question asks for.
fn type_number(pty: &mut Pty) {
    let text = pty.text();
    let (_, asked) = text.split_once("Type ").expect("a number is asked for");
    let number = asked.split(' ').next().unwrap().replace(',', "");
    for end in 1..=number.len() {
        pty.press(&number[end - 1..end], &format!(": {}_", &number[..end]));
    }
}

#[test]
fn a_run_that_died_with_its_console_is_gone_on_with_and_nothing_is_sent_twice() {
    let home = tempfile::tempdir().unwrap();
    list(home.path(), 200);
    let cloud = Cloud::new(4, Duration::from_millis(1500), Duration::from_millis(300));
    let mut pty = Pty::start(cloud.console(home.path(), "4/1500ms", &["list.csv"]), 80, 24);
    pty.shows("0 selected of 200").shows("4 of 4");
    send_all(&mut pty, "200");
    pty.shows("70/200");
    pty.signal(Signal::KILL);
    pty.end();
    let before = cloud.commands();

    let mut pty = Pty::start(cloud.console(home.path(), "4/1500ms", &[]), 80, 24);
    pty.shows("A run was cut off").shows("run 1, dhcprenew: ").shows(" never sent").shows("Type ");
    type_number(&mut pty);
    pty.shows("▸ Enter go on").send("\r").hides("A run was cut off").shows("200/200  ✓200").send("q");
    assert!(pty.end().success());

    // What the first console had in flight when it died may be there twice, and nothing else.
    let mut times: HashMap<String, usize> = HashMap::new();
    for (ids, ran) in cloud.commands() {
        assert!(ran);
        for id in ids {
            *times.entry(id).or_default() += 1;
        }
    }
    assert_eq!(times.len(), 200);
    let twice: Vec<&String> = times.iter().filter(|(_, times)| **times > 1).map(|(id, _)| id).collect();
    let newest: Vec<&String> = before.iter().rev().take(4).flat_map(|(ids, _)| ids).collect();
    assert!(times.values().all(|&times| times <= 2) && twice.iter().all(|id| newest.contains(id)), "{twice:?}");
    assert!(cloud.most_in(Duration::from_millis(1500)) <= 4);
}

#[test]
fn a_hung_up_console_leaves_a_run_that_can_be_gone_on_with() {
    let home = tempfile::tempdir().unwrap();
    list(home.path(), 100);
    let cloud = Cloud::new(3, Duration::from_secs(2), Duration::from_millis(200));
    let mut pty = Pty::start(cloud.console(home.path(), "3/2s", &["list.csv"]), 80, 24);
    pty.shows("0 selected of 100").shows("3 of 3");
    send_all(&mut pty, "100");
    pty.shows("20/100").signal(Signal::HUP);
    pty.end();
    pty.is_as_before();
    let mut pty = Pty::start(cloud.console(home.path(), "3/2s", &[]), 80, 24);
    pty.shows("run 1, dhcprenew: 20 of 100 answered, 80 never sent").press("l", "Run 1 dhcprenew").send("\u{1b}");
    pty.shows("A run was cut off").send("\u{1b}").hides("A run was cut off").send("q");
    assert!(pty.end().success());
}

#[test]
fn a_hung_up_console_finishes_its_run_where_it_was_told_to() {
    let home = tempfile::tempdir().unwrap();
    list(home.path(), 100);
    let cloud = Cloud::new(3, Duration::from_millis(500), Duration::from_millis(100));
    let command = cloud.console(home.path(), "3/500ms", &["--finish-on-hangup", "list.csv"]);
    let mut pty = Pty::start(command, 80, 24);
    pty.shows("0 selected of 100").shows("3 of 3");
    send_all(&mut pty, "100");
    pty.shows("20/100").signal(Signal::HUP);
    pty.end();
    assert_eq!(cloud.commands().iter().map(|(ids, _)| ids.len()).sum::<usize>(), 100);
}

#[test]
fn a_line_that_hangs_does_not_stop_a_run() {
    let home = tempfile::tempdir().unwrap();
    list(home.path(), 600);
    let cloud = Cloud::new(10, Duration::from_millis(500), Duration::from_millis(50));
    let mut pty = Pty::start(cloud.console(home.path(), "10/500ms", &["list.csv"]), 80, 24);
    pty.shows("0 selected of 600").shows("10 of 10");
    send_all(&mut pty, "600");
    pty.reads(false);
    // So many whole screens that no line holds them all.
    let deadline = Instant::now() + Duration::from_secs(30);
    while cloud.commands().len() < 60 {
        assert!(Instant::now() < deadline, "only {} requests", cloud.commands().len());
        pty.resize(81, 24);
        pty.resize(80, 24);
        std::thread::sleep(Duration::from_millis(20));
    }
    pty.reads(true);
    pty.shows("600/600  ✓600").shows("dhcprenew, done").send("q");
    assert!(pty.end().success());
    pty.is_as_before();
}

#[test]
fn two_consoles_of_a_host_share_one_budget() {
    let home = tempfile::tempdir().unwrap();
    list(home.path(), 100);
    let window = Duration::from_millis(1500);
    let cloud = Cloud::new(4, window, Duration::from_millis(100));
    let start = |user: &str| {
        let mut command = cloud.console(home.path(), "4/1500ms", &["list.csv"]);
        command.env("USER", user);
        let mut pty = Pty::start(command, 120, 24);
        pty.shows("0 selected of 100").shows(" of 4");
        pty
    };
    let (mut anna, mut ben) = (start("anna"), start("ben"));
    send_all(&mut anna, "100");
    send_all(&mut ben, "100");
    ben.shows("anna sent ");
    anna.shows("100/100  ✓100").send("q").end();
    ben.shows("100/100  ✓100").send("q").end();
    assert!(cloud.most_in(window) <= 4);
}

#[test]
fn without_credentials_the_console_opens_and_says_what_is_missing() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Pty::start(gears(home.path(), &["00:0c:29:00:00:09"]), 80, 24);
    pty.shows("a client key or its secret is missing").press("\u{1b}", "1 selected of 1").shows("sending is off");
    pty.press("\r", "no credentials").press("v", "GEARS_CLIENT_KEY");
    pty.press("\u{1b}", "Nothing was sent yet").send("q");
    assert!(pty.end().success());
}

#[test]
fn the_first_frame_does_not_wait_for_the_cloud() {
    let home = tempfile::tempdir().unwrap();
    // A server that takes connections and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = gears(home.path(), &["00:0c:29:00:00:09"]);
    command.env("GEARS_BASE_URL", format!("http://{}", silent.local_addr().unwrap()));
    command.env("GEARS_ACCESS_TOKEN", "token");
    let mut pty = Pty::start(command, 80, 24);
    pty.shows("1 selected of 1").press("?", "What became of").press("\u{1b}", "Nothing was sent yet").send("q");
    assert!(pty.end().success());
}
