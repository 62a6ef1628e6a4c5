//! Full disks, folders that are read-only, files that are locked, damaged, newer or no journal at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use gears_console::journal::{Journal, JournalError, Settings};
use gears_console::limiter::LedgerStore;
use gears_console::model::OutcomeKind::{InFlight, Queued, Succeeded, Unknown};
use gears_console::model::{Action, Counts, Outcome, RunId};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::child::{Other, told};
use crate::support::{counted, counts, devices, new_run, note, open, send, settings};

/// A small disk of its own; unmounted when it is dropped. None where this process may not mount one.
struct Disk(PathBuf);

impl Disk {
    fn new(folder: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let mount = ["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"];
        let mounted = Command::new("mount").args(mount).arg(folder).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder.to_owned()));
        }
        eprintln!("skipped: this user may not mount a small disk");
        None
    }

    fn read_only(&self) {
        let status = Command::new("mount").args(["-o", "remount,ro"]).arg(&self.0).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// The database as anybody could open it.
async fn raw(folder: &Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("journal.db"));
    options.busy_timeout(Duration::from_secs(10)).connect().await.unwrap()
}

/// The words with which the journal does not open; they name the file or folder and the ways out.
async fn words(folder: &Path) -> String {
    let patience = Duration::from_millis(50);
    let error = Journal::open(Settings { patience, ..settings(folder) }).await.unwrap_err();
    assert!(error.0.contains(folder.to_str().unwrap()), "{error}");
    assert!(error.0.contains("--state-dir") && error.0.contains("--no-journal"), "{error}");
    error.0
}

/// Sends runs of 100 devices until something cannot be recorded. What each run was at the last word comes back, and the
/// error.
async fn send_until_refused(journal: &Journal) -> (Vec<(RunId, Counts)>, JournalError) {
    let mut runs = Vec::new();
    let all: Vec<u32> = (0..100).collect();
    let outcomes: Vec<_> = all.iter().map(|&device| (device, Outcome::plain(Succeeded))).collect();
    loop {
        let run = match journal.begin_run(&new_run(Action::DhcpRenew, 100)).await {
            Ok(run) => run,
            Err(error) => return (runs, error),
        };
        runs.push((run, counted(&[(Queued, 100)])));
        let sent = journal.batch_sent(run, 0, &all).await;
        if let Err(error) = sent {
            return (runs, error);
        }
        runs.last_mut().unwrap().1 = counted(&[(InFlight, 100)]);
        let answered = journal.batch_answered(run, 0, &outcomes, &note(200)).await;
        if let Err(error) = answered {
            return (runs, error);
        }
        runs.last_mut().unwrap().1 = counted(&[(Succeeded, 100)]);
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_that_was_recorded_is_lost() {
    let top = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::new(&top.path().join("small"), "16m") else { return };
    let ballast = disk.0.join("ballast");
    let journal = open(&disk.0).await;
    let mut recorded = Vec::new();
    for round in 0..15 {
        // Room for a little more, another amount each time, so that it ends at another write each time.
        let disk = rustix::fs::statvfs(&disk.0).unwrap();
        let room = (disk.f_bavail * disk.f_bsize).saturating_sub(round * 7919 % 100_000);
        fs::write(&ballast, vec![0; usize::try_from(room).unwrap()]).unwrap();
        let (runs, error) = send_until_refused(&journal).await;
        assert!(error.0.contains("the disk is full") && error.0.contains("--no-journal"), "{error}");
        let ledger = journal.ledger().unwrap();
        let spent = ledger.update(Box::new(|_, _| ())).await;
        assert!(spent.is_ok() || spent.unwrap_err().0.contains("the disk is full"));
        // With room again the same journal goes on.
        fs::remove_file(&ballast).unwrap();
        for (run, expected) in &runs {
            assert_eq!(&counts(&journal, *run).await, expected, "run {run}");
        }
        recorded.extend(runs);
        ledger.update(Box::new(|_, _| ())).await.unwrap();
        let run = journal.begin_run(&new_run(Action::DhcpRenew, 1)).await.unwrap();
        send(&journal, run, 0, &[0], Succeeded).await;
    }
    assert!(!recorded.is_empty());
    drop(journal);
    let journal = open(&disk.0).await;
    for (run, mut expected) in recorded {
        let past = devices(&journal, run).await;
        // Whoever was in flight is unknown now.
        while expected.of(InFlight) > 0 {
            expected.change(InFlight, Unknown);
        }
        assert_eq!(past.iter().map(|past| past.outcome.kind).collect::<Counts>(), expected, "run {run}");
    }
}

#[tokio::test]
async fn a_file_that_may_not_grow_is_said() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("state");
    Other::start_limited("fills", &folder, 600).finish();
    let text = fs::read_to_string(told(&folder)).unwrap();
    let (begun, full): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("begun"));
    assert!(!begun.is_empty() && full.len() == 1, "{text}");
    assert!(full[0].contains("quota is used up") && full[0].contains("--state-dir"), "{text}");
    let journal = open(&folder).await;
    assert_eq!(journal.unfinished().await.unwrap().len(), begun.len());
}

#[tokio::test]
async fn a_folder_that_is_read_only_is_said() {
    let top = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::new(&top.path().join("disk"), "4m") else { return };
    let [old, new] = ["old", "new"].map(|name| disk.0.join(name));
    drop(open(&old).await);
    fs::create_dir(&new).unwrap();
    // The writer of the dropped journal may still be closing it.
    while fs::exists(old.join("journal.db-wal")).unwrap() {
        tokio::task::yield_now().await;
    }
    disk.read_only();
    assert!(words(&new).await.contains("Read-only file system"));
    assert!(words(&old).await.contains("journal.db"));
    assert!(words(&disk.0.join("none")).await.contains("cannot make the state folder"));
}

#[tokio::test]
async fn a_folder_of_somebody_else_is_said() {
    let top = tempfile::tempdir().unwrap();
    fs::write(top.path().join("file"), "").unwrap();
    assert!(words(&top.path().join("file")).await.contains("cannot make the state folder"));
    if rustix::process::geteuid().is_root() {
        eprintln!("skipped in part: nothing is closed to root");
        return;
    }
    let folder = top.path().join("closed");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o500)).unwrap();
    assert!(words(&folder).await.contains("Permission denied"));
}

#[tokio::test]
async fn a_file_that_is_locked_is_said_and_waited_for() {
    let top = tempfile::tempdir().unwrap();
    let patience = Duration::from_millis(50);
    let journal = Journal::open(Settings { patience, ..settings(top.path()) }).await.unwrap();
    let patient = open(top.path()).await;
    let mut other = raw(top.path()).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let run = new_run(Action::DhcpRenew, 1);
    let error = journal.begin_run(&run).await.unwrap_err();
    assert!(error.0.contains("is locked") && error.0.contains("--no-journal"), "{error}");
    let error = journal.ledger().unwrap().update(Box::new(|_, _| ())).await.unwrap_err();
    assert!(error.0.contains("is locked"), "{error}");
    // Reading goes on, and so does writing once the lock is gone.
    assert_eq!(journal.runs(None, 10).await, Ok(Vec::new()));
    let unlock = async { sqlx::query("COMMIT").execute(&mut other).await.unwrap() };
    let (begun, _) = tokio::join!(patient.begin_run(&run), unlock);
    assert_eq!(begun, Ok(RunId(1)));
    assert_eq!(journal.begin_run(&run).await, Ok(RunId(2)));
}

/// A journal with some runs, closed.
async fn written(folder: &Path) {
    let journal = open(folder).await;
    for _ in 0..20 {
        let run = journal.begin_run(&new_run(Action::DhcpRenew, 200)).await.unwrap();
        send(&journal, run, 0, &[0, 1, 2], Succeeded).await;
    }
    drop(journal);
    let mut connection = raw(folder).await;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_said() {
    let top = tempfile::tempdir().unwrap();
    let good = top.path().join("good");
    written(&good).await;
    let bytes = fs::read(good.join("journal.db")).unwrap();
    let with = |name: &str, bytes: &[u8]| {
        let folder = top.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("journal.db"), bytes).unwrap();
        folder
    };
    assert!(
        words(&with("text", b"this is no database, whatever its name says, ".repeat(99).as_slice()))
            .await
            .contains("is no journal")
    );
    let mut schema = bytes.clone();
    schema[100..4096].fill(0xa5);
    assert!(words(&with("schema", &schema)).await.contains("is damaged"));

    // Damage further behind shows when it is met.
    let mut pages = bytes.clone();
    pages[3 * 4096..].fill(0xa5);
    let journal = Journal::open(settings(&with("pages", &pages))).await;
    let error = match journal {
        Ok(journal) => journal.runs(None, 100).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(error.0.contains("is damaged") && error.0.contains(".recover"), "{error}");
    let cut = with("cut", &bytes[..bytes.len() / 2]);
    let error = match Journal::open(settings(&cut)).await {
        Ok(journal) => journal.begin_run(&new_run(Action::DhcpRenew, 500)).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(error.0.contains("is damaged"), "{error}");
}

#[tokio::test]
async fn a_newer_journal_and_another_programs_file_are_left_as_they_are() {
    let top = tempfile::tempdir().unwrap();
    for (name, statement, expected) in [
        (
            "newer",
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'later', TRUE, x'00', 1)",
            "by a newer gears (schema 9999",
        ),
        ("changed", "UPDATE _sqlx_migrations SET checksum = x'00'", "by another kind of gears"),
        ("foreign", "DROP TABLE _sqlx_migrations", "another program's database"),
    ] {
        let folder = top.path().join(name);
        written(&folder).await;
        let mut connection = raw(&folder).await;
        sqlx::query(statement).execute(&mut connection).await.unwrap();
        sqlx::query("PRAGMA journal_mode = DELETE").fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let before = fs::read(folder.join("journal.db")).unwrap();
        let words = words(&folder).await;
        assert!(words.contains(expected) && words.contains("left as it is"), "{words}");
        assert!(before == fs::read(folder.join("journal.db")).unwrap(), "{name} was written to");
    }
}

#[test]
fn processes_that_start_at_once_make_one_journal() {
    let top = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let folder = top.path().join(round.to_string());
        let others: Vec<_> = (0..6).map(|_| Other::start("counts", &folder, "1")).collect();
        others.into_iter().for_each(Other::finish);
        assert_eq!(fs::read_to_string(told(&folder)).unwrap(), "6");
    }
}
