//! What the journal costs: `cargo bench --bench journal`. Its files are in the folder of temporary files (`TMPDIR`), so
//! that is the disk that is measured.

use std::path::Path;
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use gears_console::journal::{AnswerNote, Journal, Settings};
use gears_console::limiter::{Ledger, LedgerStore, Owner, Rate, Terms};
use gears_console::model::{Action, IdMode, Mac, NewRun, Outcome, OutcomeKind, RunDevice, RunId};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

async fn open(folder: &Path) -> Journal {
    Journal::open(Settings::new(folder, "bench", "gears.example", Some("client"))).await.expect("a journal")
}

fn new_run(devices: u32) -> NewRun {
    let device = |number: u32| {
        let [a, b, c, d] = number.to_be_bytes();
        RunDevice {
            mac: Some(Mac::new([2, 0, a, b, c, d])),
            hwid: format!("HWID{number:012}").parse().ok(),
            label: format!("LT-{number:06} anna.smith").into(),
            source: "devices-building-7.csv".into(),
            line: number + 2,
        }
    };
    NewRun {
        action: Action::DhcpRenew,
        id_mode: IdMode::Mac,
        devices: (0..devices).map(device).collect(),
        excluded: [].into(),
        reason: None,
    }
}

async fn send_all(journal: &Journal, run: RunId, devices: u32) {
    let note = AnswerNote { status: Some(200), words: None };
    for batch in 0..devices.div_ceil(1000) {
        let all: Vec<u32> = (batch * 1000..devices.min((batch + 1) * 1000)).collect();
        let outcomes: Vec<_> = all.iter().map(|&device| (device, Outcome::plain(OutcomeKind::Succeeded))).collect();
        journal.batch_sent(run, batch, &all).await.expect("recorded");
        journal.batch_answered(run, batch, &outcomes, &note).await.expect("recorded");
    }
    journal.end_run(run, &gears_console::model::EndReason::Completed).await.expect("recorded");
}

/// One batch of 50 devices: recorded as sent, then answered. Two syncs.
#[divan::bench]
fn batch_of_50(bencher: Bencher<'_, '_>) {
    let (folder, runtime) = (tempfile::tempdir().expect("a folder"), runtime());
    let journal = runtime.block_on(open(folder.path()));
    let run = runtime.block_on(journal.begin_run(&new_run(100_000))).expect("recorded");
    let note = AnswerNote { status: Some(200), words: None };
    let mut batch = 0;
    bencher.bench_local(|| {
        let all: Vec<u32> = (batch % 2000 * 50..batch % 2000 * 50 + 50).collect();
        let outcomes: Vec<_> =
            all.iter().map(|&device| (device, Outcome::because(OutcomeKind::Failed, "no"))).collect();
        runtime.block_on(async {
            journal.batch_sent(run, batch, &all).await.expect("recorded");
            journal.batch_answered(run, batch, &outcomes, &note).await.expect("recorded");
        });
        batch += 1;
    });
}

/// Ten batches of 50 devices that are recorded as sent at once.
#[divan::bench]
fn ten_batches_at_once(bencher: Bencher<'_, '_>) {
    let (folder, runtime) = (tempfile::tempdir().expect("a folder"), runtime());
    let journal = runtime.block_on(open(folder.path()));
    let run = runtime.block_on(journal.begin_run(&new_run(500))).expect("recorded");
    let batches: Vec<Vec<u32>> = (0..10).map(|batch| (batch * 50..batch * 50 + 50).collect()).collect();
    bencher.bench_local(|| {
        let sent = batches.iter().zip(0..).map(|(devices, batch)| journal.batch_sent(run, batch, devices));
        runtime.block_on(futures::future::try_join_all(sent)).expect("recorded")
    });
}

/// A run of so many devices begins.
#[divan::bench(args = [2_500, 100_000], sample_count = 10)]
fn begin_run(bencher: Bencher<'_, '_>, devices: u32) {
    let (folder, runtime) = (tempfile::tempdir().expect("a folder"), runtime());
    let journal = runtime.block_on(open(folder.path()));
    let run = new_run(devices);
    bencher
        .counter(ItemsCount::new(devices))
        .bench_local(|| runtime.block_on(journal.begin_run(&run)).expect("recorded"));
}

/// A slot of the shared budget is taken, and given back: one transaction.
#[divan::bench]
fn ledger_update(bencher: Bencher<'_, '_>) {
    let (folder, runtime) = (tempfile::tempdir().expect("a folder"), runtime());
    let ledger = runtime.block_on(open(folder.path())).ledger().expect("a ledger");
    let owner = Owner { user: "anna".to_owned(), pid: 1 };
    let terms = Terms { rate: Rate::default(), longest_request: Duration::from_secs(35) };
    bencher.bench_local(|| {
        let take = |ledger: &mut Ledger, now| {
            let id = ledger.take(&owner, terms, now).expect("a slot is free");
            ledger.give_back(id, &owner);
        };
        runtime.block_on(ledger.update(Box::new(take))).expect("kept");
    });
}

/// A journal with 1,000,000 outcomes is opened, with what the console asks for at its start.
#[divan::bench(sample_count = 20)]
fn open_a_million(bencher: Bencher<'_, '_>) {
    let (folder, runtime) = (tempfile::tempdir().expect("a folder"), runtime());
    runtime.block_on(async {
        let journal = open(folder.path()).await;
        for _ in 0..10 {
            let run = journal.begin_run(&new_run(100_000)).await.expect("recorded");
            send_all(&journal, run, 100_000).await;
        }
    });
    let size = std::fs::metadata(folder.path().join("journal.db")).map_or(0, |about| about.len());
    println!("a journal with 1,000,000 outcomes takes {} MB", size / 1_000_000);
    bencher.bench_local(|| {
        runtime.block_on(async {
            let journal = open(folder.path()).await;
            let unfinished = journal.unfinished().await.expect("read");
            let open = journal.exemptions_older_than(std::time::Duration::from_hours(24)).await.expect("read");
            let runs = journal.runs(None, 50).await.expect("read");
            (unfinished.len(), open, runs.len())
        })
    });
}
