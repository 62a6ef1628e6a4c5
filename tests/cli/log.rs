use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::house::*;
use gears_console::limiter::Rate;
use gears_console::simulator::{KEY, Options, SECRET};

/// A token that the cloud refuses, and says back.
const TOKEN: &str = "t0ken/of+the-test";
const PASSWORD: &str = "pr0xy-passw0rd";

fn place(house: &House) -> PathBuf {
    house.home.path().join("state/gears/log/gears.log")
}

fn log(house: &House) -> String {
    std::fs::read_to_string(place(house)).unwrap()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[track_caller]
fn holds_none(bytes: &[u8], secrets: &[&str], what: &str) {
    for secret in secrets {
        let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "{what}: {secret}: {}", String::from_utf8_lossy(bytes));
    }
}

fn fast(options: Options) -> Options {
    Options { rate: Rate { requests: 1000, window: Duration::from_secs(1) }, ..options }
}

#[test]
fn a_run_is_told_from_its_begin_to_its_end() {
    let house = House::new(fast(script("[[fault]]\non = 'action'\nstatus = 503\n")));
    house
        .gears()
        .args(["send", "-a", "dhcprenew", "--yes", "--rate", "1000/1s", "--batch-size", "2"])
        .args(good(3))
        .assert()
        .code(0);
    let log = log(&house);
    for part in [
        "INFO",
        "begin version=",
        "command=send",
        "batch_size = 2 (command line)",
        "a token was granted",
        "a run begins run=1 action=dhcprenew by=mac devices=3",
        "a batch leaves run=1 batch=0 devices=2",
        "attempt=2",
        "answer path=/o/api/v2/devices/action status=200 ms=",
        "status=503",
        "outcomes of a batch run=1 batch=0 counts=\"succeeded 2\"",
        "a run ended run=1 counts=\"succeeded 3\" end=Completed",
        "end code=0",
    ] {
        assert!(log.contains(part), "{part} is not in:\n{log}");
    }
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode(&place(&house)), mode(place(&house).parent().unwrap())], [0o600, 0o700]);
    for line in log.lines() {
        let time = line.split(' ').next().unwrap();
        assert!(time.parse::<jiff::Timestamp>().is_ok(), "each line begins with its time: {line}");
    }
}

#[test]
fn the_level_says_how_much() {
    let house = House::new(fast(options()));
    let send = |level: &str| {
        let mut gears = house.gears();
        gears.env("GEARS_LOG", level).args(["send", "-a", "dhcprenew", "--yes"]).args(good(1)).assert().code(0);
    };
    send("off");
    assert!(!place(&house).exists());
    send("error");
    assert_eq!(log(&house), "");
    send("trace");
    assert!(log(&house).contains(" TRACE "));
    house
        .run(&["send", "-a", "dhcprenew", "--yes", "--log-level", "loud", "x"])
        .expect(2)
        .says(&["--log-level", "loud"]);
}

/// Runs every mode that has a secret at the level that logs most, against a cloud that says the secret back in all its
/// errors, and searches all that is said and kept. Gives the log.
fn searched(secret: &str, credentials: &[(&str, &str)], modes: &[&[&str]]) -> String {
    let house = House::new(fast(script(&format!(
        "[[fault]]\non = 'token'\nstatus = 500\nbody = 'client_secret={secret}'\n\
         [[fault]]\non = 'action'\nstatus = 401\nbody = 'Invalid access token: {secret}'\n\
         [[fault]]\non = 'action'\nreset = 'after'\n\
         [[fault]]\non = 'action'\nstatus = 400\nbody = 'GET /o/api/v2/devices/action?access_token={secret}'\ntimes = 0\n"
    ))));
    let encoded = secret.replace('/', "%2F").replace('+', "%2B");
    let secrets = [secret, &encoded, PASSWORD];
    house.file("state/gears/kept", "");
    for arguments in modes {
        let mut gears = house.gears();
        gears.env_remove("GEARS_CLIENT_SECRET").env("GEARS_LOG_LEVEL", "trace").env("GEARS_RATE", "1000/1s");
        gears.envs(credentials.iter().copied()).env("GEARS_CONNECT_TIMEOUT", "1s");
        let output = gears.args(*arguments).output().unwrap();
        holds_none(&output.stdout, &secrets, &format!("{arguments:?}"));
        holds_none(&output.stderr, &secrets, &format!("{arguments:?}"));
    }
    let files = files(&house.home.path().join("state"));
    assert!(files.contains(&place(&house)));
    for file in files {
        holds_none(&std::fs::read(&file).unwrap(), &secrets, &file.display().to_string());
    }
    let log = log(&house);
    for part in ["command=check", "log_level = trace"] {
        assert!(log.contains(part), "{part} is not in:\n{log}");
    }
    log
}

#[test]
fn no_level_writes_or_says_a_secret() {
    let macs = good(2);
    let modes: &[&[&str]] = &[
        &["send", "-a", "dhcprenew", "--yes", &macs[0], &macs[1]],
        &["check"],
        &["resume", "1", "--yes"],
        &["history"],
        &["log", "--lines", "100000"],
    ];
    let log = searched(SECRET, &[("GEARS_CLIENT_SECRET", SECRET)], modes);
    for part in [" TRACE ", "client_secret=…", "Invalid access token: …", "access_token=…", KEY] {
        assert!(log.contains(part), "{part} is not in:\n{log}");
    }
    searched(SECRET, &[("GEARS_CLIENT_SECRET_COMMAND", &format!("echo {SECRET}"))], modes);
    assert!(searched(TOKEN, &[("GEARS_ACCESS_TOKEN", TOKEN)], modes).contains("Invalid access token: …"));
    // An address of another machine, so that the proxy is asked, which is not there.
    let proxy = format!("http://anna:{PASSWORD}@127.0.0.1:9");
    let log = searched(
        TOKEN,
        &[("GEARS_ACCESS_TOKEN", TOKEN), ("HTTPS_PROXY", &proxy), ("GEARS_BASE_URL", "https://192.0.2.1")],
        &[&["check"], &["log"]],
    );
    assert!(log.contains("the request never left"), "{log}");
}

#[test]
fn nothing_from_outside_begins_a_line() {
    let house = House::new(fast(script(
        "[[fault]]\non = 'action'\nstatus = 403\nbody = \"\\u001b[31mno\\u0007 \\u202e2026 INFO forged\"\n",
    )));
    let reason = "INC1\n2026-01-01T00:00:00+00:00 INFO 1 forged\u{1b}[2J";
    let list = house.file("a\nb\u{1b}[2J.csv", good(1)[0].clone());
    house.gears().args(["send", "-a", "dhcprenew", "--yes", "--reason", reason, &list]).assert().code(3);
    let log = log(&house);
    assert!(log.contains("␛[31mno␇"), "{log}");
    for line in log.lines() {
        assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
        assert!(line.split(' ').nth(2).unwrap().parse::<u32>().is_ok_and(|process| process != 1), "{line}");
    }
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing_and_is_told_once() {
    let house = House::new(fast(options()));
    // A file where the log's folder would be.
    house.file("state/gears/log", "");
    let state = house.home.path().join("state/gears");
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o700)).unwrap();
    let said = house.run(&["send", "-a", "dhcprenew", "--yes", &good(1)[0]]).expect(0);
    assert_eq!(said.words.matches("gears.log cannot be written").count(), 1, "{}", said.words);
    // A full disk: nothing can be appended to this device.
    std::fs::remove_file(state.join("log")).unwrap();
    std::fs::create_dir(state.join("log")).unwrap();
    std::os::unix::fs::symlink("/dev/full", state.join("log/gears.log")).unwrap();
    let said = house.run(&["send", "-a", "dhcprenew", "--yes", &good(1)[0]]).expect(0);
    assert_eq!(said.words.matches("gears.log cannot be written").count(), 1, "{}", said.words);
}

#[test]
fn reading_makes_no_log_and_a_simulation_none_of_its_own() {
    let house = House::new(options());
    for arguments in [&["log"][..], &["log", "--path"], &["history"], &["devices", "00:0c:29:cd:c7:b2"]] {
        house.run(arguments).expect(0);
        assert!(!house.home.path().join("state").exists(), "{arguments:?}");
    }
    house.run(&["send", "--demo", "-a", "dhcprenew", "--yes", &good(1)[0]]).expect(0);
    assert!(!house.home.path().join("state").exists());
}

#[test]
fn the_log_is_shown_with_its_place() {
    let house = House::new(fast(options()));
    let path = place(&house).to_str().unwrap().to_owned();
    house.run(&["log"]).expect(0).says(&["there is no log yet", &path]);
    assert_eq!(house.run(&["log", "--path"]).expect(0).data, format!("{path}\n"));
    house.file("state/gears/log/gears.log.2", "oldest\n");
    house.file("state/gears/log/gears.log.1", "older 1\nolder 2\n");
    house.file("state/gears/log/gears.log", "new 1\nnew \u{1b}[2J\nhalf");
    let tail = |lines: &str| house.run(&["log", "--lines", lines]).expect(0).says(&[&path]).data;
    assert_eq!(tail("3"), "older 2\nnew 1\nnew ␛[2J\n");
    assert_eq!(tail("100"), "oldest\nolder 1\nolder 2\nnew 1\nnew ␛[2J\n");
    assert_eq!(tail("0"), "");
}

#[test]
fn a_log_is_followed_from_file_to_file() {
    use std::io::{BufRead as _, BufReader, Write as _};
    let house = House::new(options());
    let path = house.file("state/gears/log/gears.log", "one\n");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gears"))
        .env_clear()
        .envs(surroundings(house.home.path()))
        .args(["log", "--follow"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "one");
    std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"two\n").unwrap();
    assert_eq!(lines.next().unwrap(), "two");
    std::fs::rename(&path, format!("{path}.1")).unwrap();
    std::fs::write(&path, "three\n").unwrap();
    assert_eq!(lines.next().unwrap(), "three");
    let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert!(child.wait().unwrap().success());
}
