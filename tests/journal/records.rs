//! What is recorded is there after a reopening, in order and whole.

use std::os::unix::fs::MetadataExt;

use gears_console::journal::{AnswerNote, Ended, Journal, Settings, Wal};
use gears_console::model::OutcomeKind::{Failed, InFlight, NotSent, Queued, Succeeded, Unknown};
use gears_console::model::{Action, EndReason, Excluded, NewRun, Outcome, RunDevice, RunId};

use crate::support::{counted, counts, device, devices, new_run, note, open, send, settings};

#[tokio::test]
async fn a_run_is_there_after_a_reopening() {
    let top = tempfile::tempdir().unwrap();
    let excluded = Excluded {
        device: RunDevice { mac: None, hwid: None, ..device(9) },
        text: "=cmd\u{1b}[31m".into(),
        why: "not a MAC address".into(),
    };
    let run = NewRun { excluded: [excluded.clone()].into(), ..new_run(Action::ExemptAll, 3) };
    let journal = open(top.path()).await;
    let id = journal.begin_run(&run).await.unwrap();
    journal.batch_sent(id, 0, &[0, 1]).await.unwrap();
    let outcomes = [(1, Outcome::because(Failed, "not found")), (0, Outcome::plain(Succeeded))];
    journal.batch_answered(id, 0, &outcomes, &note(200)).await.unwrap();
    journal.end_run(id, &EndReason::Refused("the account is closed".into())).await.unwrap();
    drop(journal);

    let journal = open(top.path()).await;
    let summary = journal.run(id).await.unwrap().unwrap();
    assert_eq!(
        (summary.run, summary.action, summary.id_mode, summary.reason.as_deref(), summary.excluded, summary.alive),
        (id, run.action, run.id_mode, Some("INC-7"), 1, false)
    );
    assert_eq!(
        [&*summary.user, &*summary.host, summary.ssh_client.as_deref().unwrap(), &*summary.profile, &*summary.cloud],
        ["anna", "jump1", "192.0.2.7", "acme", "gears.example"]
    );
    assert_eq!(summary.counts, counted(&[(Succeeded, 1), (Failed, 1), (NotSent, 1)]));
    assert_eq!(summary.ended.unwrap().1, Ended::Because(EndReason::Refused("the account is closed".into())));
    assert_eq!(&*journal.excluded_of(id).await.unwrap(), [excluded]);
    let past = devices(&journal, id).await;
    assert_eq!(past.iter().map(|past| &past.device).collect::<Vec<_>>(), run.devices.iter().collect::<Vec<_>>());
    assert_eq!(
        past.iter().map(|past| past.outcome.clone()).collect::<Vec<_>>(),
        [Outcome::plain(Succeeded), Outcome::because(Failed, "not found"), Outcome::plain(NotSent)]
    );
    assert_eq!([past[0].status, past[2].status], [Some(200), None]);
    assert_eq!(past[0].words.as_deref(), Some("as told"));
    assert!(past[0].sent.is_some() && past[0].changed >= past[0].sent && past[2].sent.is_none());
}

#[tokio::test]
async fn a_batch_goes_from_planned_to_sent_to_answered() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    let run = journal.begin_run(&new_run(Action::DhcpRenew, 4)).await.unwrap();
    assert_eq!(counts(&journal, run).await, counted(&[(Queued, 4)]));
    journal.batch_sent(run, 7, &[1, 3]).await.unwrap();
    assert_eq!(counts(&journal, run).await, counted(&[(Queued, 2), (InFlight, 2)]));
    journal.batch_returned(run, 7, &AnswerNote { status: Some(429), words: None }).await.unwrap();
    assert_eq!(counts(&journal, run).await, counted(&[(Queued, 4)]));
    assert_eq!(devices(&journal, run).await[3].status, Some(429));
    send(&journal, run, 7, &[1, 3], Unknown).await;
    assert_eq!(counts(&journal, run).await, counted(&[(Queued, 2), (Unknown, 2)]));
    journal.end_run(run, &EndReason::Stopped).await.unwrap();
    assert_eq!(counts(&journal, run).await, counted(&[(NotSent, 2), (Unknown, 2)]));
}

#[tokio::test]
async fn what_cannot_be_true_is_refused() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    let run = journal.begin_run(&new_run(Action::DhcpRenew, 4)).await.unwrap();
    send(&journal, run, 0, &[0, 1], Succeeded).await;
    let done = Outcome::plain(Succeeded);
    for (words, result) in [
        ("succeeded already", journal.batch_sent(run, 1, &[1, 2]).await),
        ("there twice", journal.batch_sent(run, 1, &[2, 2]).await),
        ("not in the run", journal.batch_sent(run, 1, &[4]).await),
        ("has no device", journal.batch_sent(run, 1, &[]).await),
        ("knows no run 99", journal.batch_sent(RunId(99), 1, &[2]).await),
        ("never recorded as sent", journal.batch_answered(run, 1, &[(2, done.clone())], &note(200)).await),
        ("never recorded as sent", journal.batch_returned(run, 1, &note(429)).await),
        ("in the batch", journal.batch_answered(run, 0, &[(2, done)], &note(200)).await),
        ("another console", open(top.path()).await.batch_sent(run, 1, &[2]).await),
    ] {
        let error = result.unwrap_err();
        assert!(error.0.contains(words), "{error}");
    }
    // And nothing of it was kept.
    assert_eq!(counts(&journal, run).await, counted(&[(Succeeded, 2), (Queued, 2)]));
    journal.end_run(run, &EndReason::Completed).await.unwrap();
    assert!(journal.batch_sent(run, 1, &[2]).await.unwrap_err().0.contains("ended already"));
}

#[tokio::test]
async fn batches_that_come_at_once_are_all_kept_and_a_refused_one_harms_no_other() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    let run = journal.begin_run(&new_run(Action::DhcpRenew, 1000)).await.unwrap();
    let batches: Vec<Vec<u32>> = (0..20).map(|batch| (batch * 50..batch * 50 + 50).collect()).collect();
    let wrong = [0, 5000];
    let sent = batches.iter().zip(0..).map(|(devices, batch)| journal.batch_sent(run, batch, devices));
    let (sent, refused) = tokio::join!(futures::future::join_all(sent), journal.batch_sent(run, 77, &wrong));
    assert!(sent.into_iter().all(|result| result.is_ok()) && refused.is_err());
    assert_eq!(counts(&journal, run).await, counted(&[(InFlight, 1000)]));
    let outcomes: Vec<Vec<_>> =
        batches.iter().map(|batch| batch.iter().map(|&device| (device, Outcome::plain(Failed))).collect()).collect();
    let ok = note(200);
    let answered = outcomes.iter().zip(0..).map(|(outcomes, batch)| journal.batch_answered(run, batch, outcomes, &ok));
    assert!(futures::future::join_all(answered).await.into_iter().all(|result| result.is_ok()));
    assert_eq!(counts(&journal, run).await, counted(&[(Failed, 1000)]));
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_the_journal_whole() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    let run = journal.begin_run(&new_run(Action::DhcpRenew, 200)).await.unwrap();
    for batch in 0..200 {
        let devices = [batch];
        let mut sent = Box::pin(journal.batch_sent(run, batch, &devices));
        // Polled once, then dropped.
        let _ = futures::poll!(&mut sent);
    }
    // It was written all the same, and the journal goes on.
    let other = journal.begin_run(&new_run(Action::DhcpRenew, 1)).await.unwrap();
    assert_eq!(counts(&journal, run).await, counted(&[(InFlight, 200)]));
    assert_eq!(counts(&journal, other).await, counted(&[(Queued, 1)]));
}

#[tokio::test]
async fn a_disabled_journal_numbers_runs_and_keeps_nothing() {
    let journal = Journal::disabled();
    let run = new_run(Action::DhcpRenew, 1);
    assert_eq!(journal.begin_run(&run).await, Ok(RunId(1)));
    assert_eq!(journal.clone().begin_run(&run).await, Ok(RunId(2)));
    send(&journal, RunId(1), 0, &[0], Succeeded).await;
    journal.end_run(RunId(1), &EndReason::Completed).await.unwrap();
    assert!(journal.runs(None, 10).await.unwrap().is_empty() && journal.unfinished().await.unwrap().is_empty());
    assert!(journal.resume(RunId(1), true).await.is_err() && journal.ledger().is_none());
}

#[tokio::test]
async fn files_are_for_the_owner_alone() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("state/gears");
    let journal = open(&folder).await;
    journal.begin_run(&new_run(Action::DhcpRenew, 1)).await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 4, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{file:?}");
    }
}

#[tokio::test]
async fn a_folder_of_a_group_is_open_to_the_group() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("team");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o770)).unwrap();
    let group = if rustix_is_root() { 54_321 } else { std::fs::metadata(&folder).unwrap().gid() };
    std::os::unix::fs::chown(&folder, None, Some(group)).unwrap();
    let journal = open(&folder).await;
    journal.begin_run(&new_run(Action::DhcpRenew, 1)).await.unwrap();
    for file in std::fs::read_dir(&folder).unwrap() {
        let about = file.as_ref().unwrap().metadata().unwrap();
        assert_eq!((about.mode() & 0o777, about.gid()), (0o660, group), "{file:?}");
    }
    assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o770);
}

fn rustix_is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[tokio::test]
async fn a_disk_without_shared_memory_has_no_write_ahead_log() {
    let top = tempfile::tempdir().unwrap();
    let files = || {
        let names = std::fs::read_dir(top.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("journal.db-")).count()
    };
    // First with one, as if the folder had been moved later.
    let journal = open(top.path()).await;
    let run = journal.begin_run(&new_run(Action::DhcpRenew, 2)).await.unwrap();
    assert_eq!(files(), 2);
    send(&journal, run, 0, &[0], Succeeded).await;
    drop(journal);
    let journal = Journal::open(Settings { wal: Wal::Never, ..settings(top.path()) }).await.unwrap();
    let other = journal.begin_run(&new_run(Action::DhcpRenew, 1)).await.unwrap();
    send(&journal, other, 0, &[0], Succeeded).await;
    assert_eq!(files(), 0);
    assert_eq!(journal.unfinished().await.unwrap()[0].run, run);
}
