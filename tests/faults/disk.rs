//! Disks that are full, read-only or damaged: nothing is sent that is not recorded, and what is recorded is true.

use std::collections::BTreeMap;
use std::fs;

use crate::house::{Cloud, Disk, Home, Printed, ended, options};

const DEVICES: u32 = 100;
const BATCH: usize = 5;

/// What arrived is not called unsent, and an outcome that is recorded is the one that the cloud knows.
fn is_true(cloud: &Cloud, past: &Printed) {
    cloud.agrees(past);
    let never_sent = past.ids(&["not_sent"]);
    let commands = cloud.commands();
    let lie = commands.iter().flat_map(|request| &request.ids).find(|id| never_sent.contains(id.as_str()));
    assert_eq!(lie, None, "sent, and not recorded");
}

#[test]
fn a_disk_that_fills_up_stops_the_run_and_what_is_recorded_is_true() {
    let mut home = Home::new();
    let Some(disk) = Disk::new(&home.path().join("disk"), "4m") else { return };
    let mut random = fastrand::Rng::with_seed(7);
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for round in 0..16 {
        let cloud = Cloud::new(options(30, 300, 5));
        let list = home.list("list.csv", 0..DEVICES);
        home.state = disk.0.join(round.to_string());
        // So many bytes are left, so that it ends at another write each time.
        let about = rustix::fs::statvfs(&disk.0).unwrap();
        let room = random.u64(20_000..450_000);
        let ballast = about.f_bavail * about.f_bsize - room;
        fs::write(disk.0.join("ballast"), vec![0; usize::try_from(ballast).unwrap()]).unwrap();
        let said = ended(home.send(&cloud, &list, BATCH));
        let sent = cloud.commands().len();
        let whole = said.code == Some(0);
        if !whole {
            assert!(matches!(said.code, Some(1 | 3)), "{:?}: {}", said.code, said.words);
            assert!(said.words.contains("is full"), "{}", said.words);
            let said = said.says(&["Make room", "--state-dir", "--no-journal"]);
            assert!(sent > 0 || said.words.contains("nothing was sent") || said.words.contains("100 not sent"));
        }
        // With room again, the record is read and the run goes on.
        fs::remove_file(disk.0.join("ballast")).unwrap();
        let past = home.history(&cloud, 1);
        *ends
            .entry(match &past {
                _ if whole => "not at all",
                None => "before the run was begun",
                Some(_) if sent == 0 => "before the first request",
                Some(_) => "in the middle",
            })
            .or_default() += 1;
        let resumed = match past {
            None => {
                assert_eq!(sent, 0, "sent for a run that is not recorded");
                ended(home.send(&cloud, &list, BATCH))
            }
            Some(past) => {
                is_true(&cloud, &past);
                let done: Vec<String> = past.ids(&["succeeded"]).into_iter().map(str::to_owned).collect();
                let resumed = ended(home.resume(&cloud, 1, BATCH));
                let again = cloud.commands().split_off(sent).into_iter().flat_map(|request| request.ids);
                assert!(again.into_iter().all(|id| !done.contains(&id)), "sent again after success");
                resumed
            }
        };
        assert!(resumed.code == Some(0) || resumed.words.contains("nothing is left"), "{}", resumed.words);
        let past = home.history(&cloud, 1).unwrap();
        assert_eq!(past.counts(), BTreeMap::from([("succeeded", DEVICES as usize)]));
        cloud.agrees(&past);
        cloud.kept_its_limit();
        fs::remove_dir_all(&home.state).unwrap();
    }
    println!("the disk was full {ends:?}");
    assert!(ends.get("in the middle").is_some_and(|&count| count > 2), "{ends:?}");
    assert!(ends.get("before the run was begun").is_some_and(|&count| count > 0), "{ends:?}");
}

#[test]
fn a_folder_that_is_read_only_sends_nothing_until_told_so() {
    let mut home = Home::new();
    let Some(disk) = Disk::new(&home.path().join("disk"), "4m") else { return };
    let cloud = Cloud::new(options(10, 300, 0));
    let list = home.list("list.csv", 0..3);
    for name in ["new", "old"] {
        home.state = disk.0.join(name);
        fs::create_dir(&home.state).unwrap();
        if name == "old" {
            ended(home.send(&cloud, &list, BATCH)).expect(0);
        }
        let sent = cloud.commands().len();
        disk.remount("ro");
        let path = home.state.to_str().unwrap().to_owned();
        ended(home.send(&cloud, &list, BATCH)).expect(3).says(&[
            &path,
            "--state-dir",
            "nothing was sent",
            "--no-journal",
        ]);
        assert_eq!(cloud.commands().len(), sent);
        let mut gears = home.send(&cloud, &list, BATCH);
        gears.arg("--no-journal");
        let run = ended(gears).expect(0).run();
        assert_eq!(run.counts()["succeeded"], 3);
        disk.remount("rw");
    }
}

#[test]
fn a_journal_that_is_damaged_newer_or_foreign_is_left_alone_and_nothing_is_sent() {
    let (mut home, cloud) = (Home::new(), Cloud::new(options(50, 300, 0)));
    let list = home.list("list.csv", 0..3);
    for (name, statement, word) in [
        ("text", None, "is no journal"),
        ("damaged", None, "is damaged"),
        (
            "newer",
            Some(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'later', TRUE, x'00', 1)",
            ),
            "newer gears",
        ),
        ("foreign", Some("DROP TABLE _sqlx_migrations"), "another program"),
    ] {
        home.state = home.path().join(name);
        ended(home.send(&cloud, &list, BATCH)).expect(0);
        home.tamper(statement.unwrap_or("SELECT 1"));
        let file = home.state.join("journal.db");
        match name {
            "text" => fs::write(&file, "this is no database\n".repeat(999)).unwrap(),
            "damaged" => {
                let mut bytes = fs::read(&file).unwrap();
                bytes[100..4096].fill(0xa5);
                fs::write(&file, bytes).unwrap();
            }
            _ => {}
        }
        let (before, sent) = (fs::read(&file).unwrap(), cloud.commands().len());
        for said in [
            ended(home.send(&cloud, &list, BATCH)).expect(3).says(&["nothing was sent"]),
            ended(home.resume(&cloud, 1, BATCH)).expect(3),
            ended(home.gears(&cloud, &["history"])).expect(3),
        ] {
            said.says(&[word, "--state-dir", "--no-journal", file.to_str().unwrap()]);
        }
        assert!(before == fs::read(&file).unwrap(), "{name} was written to");
        assert_eq!(cloud.commands().len(), sent, "{name}");
        let mut gears = home.send(&cloud, &list, BATCH);
        gears.arg("--no-journal");
        ended(gears).expect(0);
        assert!(before == fs::read(&file).unwrap(), "{name} was written to");
    }
}

#[test]
fn without_a_journal_no_run_is_written_and_the_budget_is_shared() {
    let (home, cloud) = (Home::new(), Cloud::new(options(50, 300, 0)));
    let list = home.list("list.csv", 0..3);
    let mut gears = home.send(&cloud, &list, BATCH);
    gears.arg("--no-journal");
    let run = ended(gears).expect(0).run();
    assert_eq!(run.counts()["succeeded"], 3);
    assert_eq!(home.tamper("DELETE FROM runs"), 0);
    assert_eq!(home.tamper("DELETE FROM ledgers"), 1);
}
