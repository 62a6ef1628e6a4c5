//! The history as it is printed.

use std::path::Path;
use std::sync::Arc;

use gears_console::commands::history::{self, HistoryError, Range};
use gears_console::export::Format::{self, Csv, Json, Ndjson, Table};
use gears_console::journal::{Clock, Journal, Settings};
use gears_console::model::OutcomeKind::{Failed, Succeeded};
use gears_console::model::{Action, EndReason, Excluded, Id, NewRun, Outcome, RunDevice, RunId};
use serde_json::{Value, json};

use crate::support::{TestClock, device, mac, new_run, note, send, settings};

/// Two runs: one with every kind of row and texts that mean harm, and a small one.
async fn past(folder: &Path) -> (Journal, Arc<TestClock>) {
    let clock = TestClock::new();
    let shared = Arc::<TestClock>::clone(&clock);
    let journal = Journal::open(Settings { clock: shared, keep_days: 0, ..settings(folder) }).await.unwrap();
    let evil = RunDevice { label: "=cmd|' /C calc'!A0 \u{1b}[31m".into(), ..device(1) };
    let unreadable = RunDevice { mac: None, hwid: None, label: "".into(), ..device(7) };
    let run = NewRun {
        devices: [device(0), evil, device(2)].into(),
        excluded: [Excluded { device: unreadable, text: "@nothing".into(), why: "not a MAC address".into() }].into(),
        ..new_run(Action::ExemptAll, 0)
    };
    let run = journal.begin_run(&run).await.unwrap();
    journal.batch_sent(run, 0, &[0, 1]).await.unwrap();
    let outcomes = [(0, Outcome::plain(Succeeded)), (1, Outcome::because(Failed, "no such device"))];
    journal.batch_answered(run, 0, &outcomes, &note(200)).await.unwrap();
    journal.end_run(run, &EndReason::Stopped).await.unwrap();
    clock.pass_hours(50);
    let run = journal.begin_run(&NewRun { reason: None, ..new_run(Action::DhcpRenew, 1) }).await.unwrap();
    send(&journal, run, 0, &[0], Succeeded).await;
    (journal, clock)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

async fn runs(journal: &Journal, format: Format) -> String {
    let mut out = Vec::new();
    history::runs(journal, None, 10, format, &mut out).await.unwrap();
    text(out)
}

async fn run(journal: &Journal, format: Format) -> String {
    let mut out = Vec::new();
    history::run(journal, RunId(1), format, &mut out).await.unwrap();
    text(out)
}

#[tokio::test]
async fn the_list_in_json_has_the_promised_keys() {
    let top = tempfile::tempdir().unwrap();
    let (journal, _) = past(top.path()).await;
    let list: Value = serde_json::from_str(&runs(&journal, Json).await).unwrap();
    assert_eq!(list[0]["run"], 2);
    let counts = json!({"succeeded": 1, "failed": 1, "unknown": 0, "not_sent": 1, "excluded": 1});
    for (key, value) in [
        ("run", json!(1)),
        ("started", json!("2023-11-14T22:13:20Z")),
        ("user", json!("anna")),
        ("action", json!("exempt_all")),
        ("id_mode", json!("mac")),
        ("counts", counts),
        ("state", json!("stopped")),
        ("reason", json!("INC-7")),
        ("profile", json!("acme")),
        ("host", json!("jump1")),
    ] {
        assert_eq!(list[1][key], value, "{key}");
    }
    let lines = runs(&journal, Ndjson).await;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::from(lines), list);
}

#[tokio::test]
async fn a_run_in_json_has_the_promised_keys() {
    let top = tempfile::tempdir().unwrap();
    let (journal, _) = past(top.path()).await;
    let whole: Value = serde_json::from_str(&run(&journal, Json).await).unwrap();
    assert_eq!([&whole["run"], &whole["action"], &whole["id_mode"]], [&json!(1), &json!("exempt_all"), &json!("mac")]);
    assert_eq!(whole["counts"]["excluded"], 1);
    let devices = whole["devices"].as_array().unwrap();
    let outcomes: Vec<_> = devices.iter().map(|device| device["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["succeeded", "failed", "not_sent", "excluded"]);
    for (key, value) in [
        ("id", json!("02:00:00:00:00:01")),
        ("mac", json!("02:00:00:00:00:01")),
        ("hwid", json!("HWID000001")),
        ("label", json!("=cmd|' /C calc'!A0 \u{1b}[31m")),
        ("source", json!("list.csv")),
        ("line", json!(2)),
        ("detail", json!("no such device")),
        ("status", json!(200)),
    ] {
        assert_eq!(devices[1][key], value, "{key}");
    }
    assert_eq!([&devices[3]["id"], &devices[3]["detail"]], [&Value::Null, &json!("not a MAC address: “@nothing”")]);
    assert_eq!(devices[3]["mac"], Value::Null);
}

#[tokio::test]
async fn csv_is_harmless_to_spreadsheets() {
    let top = tempfile::tempdir().unwrap();
    let (journal, clock) = past(top.path()).await;
    let mut all = vec![runs(&journal, Csv).await, run(&journal, Csv).await];
    let mut out = Vec::new();
    history::device(&journal, &Id::Mac(mac(1)), 10, Csv, &mut out).await.unwrap();
    all.push(text(std::mem::take(&mut out)));
    history::open_exemptions(&journal, false, clock.wall(), Csv, &mut out).await.unwrap();
    all.push(text(std::mem::take(&mut out)));
    history::export(&journal, Range::default(), Csv, &mut out).await.unwrap();
    all.push(text(out));
    for csv in &all {
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let mut rows = 0;
        for record in reader.records() {
            rows += 1;
            for cell in &record.unwrap() {
                assert!(!cell.starts_with(['=', '@', '+', '-']), "{cell}");
                assert!(!cell.contains(char::is_control), "{cell:?}");
            }
        }
        assert!(rows > 0, "{csv}");
    }
    assert!(all[1].contains("'=cmd|") && all[1].contains("not a MAC address: “@nothing”"));
}

#[tokio::test]
async fn tables_are_harmless_to_terminals() {
    let top = tempfile::tempdir().unwrap();
    let (journal, _) = past(top.path()).await;
    let table = run(&journal, Table).await;
    assert!(!table.contains('\u{1b}') && table.contains("␛[31m"), "{table}");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "run 1, exempt_all by MAC, acme on gears.example");
    assert!(lines[1].starts_with("anna on jump1 from 192.0.2.7, 2023-11-1") && lines[1].ends_with("reason: INC-7"));
    assert_eq!(lines[2], "stopped: 1 succeeded, 1 failed, 1 not sent, 1 excluded");
    assert_eq!(lines[3].split_whitespace().collect::<Vec<_>>(), ["OUTCOME", "ID", "DEVICE", "FROM", "WHY"]);
    assert!(lines[5].starts_with("failed     02:00:00:00:00:01  =cmd|") && lines[5].ends_with("no such device"));
    let list = runs(&journal, Table).await;
    assert!(list.lines().nth(1).unwrap().contains("dhcprenew") && list.contains("going on"), "{list}");
}

#[tokio::test]
async fn exemptions_are_printed_with_their_age() {
    let top = tempfile::tempdir().unwrap();
    let (journal, clock) = past(top.path()).await;
    let mut out = Vec::new();
    history::open_exemptions(&journal, false, clock.wall(), Json, &mut out).await.unwrap();
    let open: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(open.as_array().unwrap().len(), 1);
    assert_eq!([&open[0]["id"], &open[0]["age_hours"]], [&json!("02:00:00:00:00:00"), &json!(50)]);
    assert_eq!([&open[0]["run"], &open[0]["user"], &open[0]["certain"]], [&json!(1), &json!("anna"), &json!(true)]);
    out.clear();
    history::open_exemptions(&journal, false, clock.wall(), Table, &mut out).await.unwrap();
    let table = text(out);
    assert!(table.lines().nth(1).unwrap().contains("  2 d  exempt  anna  1"), "{table}");
}

#[tokio::test]
async fn an_export_takes_a_range_of_runs() {
    let top = tempfile::tempdir().unwrap();
    let (journal, _) = past(top.path()).await;
    let mut counts = Vec::new();
    let ids = [None, Some(RunId(1)), Some(RunId(2)), Some(RunId(3))];
    for (from, to) in [(0, 0), (1, 1), (2, 2), (0, 1), (2, 0), (3, 0)] {
        let mut out = Vec::new();
        let range = Range { from: ids[from], to: ids[to] };
        history::export(&journal, range, Ndjson, &mut out).await.unwrap();
        let out = text(out);
        let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.iter().all(|line| line["run"].is_i64() && line["outcome"].is_string()));
        counts.push(lines.len());
    }
    assert_eq!(counts, [5, 4, 1, 4, 1, 0]);
}

#[tokio::test]
async fn a_run_that_is_not_there_is_said() {
    let top = tempfile::tempdir().unwrap();
    let (journal, _) = past(top.path()).await;
    let error = history::run(&journal, RunId(9), Json, &mut Vec::new()).await.unwrap_err();
    assert!(matches!(error, HistoryError::NoRun(RunId(9))));
    assert_eq!(error.to_string(), "the journal knows no run 9");
}
