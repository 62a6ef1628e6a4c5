//! One budget for all processes of a state folder.

use gears_console::limiter::{LedgerStore, StoreError};

use crate::child::{Other, add_one, told};
use crate::support::{new_run, open};
use gears_console::model::Action;

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
