//! The past: history, resume, open exemptions.

use gears_console::dispatcher::{Command, Event};
use gears_console::journal::{Ended, OpenExemption, PastDevice, RunSummary, SentTo, UnfinishedRun};
use gears_console::model::{Action, EndReason, IdMode, NewRun, Outcome, OutcomeKind, ResumedRun, RunDevice, RunId};
use gears_console::tui::app::Effect;
use gears_console::tui::asker::{Answer, Question};
use gears_console::tui::dialog::Dialog;
use gears_console::tui::update::Msg;
use insta::assert_snapshot;
use jiff::Timestamp;

use crate::harness::{Console, mixed};

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + minutes * 60).unwrap()
}

fn device(index: u8) -> RunDevice {
    RunDevice {
        mac: Some(gears_console::model::Mac::new([0, 0x0c, 0x29, 0xcd, 0xc7, index])),
        hwid: None,
        label: format!("LT-{index:05} anna.smith").into(),
        source: "wifi.csv".into(),
        line: u32::from(index) + 2,
    }
}

fn summary(run: i64) -> RunSummary {
    RunSummary {
        run: RunId(run),
        started: at(run),
        ended: (run != 44).then(|| (at(run + 1), Ended::Because(EndReason::Completed))),
        alive: run == 44,
        user: "anna".to_owned(),
        host: "jump1".to_owned(),
        ssh_client: None,
        profile: "acme-prod".to_owned(),
        cloud: "gears.opswat.com".to_owned(),
        account: "gears.opswat.com#1".to_owned(),
        action: Action::ALL[usize::try_from(run).unwrap() % 3],
        id_mode: IdMode::Mac,
        reason: (run % 2 == 0).then(|| format!("INC00{run}")),
        counts: mixed(40).iter().map(|outcome| outcome.kind).collect(),
        excluded: 0,
    }
}

fn asked(console: &mut Console) -> Vec<Question> {
    let effects = console.effects().into_iter();
    effects.filter_map(|effect| if let Effect::Ask(question) = effect { Some(question) } else { None }).collect()
}

fn history() -> Console {
    history_of(80, 24)
}

/// The past with five runs.
pub fn history_of(width: u16, height: u16) -> Console {
    let mut console = Console::new(width, height);
    console.press("H");
    assert_eq!(asked(&mut console), [Question::Runs { before: None }]);
    let rows = (40..=44).rev().map(summary).collect();
    console.send(Msg::Answer(Answer::Runs { rows, more: false, older: false }));
    console
}

fn past(index: u8, kind: OutcomeKind) -> PastDevice {
    PastDevice {
        position: u32::from(index),
        device: device(index),
        outcome: Outcome::plain(kind),
        sent: Some(at(1)),
        changed: Some(at(2)),
        status: Some(200),
        words: None,
    }
}

#[test]
fn runs_one_run_and_one_device() {
    let mut console = history();
    assert_snapshot!("past_runs", console.text());
    console.press("j<enter>");
    assert_eq!(asked(&mut console), [Question::Run(RunId(43))]);
    let devices = vec![past(1, OutcomeKind::Succeeded), past(2, OutcomeKind::Failed), past(3, OutcomeKind::Unknown)];
    console.send(Msg::Answer(Answer::Run { summary: Box::new(summary(43)), devices }));
    assert_snapshot!("past_run", console.text());
    console.press("j<enter>");
    let id = device(2).id(IdMode::Mac).unwrap();
    assert_eq!(asked(&mut console), [Question::SentTo(id.clone())]);
    let sent = (41..44).rev().map(|run| SentTo {
        run: RunId(run),
        started: at(run),
        user: "ben".to_owned(),
        action: Action::ExemptAll,
        id_mode: IdMode::Mac,
        reason: None,
        device: past(2, OutcomeKind::Failed),
    });
    console.send(Msg::Answer(Answer::SentTo { id, sent: sent.collect() }));
    assert_snapshot!("past_device", console.text());
    console.press("<esc><esc>");
    assert!(console.text().contains("History"), "{}", console.text());
    console.press("<esc>");
    assert!(console.app.dialog.is_none());
}

#[test]
fn n_goes_to_the_next_run_with_a_failure() {
    let mut console = Console::new(80, 24);
    console.press("H");
    let quiet = |run| RunSummary { counts: vec![OutcomeKind::Succeeded].into_iter().collect(), ..summary(run) };
    let rows = (40..=44).rev().map(|run| if run % 2 == 0 { quiet(run) } else { summary(run) }).collect();
    console.send(Msg::Answer(Answer::Runs { rows, more: false, older: false }));
    let mut at = Vec::new();
    for key in ["n", "n", "n", "N"] {
        console.press(key);
        let Some(Dialog::Past(past)) = &console.app.dialog else { panic!() };
        at.push(past.page().unwrap().1.cursor);
    }
    assert_eq!(at, [1, 3, 1, 3]);
    console.press("<esc>H");
    console.send(Msg::Answer(Answer::Runs { rows: vec![quiet(44)], more: false, older: false }));
    console.press("n");
    let words = "nothing to go to: / finds a device by its id; nothing";
    assert!(console.text().contains(words), "{}", console.text());
}

#[test]
fn what_undoes_a_run_is_asked_for_like_any_run() {
    let mut console = history();
    console.press("jU");
    assert_eq!(asked(&mut console), [Question::Inverse(RunId(43))]);
    let run = NewRun {
        action: Action::Unexempt,
        id_mode: IdMode::Mac,
        devices: [device(1), device(2)].into(),
        excluded: [].into(),
        reason: Some("INC1".to_owned()),
    };
    console.send(Msg::Answer(Answer::Prepared(Box::new(run.clone()))));
    assert!(console.text().contains("unexempt for 2 devices"), "{}", console.text());
    console.press("<enter>");
    assert!(matches!(&console.effects()[..], [Effect::Dispatch(Command::Start { run: sent, .. })] if *sent == run));
}

#[test]
fn a_device_is_found_by_its_id_in_any_notation() {
    let mut console = history();
    console.press("/000c.29cd.c702<enter>");
    assert_eq!(asked(&mut console), [Question::SentTo(device(2).id(IdMode::Mac).unwrap())]);
}

#[test]
fn open_exemptions_are_ended_together() {
    let mut console = history();
    console.press("o");
    assert_eq!(asked(&mut console), [Question::Open]);
    let rows = (1..=3).map(|index| OpenExemption {
        account: "gears.opswat.com#1".to_owned(),
        device: device(index),
        id_mode: IdMode::Mac,
        run: RunId(42),
        user: "anna".to_owned(),
        reason: None,
        since: at(-3000 * i64::from(4 - index)),
        certain: index != 3,
    });
    console.send(Msg::Answer(Answer::Open { rows: rows.collect(), now: at(0) }));
    console.press("<space>j<space>");
    assert_snapshot!("past_open", console.text());
    console.press("U");
    assert!(console.text().contains("unexempt for 2 devices"), "{}", console.text());
}

pub fn cut_off() -> UnfinishedRun {
    UnfinishedRun {
        run: RunId(42),
        action: Action::ExemptAll,
        id_mode: IdMode::Mac,
        started: at(0),
        user: "anna".to_owned(),
        host: "jump1".to_owned(),
        profile: "acme-prod".to_owned(),
        cloud: "gears.opswat.com".to_owned(),
        elsewhere: None,
        reason: Some("INC0042".to_owned()),
        done: 1200,
        unknown: 50,
        never_sent: 750,
    }
}

#[test]
fn a_run_that_was_cut_off_is_asked_about() {
    let mut console = Console::new(80, 24);
    console.send(Msg::Answer(Answer::AtStart { unfinished: vec![cut_off()], forgotten: 3 }));
    console.wait(std::time::Duration::from_secs(1));
    assert_snapshot!("cut_off", console.text());
    console.press("u75<enter>");
    assert_eq!(asked(&mut console), [], "another number");
    console.press("0<enter>");
    assert_eq!(asked(&mut console), [Question::Resume { run: RunId(42), unknown_too: false }]);
    let run = NewRun {
        action: Action::ExemptAll,
        id_mode: IdMode::Mac,
        devices: [device(1), device(2), device(3)].into(),
        excluded: [].into(),
        reason: None,
    };
    let outcomes = [OutcomeKind::Succeeded, OutcomeKind::Unknown, OutcomeKind::Queued].map(Outcome::plain).to_vec();
    let resumed = ResumedRun { id: RunId(42), run, outcomes, uncertain: Vec::new(), next_batch: 3 };
    console.send(Msg::Answer(Answer::Resumed(Box::new(resumed))));
    assert!(matches!(&console.effects()[..], [Effect::Dispatch(Command::Resume { .. })]));
    assert!(console.text().contains("run 42 exempt_all goes on with 1 device"), "{}", console.text());
    assert!(console.text().contains("2/3  ✓1 ?1"), "{}", console.text());
}

#[test]
fn leaving_a_cut_off_run_sends_nothing() {
    let mut console = Console::new(80, 24);
    console.send(Msg::Answer(Answer::AtStart { unfinished: vec![cut_off()], forgotten: 0 }));
    console.press("<esc>");
    assert!(console.effects().is_empty());
    let mut console = Console::new(80, 24);
    console.send(Msg::Answer(Answer::AtStart { unfinished: vec![cut_off()], forgotten: 0 }));
    console.press("d");
    assert_eq!(asked(&mut console), [], "asked twice");
    console.press("d");
    assert_eq!(asked(&mut console), [Question::Close(RunId(42))]);
}

#[test]
fn a_run_that_may_not_go_on_keeps_what_it_had() {
    use OutcomeKind::{NotSent, Queued, Succeeded, Unknown};
    let mut console = Console::new(80, 24);
    let devices = [device(1), device(2), device(3)].into();
    let (action, id_mode) = (Action::ExemptAll, IdMode::Mac);
    let run = NewRun { action, id_mode, devices, excluded: [].into(), reason: None };
    let left = Outcome::because(Queued, "an earlier request left");
    let outcomes = vec![Outcome::plain(Succeeded), left, Outcome::plain(Queued)];
    let resumed = ResumedRun { id: RunId(42), run, outcomes, uncertain: vec![1], next_batch: 3 };
    console.send(Msg::Answer(Answer::Resumed(Box::new(resumed))));
    let effects = console.effects();
    let [Effect::Dispatch(Command::Resume { ticket, .. })] = &effects[..] else { panic!("{effects:?}") };
    let rejected = Event::Rejected { ticket: *ticket, why: "the run is going on already".into() };
    console.send(Msg::Dispatcher(rejected));
    let kinds: Vec<_> = console.app.runs[0].outcomes.iter().map(|outcome| outcome.kind).collect();
    assert_eq!(kinds, [Succeeded, Unknown, NotSent]);
}

#[test]
fn a_narrow_history_keeps_what_went_wrong() {
    let text = history_of(40, 10).text();
    assert!(text.contains("✗3 ?2"), "{text}");
}
