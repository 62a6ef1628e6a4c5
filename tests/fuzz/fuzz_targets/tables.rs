//! Tables, JSON, gzip and spreadsheets as files: `cargo +nightly fuzz run --fuzz-dir tests/fuzz tables -- -max_total_time=60`.
#![no_main]

use std::io::Write as _;
use std::ops::ControlFlow;

use gears_console::intake::{Options, Source, read};
use gears_console::model::Found;
use libfuzzer_sys::fuzz_target;

/// Beginnings that lead to each kind of reading.
const HEADS: [&[u8]; 9] = [
    b"",
    b"mac,hostname,hwid\n",
    b"host;MAC Address;note\nLT-1;00:0c:29:cd:c7:b2;",
    b"| mac | user |\n|---|---|\n| 000c.29cd.c7b2 |",
    b"mac\thwid\n00-0c-29-cd-c7-b2\tHWID123\n",
    b"[{\"mac\":\"00:0c:29:cd:c7:b2\",",
    b"{\"devices\":[",
    b"{\"hwid\":\"HWID123\"}\n{",
    b"\xff\xfe",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((&kind, rest)) = bytes.split_first() else { return };
    let mut file = tempfile::NamedTempFile::new().expect("a file can be made");
    file.write_all(HEADS[usize::from(kind) % HEADS.len()]).expect("the file can be written");
    file.write_all(rest).expect("the file can be written");
    let options = Options { max_unpacked: 1 << 20, ..Options::default() };
    let mut sink = |found: Found| {
        if let Found::Row(row) = found {
            assert!(!row.macs.is_empty() || row.hwid.is_some());
            assert!(row.line > 0);
        }
        ControlFlow::Continue(())
    };
    let _ = read(&Source::File(file.path().to_owned()), &options, &mut sink, &mut |_, _| ControlFlow::Continue(()));
});
