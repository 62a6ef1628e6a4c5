//! Terminals between the person and the console: tmux, GNU screen, and old names of TERM.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use crate::pty::{Pty, clean, gears};

/// A terminal multiplexer without a window, which is asked what it shows.
struct Multiplexer<'a> {
    home: &'a Path,
    name: String,
    program: &'static str,
}

impl Multiplexer<'_> {
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(self.program);
        if self.program == "tmux" {
            command.args(["-L", &self.name, "-f", "/dev/null"]);
        }
        command.args(arguments).env("HOME", self.home).env("SCREENDIR", self.home.join("sockets"));
        command.env("LANG", "C.UTF-8").env_remove("LC_ALL").env_remove("TMUX").env_remove("STY").current_dir(self.home);
        let output = command.output().expect("the multiplexer is installed");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn text(&self) -> String {
        if self.program == "tmux" {
            return self.run(&["capture-pane", "-p", "-t", "console"]);
        }
        let file = self.home.join("hardcopy");
        let _ = std::fs::remove_file(&file);
        self.run(&["-S", &self.name, "-p", "0", "-X", "hardcopy", file.to_str().unwrap()]);
        String::from_utf8_lossy(&std::fs::read(&file).unwrap_or_default()).into_owned()
    }

    /// Types keys, and waits until the screen shows what they lead to.
    fn press(&self, keys: &str, leads_to: &str) {
        std::thread::sleep(gears_console::tui::gate::FAST * 2);
        match (self.program, keys) {
            (_, "") => String::new(),
            ("tmux", keys) => self.run(&["send-keys", "-t", "console", keys]),
            (_, keys) => self.run(&["-S", &self.name, "-p", "0", "-X", "stuff", keys]),
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.text().contains(leads_to) {
            assert!(Instant::now() < deadline, "waited for {leads_to}\n{}", self.text());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn a_run_in_a_multiplexer(program: &'static str, enter: &str) {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("sockets")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(home.path().join("sockets"), mode).unwrap();
    let inside = Multiplexer { home: home.path(), name: format!("gears-{}", std::process::id()), program };
    let gears = env!("CARGO_BIN_EXE_gears");
    // A shell outlives the console, to show the screen that comes back.
    let line = format!("{gears} --demo 00:0c:29:cd:c7:b2 00:0c:29:cd:c7:b3; echo exit $?; sleep 60");
    if program == "tmux" {
        inside.run(&["new-session", "-d", "-s", "console", "-x", "80", "-y", "24", "sh", "-c", &line]);
    } else {
        inside.run(&["-dmUS", &inside.name, "-s", "/bin/sh", "sh", "-c", &line]);
    }
    inside.press("", "2 selected of 2");
    inside.press("3", "3 unexempt");
    inside.press(enter, "unexempt for 2 devices");
    inside.press("", "Enter send");
    std::thread::sleep(gears_console::tui::dialog::READING);
    inside.press(enter, "2/2");
    if program == "tmux" {
        inside.press("y", "ids of all that are shown");
        inside.press("a", "2 ids copied, by way of tmux");
        assert_eq!(inside.run(&["show-buffer"]), "00:0c:29:cd:c7:b2\n00:0c:29:cd:c7:b3\n");
    }
    inside.press("?", "What became of a device");
    inside.press("q", "Results");
    inside.press("q", "exit 0");
    assert!(!inside.text().contains("Results"), "{}", inside.text());
    if program == "tmux" {
        inside.run(&["kill-server"]);
    } else {
        inside.run(&["-S", &inside.name, "-X", "quit"]);
    }
}

#[test]
#[ignore = "needs tmux, which .ci/run installs"]
fn in_tmux() {
    a_run_in_a_multiplexer("tmux", "Enter");
}

#[test]
#[ignore = "needs GNU screen, which .ci/run installs"]
fn in_gnu_screen() {
    a_run_in_a_multiplexer("screen", "\r");
}

/// What the console sends on a terminal of this kind until its list is on screen.
fn sent(term: &str, arguments: &[&str], files: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut command = gears(home.path(), &["--demo", "00:0c:29:cd:c7:b2"]);
    command.args(arguments);
    command.env("TERM", term);
    let mut pty = Pty::start(command, 80, 24);
    pty.shows("1 selected of 1").shows("q quit");
    let sent = String::from_utf8_lossy(&pty.output()).into_owned();
    pty.send("q");
    assert!(pty.end().success());
    pty.is_as_before();
    sent
}

/// Whether the text has an SGR sequence with one of these codes, which may stand among others.
fn has_colour(text: &str, codes: &[&str]) -> bool {
    let sequences = text.split("\u{1b}[").skip(1).filter_map(|rest| rest.split_once('m').map(|(sequence, _)| sequence));
    let plain = sequences.filter(|sequence| sequence.bytes().all(|byte| byte == b';' || byte.is_ascii_digit()));
    plain.into_iter().any(|sequence| codes.iter().any(|code| format!(";{sequence};").contains(&format!(";{code};"))))
}

#[test]
fn every_usual_terminal_is_drawn_in_the_colours_that_it_has() {
    let any: Vec<String> = (30..=49).chain(90..=107).map(|code| code.to_string()).collect();
    let any: Vec<&str> = any.iter().map(String::as_str).collect();
    let many = ["38;5", "38;2", "48;5", "48;2"];
    let bright: Vec<&str> = any.iter().copied().filter(|code| code.len() > 2 || code.starts_with('9')).collect();
    for (term, cube, colours) in [
        ("xterm", false, true),
        ("xterm-256color", true, true),
        ("screen", false, true),
        ("screen-256color", true, true),
        ("tmux-256color", true, true),
        ("linux", false, true),
        ("putty", false, true),
        ("vt220", false, false),
        ("xterm-mono", false, false),
    ] {
        let text = sent(term, &[], &[]);
        assert_eq!(has_colour(&text, &many), cube, "{term}");
        assert!(!has_colour(&text, &["48;5", "48;2"]), "{term}: its ground is its own");
        for theme in ["dark", "light", "colour-blind"] {
            let text = sent(term, &["--theme", theme], &[]);
            assert_eq!(has_colour(&text, &many), cube, "{term} {theme}");
            assert_eq!(has_colour(&text, &any), colours && (cube || theme != "colour-blind"), "{term} {theme}");
            if term == "linux" {
                assert!(!has_colour(&text, &bright), "{term} {theme}: it has eight");
            }
        }
    }
    assert!(!has_colour(&sent("xterm-256color", &["--theme", "dark", "--color", "never"], &[]), &any));
}

#[test]
fn a_theme_brings_its_ground_and_a_file_is_a_theme() {
    let many = |text: &str, codes: &[&str]| codes.iter().all(|code| has_colour(text, &[code]));
    assert!(many(&sent("xterm-256color", &["--theme", "dark"], &[]), &["38;5;231", "48;5;16"]));
    assert!(many(&sent("xterm-256color", &["--theme", "light"], &[]), &["38;5;16", "48;5;231"]));
    assert!(many(&sent("xterm", &["--theme", "light"], &[]), &["30", "107"]));
    let own = [(".config/gears/themes/mine.toml", "text = \"#ffff00 on 17\"\naccent = \"bright-red\"\n")];
    assert!(many(&sent("xterm-256color", &["--theme", "mine"], &own), &["38;5;226", "48;5;17", "91"]));
    assert!(many(&sent("xterm", &["--theme", "mine"], &own), &["93", "40", "91"]));
    let kept = [own[0], (".config/gears/config.toml", "theme = \"themes/mine.toml\"\n")];
    assert!(many(&sent("xterm-256color", &[], &kept), &["38;5;226", "48;5;17"]));
}

#[test]
fn a_theme_that_is_not_there_keeps_nobody_out() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(home.path().join(".config/gears")).unwrap();
    let file = home.path().join(".config/gears/config.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    for (config, option, words) in [
        ("theme = \"mine.toml\"\n", &[][..], "/.config/gears/mine.toml"),
        ("", &["--theme", "/x/mine.toml"], "no theme at /x/mine.toml. The terminal's own is used"),
        ("", &["--theme", "drak"], "no theme drak, did you mean dark? The terminal's own is used"),
    ] {
        write(config);
        for device in [&[][..], &["00:0c:29:cd:c7:b2"]] {
            let mut pty = Pty::start(gears(home.path(), &[&["--demo"][..], option, device].concat()), 120, 24);
            pty.shows(" selected of ").shows("10 of 10").shows(words).send("q");
            assert!(pty.end().success());
        }
    }
    // What is wrong within a file is still told before anything opens.
    write("theme = \"bad.toml\"\n");
    std::fs::write(home.path().join(".config/gears/bad.toml"), "faild = 'red'\n").unwrap();
    let mut pty = Pty::start(gears(home.path(), &["--demo"]), 80, 24);
    assert_eq!(pty.end().exit_code(), 3);
    pty.shows("did you mean failed?");
}

#[test]
fn without_utf8_everything_is_ascii() {
    let home = tempfile::tempdir().unwrap();
    for (language, arguments) in [("C", &["--demo"][..]), ("C.UTF-8", &["--demo", "--ascii"])] {
        let mut command = gears(home.path(), arguments);
        command.env("LANG", language);
        let mut pty = Pty::start(command, 80, 24);
        pty.shows(" selected of ").shows("q quit").press("a", "Enter send").press("?", "What became of");
        let output = pty.output();
        assert!(output.is_ascii(), "{}", pty.text());
    }
}

/// To a terminal with eight bits a byte of UTF-8 can be a control character: `Û` ends with CSI, `Ý` with OSC.
#[test]
fn without_utf8_no_name_speaks_to_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("list.csv"),
        "mac,host\n00:0c:29:cd:c7:b2,Û2JÛ5;9HPWNED\n00:0c:29:cd:c7:b3,Ý0;müller日本Ü\n",
    )
    .unwrap();
    for (variable, language) in [("LANG", "C"), ("LC_ALL", "POSIX"), ("LANG", "de_DE.ISO-8859-1")] {
        let mut command = gears(home.path(), &["--demo", "list.csv"]);
        command.cwd(home.path());
        command.env(variable, language);
        let mut pty = Pty::start(command, 80, 24);
        pty.shows("?2J?5;9HPWNED").shows("?0;m?ller").send("q");
        assert!(pty.end().success());
        assert!(pty.output().is_ascii(), "{language}");
    }
}

#[test]
fn where_no_console_can_be_one_sentence_names_what_can() {
    let home = tempfile::tempdir().unwrap();
    for term in [Some("dumb"), Some("unknown"), Some(""), None] {
        let mut command = gears(home.path(), &["--demo"]);
        match term {
            Some(term) => command.env("TERM", term),
            None => command.env_remove("TERM"),
        }
        let mut pty = Pty::start(command, 80, 24);
        assert_eq!(pty.end().exit_code(), 2, "{term:?}");
        pty.shows("gears send").is_as_before();
        assert!(!String::from_utf8_lossy(&pty.output()).contains('\u{1b}'), "{term:?}: nothing was drawn");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_gears")).arg("--demo").env("HOME", home.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("gears send"), "{output:?}");
}

#[test]
fn where_the_output_is_closed_or_full_the_terminal_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    for output in [">&-", ">/dev/full", "| true"] {
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", &format!("{} --demo {output}; echo ended $?", env!("CARGO_BIN_EXE_gears"))]);
        clean(&mut command, home.path());
        let mut pty = Pty::start(command, 80, 24);
        pty.shows("for scripts and pipes use gears send").shows("ended ");
        pty.end();
        pty.is_as_before();
        assert!(!String::from_utf8_lossy(&pty.output()).contains("\u{1b}["), "nothing was drawn");
    }
}
