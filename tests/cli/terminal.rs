//! Questions, in a real terminal.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::house::*;
use gears_console::simulator::SECRET;
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn std::io::Write + Send>,
    seen: Arc<Mutex<String>>,
    reader: std::thread::JoinHandle<()>,
    master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Terminal {
    fn open(house: &House, arguments: &[&str], without: &[&str]) -> Self {
        Self::run(house, env!("CARGO_BIN_EXE_gears"), arguments, without)
    }

    /// Runs a program in a terminal of its own, with the surroundings of the binary but `without` these variables.
    pub fn run(house: &House, program: &str, arguments: &[&str], without: &[&str]) -> Self {
        Self::wide(100, house, program, arguments, without)
    }

    fn wide(cols: u16, house: &House, program: &str, arguments: &[&str], without: &[&str]) -> Self {
        let pair = native_pty_system().openpty(PtySize { rows: 24, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.cwd(house.home.path());
        for (name, value) in surroundings(house.home.path()).into_iter().chain(house.cloud()) {
            if !without.contains(&name) {
                command.env(name, value);
            }
        }
        command.env("TERM", "xterm-256color");
        command.args(arguments);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let seen = Arc::new(Mutex::new(String::new()));
        let copy = Arc::clone(&seen);
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                copy.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Self { child, keys, seen, reader, master: pair.master }
    }

    pub fn wait_for(&self, text: &str) {
        let begun = Instant::now();
        while !self.text().contains(text) {
            assert!(begun.elapsed() < Duration::from_mins(1), "“{text}” never came: {}", self.text());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What came so far, in the order in which it came: a step to the right is a space, other control sequences are nothing.
    fn text(&self) -> String {
        let seen = self.seen.lock().unwrap().replace("\u{1b}[C", " ");
        let mut parts = seen.split("\u{1b}[");
        let first = parts.next().unwrap_or_default().to_owned();
        let behind = |part: &str| part.split_once(|c: char| matches!(c, '@'..='~')).map(|(_, text)| text.to_owned());
        first + &parts.filter_map(behind).collect::<String>()
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn end(mut self) -> (u32, String) {
        let code = self.child.wait().unwrap().exit_code();
        // The terminal ends with the last process on it.
        self.reader.join().unwrap();
        let seen = self.seen.lock().unwrap().clone();
        (code, seen)
    }
}

#[test]
fn a_small_run_is_confirmed_with_y() {
    let house = House::new(options());
    let mut terminal = Terminal::open(&house, &["send", "-a", "dhcprenew", &good(1)[0]], &[]);
    terminal.wait_for("Send? [y/N]");
    assert!(house.sent().is_empty());
    terminal.press("y\r");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("1 by MAC") && seen.contains("succeeded"), "{seen}");
    assert_eq!(house.sent().len(), 1);
}

#[test]
fn anything_else_is_no() {
    for answer in ["\r", "n\r", "1\r", "\u{4}"] {
        let house = House::new(options());
        let mut terminal = Terminal::open(&house, &["send", "-a", "dhcprenew", &good(1)[0]], &[]);
        terminal.wait_for("Send? [y/N]");
        terminal.press(answer);
        let (code, seen) = terminal.end();
        assert_eq!(code, 2, "{seen}");
        assert!(seen.contains("nothing was sent"), "{seen}");
        assert!(house.simulator.received().is_empty());
    }
}

#[test]
fn a_protection_is_switched_off_by_the_number_of_devices() {
    let house = House::new(options());
    let macs = good(2);
    for (answer, expected) in [("y\r", 2), ("3\r", 2), ("2\r", 0)] {
        let mut terminal = Terminal::open(&house, &["send", "-a", "exempt_all", &macs[0], &macs[1]], &[]);
        terminal.wait_for("Type the number of devices");
        terminal.press(answer);
        let (code, seen) = terminal.end();
        assert_eq!(code, expected, "{answer:?}: {seen}");
    }
    assert_eq!(house.sent().len(), 1);
}

#[test]
fn a_secret_is_asked_for_and_not_shown() {
    let house = House::new(options());
    let mut terminal = Terminal::open(&house, &["send", "-a", "dhcprenew", &good(1)[0]], &["GEARS_CLIENT_SECRET"]);
    terminal.wait_for("Client secret (not shown): ");
    terminal.press(&format!("{SECRET}\r"));
    terminal.wait_for("Send? [y/N]");
    terminal.press("y\r");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains(SECRET), "{seen}");

    let mut terminal = Terminal::open(&house, &["send", "-a", "dhcprenew", &good(1)[0]], &["GEARS_CLIENT_SECRET"]);
    terminal.wait_for("Client secret (not shown): ");
    terminal.press("half\u{3}");
    let (code, seen) = terminal.end();
    assert_eq!(code, 130, "{seen}");
    assert!(!seen.contains("half"), "{seen}");
}

/// The terminal's modes, as text.
fn modes(terminal: &Terminal) -> String {
    format!("{:?}", terminal.master.get_termios().unwrap())
}

#[test]
fn a_signal_during_a_question_leaves_the_terminal_as_it_was() {
    let house = House::new(options());
    for (without, question) in [(&["GEARS_CLIENT_SECRET"][..], "Client secret"), (&[], "Send? [y/N]")] {
        let mut terminal = Terminal::open(&house, &["send", "-a", "dhcprenew", "-"], without);
        // The list is typed: what the terminal was like is seen before anything is asked.
        let before = modes(&terminal);
        terminal.press(&format!("{}\r\u{4}", good(1)[0]));
        terminal.wait_for(question);
        let asked = modes(&terminal);
        assert_eq!(asked == before, without.is_empty(), "a secret is not echoed");
        let pid = rustix::process::Pid::from_raw(terminal.child.process_id().unwrap().cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let code = terminal.child.wait().unwrap().exit_code();
        assert_eq!(modes(&terminal), before);
        let (_, seen) = terminal.end();
        assert_eq!(code, 130, "{seen}");
        assert!(house.simulator.received().is_empty());
    }
}

#[test]
fn what_was_pasted_before_the_question_is_no_answer() {
    // The secret's command takes a while: what is typed in the meantime waits in the terminal.
    let house = House::new(options());
    let command =
        format!("sh -c 'echo ready >&2; read line < {0}; echo {SECRET}'", house.home.path().join("fifo").display());
    let fifo = std::process::Command::new("mkfifo").arg(house.home.path().join("fifo")).status().unwrap();
    assert!(fifo.success());
    house.file("config/gears/config.toml", format!("client_secret_command = {command:?}\n"));
    let mut terminal = Terminal::open(&house, &["send", "-a", "dhcprenew", &good(1)[0]], &["GEARS_CLIENT_SECRET"]);
    terminal.wait_for("sending by");
    terminal.press("y\ry\ry\r");
    terminal.wait_for("y\r\ny\r\ny");
    std::fs::write(house.home.path().join("fifo"), "go\n").unwrap();
    terminal.wait_for("Send? [y/N]");
    terminal.press("n\r");
    let (code, seen) = terminal.end();
    assert_eq!(code, 2, "{seen}");
    assert!(house.simulator.received().is_empty());
}

#[test]
fn a_resume_that_is_declined_changes_nothing() {
    let house = House::new(script("[[fault]]\nnth = 1\nstatus = 403\n"));
    let macs = good(3);
    house.run(&["send", "-a", "exempt_all", "--yes", &macs[0], &macs[1], &macs[2]]).expect(3);
    let history = || house.run(&["history", "1", "--format", "json"]).expect(0).data;
    let before = history();
    let received = house.simulator.received().len();
    for answer in ["n\r", "2\r", "\u{4}"] {
        let mut terminal = Terminal::open(&house, &["resume", "1"], &[]);
        terminal.wait_for("Type the number of devices");
        assert_eq!(history(), before, "while it is asked");
        terminal.press(answer);
        let (code, seen) = terminal.end();
        assert_eq!(code, 2, "{seen}");
        assert!(seen.contains("3 by MAC") && seen.contains("nothing was sent"), "{seen}");
        assert_eq!(history(), before, "{answer:?}");
    }
    assert_eq!(house.simulator.received().len(), received);
    let mut terminal = Terminal::open(&house, &["resume", "1"], &[]);
    terminal.wait_for("Type the number of devices");
    terminal.press("3\r");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
}

#[test]
fn a_history_fits_the_terminal_and_a_pipe_gets_all_of_it() {
    let house = House::new(options());
    let reason = "INC0012345 a ticket with a long name";
    house
        .gears()
        .env("USER", "anna.catherine.of.the.long.name")
        .args(["send", "-a", "exempt_all", "--yes", "--reason", reason, &good(1)[0]])
        .assert()
        .code(0);
    let (code, seen) = Terminal::wide(80, &house, env!("CARGO_BIN_EXE_gears"), &["history"], &[]).end();
    assert_eq!(code, 0, "{seen}");
    let lines: Vec<&str> = seen.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 2, "{seen}");
    for line in &lines {
        assert!(line.chars().count() <= 80, "{line}");
    }
    // What happened stays, and who did it and why are known by the beginning of their texts.
    for part in ["exempt_all", "1 ok", "anna.c", "INC0012345"] {
        assert!(lines[1].contains(part), "{part}: {seen}");
    }
    for title in ["STARTED", "USER", "ACTION", "OUTCOME", "REASON"] {
        assert!(lines[0].contains(title), "{title}: {seen}");
    }
    let piped = house.run(&["history"]).expect(0).data;
    assert!(piped.contains(reason) && piped.contains("anna.catherine.of.the.long.name"), "{piped}");
}

#[test]
fn a_long_history_shows_how_far_it_is_where_its_data_goes_elsewhere() {
    let house = House::new(options());
    house.long_run(6000);
    let script = format!("{} history 1 --format csv > run.csv", env!("CARGO_BIN_EXE_gears"));
    let (code, seen) = Terminal::wide(80, &house, "sh", &["-c", &script], &[]).end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains(" of 6,000 devices"), "{seen}");
    let written = std::fs::read_to_string(house.home.path().join("run.csv")).unwrap();
    assert_eq!(written.lines().count(), 6001);
    // On one screen the two would mix.
    let (_, seen) = Terminal::open(&house, &["history", "1", "--format", "csv"], &[]).end();
    assert!(!seen.contains(" of 6,000 devices"), "the bar is between the lines");
}
