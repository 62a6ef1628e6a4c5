//! Signals, folders that users share, and secrets that are nowhere.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use gears_console::simulator::SECRET;
use rustix::process::Signal;

use crate::house::{Cloud, Home, Said, ended, options, script, signal, until_sent};

const BATCH: usize = 5;
/// A group of users that nobody else has.
const TEAM: u32 = 54_321;

#[test]
fn a_signal_awaits_and_records_what_is_in_flight_and_the_rest_is_resumed() {
    for stop in [Signal::TERM, Signal::HUP] {
        let (home, cloud) = (Home::new(), Cloud::new(options(4, 2000, 300)));
        let list = home.list("list.csv", 0..30);
        let child = home.send(&cloud, &list, BATCH).spawn().unwrap();
        // The token's slot, and three for commands.
        until_sent(&cloud, 3);
        signal(&child, stop);
        let printed = Said::from(child.wait_with_output().unwrap()).expect(130).run();
        let expected = BTreeMap::from([("succeeded", 15), ("not_sent", 15)]);
        assert_eq!(printed.counts(), expected, "{stop:?}");
        assert_eq!(cloud.commands().len(), 3);
        let past = home.history(&cloud, 1).unwrap();
        assert_eq!(past.counts(), expected, "{stop:?}");
        cloud.agrees(&past);
        let resumed = ended(home.resume(&cloud, 1, BATCH)).expect(0).run();
        assert_eq!(resumed.counts(), BTreeMap::from([("succeeded", 30)]));
        assert!(cloud.times().values().all(|&times| times == 1));
        cloud.agrees(&home.history(&cloud, 1).unwrap());
        cloud.kept_its_limit();
    }
}

#[test]
fn a_line_that_is_cut_is_no_end_where_the_run_is_to_be_finished() {
    let (home, cloud) = (Home::new(), Cloud::new(options(4, 500, 50)));
    let list = home.list("list.csv", 0..30);
    let mut gears = home.send(&cloud, &list, BATCH);
    gears.arg("--finish-on-hangup");
    let child = gears.spawn().unwrap();
    until_sent(&cloud, 2);
    signal(&child, Signal::HUP);
    Said::from(child.wait_with_output().unwrap()).expect(0);
    let past = home.history(&cloud, 1).unwrap();
    assert_eq!(past.counts(), BTreeMap::from([("succeeded", 30)]));
    cloud.kept_its_limit();
}

#[test]
fn a_folder_that_a_group_shares_has_one_budget_and_one_history() {
    if !rustix::process::geteuid().is_root() || Command::new("setpriv").arg("--version").output().is_err() {
        eprintln!("skipped: this user cannot become another one");
        return;
    }
    let (home, cloud) = (Home::new(), Cloud::new(options(10, 500, 10)));
    fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
    // Others may not look into the folder where it was built.
    let program = home.path().join("gears");
    fs::copy(env!("CARGO_BIN_EXE_gears"), &program).unwrap();
    fs::create_dir(&home.state).unwrap();
    chown(&home.state, None, Some(TEAM)).unwrap();
    fs::set_permissions(&home.state, Permissions::from_mode(0o2770)).unwrap();
    let as_user = |name: &str, user: u32, group: u32, arguments: &[&str]| {
        let plain = home.gears_of(Path::new("setpriv"), &cloud, &[]);
        let mut gears = plain;
        gears.args([format!("--reuid={user}"), format!("--regid={user}"), format!("--groups={group}")]);
        gears.arg(&program).args(arguments).env("USER", name).env("HOME", "/nonexistent");
        gears.env("XDG_CONFIG_HOME", "/nonexistent");
        gears
    };
    let people = [("anna", 54_001), ("ben", 54_002)];
    let children: Vec<_> = people
        .iter()
        .map(|&(name, user)| {
            let list = home.list(&format!("{name}.csv"), user..user + 60);
            fs::set_permissions(&list, Permissions::from_mode(0o644)).unwrap();
            let send = ["send", "-a", "dhcprenew", "--yes", "--format", "json", "--batch-size", "5", &list];
            as_user(name, user, TEAM, &send).spawn().unwrap()
        })
        .collect();
    for child in children {
        let run = Said::from(child.wait_with_output().unwrap()).expect(0).run();
        assert_eq!(run.counts(), BTreeMap::from([("succeeded", 60)]));
    }
    cloud.kept_its_limit();
    // Each reads the other's run.
    for (name, user) in people {
        let said = ended(as_user(name, user, TEAM, &["history", "--format", "json"])).expect(0);
        assert!(said.data.contains("anna") && said.data.contains("ben"), "{}", said.data);
    }
    let log = home.state.join("log");
    for path in [&home.state, &log].into_iter().flat_map(|folder| paths(folder)) {
        let about = fs::metadata(&path).unwrap();
        let rights = if path == log { 0o770 } else { 0o660 };
        assert_eq!((about.gid(), about.mode() & 0o777), (TEAM, rights), "{}", path.display());
    }
    let log = fs::read_to_string(log.join("gears.log")).unwrap();
    for (name, _) in people {
        assert!(log.contains(&format!("user={name} ")), "{name} is not in:\n{log}");
    }
    assert_eq!(fs::metadata(&home.state).unwrap().mode() & 0o7777, 0o2770);
    // Somebody else may do nothing there.
    let list = home.path().join("anna.csv");
    let arguments = ["send", "-a", "dhcprenew", "--yes", list.to_str().unwrap()];
    let before = cloud.commands().len();
    ended(as_user("eve", 54_003, 54_003, &arguments)).expect(3).says(&["nothing was sent", "Permission denied"]);
    assert_eq!(cloud.commands().len(), before);
}

fn paths(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect()
}

/// Fails if a file of this folder holds these bytes; how many files there are.
fn searched(folder: &Path, secret: &str) -> usize {
    let mut files = 0;
    for path in paths(folder) {
        if path.is_dir() {
            files += searched(&path, secret);
            continue;
        }
        files += 1;
        let bytes = fs::read(&path).unwrap();
        let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "{} holds {secret}", path.display());
    }
    files
}

#[test]
fn no_byte_of_the_state_folder_is_a_secret() {
    // The cloud says tokens and secrets back, also where the run dies in the middle.
    let token = "simulated-token+0001/0000000000000001";
    let faults = format!(
        "[[fault]]\nnth = 1\nstatus = 400\nbody = 'bad access_token={token} {SECRET}'\n\
         [[fault]]\nnth = 2\nstatus = 500\nbody = 'client_secret={SECRET} token={token}'\n\
         [[fault]]\nnth = 4\nstatus = 401\n"
    );
    let (home, cloud) = (Home::new(), Cloud::new(script(&faults, options(20, 500, 100))));
    let list = home.list("list.csv", 0..60);
    let mut child = home.send(&cloud, &list, BATCH).spawn().unwrap();
    until_sent(&cloud, 6);
    child.kill().unwrap();
    child.wait().unwrap();
    let check = || {
        for secret in [SECRET, "simulated-token"] {
            assert!(searched(&home.state, secret) > 0);
        }
    };
    check();
    ended(home.resume(&cloud, 1, BATCH));
    check();
    assert!(home.history(&cloud, 1).unwrap().counts().contains_key("succeeded"));
}
