//! One budget for all processes of a state folder.

use std::time::Duration;

use gears_console::journal::{Journal, Settings, account_key};
use gears_console::limiter::{CloudWords, LedgerStore, Limiter, Owner, Rate, StoreError};
use gears_console::model::Action;
use sqlx::ConnectOptions;

use crate::child::{Other, add_one, told};
use crate::support::{new_run, open, settings};

fn number(folder: &std::path::Path) -> u32 {
    std::fs::read_to_string(told(folder)).unwrap().parse().unwrap()
}

#[test]
fn processes_that_contend_lose_no_slot() {
    let top = tempfile::tempdir().unwrap();
    for processes in [2, 4, 8] {
        let folder = top.path().join(processes.to_string());
        let others: Vec<_> = (0..processes).map(|_| Other::start("counts", &folder, "25")).collect();
        others.into_iter().for_each(Other::finish);
        assert_eq!(number(&folder), processes * 25);
    }
}

#[tokio::test]
async fn a_process_that_dies_in_the_middle_leaves_the_budget_to_the_others() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("state");
    let ledger = open(&folder).await.ledger().unwrap();
    for _ in 0..5 {
        std::fs::write(told(&folder), "0").unwrap();
        let other = Other::start("counts", &folder, "1000000");
        while std::fs::read_to_string(told(&folder)).is_ok_and(|text| text == "0") {
            std::thread::yield_now();
        }
        other.kill();
        ledger.update(Box::new(|_, _| ())).await.unwrap();
    }
}

#[tokio::test]
async fn tasks_of_one_process_that_contend_lose_no_slot() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("state");
    let journal = open(&folder).await;
    let file = told(&folder);
    let ledgers: Vec<_> = (0..20).map(|_| journal.ledger().unwrap()).collect();
    let updates = ledgers.iter().map(|ledger| ledger.update(Box::new(|_, _| add_one(&file))));
    // While runs are recorded by the same connection.
    let run = new_run(Action::DhcpRenew, 100);
    let runs = futures::future::join_all((0..20).map(|_| journal.begin_run(&run)));
    let (updates, runs) = tokio::join!(futures::future::join_all(updates), runs);
    assert!(updates.into_iter().all(|result: Result<(), StoreError>| result.is_ok()));
    assert!(runs.into_iter().all(|result| result.is_ok()));
    assert_eq!(number(&folder), 20);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_keep_the_budget() {
    let top = tempfile::tempdir().unwrap();
    let ledger = open(top.path()).await.ledger().unwrap();
    let other = open(top.path()).await.ledger().unwrap();
    for polls in 0..8 {
        let mut update = ledger.update(Box::new(|_, _| ()));
        for _ in 0..polls {
            if futures::poll!(&mut update).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(update);
        other.update(Box::new(|_, _| ())).await.unwrap();
        ledger.update(Box::new(|_, _| ())).await.unwrap();
    }
}

const RATE: Rate = Rate { requests: 10, window: Duration::from_mins(1) };

fn limiter(journal: &Journal, pid: u32) -> Limiter {
    Limiter::new(RATE, Duration::from_secs(30), journal.budget(), Owner { user: "anna".into(), pid })
}

/// Requests that are sent and answered now, as many as may be.
async fn spend(limiter: &Limiter, most: u32) -> u32 {
    for sent in 0..most {
        match limiter.try_acquire().await.unwrap() {
            Ok(permit) => permit.answered(&CloudWords::default()).await.unwrap(),
            Err(_) => return sent,
        }
    }
    most
}

/// Settings for a cloud of the test's own, for what a process knows of a cloud's budget it keeps.
fn settings_at(cloud: &str, folder: &std::path::Path) -> Settings {
    Settings { account: account_key(cloud, Some("client-1")), cloud: cloud.to_owned(), ..settings(folder) }
}

#[tokio::test]
async fn who_sends_without_a_record_shares_the_budget() {
    let top = tempfile::tempdir().unwrap();
    let recorded = Journal::open(settings_at("shares.example", top.path())).await.unwrap();
    let unrecorded = Journal::unrecorded(settings_at("shares.example", top.path())).await;
    assert_eq!(spend(&limiter(&recorded, 1), 4).await, 4);
    assert_eq!(spend(&limiter(&unrecorded, 2), 20).await, 6);
    assert_eq!(spend(&limiter(&recorded, 1), 20).await, 0);
    // And keeps nothing else.
    unrecorded.begin_run(&new_run(Action::DhcpRenew, 3)).await.unwrap();
    assert!(recorded.runs(None, 10).await.unwrap().is_empty() && unrecorded.runs(None, 10).await.unwrap().is_empty());
    assert!(unrecorded.take_notices().is_empty());
}

#[tokio::test]
async fn without_a_record_a_folder_that_does_not_open_stops_nothing() {
    let top = tempfile::tempdir().unwrap();
    std::fs::write(top.path().join("file"), "").unwrap();
    let journal = Journal::unrecorded(settings_at("closed.example", &top.path().join("file"))).await;
    let words = journal.take_notices();
    assert!(words.len() == 1 && words[0].contains("The budget is not shared"), "{words:?}");
    assert!(words[0].contains("cannot make the state folder") && !words[0].contains("--no-journal"), "{words:?}");
    assert_eq!(spend(&limiter(&journal, 1), 20).await, 10);
}

#[tokio::test]
async fn without_a_record_a_budget_that_fails_on_the_way_goes_on_with_what_is_known() {
    let top = tempfile::tempdir().unwrap();
    let patience = Duration::from_millis(20);
    let journal = Journal::unrecorded(Settings { patience, ..settings_at("fails.example", top.path()) }).await;
    let recorded = Journal::open(settings_at("fails.example", top.path())).await.unwrap();
    assert_eq!(spend(&limiter(&recorded, 1), 3).await, 3);
    let limiter = limiter(&journal, 2);
    assert_eq!(spend(&limiter, 2).await, 2);
    let file = sqlx::sqlite::SqliteConnectOptions::new().filename(top.path().join("journal.db"));
    let mut other = file.connect().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    assert_eq!(spend(&limiter, 20).await, 5);
    let words = journal.take_notices();
    assert!(words.len() == 1 && words[0].contains("is locked"), "{words:?}");
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    assert_eq!(spend(&limiter, 20).await, 0);
}

#[tokio::test]
async fn a_process_that_connects_again_has_spent_what_it_has_spent() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("state");
    std::fs::write(&folder, "").unwrap();
    let connect = || Journal::unrecorded(settings_at("again.example", &folder));
    assert_eq!(spend(&limiter(&connect().await, 1), 4).await, 4);
    // Without a folder to look for, from another profile, and back.
    let homeless = Journal::unshared("again.example", "there is no home folder");
    assert!(homeless.take_notices()[0].contains("there is no home folder"));
    assert_eq!(spend(&limiter(&homeless, 1), 3).await, 3);
    assert_eq!(spend(&limiter(&Journal::unshared("other.example", "as above"), 1), 20).await, 10);
    // The folder can be had again: its ledger does not know what this process has spent.
    std::fs::remove_file(&folder).unwrap();
    let journal = connect().await;
    assert_eq!(spend(&limiter(&journal, 1), 20).await, 3);
    assert!(journal.take_notices()[0].contains("The budget is not shared"));
}

#[tokio::test]
async fn what_was_spent_together_is_known_when_the_folder_is_gone() {
    let top = tempfile::tempdir().unwrap();
    let connect = |name: &str| Journal::unrecorded(settings_at("gone.example", &top.path().join(name)));
    assert_eq!(spend(&limiter(&connect("state").await, 1), 4).await, 4);
    std::fs::write(top.path().join("file"), "").unwrap();
    assert_eq!(spend(&limiter(&connect("file").await, 1), 20).await, 6);
}
