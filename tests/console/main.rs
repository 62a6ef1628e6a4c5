//! The console as a person meets it: the real binary in a real terminal, the simulator behind real HTTP.

mod cloud;
mod leaving;
mod panic;
mod places;
mod pty;
mod terminals;

use std::path::Path;

use portable_pty::CommandBuilder;
use pty::{Pty, clean, gears};
use rustix::process::Signal;

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The demo with its list on screen.
fn demo(home: &Path, width: u16, height: u16) -> Pty {
    let mut pty = Pty::start(gears(home, &["--demo"]), width, height);
    pty.shows(" selected of ").shows("10 of 10");
    pty
}

/// Sends the action of this key to this many devices, which are selected, and waits for the run's end.
fn send_counted(pty: &mut Pty, action: &str, number: &str) {
    pty.press(action, &format!("▸{action}")).press("\r", "Type ");
    for end in 1..=number.len() {
        pty.press(&number[end - 1..end], &format!(": {}_", &number[..end]));
    }
    pty.confirm().hides("do not send");
}

#[test]
fn from_the_demo_list_to_a_result_for_every_device() {
    let home = home();
    let mut pty = demo(home.path(), 80, 24);
    pty.shows("simulation, nothing real").shows("Nothing was sent yet.");
    pty.press("/", "keep the filter").send("LT-0001").shows("/ LT-0001").shows(" shown");
    pty.press("\r", "? help").press("a", "Enter send");
    let selected: usize = selected(&pty);
    assert!(selected > 1, "{}", pty.text());
    send_counted(&mut pty, "2", &selected.to_string());
    pty.shows(&format!("{selected}/{selected}")).shows("exempt_all, done");
    pty.press("q", "").end();
    pty.is_as_before();
}

/// The number in `12 selected of 340`.
fn selected(pty: &Pty) -> usize {
    let text = pty.text();
    let (before, _) = text.split_once(" selected of ").expect("a count");
    before.rsplit(' ').next().unwrap().replace(',', "").parse().expect("a number")
}

#[test]
fn a_paste_adds_devices_and_sends_nothing() {
    let home = home();
    let mut pty = Pty::start(gears(home.path(), &["--demo", "00:0c:29:00:00:09"]), 80, 24);
    pty.shows("1 selected of 1");
    pty.send("\u{1b}[200~PC one 00-0C-29-00-00-01\r\nq\r\n\r\nx\ra 000c.2900.0002\r\n\u{1b}[201~");
    pty.shows("pasted: 2 devices").shows("00:0c:29:00:00:01").shows("Nothing was sent yet.");
}

#[test]
fn a_paste_that_comes_as_keys_is_text_and_no_command() {
    let home = home();
    let mut pty = Pty::start(gears(home.path(), &["--demo", "00:0c:29:00:00:09"]), 80, 24);
    pty.shows("1 selected of 1");
    // Every command key, and Enter between them.
    let keys = "q x\rd\r u\r3\r\r2\rn N A a i m r R c\r\rt o p s : ? M e v w / \u{3}\u{1a}\t\r\r1\r";
    pty.send(&format!("00-0C-29-00-00-01\r{keys}000c.2900.0002\r\r\r"));
    pty.shows("pasted: 2 devices").shows("00:0c:29:00:00:02").shows("1 selected of 3").shows("Nothing was sent yet.");
    assert!(pty.child.try_wait().unwrap().is_none(), "it runs on");
}

/// A bad line brings the Esc of an arrow or of Delete by itself, and the rest a little later.
#[test]
fn a_key_that_comes_in_parts_chooses_nothing() {
    let home = home();
    std::fs::create_dir_all(home.path().join(".config/gears")).unwrap();
    let keys = "[keys]\ninvert-selection = \"[\"\nselect-all = [\"a\", \"O\"]\n";
    std::fs::write(home.path().join(".config/gears/config.toml"), keys).unwrap();
    let mut pty = Pty::start(gears(home.path(), &["--demo", "00:0c:29:00:00:09", "00:0c:29:00:00:0a"]), 80, 24);
    pty.shows("2 selected of 2").press("A", "0 selected of 2").shows("▸1 dhcprenew");
    for sequence in ["[3~", "OA", "[2;3~"] {
        // A machine that takes too long between the parts has not sent a key in parts.
        loop {
            pty.press("t", "One device");
            let start = std::time::Instant::now();
            pty.send("\u{1b}").hides("One device");
            for part in sequence.chars() {
                std::thread::sleep(gears_console::tui::gate::FAST * 2);
                pty.send(&part.to_string());
            }
            // What is behind the sequence is a key again.
            pty.press("v", "This device").press("q", "0 selected of 2");
            if start.elapsed() < gears_console::tui::gate::APART {
                break;
            }
            pty.press("1", "▸1 dhcprenew").press("A", "0 selected of 2");
        }
        let text = pty.text();
        assert!(text.contains("▸1 dhcprenew") && text.contains("0 selected of 2"), "{sequence}:\n{text}");
    }
    pty.send("q");
    assert!(pty.end().success());
}

#[test]
fn esc_and_a_key_that_come_in_one_piece_are_the_two() {
    let home = home();
    let list = ["--demo", "00:0c:29:00:00:08", "00:0c:29:00:00:09"];
    let mut pty = Pty::start(gears(home.path(), &list), 80, 24);
    pty.shows("2 selected of 2").press("\r", "Esc do not send");
    std::thread::sleep(gears_console::tui::dialog::READING);
    pty.send("\u{1b}\r").hides("Esc do not send");
    // Not sent, and not asked once more: what comes next finds the list.
    pty.press("?", "┌ Help ").send("\u{1b}j").hides("┌ Help ");
    pty.shows("Nothing was sent yet.").shows("▸◉ 00:0c:29:00:00:09");
    pty.press("/", "keep the filter")
        .send("zzz")
        .shows("No device matches")
        .send("\u{1b}\r")
        .hides("No device matches");
}

#[test]
fn a_list_from_a_pipe_leaves_the_keys_to_the_terminal() {
    let home = home();
    std::fs::write(home.path().join("list.txt"), "00:0c:29:00:00:01\n00:0c:29:00:00:02\n").unwrap();
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", &format!("cat list.txt | {} --demo -", env!("CARGO_BIN_EXE_gears"))]);
    clean(&mut command, home.path());
    let mut pty = Pty::start(command, 80, 24);
    pty.shows("standard input: 2 devices").press("a", "2 selected of 2").send("q");
    assert!(pty.end().success());
    pty.is_as_before();
}

#[test]
fn signals_leave_the_terminal_as_it_was() {
    for signal in [Signal::TERM, Signal::INT, Signal::QUIT, Signal::HUP] {
        let home = home();
        let mut pty = demo(home.path(), 80, 24);
        pty.signal(signal);
        pty.end();
        pty.is_as_before();
    }
}

#[test]
fn a_console_whose_line_hangs_ends_and_leaves_the_terminal_as_it_was() {
    for signal in [None, Some(Signal::TERM), Some(Signal::QUIT), Some(Signal::HUP)] {
        let home = home();
        let mut pty = demo(home.path(), 80, 24);
        pty.fill();
        match signal {
            Some(signal) => pty.signal(signal),
            None => drop(pty.send("q")),
        }
        pty.end();
        pty.reads(true);
        pty.is_as_before();
    }
}

#[test]
fn leaving_at_once_from_a_line_that_hangs_leaves_the_terminal_as_it_was() {
    let home = home();
    let mut pty = demo(home.path(), 80, 24);
    pty.press("a", "Enter send");
    let number = selected(&pty).to_string();
    send_counted(&mut pty, "2", &number);
    pty.press("\u{3}", "Quit while a run is on?").fill();
    // The screen cannot tell that the first was too long ago; then this one is it.
    pty.send("\u{3}");
    std::thread::sleep(gears_console::tui::gate::FAST * 2);
    pty.send("\u{3}").end();
    pty.reads(true);
    pty.is_as_before();
}

#[test]
fn ctrl_z_gives_the_terminal_back_until_the_shell_wakes_it() {
    let home = home();
    let mut pty = demo(home.path(), 80, 24);
    pty.send("\u{1a}").wait("the main screen", |screen| !screen.alternate_screen());
    pty.is_as_before();
    pty.signal(Signal::CONT);
    pty.wait("the console", vt100::Screen::alternate_screen).shows(" selected of ");
    pty.send("q").end();
    pty.is_as_before();
}

/// An interactive shell with the console stopped in it.
fn stopped_in_a_shell(home: &Path) -> Pty {
    let mut command = CommandBuilder::new("bash");
    command.args(["--norc", "--noprofile", "-i"]);
    clean(&mut command, home);
    command.env("PS1", "shell> ");
    let mut pty = Pty::start(command, 80, 24);
    pty.shows("shell> ").send(&format!("{} --demo\r", env!("CARGO_BIN_EXE_gears")));
    pty.shows(" selected of ").shows("10 of 10").send("\u{1a}").shows("Stopped").shows("shell> ");
    pty
}

#[test]
fn signals_end_a_console_that_its_shell_has_stopped() {
    for signal in ["TERM", "HUP"] {
        let home = home();
        let mut pty = stopped_in_a_shell(home.path());
        // The words are not those that are typed.
        pty.send(&format!("kill -{signal} %1; until ! kill -0 %1; do sleep 0.1; done; echo it is o''ver\r"));
        pty.shows("it is over");
    }
}

#[test]
fn a_console_that_is_woken_in_the_background_waits_for_the_terminal() {
    let home = home();
    let mut pty = stopped_in_a_shell(home.path());
    pty.send("clear; bg; until jobs | grep -q Stopped; do sleep 0.1; done; echo stopped a''gain\r");
    pty.shows("stopped again").send("fg; echo it is o''ver\r").shows(" selected of ").send("q").shows("it is over");
}

#[test]
fn any_size_is_survived() {
    let home = home();
    let mut pty = demo(home.path(), 80, 24);
    for (width, height) in [(20, 5), (400, 120), (60, 16), (1, 1), (80, 10), (120, 40)] {
        pty.resize(width, height);
    }
    pty.shows("Devices").shows("q quit");
    pty.resize(30, 8);
    pty.shows("enlarge to 40x10");
    pty.resize(80, 24);
    pty.shows("q quit").send("q");
    assert!(pty.end().success());
}

#[test]
fn a_dialog_is_drawn_again_with_all_that_is_around_it() {
    let home = home();
    let mut pty = demo(home.path(), 80, 24);
    pty.press("t", "One device");
    let before = pty.settled();
    pty.send("\u{c}").answers(before).settled();
    let again = String::from_utf8_lossy(&pty.output()[before..]).into_owned();
    assert!(again.contains("\u{1b}[2J") && again.contains("One device") && again.contains("Devices"), "{again:?}");
}

#[test]
fn idle_sends_nothing_and_a_move_sends_little() {
    let home = home();
    let mut pty = demo(home.path(), 80, 24);
    let idle = pty.settled();
    assert!(idle <= 6000, "the first screens took {idle} bytes");
    // Far enough for the list to scroll.
    let mut moves: Vec<usize> = (0..60)
        .map(|_| {
            let before = pty.bytes();
            pty.send("j");
            pty.answers(before).settled() - before
        })
        .collect();
    moves.sort_unstable();
    assert!(moves[30] <= 60, "{moves:?}");
    // Questions to the terminal would keep a slow line waiting: device attributes, cursor position, modes, colours.
    let output = String::from_utf8_lossy(&pty.output()).into_owned();
    for question in ["\u{1b}[c", "\u{1b}[>", "\u{1b}[6n", "\u{1b}[5n", "$p", "\u{1b}]1", "\u{1b}[?u"] {
        assert!(!output.contains(question), "{question:?}");
    }
}

#[test]
fn a_list_is_opened_by_its_path_with_completion() {
    let home = home();
    std::fs::create_dir(home.path().join("lists")).unwrap();
    std::fs::write(home.path().join("lists/wifi.csv"), "MAC Address;Host\n00-0C-29-00-00-01;PC1\nnonsense;PC2\n")
        .unwrap();
    let mut pty = Pty::start(gears(home.path(), &["--demo", "00:0c:29:00:00:09"]), 80, 24);
    pty.shows("1 selected of 1").press("o", "lists/").press("l", "▸ l").press("\t", "▸ lists/").shows("wifi.csv");
    pty.press("\t", "▸ lists/wifi.csv").press("\r", "wifi.csv: 1 device, 1 unreadable (line 3)");
    pty.press("V", "wifi.csv line 3").send("\u{1b}").hides("Not read").press("u", "undone").shows("1 selected of 1");
}

#[test]
fn what_cannot_be_read_is_one_sentence_and_exit_code_2() {
    let home = home();
    for (arguments, words) in [
        (&["no-such-file.csv"][..], "no-such-file.csv"),
        (&["."][..], "folder"),
        (&["--rate", "fast"][..], "fast"),
        (&["--nonsense"][..], "--nonsense"),
    ] {
        let mut pty = Pty::start(gears(home.path(), arguments), 80, 24);
        assert_eq!(pty.end().exit_code(), 2, "{arguments:?}");
        pty.shows(words).is_as_before();
    }
}

#[test]
fn a_paste_of_five_thousand_lines_is_one_list_marked_or_not() {
    for (before, after) in [("\u{1b}[200~", "\u{1b}[201~"), ("", "")] {
        let home = home();
        let mut pty = Pty::start(gears(home.path(), &["--demo", "00:0c:29:00:00:09"]), 80, 24);
        pty.shows("1 selected of 1");
        let line = |line| format!("PC-{line:05} 02:00:5e:{:02x}:{:02x}:01\r", line / 256, line % 256);
        let lines = (0..5000).map(line).collect::<Vec<_>>().concat();
        pty.send(&format!("{before}{lines}{after}"));
        pty.shows("pasted: 5,000 devices").shows("1 selected of 5,001").shows("Nothing was sent yet.");
    }
}
