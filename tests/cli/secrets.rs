use std::time::Duration;

use super::house::*;
use gears_console::limiter::Rate;
use gears_console::simulator::{Options, SECRET};

/// A token that is no secret of the simulation: it is refused, and said back.
const TOKEN: &str = "t0ken-of-the-test-5f2a";

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|part| part == secret.as_bytes())
}

/// Runs every mode that has the secret, with credentials from `variables`, and searches all that it says and keeps.
fn searched(house: &House, secret: &str, variables: &[(&str, &str)]) {
    let mac = &good(1)[0];
    let url = format!("https://anna:{secret}@host");
    for arguments in [
        &["send", "-a", "dhcprenew", "--yes", mac][..],
        &["send", "-a", "dhcprenew", "--yes", "--format", "json", mac],
        &["check"],
        &["check", "--format", "json"],
        &["config", "show"],
        &["config", "show", "--format", "json"],
        &["history", "1"],
        &["resume", "1", "--yes"],
        &["--help"],
        &["send", "-a", "dhcprenew", "--yes", "--rate", "1", mac],
        &["send", "-a", "dhcprenew", "--yes", "--base-url", &url, mac],
    ] {
        let mut gears = house.gears();
        gears.env_remove("GEARS_CLIENT_SECRET").env("GEARS_RATE", "1000/1s").envs(variables.iter().copied());
        let output = gears.args(arguments).output().unwrap();
        for stream in [&output.stdout, &output.stderr] {
            assert!(!holds(stream, secret), "{arguments:?}: {}", String::from_utf8_lossy(stream));
        }
    }
    let mut folders = vec![house.home.path().join("state")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                assert!(!holds(&std::fs::read(&path).unwrap(), secret), "{}", path.display());
            }
        }
    }
    assert!(files > 0, "the journal was written");
}

#[test]
fn no_output_and_no_file_holds_a_secret() {
    // The cloud says the secret back, once in a refusal and once in a failure.
    let said_back = |secret: &str, on: &str| {
        let rate = Rate { requests: 1000, window: Duration::from_secs(1) };
        let options = script(&format!(
            "[[fault]]\non = '{on}'\nstatus = 400\nbody = 'bad access_token={secret}'\n\
             [[fault]]\non = '{on}'\nstatus = 500\nbody = '{secret}'\ntimes = 3\n"
        ));
        Options { rate, ..options }
    };
    let house = House::new(said_back(SECRET, "action"));
    searched(&house, SECRET, &[("GEARS_CLIENT_SECRET", SECRET)]);
    let house = House::new(said_back(SECRET, "token"));
    let file = house.file("secret", SECRET);
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    searched(&house, SECRET, &[("GEARS_CLIENT_SECRET_FILE", &file)]);
    searched(&house, SECRET, &[("GEARS_CLIENT_SECRET_COMMAND", &format!("cat {file}"))]);
    let house = House::new(said_back(TOKEN, "action"));
    searched(&house, TOKEN, &[("GEARS_ACCESS_TOKEN", TOKEN)]);
}

#[test]
fn a_secret_comes_from_a_private_file_or_a_command() {
    let house = House::new(options());
    let mac = &good(1)[0];
    let secret = house.file("secret", format!("{SECRET}\n"));
    let run = |name: &str, value: &str| -> Said {
        let mut gears = house.gears();
        gears.env_remove("GEARS_CLIENT_SECRET").env(name, value);
        gears.args(["send", "-a", "dhcprenew", "--yes", mac]).output().unwrap().into()
    };
    let mode = |mode| std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    mode(0o644);
    run("GEARS_CLIENT_SECRET_FILE", &secret).expect(3).says(&["chmod 600", &secret]);
    assert!(house.sent().is_empty());
    mode(0o600);
    run("GEARS_CLIENT_SECRET_FILE", &secret).expect(0);
    run("GEARS_CLIENT_SECRET_COMMAND", &format!("cat '{secret}'")).expect(0);
    run("GEARS_CLIENT_SECRET_COMMAND", "sh -c 'echo the store is locked >&2; exit 2'")
        .expect(3)
        .says(&["the store is locked"]);
    house.file("credentials/gears-client-secret", SECRET);
    run("CREDENTIALS_DIRECTORY", house.home.path().join("credentials").to_str().unwrap()).expect(0);
}
