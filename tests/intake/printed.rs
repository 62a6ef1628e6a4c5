//! What `gears devices` prints.

use gears_console::commands::devices;
use gears_console::export::Format;
use gears_console::intake::{Options, Source};
use serde_json::{Value, json};

use super::support::*;

fn run(sources: &[Source], format: Format) -> (u8, String, String) {
    let (mut data, mut words) = (Vec::new(), Vec::new());
    let code = devices::run(sources, &Options::default(), format, &mut data, &mut words).unwrap();
    (code, String::from_utf8(data).unwrap(), String::from_utf8(words).unwrap())
}

const TABLE: &str = "mac,host,user\n00:0c:29:cd:c7:b2,LT-1,=HYPERLINK(1)\n000c.29cd.c7b2,,\nbroken,LT-2,\u{1b}[31m\nda:a1:19:00:12:34,,\n";

#[test]
fn json_has_one_object_a_row() {
    let (code, data, words) = run(&[text(TABLE)], Format::Json);
    let expected = json!([
        {"mac": "00:0c:29:cd:c7:b2", "hwid": null, "label": "LT-1 =HYPERLINK(1)", "source": "pasted", "line": 2, "status": "ready", "reason": null},
        {"mac": "00:0c:29:cd:c7:b2", "hwid": null, "label": "LT-1 =HYPERLINK(1)", "source": "pasted", "line": 3, "status": "duplicate", "reason": "the device of pasted line 2"},
        {"mac": null, "hwid": null, "label": "broken", "source": "pasted", "line": 4, "status": "invalid", "reason": "not a MAC address"},
        {"mac": "da:a1:19:00:12:34", "hwid": null, "label": "", "source": "pasted", "line": 5, "status": "ready", "reason": "a made-up (randomised) address: the cloud may know the device by another"},
    ]);
    assert_eq!(serde_json::from_str::<Value>(&data).unwrap(), expected);
    assert_eq!((code, words.as_str()), (0, "pasted: 2 devices, 1 duplicate, 1 unreadable (line 4)\n"));
    let (_, lines, _) = run(&[text(TABLE)], Format::Ndjson);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::Array(lines), expected);
}

#[test]
fn csv_and_table_are_harmless() {
    let hostile = "user,mac\n=cmd|' /C calc'!A0,00:0c:29:cd:c7:b2\n\u{1b}]0;x\u{7},00:0c:29:cd:c7:b3\n";
    let (_, csv, _) = run(&[text(hostile)], Format::Csv);
    assert!(csv.contains(",'=cmd|"), "{csv}");
    let (_, table, _) = run(&[text(hostile)], Format::Table);
    assert!(!table.contains('\u{1b}') && table.contains("␛]0;x␇"), "{table}");
}

#[test]
fn nothing_is_two() {
    let (code, data, words) = run(&[text("Hello, nothing here.")], Format::Json);
    assert_eq!(
        (code, data.as_str(), words.as_str()),
        (2, "[]\n", "pasted: no device found; hardware ids are read with --id-mode hwid\n")
    );
    let (_keep, empty) = file(b"");
    let (code, data, words) = run(&[empty, text("00:0c:29:cd:c7:b2")], Format::Ndjson);
    assert_eq!(code, 2);
    assert!(data.contains("\"ready\"") && words.contains("list.txt is empty"), "{data} {words}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    struct Gone;
    impl std::io::Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let source = text(&"00:0c:29:cd:c7:b2\n".repeat(20_000));
    for format in [Format::Table, Format::Json, Format::Ndjson, Format::Csv] {
        assert_eq!(
            devices::run(std::slice::from_ref(&source), &Options::default(), format, &mut Gone, &mut Vec::new())
                .unwrap(),
            0
        );
    }
}
