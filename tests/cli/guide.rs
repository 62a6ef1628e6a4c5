//! What people are told to type works: every command of the guide and of README.md is run as it stands there.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use gears_console::cli::Cli;
use gears_console::config::{Key, SPECS};
use gears_console::guide::PAGES;

use super::house::*;
use super::terminal::Terminal;

/// What cannot be run here, and why.
const NOT_RUN: [(&str, &str); 7] = [
    ("cargo run --release -- --demo", "a build of its own; gears --demo is run"),
    ("cargo test", "these are the tests"),
    ("cargo install --path .", "a build of its own, and it changes the machine"),
    ("sudo install -d -g helpdesk -m 2770 /srv/gears", "needs root and a group, and changes the machine"),
    ("gears --state-dir /srv/gears check", "a folder of the machine"),
    ("read -rs GEARS_CLIENT_SECRET && export GEARS_CLIENT_SECRET", "asks on a terminal: see the test of its own"),
    ("gears config edit", "opens an editor: see the test of its own"),
];

/// What opens the console, and what it then shows of its list: it is run in a terminal and left with `q`.
const CONSOLE: [(&str, &str); 5] = [
    ("gears", "No devices yet"),
    ("gears --demo", "0 selected of 340"),
    ("gears devices.csv", "0 selected of 2"),
    ("gears 00:0c:29:cd:c7:b2", "1 selected of 1"),
    ("show mac address-table | gears -", "0 selected of 1"),
];

/// What ends with another code than 0, and why that is right.
const OTHER_END: [(&str, i32, &str); 1] = [("gears resume 1 --yes", 2, "nothing of run 1 was left unsent here")];

/// README.md and the pages, each with its text.
fn papers() -> Vec<(String, String)> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let pages = PAGES.iter().map(|page| (page.name.to_owned(), page.markdown.to_owned()));
    std::iter::once(("README.md".to_owned(), readme)).chain(pages).collect()
}

/// The commands in blocks of `sh`, without what the shell would not read either.
fn commands(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in markdown.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
        } else if inside {
            let command = line.split(" #").next().unwrap_or_default().trim();
            found.extend((!command.is_empty()).then(|| command.to_owned()));
        }
    }
    found
}

/// The texts between backticks that are in no block.
fn quoted(markdown: &str) -> Vec<String> {
    let mut inside = false;
    let prose = markdown.lines().fold(String::new(), |mut prose, line| {
        if line.starts_with("```") {
            inside = !inside;
        } else if !inside {
            let _ = writeln!(prose, "{line}");
        }
        prose
    });
    prose.split('`').skip(1).step_by(2).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// A home as the reader's: lists, a certificate, a program of the network's, a run in the history.
fn house() -> House {
    let house = House::new(options());
    let macs = good(3);
    house.file("devices.csv", format!("mac,hostname\n{},LT-1\n{},LT-2\n", macs[0], macs[1]));
    house.file("ticket.txt", format!("Please look at {}, it has no network.\n", macs[2]));
    let pem = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.pem();
    house.file("proxy-ca.pem", pem);
    let show = house.file("bin/show", format!("#!/bin/sh\necho '   1    {}    DYNAMIC     Gi1/0/7'\n", macs[2]));
    std::fs::set_permissions(show, std::fs::Permissions::from_mode(0o755)).unwrap();
    let binary = house.home.path().join("bin/gears");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_gears"), binary).unwrap();
    house.run(&["send", "--action", "dhcprenew", "--yes", "devices.csv"]).expect(0);
    house
}

/// The line with the binary and the programs of this home before all others.
fn script(house: &House, line: &str) -> String {
    format!("PATH={}/bin:$PATH; {line}", house.home.path().display())
}

/// Runs one line as a shell would, with nothing to read.
fn run(house: &House, line: &str) -> Said {
    let mut command = Command::new("bash");
    command.args(["-c", &script(house, line)]).current_dir(house.home.path()).env_clear();
    command.envs(surroundings(house.home.path())).envs(house.cloud()).stdin(Stdio::null());
    command.output().unwrap().into()
}

/// Opens the console with one line, and leaves it again.
fn open(house: &House, line: &str, shown: &str) {
    let mut terminal = Terminal::run(house, "bash", &["-c", &script(house, line)], &[]);
    terminal.wait_for(shown);
    terminal.press("q");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{line}: {seen}");
}

#[test]
fn every_command_works_as_it_is_written() {
    let mut run_here = 0;
    for (paper, markdown) in papers() {
        let house = house();
        for line in commands(&markdown) {
            if NOT_RUN.iter().any(|(known, _)| *known == line) {
                continue;
            }
            if let Some((_, shown)) = CONSOLE.iter().find(|(known, _)| *known == line) {
                open(&house, &line, shown);
            } else {
                let end = OTHER_END.iter().find(|(known, ..)| *known == line).map_or(0, |(_, code, _)| *code);
                let said = run(&house, &line);
                assert_eq!(said.code, end, "{paper}: {line}\n{}{}", said.data, said.words);
            }
            run_here += 1;
        }
    }
    assert!(run_here > 20, "{run_here}");
}

#[test]
fn every_exception_is_of_a_command_that_is_told() {
    let all: Vec<String> = papers().iter().flat_map(|(_, markdown)| commands(markdown)).collect();
    let listed = NOT_RUN.iter().map(|(line, _)| line).chain(OTHER_END.iter().map(|(line, ..)| line));
    for line in listed.chain(CONSOLE.iter().map(|(line, _)| line)) {
        assert!(all.iter().any(|command| command == line), "{line}");
    }
}

#[test]
fn every_option_command_and_setting_that_is_named_is_there() {
    let mut known: Vec<String> = SPECS.iter().map(|spec| spec.name.to_owned()).collect();
    known.extend(SPECS.iter().map(|spec| spec.key.variable()));
    known.extend(["GEARS_CLIENT_SECRET", "GEARS_ACCESS_TOKEN", "GEARS_CONFIG"].map(str::to_owned));
    let mut commands = vec![Cli::definition()];
    while let Some(command) = commands.pop() {
        known.extend(command.get_arguments().filter_map(|one| one.get_long()).map(|name| format!("--{name}")));
        commands.extend(command.get_subcommands().cloned());
    }
    let known = |name: &str| known.iter().any(|one| one == name);
    for page in &PAGES {
        for text in quoted(page.markdown) {
            let words: Vec<&str> = text.split(' ').collect();
            if words[0] == "gears" && words.len() > 1 {
                let there = Cli::command_names().iter().any(|name| name == words[1]);
                assert!(there || words[1].starts_with('-'), "{}: {text}", page.name);
            }
            for word in words.iter().filter(|word| word.starts_with("--")) {
                assert!(known(word), "{}: {text}", page.name);
            }
            if words.get(1) == Some(&"=") || words[0].starts_with("GEARS_") || words[0].contains('_') {
                let is_action = ["exempt_all"].contains(&words[0]);
                assert!(is_action || known(words[0]), "{}: {text}", page.name);
            }
        }
    }
    assert!(known(Key::RemindAfter.name()));
}

#[test]
fn a_secret_that_is_typed_unseen_is_used() {
    let house = house();
    let line = "read -rs GEARS_CLIENT_SECRET && export GEARS_CLIENT_SECRET && gears check";
    let mut terminal = Terminal::run(
        &house,
        "bash",
        &["-c", &format!("echo ready; {}", script(&house, line))],
        &["GEARS_CLIENT_SECRET"],
    );
    terminal.wait_for("ready");
    terminal.press(&format!("{}\r", gears_console::simulator::SECRET));
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("accepted") && !seen.contains(gears_console::simulator::SECRET), "{seen}");
}

#[test]
fn the_editor_opens_the_configuration_that_init_wrote() {
    let house = house();
    run(&house, "gears config init").expect(0);
    run(&house, "EDITOR='cp -t .' gears config edit").expect(0);
    assert!(house.home.path().join("config.toml").exists());
}

#[test]
fn the_guide_is_markdown_in_a_pipe_and_text_on_a_terminal() {
    let house = House::new(options());
    let list = house.run(&["guide"]).expect(0).data;
    for page in &PAGES {
        assert!(list.contains(page.name) && list.contains(page.about), "{list}");
        assert_eq!(house.run(&["guide", page.name]).expect(0).data, page.markdown);
    }
    let terminal = Terminal::run(&house, env!("CARGO_BIN_EXE_gears"), &["guide", "rate-limit"], &[]);
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("THE RATE LIMIT") && !seen.contains("```") && !seen.contains('\u{1b}'), "{seen}");
    assert!(seen.lines().all(|line| line.trim_end().chars().count() <= 100), "{seen}");
}

#[test]
fn the_operators_own_pager_shows_the_page() {
    let house = House::new(options());
    let arguments = ["-c", "PAGER='sed s/^/paged:/' \"$0\" guide lists", env!("CARGO_BIN_EXE_gears")];
    let (code, seen) = Terminal::run(&house, "sh", &arguments, &[]).end();
    assert!(code == 0 && seen.contains("paged:LISTS"), "{seen}");
    // One that is not there hides nothing.
    let arguments = ["-c", "PAGER=no-such-pager \"$0\" guide lists", env!("CARGO_BIN_EXE_gears")];
    let (code, seen) = Terminal::run(&house, "sh", &arguments, &[]).end();
    assert!(code == 0 && seen.contains("LISTS"), "{seen}");
}

#[test]
fn a_page_that_is_not_there_is_told_with_the_nearest() {
    let house = House::new(options());
    house.run(&["guide", "ratelimit"]).expect(2).says(&["ratelimit", "rate-limit"]);
}
