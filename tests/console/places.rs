//! The first start of somebody who has nothing set up, and another profile, against a cloud behind real HTTP.

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
    pty.shows("there is no client key").press("s", "client secret");
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
    let folder = home.path().join(".config/gears");
    std::fs::create_dir_all(&folder).unwrap();
    let profile = |name: &str, cloud: &Cloud| {
        format!(
            "[profile.{name}]\nbase_url = \"{}\"\nclient_key = \"{}\"\n",
            cloud.url(),
            gears_console::simulator::KEY
        )
    };
    let config =
        format!("default_profile = \"one\"\n{}{}read_only = true\n", profile("one", &one), profile("other", &other));
    std::fs::write(folder.join("config.toml"), config).unwrap();
    let mut command = gears(home.path(), &["--rate", "100/1s", "00:0c:29:cd:c7:b2"]);
    command.env("GEARS_CLIENT_SECRET", gears_console::simulator::SECRET);
    let mut pty = Pty::start(command, 80, 24);
    pty.shows("1 selected of 1").shows("one").press("P", "(here)").press("j", "▸ other").press("\r", "now at other");
    pty.shows("read-only").shows("00:0c:29:cd:c7:b2").press("a", "1 selected of 1").press("\r", "sends nothing");
    pty.press("P", "(here)").press("k", "▸ one").press("\r", "now at one");
    pty.press("a", "1 selected of 1").press("\r", "Send?").shows("▸ Enter send").send("\r").shows("1/1  ✓1");
    assert_eq!((one.number_of_commands(), other.number_of_commands()), (1, 0));
    pty.send("q");
    assert!(pty.end().success());
    pty.is_as_before();
}
