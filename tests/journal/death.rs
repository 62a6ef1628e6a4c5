//! kill -9, and going on afterwards.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use gears_console::journal::{AnswerNote, Ended, Journal, Settings, account_key};
use gears_console::model::OutcomeKind::{Failed, InFlight, NotSent, Queued, Succeeded, Unknown};
use gears_console::model::{Action, EndReason, Excluded, NewRun, Outcome, ResumedRun, RunId};

use crate::child::{BATCH, Other, await_line, outcome, told};
use crate::support::{counted, counts, device, devices, new_run, open, send, settings};

/// Kills at random instants; `GEARS_KILLS` for more of them.
fn kills() -> u64 {
    std::env::var("GEARS_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(15)
}

#[tokio::test]
async fn nothing_that_was_said_to_be_durable_is_missing_after_a_kill() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("state");
    let mut checked = 0;
    for kill in 0..kills() {
        let child = Other::start("runs", &folder, "");
        // A new line of this child: the rest of its life is random.
        let before = std::fs::read_to_string(told(&folder)).unwrap_or_default().len();
        while std::fs::read_to_string(told(&folder)).unwrap_or_default().len() == before {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(kill * 7919 % 40_000));
        child.kill();
        checked += check(&folder, kill % 3).await;
    }
    assert!(checked > 0);
}

/// Compares the journal with what its writer was told. Then an unfinished run is left, or resumed, or stays as it is. So
/// many facts were compared.
async fn check(folder: &std::path::Path, then: u64) -> usize {
    let journal = open(folder).await;
    let text = std::fs::read_to_string(told(folder)).unwrap();
    let mut known = HashMap::new();
    let mut facts = 0;
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let run = RunId(words[1].parse().unwrap());
        if let Entry::Vacant(entry) = known.entry(run) {
            let summary = journal.run(run).await.unwrap();
            assert!(summary.is_some(), "{line}: the run is missing");
            entry.insert((summary.unwrap(), devices(&journal, run).await));
        }
        let (summary, devices) = &known[&run];
        let in_batch = |batch: &str| {
            let first = batch.parse::<u32>().unwrap() * BATCH;
            devices[first as usize..(first + BATCH) as usize].iter()
        };
        facts += 1;
        match words[0] {
            "begun" => assert_eq!(devices.len(), 60, "{line}"),
            "sent" => assert!(
                in_batch(words[2]).all(|past| !matches!(past.outcome.kind, Queued | NotSent)),
                "{line}: called unsent"
            ),
            "answered" => assert!(
                in_batch(words[2]).all(|past| past.outcome.kind == outcome(run, past.position)),
                "{line}: another outcome"
            ),
            "ended" => assert!(summary.ended.is_some(), "{line}"),
            word => panic!("{word}"),
        }
    }
    for unfinished in journal.unfinished().await.unwrap() {
        assert_eq!(unfinished.devices(), 60);
        match then {
            0 => {
                journal.close_run(unfinished.run).await.unwrap();
                let summary = journal.run(unfinished.run).await.unwrap().unwrap();
                assert_eq!(summary.counts.finished(), 60);
                assert_eq!(summary.counts.of(Unknown), unfinished.unknown);
            }
            1 if unfinished.never_sent + unfinished.unknown > 0 => {
                let resumed = journal.resume(unfinished.run, true).await.unwrap();
                for (index, past) in devices(&journal, unfinished.run).await.iter().enumerate() {
                    let kind = past.outcome.kind;
                    let expected = if kind == Unknown { Queued } else { kind };
                    assert_eq!(resumed.outcomes[index].kind, expected);
                }
            }
            _ => {}
        }
    }
    facts
}

#[tokio::test]
async fn a_run_of_a_living_console_is_its_own_until_it_dies() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("state");
    let child = Other::start("holds", &folder, "");
    await_line(&folder, "holds");
    let journal = open(&folder).await;
    assert_eq!(journal.unfinished().await, Ok(Vec::new()));
    assert!(journal.run(RunId(1)).await.unwrap().unwrap().alive);
    let words = journal.resume(RunId(1), true).await.unwrap_err().0;
    assert!(words.contains("another console: anna has it on jump1"), "{words}");
    assert!(journal.close_run(RunId(1)).await.is_err());
    // A console that was stopped (^Z) lives.
    let pid = rustix::process::Pid::from_child(&child.0);
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    assert_eq!(journal.unfinished().await, Ok(Vec::new()));

    child.kill();
    let unfinished = journal.unfinished().await.unwrap();
    assert_eq!(unfinished.len(), 1);
    let run = &unfinished[0];
    assert_eq!(
        (run.run, run.action, run.done, run.unknown, run.never_sent),
        (RunId(1), Action::ExemptAll, 1200, 50, 750)
    );
    assert_eq!((&*run.user, run.reason.as_deref()), ("anna", Some("INC-7")));

    // Of three consoles that want it, one gets it.
    let mut consoles = vec![journal];
    consoles.extend([open(&folder).await, open(&folder).await]);
    let results = futures::future::join_all(consoles.iter().map(|console| console.resume(RunId(1), true))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    for console in &consoles {
        assert_eq!(console.unfinished().await, Ok(Vec::new()));
    }
}

/// A run of 8: 0 and 1 succeeded, 2 failed, 3 unknown, 4 refused by the cloud, 5 in flight, 6 and 7 waiting. Its console
/// is gone.
async fn broken_off(folder: &std::path::Path, end: Option<EndReason>) -> RunId {
    let journal = open(folder).await;
    let run = NewRun { excluded: [excluded()].into(), ..new_run(Action::ExemptAll, 8) };
    let run = journal.begin_run(&run).await.unwrap();
    for (batch, devices, kind) in
        [(0, vec![0, 1], Succeeded), (1, vec![2], Failed), (2, vec![3], Unknown), (3, vec![4], NotSent)]
    {
        send(&journal, run, batch, &devices, kind).await;
    }
    journal.batch_sent(run, 9, &[5]).await.unwrap();
    if let Some(why) = end {
        journal.end_run(run, &why).await.unwrap();
    }
    run
}

fn excluded() -> Excluded {
    Excluded { device: device(99), text: "".into(), why: "twice".into() }
}

fn kinds(resumed: &ResumedRun) -> Vec<gears_console::model::OutcomeKind> {
    resumed.outcomes.iter().map(|outcome| outcome.kind).collect()
}

#[tokio::test]
async fn what_was_never_sent_goes_on_and_what_is_unknown_is_asked() {
    let top = tempfile::tempdir().unwrap();
    for (unknown_too, again) in [(false, Unknown), (true, Queued)] {
        let folder = top.path().join(unknown_too.to_string());
        let run = broken_off(&folder, None).await;
        let journal = open(&folder).await;
        let resumed = journal.resume(run, unknown_too).await.unwrap();
        assert_eq!(kinds(&resumed), [Succeeded, Succeeded, Failed, again, Queued, again, Queued, Queued]);
        assert_eq!((resumed.id, resumed.next_batch), (run, 10));
        assert_eq!(resumed.run, NewRun { excluded: [excluded()].into(), ..new_run(Action::ExemptAll, 8) });
        assert_eq!(resumed.uncertain, if unknown_too { vec![3, 5] } else { Vec::new() });
        // Why it is unknown, or was.
        assert!(resumed.outcomes[5].detail.is_some() && resumed.outcomes[6].detail.is_none());

        // Until its new request leaves, what is unknown is called so.
        let so_far = [(Succeeded, 2), (Failed, 1), (Unknown, 2), (Queued, 3)];
        assert_eq!(counts(&journal, run).await, counted(&so_far));
        let words = journal.batch_sent(run, 10, &[0, 6]).await.unwrap_err();
        assert!(words.0.contains("succeeded already"), "{words}");
        journal.batch_sent(run, 10, &[3, 6]).await.unwrap();
        journal.batch_returned(run, 10, &AnswerNote::default()).await.unwrap();
        assert_eq!(counts(&journal, run).await, counted(&so_far));
        send(&journal, run, 10, &[5, 6], Succeeded).await;
        journal.end_run(run, &EndReason::Stopped).await.unwrap();
        assert_eq!(counts(&journal, run).await, counted(&[(Succeeded, 4), (Failed, 1), (Unknown, 1), (NotSent, 2)]));
    }
}

#[tokio::test]
async fn a_run_that_was_stopped_can_go_on_and_one_that_is_done_cannot() {
    let top = tempfile::tempdir().unwrap();
    let run = broken_off(top.path(), Some(EndReason::Stopped)).await;
    let journal = open(top.path()).await;
    assert_eq!(journal.unfinished().await, Ok(Vec::new()));
    let resumed = journal.resume(run, false).await.unwrap();
    assert_eq!(kinds(&resumed), [Succeeded, Succeeded, Failed, Unknown, Queued, Unknown, Queued, Queued]);
    send(&journal, run, 10, &[4, 6, 7], Succeeded).await;
    journal.end_run(run, &EndReason::Completed).await.unwrap();
    let words = journal.resume(run, false).await.unwrap_err();
    assert!(words.0.contains("nothing is left to send in run 1"), "{words}");
    assert!(journal.run(run).await.unwrap().unwrap().ended.is_some());
    assert_eq!(kinds(&journal.resume(run, true).await.unwrap())[3..6], [Queued, Succeeded, Queued]);
}

#[tokio::test]
async fn a_run_is_left_as_it_is() {
    let top = tempfile::tempdir().unwrap();
    let run = broken_off(top.path(), None).await;
    let journal = open(top.path()).await;
    journal.close_run(run).await.unwrap();
    journal.close_run(run).await.unwrap();
    assert_eq!(counts(&journal, run).await, counted(&[(Succeeded, 2), (Failed, 1), (Unknown, 2), (NotSent, 3)]));
    assert_eq!(journal.unfinished().await, Ok(Vec::new()));
    let past = devices(&journal, run).await;
    assert!(past[5].outcome.detail.as_deref().unwrap().contains("before an answer was in"));
}

#[tokio::test]
async fn a_run_goes_on_with_its_own_account_only() {
    let top = tempfile::tempdir().unwrap();
    let run = broken_off(top.path(), None).await;
    let with = |cloud: &str, key| Settings {
        account: account_key(cloud, key),
        cloud: cloud.to_owned(),
        ..settings(top.path())
    };
    for other in [with("gears.example", Some("client-2")), with("other.example", Some("client-1"))] {
        let journal = Journal::open(other).await.unwrap();
        assert_eq!(journal.unfinished().await.unwrap().len(), 1);
        let words = journal.resume(run, true).await.unwrap_err();
        assert!(words.0.contains("--profile acme"), "{words}");
    }
    let journal = Journal::open(with("gears.example", None)).await.unwrap();
    assert!(journal.resume(run, true).await.is_ok());
}

#[tokio::test]
async fn a_run_in_flight_is_live_in_its_own_console() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    let run = journal.begin_run(&new_run(Action::DhcpRenew, 2)).await.unwrap();
    journal.batch_sent(run, 0, &[0]).await.unwrap();
    assert_eq!(counts(&journal, run).await, counted(&[(InFlight, 1), (Queued, 1)]));
    assert_eq!(journal.unfinished().await, Ok(Vec::new()));
    let words = journal.resume(run, true).await.unwrap_err();
    assert!(words.0.contains("in this console"), "{words}");
    let outcomes = [(0, Outcome::plain(Succeeded))];
    journal.batch_answered(run, 0, &outcomes, &AnswerNote::default()).await.unwrap();
    assert_eq!(counts(&journal, run).await, counted(&[(Succeeded, 1), (Queued, 1)]));
}

#[tokio::test]
async fn a_console_that_dies_after_the_last_answer_leaves_nothing_to_ask() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    let run = journal.begin_run(&new_run(Action::DhcpRenew, 2)).await.unwrap();
    send(&journal, run, 0, &[0], Succeeded).await;
    send(&journal, run, 1, &[1], Failed).await;
    drop(journal);
    let journal = open(top.path()).await;
    assert_eq!(journal.unfinished().await, Ok(Vec::new()));
    let (_, ended) = journal.run(run).await.unwrap().unwrap().ended.unwrap();
    assert_eq!(ended, Ended::Because(EndReason::Completed));
}

#[tokio::test]
async fn a_request_that_may_have_been_obeyed_is_never_called_unsent() {
    let top = tempfile::tempdir().unwrap();
    let journal = open(top.path()).await;
    let run = journal.begin_run(&new_run(Action::ExemptAll, 3)).await.unwrap();
    send(&journal, run, 0, &[0, 1], Unknown).await;
    // Sent again and certainly refused, by both ways to say so.
    journal.batch_sent(run, 1, &[0]).await.unwrap();
    journal.batch_returned(run, 1, &AnswerNote::default()).await.unwrap();
    send(&journal, run, 2, &[1, 2], NotSent).await;
    assert_eq!(counts(&journal, run).await, counted(&[(Unknown, 2), (NotSent, 1)]));
    journal.end_run(run, &EndReason::Stopped).await.unwrap();
    assert_eq!(counts(&journal, run).await, counted(&[(Unknown, 2), (NotSent, 1)]));
}
