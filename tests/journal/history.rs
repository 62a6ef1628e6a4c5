//! What the journal tells of the past: pages, one device's story, runs made from runs, open exemptions, retention.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gears_console::journal::{Journal, OpenExemption, Settings, account_key};
use gears_console::model::OutcomeKind::{self, Failed, NotSent, Succeeded, Unknown};
use gears_console::model::{Action, EndReason, Id, IdMode, NewRun, RunDevice, RunId};

use crate::support::{TestClock, device, devices, mac, new_run, open, send, settings};

/// A run whose devices have these outcomes, ended.
async fn run_with(journal: &Journal, action: Action, outcomes: &[(u32, OutcomeKind)]) -> RunId {
    let run = NewRun { devices: outcomes.iter().map(|&(number, _)| device(number)).collect(), ..new_run(action, 0) };
    let run = journal.begin_run(&run).await.unwrap();
    for (position, &(_, kind)) in (0_u32..).zip(outcomes) {
        if kind != NotSent {
            send(journal, run, position, &[position], kind).await;
        }
    }
    journal.end_run(run, &EndReason::Completed).await.unwrap();
    run
}

async fn open_with(folder: &Path, clock: &Arc<TestClock>) -> Journal {
    let clock = Arc::<TestClock>::clone(clock);
    Journal::open(Settings { clock, keep_days: 0, ..settings(folder) }).await.unwrap()
}

#[tokio::test]
async fn runs_come_newest_first_page_by_page() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    for _ in 0..7 {
        run_with(&journal, Action::DhcpRenew, &[(1, Succeeded)]).await;
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = journal.runs(before, 3).await.unwrap();
        assert!(page.len() <= 3);
        seen.extend(page.iter().map(|run| run.run.0));
        match page.last() {
            Some(last) => before = Some(last.run),
            None => break,
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(journal.run(RunId(8)).await, Ok(None));
}

#[tokio::test]
async fn a_long_run_is_read_whole_and_in_order() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    // Full pages, and one more and one less than full.
    for count in [0, 999, 1000, 1001, 2000] {
        let run = journal.begin_run(&new_run(Action::DhcpRenew, count)).await.unwrap();
        let lines: Vec<u32> = devices(&journal, run).await.iter().map(|past| past.device.line).collect();
        assert_eq!(lines, (1..=count).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_device_tells_its_story() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    let first = run_with(&journal, Action::ExemptAll, &[(1, Failed), (2, Succeeded)]).await;
    run_with(&journal, Action::DhcpRenew, &[(2, Succeeded)]).await;
    let third = run_with(&journal, Action::Unexempt, &[(3, Succeeded), (1, NotSent)]).await;
    for id in [Id::Mac(mac(1)), Id::Hwid("HWID000001".parse().unwrap())] {
        let sent = journal.sent_to(&id, 10).await.unwrap();
        let story: Vec<_> =
            sent.iter().map(|sent| (sent.run, sent.action, sent.device.outcome.kind, sent.device.status)).collect();
        let expected = [(third, Action::Unexempt, NotSent, None), (first, Action::ExemptAll, Failed, Some(200))];
        assert_eq!(story, expected, "{id}");
        assert_eq!((&*sent[1].user, sent[1].reason.as_deref(), sent[1].device.device.line), ("anna", Some("INC-7"), 2));
        assert_eq!(journal.sent_to(&id, 1).await.unwrap().len(), 1);
    }
    assert!(journal.sent_to(&Id::Mac(mac(9)), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn runs_are_made_from_runs() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    let outcomes = [(1, Succeeded), (2, Failed), (3, Unknown), (4, NotSent), (5, Succeeded)];
    let run = run_with(&journal, Action::ExemptAll, &outcomes).await;
    let of = |action, numbers: &[u32]| {
        let devices: Arc<[RunDevice]> = numbers.iter().map(|&number| device(number)).collect();
        Some(NewRun { devices, ..new_run(action, 0) })
    };
    assert_eq!(journal.inverse(run).await.unwrap(), of(Action::Unexempt, &[1, 5]));
    assert_eq!(journal.again(run, &[Failed]).await.unwrap(), of(Action::ExemptAll, &[2]));
    assert_eq!(journal.again(run, &OutcomeKind::ALL).await.unwrap(), of(Action::ExemptAll, &[1, 2, 3, 4, 5]));

    let undo = run_with(&journal, Action::Unexempt, &[(1, Succeeded)]).await;
    assert_eq!(journal.inverse(undo).await.unwrap(), of(Action::ExemptAll, &[1]));
    assert_eq!(journal.again(undo, &[Failed]).await.unwrap(), None);
    let renew = run_with(&journal, Action::DhcpRenew, &[(1, Succeeded)]).await;
    assert_eq!(journal.inverse(renew).await.unwrap(), None);
    assert_eq!(journal.inverse(RunId(99)).await.unwrap(), None);
}

/// (MAC's number, run, certain) of what is exempt.
async fn exempt(journal: &Journal) -> Vec<(u32, RunId, bool)> {
    let number = |open: &OpenExemption| u32::from_be_bytes(open.device.mac.unwrap().octets()[2..].try_into().unwrap());
    let open = journal.open_exemptions(false).await.unwrap();
    open.iter().map(|open| (number(open), open.run, open.certain)).collect()
}

#[tokio::test]
async fn what_is_exempt_and_not_undone_is_known() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    let first = run_with(
        &journal,
        Action::ExemptAll,
        &[(1, Succeeded), (2, Failed), (3, Unknown), (4, NotSent), (5, Succeeded)],
    )
    .await;
    assert_eq!(exempt(&journal).await, [(1, first, true), (3, first, false), (5, first, true)]);
    // Other actions and failures to undo change nothing.
    run_with(&journal, Action::DhcpRenew, &[(1, Succeeded)]).await;
    run_with(&journal, Action::Unexempt, &[(1, Failed), (5, Unknown), (9, Succeeded)]).await;
    assert_eq!(exempt(&journal).await.len(), 3);
    run_with(&journal, Action::Unexempt, &[(1, Succeeded)]).await;
    assert_eq!(exempt(&journal).await, [(3, first, false), (5, first, true)]);
    // What may be exempt becomes certain, and keeps its beginning; what is exempt is not exempt twice.
    run_with(&journal, Action::ExemptAll, &[(3, Succeeded), (5, Succeeded)]).await;
    assert_eq!(exempt(&journal).await, [(3, first, true), (5, first, true)]);
    // What is certainly exempt stays so when a later request fails; what only may be is not if the cloud knows no such device.
    let fourth = run_with(&journal, Action::ExemptAll, &[(3, Failed), (6, Unknown)]).await;
    assert_eq!(exempt(&journal).await, [(3, first, true), (5, first, true), (6, fourth, false)]);
    run_with(&journal, Action::ExemptAll, &[(6, Failed)]).await;
    assert_eq!(exempt(&journal).await, [(3, first, true), (5, first, true)]);
}

#[tokio::test]
async fn an_exemption_by_one_id_is_undone_by_the_other() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    run_with(&journal, Action::ExemptAll, &[(1, Succeeded), (2, Succeeded)]).await;
    let by_hwid = RunDevice { mac: None, ..device(2) };
    let run = NewRun { id_mode: IdMode::Hwid, devices: [by_hwid].into(), ..new_run(Action::Unexempt, 0) };
    let run = journal.begin_run(&run).await.unwrap();
    send(&journal, run, 0, &[0], Succeeded).await;
    assert_eq!(exempt(&journal).await.iter().map(|one| one.0).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn a_run_that_broke_off_may_have_exempted() {
    let top = tempfile::tempdir().unwrap();
    let run = {
        let journal = open(top.path()).await;
        let run = journal.begin_run(&new_run(Action::ExemptAll, 3)).await.unwrap();
        journal.batch_sent(run, 0, &[0, 1]).await.unwrap();
        run
    };
    let journal = open(top.path()).await;
    journal.close_run(run).await.unwrap();
    assert_eq!(exempt(&journal).await, [(0, run, false), (1, run, false)]);
}

#[tokio::test]
async fn exemptions_belong_to_an_account_and_have_an_age() {
    let top = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let journal = open_with(top.path(), &clock).await;
    run_with(&journal, Action::ExemptAll, &[(1, Succeeded), (2, Succeeded)]).await;
    clock.pass_hours(20);
    run_with(&journal, Action::ExemptAll, &[(3, Succeeded), (1, Succeeded)]).await;
    clock.pass_hours(10);
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    let mut older = Vec::new();
    for age in [0, 9, 11, 24, 29, 31] {
        older.push(journal.exemptions_older_than(hours(age)).await.unwrap());
    }
    assert_eq!(older, [3, 3, 2, 2, 2, 0]);
    let open = journal.open_exemptions(false).await.unwrap();
    assert_eq!(open[0].since.as_millisecond(), TestClock::START);
    assert_eq!((&*open[0].user, open[0].reason.as_deref(), &open[0].device), ("anna", Some("INC-7"), &device(1)));

    let account = account_key("gears.example", Some("client-2"));
    let other = Journal::open(Settings { account, ..settings(top.path()) }).await.unwrap();
    assert_eq!(other.exemptions_older_than(hours(0)).await, Ok(0));
    assert!(other.open_exemptions(false).await.unwrap().is_empty());
    assert_eq!(other.open_exemptions(true).await.unwrap(), open);
    // The same device of another account is another exemption.
    run_with(&other, Action::Unexempt, &[(1, Succeeded)]).await;
    assert_eq!(journal.open_exemptions(false).await.unwrap(), open);
}

#[tokio::test]
async fn old_runs_go_and_nothing_else() {
    let top = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let journal = open_with(top.path(), &clock).await;
    let old = run_with(&journal, Action::ExemptAll, &[(1, Succeeded)]).await;
    let long = journal.begin_run(&new_run(Action::DhcpRenew, 5000)).await.unwrap();
    journal.end_run(long, &EndReason::Stopped).await.unwrap();
    let unfinished = journal.begin_run(&new_run(Action::DhcpRenew, 1)).await.unwrap();
    clock.pass_hours(24 * 400);
    let young = run_with(&journal, Action::DhcpRenew, &[(1, Succeeded)]).await;
    clock.pass_hours(1);
    assert_eq!(journal.prune(401).await, Ok(0));
    assert_eq!(journal.prune(0).await, Ok(0));
    assert_eq!(journal.runs(None, 10).await.unwrap().len(), 4);

    assert!(journal.prune(400).await.unwrap() > 5000);
    let left: Vec<RunId> = journal.runs(None, 10).await.unwrap().iter().map(|run| run.run).collect();
    assert_eq!(left, [young, unfinished]);
    assert_eq!(journal.sent_to(&Id::Mac(mac(1)), 10).await.unwrap().len(), 1);
    // It is exempt for all that, and numbers are not used twice.
    assert_eq!(exempt(&journal).await, [(1, old, true)]);
    assert_eq!(run_with(&journal, Action::DhcpRenew, &[(1, Succeeded)]).await.0, young.0 + 1);
}

#[tokio::test]
async fn old_runs_go_in_the_background_of_an_opening() {
    let top = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    run_with(&open_with(top.path(), &clock).await, Action::DhcpRenew, &[(1, Succeeded)]).await;
    clock.pass_hours(24 * 31);
    let clock = Arc::<TestClock>::clone(&clock);
    let journal = Journal::open(Settings { clock, keep_days: 30, ..settings(top.path()) }).await.unwrap();
    while !journal.runs(None, 10).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
}
