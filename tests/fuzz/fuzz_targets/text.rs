//! Any bytes as a list: `cargo +nightly fuzz run --fuzz-dir tests/fuzz text -- -max_total_time=60`.
#![no_main]

use std::ops::ControlFlow;
use std::sync::Arc;

use gears_console::intake::{Options, Source, read};
use gears_console::model::{DeviceList, Found, IdMode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u32 + 1;
    let source = Source::Text { name: Arc::from("pasted"), text: Arc::from(text.as_ref()) };
    for id_mode in [IdMode::Mac, IdMode::Hwid] {
        let options = Options { id_mode, ..Options::default() };
        let mut list = DeviceList::new();
        let id = list.begin("pasted");
        let mut last = 0;
        let mut sink = |found: Found| {
            let line = match &found {
                Found::Row(row) => {
                    assert!(!row.macs.is_empty() || row.hwid.is_some());
                    assert!(row.macs.iter().all(|mac| mac.check_device().is_ok()));
                    row.line
                }
                Found::Sheet(_) => return ControlFlow::Continue(()),
                Found::Unreadable { line, text, reason } => {
                    assert!(text.chars().count() <= 200 && !reason.is_empty());
                    *line
                }
            };
            assert!((1..=lines).contains(&line) && line >= last, "{line} after {last} of {lines}");
            last = line;
            list.push(id, found);
            ControlFlow::Continue(())
        };
        let _ = read(&source, &options, &mut sink, &mut |_, _| ControlFlow::Continue(()));
        list.undo();
        assert!(list.devices().is_empty() && list.unreadable().is_empty());
    }
});
