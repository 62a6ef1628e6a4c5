use super::house::*;
use gears_console::model::Action;
use serde_json::{Value, json};

#[test]
fn all_succeeded_is_0_and_json_has_the_documented_shape() {
    let house = House::new(options());
    let macs = good(2);
    let list = house.file("wifi.csv", format!("mac,hostname\n{},LT-1\n{},LT-2\n", macs[0], macs[1]));
    let said = house.run(&["send", "--action", "dhcprenew", "--yes", "--format", "json", &list]).expect(0);
    assert_eq!(
        said.json(),
        json!({
            "run": 1, "action": "dhcprenew", "id_mode": "mac",
            "counts": {"succeeded": 2, "failed": 0, "unknown": 0, "not_sent": 0, "excluded": 0},
            "devices": [
                {"id": macs[0], "mac": macs[0], "hwid": null, "label": "LT-1", "source": "wifi.csv", "line": 2,
                 "outcome": "succeeded", "detail": null},
                {"id": macs[1], "mac": macs[1], "hwid": null, "label": "LT-2", "source": "wifi.csv", "line": 3,
                 "outcome": "succeeded", "detail": null},
            ],
        })
    );
    assert_eq!(house.sent(), [macs]);
    assert!(said.words.contains("2 of 2 devices told to renew"), "{}", said.words);
}

#[test]
fn a_failed_device_is_1() {
    let house = House::new(options());
    let macs = good(1);
    let said = house
        .run(&["send", "-a", "exempt_all", "--yes", "--format", "ndjson", &macs[0], "02:00:00:00:00:99"])
        .expect(1);
    let lines: Vec<Value> = said.data.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!([&lines[0]["outcome"], &lines[1]["outcome"]], ["succeeded", "failed"]);
    assert!(lines[1]["detail"].as_str().unwrap().contains("not found"), "{said:?}", said = said.data);
}

#[test]
fn an_answer_that_says_nothing_is_unknown_and_1() {
    let house = House::new(script("[[fault]]\njson = { result = [1, 1] }\n"));
    let said = house.run(&["send", "-a", "unexempt", "--yes", "--format", "json", &good(1)[0]]).expect(1);
    assert_eq!(said.json()["counts"]["unknown"], 1);
}

#[test]
fn what_cannot_be_sent_is_excluded_with_its_reason_and_changes_no_code() {
    let house = House::new(options());
    let mac = &good(1)[0];
    let list = house.file("a.csv", format!("mac,hwid\n{mac},\n{mac},\n,ABCDEF1234567\nff:ff:ff:ff:ff:ff,\n"));
    let said =
        house.run(&["send", "-a", "dhcprenew", "--yes", "--format", "json", "--id-mode", "mac", &list]).expect(0);
    let value = said.json();
    assert_eq!(value["counts"], json!({"succeeded": 1, "failed": 0, "unknown": 0, "not_sent": 0, "excluded": 3}));
    let excluded: Vec<(u64, &str)> = value["devices"].as_array().unwrap()[1..]
        .iter()
        .map(|device| (device["line"].as_u64().unwrap(), device["detail"].as_str().unwrap()))
        .collect();
    assert!(
        excluded.iter().any(|(line, why)| *line == 3 && why.contains("duplicate of a.csv, line 2")),
        "{excluded:?}"
    );
    assert!(excluded.iter().any(|(line, why)| *line == 4 && why.contains("no MAC")), "{excluded:?}");
    assert!(excluded.iter().any(|(line, why)| *line == 5 && why.contains("broadcast")), "{excluded:?}");
    assert_eq!(house.sent(), [[mac.clone()]]);
}

#[test]
fn hwids_are_sent_where_only_hwids_are_named() {
    let house = House::new(options());
    let hwids = good_hwids(2);
    let said = house.run(&["send", "-a", "dhcprenew", "--yes", "--format", "json", &hwids[0], &hwids[1]]).expect(0);
    assert_eq!(said.json()["id_mode"], "hwid");
    assert!(said.words.contains("by HWID"), "{}", said.words);
    assert_eq!(house.sent(), [hwids]);
}

#[test]
fn a_list_comes_from_a_pipe() {
    let house = House::new(options());
    let macs = good(3);
    let output =
        house.gears().args(["send", "-a", "dhcprenew", "--yes", "-"]).write_stdin(macs.join("\n")).output().unwrap();
    house::Said::from(output).expect(0).says(&["3 of 3 devices"]);
    assert_eq!(house.sent(), [macs]);
}

use super::house;

#[test]
fn batches_hold_as_many_devices_as_was_said() {
    let house = House::new(options());
    let macs = good(7);
    let list = house.file("a.txt", macs.join("\n"));
    house
        .run(&["send", "-a", "dhcprenew", "--yes", "--batch-size", "3", &list])
        .expect(0)
        .says(&["7 devices, 3 requests"]);
    let mut sizes: Vec<usize> = house.sent().iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 3, 3]);
}

#[test]
fn csv_is_harmless_to_spreadsheets() {
    let house = House::new(options());
    let mac = &good(1)[0];
    let list = house.file("a.csv", format!("mac,hostname\n{mac},=cmd|' /C calc'!A1\n"));
    let said = house.run(&["send", "-a", "dhcprenew", "--yes", "--format", "csv", &list]).expect(0);
    let mut lines = said.data.lines();
    assert_eq!(lines.next(), Some("id,mac,hwid,label,source,line,outcome,detail"));
    assert_eq!(lines.next(), Some(format!("{mac},{mac},,'=cmd|' /C calc'!A1,a.csv,2,succeeded,").as_str()));
}

#[test]
fn a_table_speaks_to_people_and_never_to_the_terminal() {
    let house = House::new(options());
    let mac = &good(1)[0];
    let list = house.file("a.csv", format!("mac,hostname\n{mac},PC\u{1b}]0;title\u{7}\u{1b}[31mred\n"));
    for extra in [&[][..], &["--color", "always"]] {
        let mut arguments = vec!["send", "-a", "dhcprenew", "--yes", &list];
        arguments.extend(extra);
        let said = house.run(&arguments).expect(0);
        let plain = said.data.replace("\u{1b}[32m", "").replace("\u{1b}[0m", "");
        assert!(plain.contains("✓ succeeded") && plain.contains("PC␛]0;title␇␛[31mred"), "{plain}");
        assert!(!plain.contains(['\u{1b}', '\u{7}']), "{plain:?}");
        assert!(!said.words.contains('\u{1b}'), "{:?}", said.words);
        assert_eq!(plain == said.data, extra.is_empty());
    }
}

#[test]
fn no_format_speaks_to_the_terminal_or_runs_in_a_spreadsheet() {
    let house = House::new(options());
    let mac = &good(1)[0];
    let label = "PC\u{1b}]0;t\u{7}\u{9b}31m\u{202e}a;=HYPERLINK(1)";
    let list = house.file("a.csv", format!("mac,hostname\n{mac},\"{label}\"\n\u{9b}x,\u{1b}[31m\n"));
    house.run(&["send", "-a", "exempt_all", "--yes", "--reason", "\u{9b}31m", &list]).expect(0);
    for format in ["table", "json", "ndjson", "csv"] {
        for command in [
            &["devices", &list][..],
            &["send", "-a", "dhcprenew", "--yes", "--reason", "\u{9b}31m", &list],
            &["history"],
            &["history", "1"],
            &["history", "--device", mac],
            &["history", "--open"],
            &["history", "--export", "all"],
        ] {
            let said = house.run(&[command, &["--format", format]].concat());
            let said = if command[0] == "devices" { said } else { said.expect(0) };
            let raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!said.data.is_empty() && !said.data.contains(raw), "{command:?} {format}: {:?}", said.data);
            if format == "csv" {
                assert!(!said.data.contains(";="), "{command:?}: {}", said.data);
            }
            if let ("json", "send") = (format, command[0]) {
                assert_eq!(said.json()["devices"][0]["label"], label, "read, it is what it was");
            }
        }
    }
    let settings = house.run(&["config", "show", "--format", "json", "--profile", "\u{9b}x"]);
    assert!(!settings.data.contains('\u{9b}') && !settings.words.contains('\u{9b}'), "{:?}", settings.data);
}

#[test]
fn the_history_tells_of_a_run_what_was_told_when_it_was_sent() {
    let house = House::new(options());
    let macs = good(2);
    let rows =
        format!("mac,hwid,host\n{},,a\n{},,b\n{},,c\n,ABCDEF1234567,d\nnonsense,,e\n", macs[0], macs[1], macs[0]);
    let list = house.file("a.csv", rows);
    let sent = house
        .run(&["send", "-a", "exempt_all", "--yes", "--id-mode", "mac", "--format", "json", &list, "02:00:00:00:00:99"])
        .expect(1)
        .json();
    let past = house.run(&["history", "1", "--format", "json"]).expect(0).json();
    let known = |told: &Value, asked: &Value| {
        for (key, value) in asked.as_object().unwrap().iter().filter(|(key, _)| *key != "devices") {
            assert_eq!(told.get(key), Some(value), "{key}: {told}");
        }
    };
    known(&past, &sent);
    let (past, sent) = (past["devices"].as_array().unwrap(), sent["devices"].as_array().unwrap());
    assert_eq!((past.len(), sent.len()), (6, 6));
    for (past, sent) in past.iter().zip(sent) {
        known(past, sent);
    }
}

#[test]
fn an_exemption_whose_retry_was_refused_stays_in_sight() {
    let house =
        House::new(script("[[fault]]\nnth = 1\nstatus = 503\nruns = true\n[[fault]]\nstatus = 400\ntimes = 0\n"));
    let mac = &good(1)[0];
    let said = house.run(&["send", "-a", "exempt_all", "--yes", "--format", "json", mac]).expect(1);
    assert_eq!(said.json()["counts"]["unknown"], 1, "{}", said.data);
    let open = house.run(&["history", "--open", "--format", "json"]).expect(0).json();
    assert_eq!((&open[0]["id"], &open[0]["certain"]), (&json!(mac), &json!(false)), "{open}");
}

#[test]
fn the_demo_needs_nothing() {
    let home = tempfile::tempdir().unwrap();
    let output =
        gears_at(home.path()).args(["send", "--demo", "-a", "dhcprenew", "--yes", "--format", "json"]).output();
    let said = Said::from(output.unwrap()).expect(1);
    let value = said.json();
    assert!(value["counts"]["succeeded"].as_u64() > Some(100) && value["counts"]["failed"].as_u64() > Some(0));
    assert!(said.words.contains("simulation"));
    assert!(!home.path().join("state").exists(), "a simulation writes no journal");
}

#[test]
fn a_report_that_cannot_be_printed_is_never_0() {
    let house = House::new(options());
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut gears = std::process::Command::new(env!("CARGO_BIN_EXE_gears"));
    gears.env_clear().envs(surroundings(house.home.path())).envs(house.cloud()).stdout(full);
    let output = gears.args(["send", "-a", "dhcprenew", "--yes", &good(1)[0]]).output().unwrap();
    Said::from(output).expect(1).says(&["standard output cannot be written", "1 of 1 device"]);
}

#[test]
fn the_history_knows_what_was_sent() {
    let house = House::new(options());
    let macs = good(2);
    let send = |reason: &str, mac: &str, code| {
        house.run(&["send", "-a", "exempt_all", "--yes", "--reason", reason, mac]).expect(code);
    };
    send("INC1", &macs[0], 0);
    send("INC2", &macs[1], 0);
    send("INC3", "02:00:00:00:00:99", 1);
    let runs = house.run(&["history", "--format", "json"]).expect(0).json();
    let numbers: Vec<&Value> = runs.as_array().unwrap().iter().map(|run| &run["run"]).collect();
    assert_eq!(numbers, [&json!(3), &json!(2), &json!(1)], "newest first");
    assert_eq!((&runs[0]["user"], &runs[0]["action"]), (&json!("anna"), &json!("exempt_all")));
    let run = house.run(&["history", "2", "--format", "json"]).expect(0).json();
    assert_eq!((&run["devices"][0]["id"], &run["counts"]["succeeded"]), (&json!(macs[1]), &json!(1)));
    let device = house.run(&["history", "--device", &macs[0].to_uppercase().replace(':', "-")]).expect(0).data;
    assert!(device.contains("INC1") && !device.contains("INC2"), "{device}");
    let open = house.run(&["history", "--open", "--format", "csv"]).expect(0).data;
    assert!(open.contains(&macs[0]) && open.contains(&macs[1]) && !open.contains("02:00:00:00:00:99"), "{open}");
    let exported = house.run(&["history", "--export", "2-", "--format", "csv"]).expect(0).data;
    assert!(exported.contains(&macs[1]) && !exported.contains(&macs[0]), "{exported}");
    house.run(&["history", "99"]).expect(2).says(&["99"]);
    house.run(&["history", "--device", "?"]).expect(2).says(&["--device"]);
    house.run(&["history", "--export", "x"]).expect(2).says(&["--export"]);
    house.run(&["history", "2", "--open"]).expect(2);
}

#[test]
fn devices_shows_what_would_be_recognised() {
    let house = House::new(options());
    let list = house.file("a.csv", "mac,hostname\n000C.29CD.C7B2,LT-1\nff:ff:ff:ff:ff:ff,LT-2\n");
    let value = house.run(&["devices", "--format", "json", &list]).expect(0).json();
    assert_eq!((&value[0]["mac"], &value[0]["status"]), (&json!("00:0c:29:cd:c7:b2"), &json!("ready")));
    assert_eq!(value[1]["status"], "invalid");
    house.run(&["devices", "missing.csv"]).expect(2).says(&["missing.csv"]);
    house.run(&["devices"]).expect(2).says(&["standard input"]);
    house.run(&["devices", "--demo"]).expect(0);
    assert!(house.simulator.received().is_empty());
}

#[test]
fn actions_arrive_as_they_were_named() {
    for action in Action::ALL {
        let house = House::new(options());
        house.run(&["send", "--yes", &format!("--action={action}"), &good(1)[0]]).expect(0);
        assert!(house.simulator.received().iter().any(|request| request.action == Some(action)));
    }
}

#[test]
fn a_ready_token_is_used_as_it_is() {
    let house = House::new(options());
    let said: Said = house
        .gears()
        .env("GEARS_ACCESS_TOKEN", "no-such-token")
        .args(["send", "-a", "dhcprenew", "--yes", &good(1)[0]])
        .output()
        .unwrap()
        .into();
    said.expect(3).says(&["token"]);
    assert!(house.simulator.received().iter().all(|request| request.path != "/o/oauth/token"));
}
