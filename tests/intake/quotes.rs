//! Quotation marks in tables that nobody closed.

use std::collections::HashSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::support::*;

const NEVER: &str = "a quotation mark is opened here and never closed";

/// `rows` rows, with `strays` in the place of single rows.
fn table(rows: usize, end: &str, strays: &[(usize, &str)]) -> String {
    let mut table = format!("mac,host,user{end}");
    for row in 0..rows {
        match strays.iter().find(|(at, _)| *at == row) {
            Some((_, text)) => write!(table, "{text}{end}").unwrap(),
            None => write!(table, "00:0c:29:cd:{:02x}:{:02x},LT-{row},anna{end}", row / 256, row % 256).unwrap(),
        }
    }
    table
}

#[test]
fn a_mark_that_is_never_closed_swallows_no_row() {
    let first = (1, "00:0c:29:cd:00:01,\"LT-1,anna");
    for end in ["\n", "\r\n", "\r"] {
        for other in [
            None,
            Some((150, "00:0c:29:cd:00:96,\"LT-150,ben")),
            Some((150, "00:0c:29:cd:00:96,LT-150,\"ben, b\"")),
            Some((150, "00:0c:29:cd:00:96,LT\"-150,ben")),
            Some((2, "00:0c:29:cd:00:02,LT\",ben")),
        ] {
            let strays: Vec<_> = [first].into_iter().chain(other).collect();
            let found = paste(&table(152, end, &strays));
            let devices: Vec<&String> = found.iter().filter(|found| !found.contains('!')).collect();
            assert_eq!(devices.len(), 152, "{other:?}");
            for (index, device) in devices.iter().enumerate() {
                assert!(device.starts_with(&format!("{} 00:0c:29:cd:", index + 2)), "{device} {end:?}");
            }
            assert!(devices[1].ends_with("host LT-1, user anna"), "{}", devices[1]);
            assert!(found.contains(&format!("3! 00:0c:29:cd:00:01,\"LT-1,anna: {NEVER}")), "{found:?}");
            let opened = 1 + usize::from(other.is_some_and(|(_, text)| text.contains(",\"LT")));
            assert_eq!(found.len() - devices.len(), opened, "{other:?}");
        }
    }
}

#[test]
fn a_table_of_hwids_loses_none_however_long_it_is() {
    let mut table = String::from("host;hwid\n\"LT-0;KZ00000000W7L1L2\n");
    for row in 1..1000 {
        writeln!(table, "LT-{row};KZ{row:08}W7L1L2").unwrap();
    }
    let found = paste(&table);
    assert_eq!(found.iter().filter(|found| found.contains(" hwid KZ")).count(), 1000);
    assert!(found[0].ends_with(NEVER) && found.len() == 1001, "{}", found[0]);
    assert_eq!(found[1], "2 hwid KZ00000000W7L1L2, host LT-0");
}

#[test]
fn a_header_and_a_sample_with_a_stray_mark_are_read() {
    for table in [
        "mac,host,\"user\n00:0c:29:cd:c7:b2,LT-1,anna\n00:0c:29:cd:c7:b3,LT-2,ben\n",
        "\"Export of today\nmac,host,user\n00:0c:29:cd:c7:b2,LT-1,anna\n00:0c:29:cd:c7:b3,LT-2,ben\n",
        "\"00:0c:29:cd:c7:b2,LT-1,anna@example.org\n00:0c:29:cd:c7:b3,LT-2,ben@example.org\n",
    ] {
        let found = paste(table);
        let hosts: Vec<&str> =
            found.iter().filter_map(|found| found.split("host ").nth(1)).map(|host| &host[..4]).collect();
        assert_eq!(hosts, ["LT-1", "LT-2"], "{found:?}");
        assert!(found.iter().any(|found| found.ends_with(NEVER)), "{found:?}");
    }
}

#[test]
fn cells_with_line_breaks_stay_one() {
    for (table, expected) in [
        // A note in which a line has as many commas as the table.
        (
            "mac,host,note\n00:0c:29:cd:c7:b2,LT-1,\"Dear Anna,\nit is slow, old, loud\nBen\"\n00:0c:29:cd:c7:b3,LT-2,\n",
            vec![
                "2 00:0c:29:cd:c7:b2, host LT-1, note Dear Anna,\nit is slow, old, loud\nBen",
                "5 00:0c:29:cd:c7:b3, host LT-2",
            ],
        ),
        // Several MACs in the cell of the first column.
        (
            "mac,host\n\"00:0c:29:cd:c7:b2\n00:0c:29:cd:c7:b3\n00:0c:29:cd:c7:b4\",LT-1\n00:0c:29:cd:c7:b5,LT-2\n",
            vec![
                "2 00:0c:29:cd:c7:b2, 00:0c:29:cd:c7:b3, 00:0c:29:cd:c7:b4, host LT-1",
                "5 00:0c:29:cd:c7:b5, host LT-2",
            ],
        ),
        // Doubled marks, and lines that end in the cell with CR LF.
        (
            "mac,host\r\n00:0c:29:cd:c7:b2,\"the \"\"old\"\"\r\none, \"\"LT-1\"\"\"\r\n00:0c:29:cd:c7:b3,LT-2\r\n",
            vec!["2 00:0c:29:cd:c7:b2, host the \"old\"\none, \"LT-1\"", "4 00:0c:29:cd:c7:b3, host LT-2"],
        ),
    ] {
        let found = paste(table);
        assert_eq!(found, expected);
    }
}

#[test]
fn a_line_without_an_end_is_read_in_parts() {
    let mut table = String::from("host,mac\nLT-0,00:0c:29:cd:c7:b2\n");
    // Three megabytes in one line, of which the table's columns are the smallest part.
    for number in 0..100_000 {
        write!(table, "LT-{number:05},00:0c:29:{:02x}:{:02x}:{:02x},", number >> 16, number >> 8 & 255, number & 255)
            .unwrap();
    }
    let found = paste(&table);
    assert!((3..6).contains(&found.len()), "{}", found.len());
    assert_eq!(found[..2], ["2 00:0c:29:cd:c7:b2, host LT-0", "3 00:0c:29:00:00:00, host LT-00000"]);
    assert!(found[2..].iter().all(|found| found.starts_with("3 00:0c:29:")), "{:?}", &found[2..]);
}

#[test]
fn marks_within_one_line_hide_no_id() {
    let found = paste("host,mac,user\n\"LT-1,\"00:0c:29:cd:c7:b2,anna\n\"LT,2\",00:0c:29:cd:c7:b3,ben\n");
    assert_eq!(
        found,
        [
            format!("2! \"LT-1,\"00:0c:29:cd:c7:b2,anna: {NEVER}").as_str(),
            "2 00:0c:29:cd:c7:b2, host LT-1, user anna",
            "3 00:0c:29:cd:c7:b3, host LT,2, user ben"
        ]
    );
}

#[test]
fn a_lone_carriage_return_ends_a_row_too() {
    let found = paste("mac,host\n00:0c:29:cd:c7:b2,LT-1\r00:0c:29:cd:c7:b3,LT-2\n00:0c:29:cd:c7:b4,LT-3\n");
    assert_eq!(
        found,
        ["2 00:0c:29:cd:c7:b2, host LT-1", "2 00:0c:29:cd:c7:b3, host LT-2", "3 00:0c:29:cd:c7:b4, host LT-3"]
    );
}

#[test]
fn an_unreadable_text_is_cut_between_two_characters() {
    let long = format!("x{}", "ü".repeat(600));
    let found = paste(&format!("mac,host\n{long},\n00:0c:29:cd:c7:b2,LT-1\n00:0c:29:cd:c7:b3,LT-2\n"));
    assert!(found[0].contains("xüüü") && !found[0].contains('Ã'), "{}", found[0]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 100, ..ProptestConfig::default() })]

    /// Wherever marks stand in whichever cells, and whatever separates them, every MAC is found.
    #[test]
    fn no_stray_mark_costs_a_device(
        rows in 2_usize..260,
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        strays in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4, 0_usize..3), 1..5),
        mac_first: bool,
    ) {
        let mut cells: Vec<[String; 4]> = (0..rows)
            .map(|row| [mac(row), format!("LT-{row}"), format!("user{row}"), "some note".to_owned()])
            .collect();
        for (row, column, place) in strays {
            let cell = &mut cells[row.index(rows)][column];
            let at = match place { 0 => 0, 1 if column > 0 => 2, _ => cell.len() };
            cell.insert(at, '"');
        }
        let mut table = String::from(if mac_first { "mac,host,user,note\n" } else { "host,mac,user,note\n" });
        for [mac, host, user, note] in cells {
            let [first, second] = if mac_first { [mac, host] } else { [host, mac] };
            writeln!(table, "{first},{second},{user},{note}").unwrap();
        }
        let found = paste(&table.replace(',', &delimiter.to_string()));
        let read: HashSet<&str> = found.iter().filter_map(|found| found.split(',').next()).collect();
        let lost: Vec<usize> = (0..rows).filter(|row| !read.contains(format!("{} {}", row + 2, mac(*row)).as_str())).collect();
        prop_assert_eq!(lost, [0_usize; 0], "{}", table);
    }
}

fn mac(row: usize) -> String {
    format!("00:0c:29:cd:{:02x}:{:02x}", row / 256, row % 256)
}

/// A cell that says something, in which any of the marks may stand that mean something to a table.
fn cell() -> impl Strategy<Value = String> {
    "x[a-zé ,;|\t\"\n]{0,12}y"
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_another_program_has_written_is_read_cell_for_cell(
        rows in prop::collection::vec([cell(), cell(), cell()], 2..20),
        delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|']),
        always in any::<bool>(),
    ) {
        let style = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).quote_style(style).from_writer(Vec::new());
        writer.write_record(["host", "mac", "user", "note"]).unwrap();
        let mut expected = Vec::new();
        let mut line = 2;
        for (number, [host, user, note]) in rows.iter().enumerate() {
            let mac = format!("00:0c:29:00:00:{number:02x}");
            writer.write_record([host, &mac, user, note]).unwrap();
            expected.push(format!("{line} {mac}, host {host}, user {user}, note {note}"));
            line += 1 + [host, user, note].map(|cell| cell.matches('\n').count()).iter().sum::<usize>();
        }
        let text = writer.into_inner().unwrap();
        prop_assert_eq!(short(&read_bytes(&text).unwrap()), expected);
    }
}
