//! What the journal tells of the past: pages, one device's story, runs made from runs, open exemptions, retention.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gears_console::journal::{AnswerNote, Journal, OpenExemption, Settings, account_key};
use gears_console::model::OutcomeKind::{self, Failed, NotSent, Succeeded, Unknown};
use gears_console::model::{Action, EndReason, Id, IdMode, NewRun, Outcome, RunDevice, RunId};

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
    assert_eq!(journal.inverse(undo).await.unwrap(), None, "no protection is switched off by undoing");
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
async fn a_refused_list_says_nothing_of_its_devices() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    let first = run_with(&journal, Action::ExemptAll, &[(1, Unknown), (2, Unknown)]).await;
    for (status, left) in [(Some(400), 2), (None, 2), (Some(200), 1)] {
        let run = NewRun { devices: [device(1)].into(), ..new_run(Action::ExemptAll, 0) };
        let run = journal.begin_run(&run).await.unwrap();
        journal.batch_sent(run, 0, &[0]).await.unwrap();
        let answer = AnswerNote { status, words: None };
        journal.batch_answered(run, 0, &[(0, Outcome::plain(Failed))], &answer).await.unwrap();
        assert_eq!(exempt(&journal).await.len(), left, "{status:?}");
    }
    assert_eq!(exempt(&journal).await, [(2, first, false)]);
}

#[tokio::test]
async fn an_exemption_by_token_is_undone_by_key_and_the_other_way_round() {
    let top = tempfile::tempdir().unwrap();
    let with = async |cloud, key| {
        let account = account_key(cloud, key);
        Journal::open(Settings { account, cloud: cloud.to_owned(), ..settings(top.path()) }).await.unwrap()
    };
    let token = with("gears.example", None).await;
    let key = with("gears.example", Some("client-1")).await;
    let other_key = with("gears.example", Some("client-2")).await;
    let elsewhere = with("gears.example:8443", None).await;
    let outcomes = [(1, Succeeded), (2, Unknown)];
    for (exempting, undoing, stranger) in [(&token, &key, &elsewhere), (&key, &token, &other_key)] {
        let run = run_with(exempting, Action::ExemptAll, &outcomes).await;
        let open = [(1, run, true), (2, run, false)];
        assert_eq!([exempt(exempting).await, exempt(undoing).await], [open, open]);
        assert!(exempt(stranger).await.is_empty());
        assert_eq!(
            undoing.exemptions_older_than(Duration::ZERO).await,
            exempting.exemptions_older_than(Duration::ZERO).await
        );
        run_with(stranger, Action::Unexempt, &[(1, Succeeded)]).await;
        // Exempt again under the other name it is still one, and a failure under another name denies nothing.
        run_with(undoing, Action::ExemptAll, &[(1, Succeeded), (2, Failed)]).await;
        assert_eq!(exempt(exempting).await, open);
        run_with(undoing, Action::Unexempt, &outcomes[..1]).await;
        assert_eq!(exempt(exempting).await, open[1..]);
        run_with(undoing, Action::Unexempt, &[(2, Succeeded)]).await;
        assert!(exempt(exempting).await.is_empty() && exempt(undoing).await.is_empty());
    }
}

#[tokio::test]
async fn what_a_dead_console_had_in_flight_is_open_before_anybody_asks() {
    let top = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let dead = open_with(top.path(), &clock).await;
    let run = dead.begin_run(&new_run(Action::ExemptAll, 5)).await.unwrap();
    dead.batch_sent(run, 0, &[0, 1, 2]).await.unwrap();
    clock.pass_hours(30);
    let journal = open_with(top.path(), &clock).await;
    assert!(exempt(&journal).await.is_empty(), "its console lives and waits for the answer");
    drop(dead);
    let all = [(0, run, false), (1, run, false), (2, run, false)];
    // The console's lock goes with the last of its tasks.
    let mut looks = 0;
    while exempt(&journal).await != all {
        looks += 1;
        assert!(looks < 1000, "nothing is open");
        tokio::task::yield_now().await;
    }
    let day = Duration::from_hours(24);
    assert_eq!(journal.exemptions_older_than(day).await, Ok(3));
    let other = account_key("gears.example", Some("client-2"));
    let other = Journal::open(Settings { account: other, ..settings(top.path()) }).await.unwrap();
    assert_eq!(other.exemptions_older_than(Duration::ZERO).await, Ok(0));
    assert_eq!((exempt(&other).await.len(), other.open_exemptions(true).await.unwrap().len()), (0, 3));

    // One that was undone since is not open, nor is it when the run is left.
    run_with(&journal, Action::Unexempt, &[(1, Succeeded)]).await;
    assert_eq!(exempt(&journal).await, [all[0], all[2]]);
    journal.close_run(run).await.unwrap();
    assert_eq!(exempt(&journal).await, [all[0], all[2]]);
    assert_eq!(journal.exemptions_older_than(day).await, Ok(2));
    assert_eq!(journal.open_exemptions(false).await.unwrap()[0].since.as_millisecond(), TestClock::START);
}

#[tokio::test]
async fn runs_of_another_account_are_not_made_again() {
    let top = tempfile::tempdir().unwrap();
    let run = run_with(&open(top.path()).await, Action::ExemptAll, &[(1, Succeeded)]).await;
    for (cloud, key, ours) in [
        ("gears.example", Some("client-2"), false),
        ("other.example", Some("client-1"), false),
        ("gears.example", None, true),
    ] {
        let account = account_key(cloud, key);
        let journal =
            Journal::open(Settings { account, cloud: cloud.to_owned(), ..settings(top.path()) }).await.unwrap();
        for made in [journal.inverse(run).await, journal.again(run, &OutcomeKind::ALL).await] {
            match made {
                Ok(Some(_)) => assert!(ours, "{cloud}"),
                Ok(None) => panic!("{cloud}"),
                Err(error) => assert!(!ours && error.0.contains("by --profile acme"), "{error}"),
            }
        }
    }
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
    clock.pass_hours(24 * 400 + 1);
    let young = run_with(&journal, Action::DhcpRenew, &[(1, Succeeded)]).await;
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
    let old = open_with(top.path(), &clock).await;
    run_with(&old, Action::DhcpRenew, &[(1, Succeeded)]).await;
    clock.pass_hours(24 * 31);
    let young = run_with(&old, Action::DhcpRenew, &[(1, Succeeded)]).await;
    let clock = Arc::<TestClock>::clone(&clock);
    let journal = Journal::open(Settings { clock, keep_days: 30, ..settings(top.path()) }).await.unwrap();
    while journal.runs(None, 10).await.unwrap().len() > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(journal.runs(None, 10).await.unwrap()[0].run, young);
}

#[tokio::test]
async fn a_clock_that_is_years_ahead_removes_nothing() {
    let top = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let journal = open_with(top.path(), &clock).await;
    for _ in 0..3 {
        run_with(&journal, Action::DhcpRenew, &[(1, Succeeded)]).await;
        clock.pass_hours(24 * 10);
    }
    clock.pass_hours(24 * 365 * 5);
    assert_eq!(journal.prune(30).await, Ok(0));
    // Nor does one that was ahead when a run was made, once it is right again.
    run_with(&journal, Action::DhcpRenew, &[(1, Succeeded)]).await;
    clock.pass_hours(-24 * 365 * 5);
    assert_eq!(journal.prune(30).await, Ok(0));
    assert_eq!(journal.runs(None, 10).await.unwrap().len(), 4);
}

#[tokio::test]
async fn old_runs_that_cannot_go_are_said() {
    let top = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let old = open_with(top.path(), &clock).await;
    run_with(&old, Action::DhcpRenew, &[(1, Succeeded)]).await;
    clock.pass_hours(24 * 31);
    run_with(&old, Action::DhcpRenew, &[(1, Succeeded)]).await;
    let file = sqlx::sqlite::SqliteConnectOptions::new().filename(top.path().join("journal.db"));
    let mut other = sqlx::ConnectOptions::connect(&file).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let (clock, patience) = (Arc::<TestClock>::clone(&clock), Duration::from_millis(20));
    let journal = Journal::open(Settings { clock, keep_days: 30, patience, ..settings(top.path()) }).await.unwrap();
    let words = loop {
        match journal.take_notices().pop() {
            Some(words) => break words,
            None => tokio::task::yield_now().await,
        }
    };
    assert!(words.contains("older than 30 days stay") && words.contains("is locked"), "{words}");
    assert!(journal.take_notices().is_empty());
}
