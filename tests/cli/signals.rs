use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::house::*;
use rustix::process::{Pid, Signal, kill_process};

fn spawn(house: &House, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_gears"))
        .env_clear()
        .envs(surroundings(house.home.path()))
        .envs(house.cloud())
        .current_dir(house.home.path())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits until the cloud has received so many commands.
fn until_sent(house: &House, count: usize) {
    let begun = Instant::now();
    while house.sent().len() < count {
        assert!(begun.elapsed() < Duration::from_mins(1), "no request arrived");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_signal_stops_the_run_awaits_what_is_in_flight_and_reports() {
    // Of a line that is cut the last two tell as well.
    for stop in [
        &[Signal::INT][..],
        &[Signal::TERM],
        &[Signal::HUP],
        &[Signal::HUP, Signal::TERM],
        &[Signal::TERM, Signal::HUP],
    ] {
        let house = House::new(script("[[fault]]\nnth = 1\nstatus = 200\ndelay_ms = 1500\n"));
        let macs = good(12);
        let list = house.file("a.txt", macs.join("\n"));
        // Two slots: one for the token, one for the first command. The rest waits for ever.
        let arguments =
            ["send", "-a", "dhcprenew", "--yes", "--format", "json", "--batch-size", "4", "--rate", "2/1h", &list];
        let child = spawn(&house, &arguments);
        until_sent(&house, 1);
        for one in stop {
            signal(&child, *one);
        }
        let said = Said::from(child.wait_with_output().unwrap()).expect(130);
        let counts = said.json()["counts"].clone();
        assert_eq!((&counts["not_sent"], &counts["unknown"]), (&8.into(), &0.into()), "{stop:?} {}", said.data);
        for words in ["stopping", "8 not sent", "gears resume 1 goes on"] {
            assert!(said.words.contains(words), "{words}: {}", said.words);
        }
        // Whoever was cut off is offered the run at the next start; whoever stopped it is not.
        let state = house.run(&["history", "1", "--format", "json"]).expect(0).json()["state"].clone();
        assert_eq!(state, if stop == [Signal::INT] { "stopped" } else { "unfinished" }, "{stop:?}");
        assert_eq!(house.sent().len(), 1);
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let house = House::new(script("[[fault]]\nhang = 'head'\ntimes = 0\n"));
    let mut child =
        spawn(&house, &["send", "-a", "dhcprenew", "--yes", "--format", "json", "--timeout", "10m", &good(1)[0]]);
    until_sent(&house, 1);
    signal(&child, Signal::INT);
    let mut words = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("stopping") {
        line.clear();
        assert!(words.read_line(&mut line).unwrap() > 0, "it ended too early");
    }
    signal(&child, Signal::INT);
    let mut rest = String::new();
    words.read_to_string(&mut rest).unwrap();
    let said = Said::from(child.wait_with_output().unwrap()).expect(130);
    assert_eq!(said.json()["counts"]["unknown"], 1);
    assert!(rest.contains("unknown"), "{rest}");
}

#[test]
fn the_simulation_alone_serves_whoever_pastes_its_lines() {
    let house = House::new(options());
    let mut child = spawn(&house, &["simulate", "--rate", "100/1s"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut pasted = Vec::new();
    while pasted.len() < 4 {
        let line = lines.next().unwrap().unwrap();
        let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
        pasted.push((name.to_owned(), value.to_owned()));
    }
    let mut gears = gears_at(house.home.path());
    gears.envs(pasted).args(["send", "-a", "dhcprenew", "--yes", "--format", "json", &good(1)[0]]);
    let said = Said::from(gears.output().unwrap()).expect(0);
    assert_eq!(said.json()["counts"]["succeeded"], 1);
    assert!(house.sent().is_empty(), "the other simulation was used");
    signal(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_simulation_listens_on_this_machine_alone() {
    let house = House::new(options());
    house.run(&["simulate", "--listen", "0.0.0.0:0"]).expect(2).says(&["127.0.0.1"]);
    house.run(&["simulate", "--faults", "/nowhere"]).expect(2).says(&["/nowhere"]);
    let taken = house.simulator.address().to_string();
    house.run(&["simulate", "--listen", &taken]).expect(3).says(&[&taken]);
}

#[test]
fn what_was_stopped_is_resumed() {
    let house = House::new(options());
    let macs = good(6);
    let list = house.file("a.txt", macs.join("\n"));
    let child = spawn(
        &house,
        &["send", "-a", "dhcprenew", "--yes", "--format", "json", "--batch-size", "3", "--rate", "2/3s", &list],
    );
    until_sent(&house, 1);
    signal(&child, Signal::TERM);
    let first = Said::from(child.wait_with_output().unwrap()).expect(130).json();
    assert_eq!(first["counts"]["not_sent"], 3);
    let run = first["run"].to_string();
    house.run(&["resume", &run]).expect(2).says(&["--yes"]);
    let said = house.run(&["resume", &run, "--yes", "--format", "json", "--rate", "2/3s"]).expect(0);
    assert_eq!(said.json()["counts"]["succeeded"], 6);
    assert_eq!(said.json()["run"], first["run"]);
    let mut sent: Vec<String> = house.sent().concat();
    sent.sort();
    let mut all = macs;
    all.sort();
    assert_eq!(sent, all, "nothing is sent twice");
    house.run(&["resume", "4711", "--yes"]).expect(2).says(&["4711", "gears history"]);
}

#[test]
fn what_may_have_run_before_a_death_is_never_told_as_not_sent() {
    // Those of the first process never get an answer, and the second is not let in.
    let house = House::new(script("[[fault]]\nhang = 'head'\ntimes = 3\n[[fault]]\nstatus = 403\ntimes = 0\n"));
    let list = house.file("a.txt", good(12).join("\n"));
    let mut child =
        spawn(&house, &["send", "-a", "dhcprenew", "--yes", "--batch-size", "4", "--timeout", "10m", &list]);
    until_sent(&house, 3);
    child.kill().unwrap();
    child.wait().unwrap();
    let unknown = |run: &serde_json::Value| run["counts"]["unknown"].clone();
    let past = || house.run(&["history", "1", "--format", "json"]).expect(0).json();
    assert_eq!(unknown(&past()), 12);
    let said = house.run(&["resume", "1", "--unknown", "yes", "--yes", "--format", "json"]).expect(1);
    assert_eq!((unknown(&said.json()), &said.json()["counts"]["not_sent"]), (12.into(), &0.into()), "{}", said.data);
    assert!(said.data.contains("an earlier request left"), "{}", said.data);
    assert_eq!(unknown(&past()), 12);
}
