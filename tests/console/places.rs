//! The first start of somebody who has nothing set up, and another profile, against a cloud behind real HTTP.

use std::path::Path;
use std::time::Duration;

use crate::cloud::Cloud;
use crate::pty::{Pty, gears};

/// Types a text key by key, slower than a paste.
fn types(pty: &mut Pty, text: &str) {
    for key in text.chars() {
        std::thread::sleep(gears_console::tui::gate::FAST * 2);
        pty.send(key.encode_utf8(&mut [0; 4]));
    }
}

#[test]
fn what_works_is_kept_and_the_next_start_is_connected() {
    let cloud = Cloud::new(100, Duration::from_secs(1), Duration::ZERO);
    let home = tempfile::tempdir().unwrap();
    let mut pty = Pty::start(gears(home.path(), &["--rate", "100/1s"]), 80, 24);
    pty.shows("a client key or its secret is missing").press("s", "client secret");
    // A wrong secret first: it is said, and nothing is kept.
    pty.press("\u{1b}[A", "▸ gears.opswat.com").press("\u{15}", "");
    types(&mut pty, cloud.url().trim_end_matches('/'));
    pty.press("\t", "client key     ▸");
    types(&mut pty, gears_console::simulator::KEY);
    pty.press("\t", "< kept in a file").press("\t", "client secret  ▸");
    types(&mut pty, "wrong");
    pty.press("\r", "invalid");
    assert_eq!(
        std::fs::read_dir(home.path())
            .unwrap()
            .filter_map(Result::ok)
            .filter(|e| e.path().join("gears/config.toml").exists())
            .count(),
        0
    );
    pty.press("\u{15}", "It is not shown");
    types(&mut pty, gears_console::simulator::SECRET);
    pty.press("\r", "the secret is in ").shows("10").send("q");
    assert!(pty.end().success(), "{}", pty.text());
    assert!(!String::from_utf8_lossy(&pty.output()).contains(gears_console::simulator::SECRET));
    let secret = home.path().join(".config/gears/client_secret");
    let mode = std::os::unix::fs::PermissionsExt::mode(&secret.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let config = std::fs::read_to_string(home.path().join(".config/gears/config.toml")).unwrap();
    assert!(
        config.contains("client_secret_file = \"client_secret\"") && !config.contains(gears_console::simulator::SECRET)
    );

    let mut pty = Pty::start(gears(home.path(), &["--rate", "100/1s", "00:0c:29:cd:c7:b2"]), 80, 24);
    pty.shows("1 selected of 1")
        .press("1", "▸1")
        .press("\r", "Send?")
        .shows("▸ Enter send")
        .send("\r")
        .shows("1/1  ✓1");
    pty.send("q");
    assert!(pty.end().success());
}

#[test]
fn another_profile_has_its_own_cloud_and_the_list_goes_along() {
    let (one, other) = (
        Cloud::new(100, Duration::from_secs(1), Duration::ZERO),
        Cloud::new(100, Duration::from_secs(1), Duration::ZERO),
    );
    let home = tempfile::tempdir().unwrap();
    let secret = format!("echo {}", gears_console::simulator::SECRET);
    two_profiles(home.path(), (&one, &secret), (&other, &secret), "read_only = true\n");
    let mut pty = Pty::start(gears(home.path(), &["--rate", "100/1s", "00:0c:29:cd:c7:b2"]), 80, 24);
    pty.shows("1 selected of 1").shows("one").press("P", "(here)").press("j", "▸ other").press("\r", "now at other");
    pty.shows("read-only").shows("00:0c:29:cd:c7:b2").press("a", "1 selected of 1").press("\r", "sends nothing");
    pty.press("P", "(here)").press("k", "▸ one").press("\r", "now at one");
    pty.press("a", "1 selected of 1").press("\r", "Send?").confirm().shows("1/1  ✓1");
    assert_eq!((one.number_of_commands(), other.number_of_commands()), (1, 0));
    pty.send("q");
    assert!(pty.end().success());
    pty.is_as_before();
}

/// Writes a configuration of two profiles, each with the command that prints its secret.
fn two_profiles(home: &Path, one: (&Cloud, &str), other: (&Cloud, &str), more: &str) {
    let folder = home.join(".config/gears");
    std::fs::create_dir_all(&folder).unwrap();
    let profile = |name: &str, (cloud, secret): (&Cloud, &str)| {
        let (url, key) = (cloud.url(), gears_console::simulator::KEY);
        format!("[profile.{name}]\nbase_url = '{url}'\nclient_key = '{key}'\nclient_secret_command = \"{secret}\"\n")
    };
    let config = format!("default_profile = \"one\"\n{}{}{more}", profile("one", one), profile("other", other));
    std::fs::write(folder.join("config.toml"), config).unwrap();
}

#[test]
fn a_cloud_that_comes_late_does_not_take_the_place_of_one_that_was_chosen_meanwhile() {
    let one = Cloud::new(100, Duration::from_secs(1), Duration::ZERO);
    let other = Cloud::new(100, Duration::from_secs(1), Duration::ZERO);
    let home = tempfile::tempdir().unwrap();
    let secret = gears_console::simulator::SECRET;
    // The first waits for somebody, as a password store may.
    let slow = format!("sh -c 'echo > asked; until [ -e given ]; do sleep 0.02; done; echo {secret}'");
    two_profiles(home.path(), (&one, &slow), (&other, &format!("echo {secret}")), "");
    let mut pty = Pty::start(gears(home.path(), &["--rate", "100/1s", "00:0c:29:cd:c7:b2"]), 80, 24);
    pty.shows("1 selected of 1").shows("starting");
    while !home.path().join("asked").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    pty.press("P", "(here)").press("j", "▸ other").press("\r", "now at other");
    std::fs::write(home.path().join("given"), "").unwrap();
    pty.press("a", "1 selected of 1").press("\r", "Send?").confirm().shows("1/1  ✓1");
    pty.shows("other  127.0.0.1");
    assert_eq!((one.number_of_commands(), other.number_of_commands()), (0, 1));
    pty.send("q");
    assert!(pty.end().success());
}

#[test]
fn what_is_set_up_beside_something_is_a_profile_of_its_own() {
    let one = Cloud::new(100, Duration::from_secs(1), Duration::ZERO);
    let other = Cloud::new(100, Duration::from_secs(1), Duration::ZERO);
    let home = tempfile::tempdir().unwrap();
    let secret = format!("echo {}", gears_console::simulator::SECRET);
    two_profiles(home.path(), (&one, &secret), (&one, &secret), "");
    let before = std::fs::read_to_string(home.path().join(".config/gears/config.toml")).unwrap();
    let mut pty = Pty::start(gears(home.path(), &["--rate", "100/1s"]), 80, 24);
    pty.shows("10").press("P", "(here)").press("G", "▸ set up").press("\r", "new profile");
    types(&mut pty, "third");
    pty.press("\t", "cloud").press("\u{15}", "");
    types(&mut pty, other.url().trim_end_matches('/'));
    pty.press("\t", "client key     ▸");
    types(&mut pty, gears_console::simulator::KEY);
    pty.press("\t", "< kept in a file").press("\t", "client secret  ▸");
    types(&mut pty, gears_console::simulator::SECRET);
    pty.press("\r", "the secret is in ").shows("third  127.0.0.1").send("q");
    assert!(pty.end().success());
    let after = std::fs::read_to_string(home.path().join(".config/gears/config.toml")).unwrap();
    assert!(after.starts_with(before.trim_end()) && after.contains("[profile.third]"), "{after}");
    assert!(home.path().join(".config/gears/client_secret-third").exists());
}
