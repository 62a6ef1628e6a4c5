//! Reading sources in tests.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use gears_console::intake::{IntakeError, Options, Source, read};
use gears_console::model::{Found, IdMode, Row};

/// What is found in a source.
pub fn read_source(source: &Source, options: &Options) -> Result<Vec<Found>, IntakeError> {
    let mut all = Vec::new();
    read(
        source,
        options,
        &mut |found| {
            all.push(found);
            ControlFlow::Continue(())
        },
        &mut |_, _| ControlFlow::Continue(()),
    )?;
    Ok(all)
}

pub fn text(text: &str) -> Source {
    Source::Text { name: Arc::from("pasted"), text: Arc::from(text) }
}

/// What is found in bytes that stand in a file.
pub fn read_bytes(bytes: &[u8]) -> Result<Vec<Found>, IntakeError> {
    let (_keep, source) = file(bytes);
    read_source(&source, &Options::default())
}

pub fn file(bytes: &[u8]) -> (tempfile::TempDir, Source) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("list.txt");
    std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    (folder, Source::File(path))
}

pub fn hwid_mode() -> Options {
    Options { id_mode: IdMode::Hwid, ..Options::default() }
}

/// Findings in short: `3 00:0c:29:cd:c7:b2`, `4 hwid KZ..., host LT-1`, `5! reason`.
pub fn short(found: &[Found]) -> Vec<String> {
    found.iter().filter_map(one).collect()
}

fn one(found: &Found) -> Option<String> {
    Some(match found {
        Found::Sheet(_) => return None,
        Found::Row(Row { macs, hwid, labels, line, .. }) => {
            let mut parts: Vec<String> = macs.iter().map(ToString::to_string).collect();
            parts.extend(hwid.iter().map(|hwid| format!("hwid {hwid}")));
            let named = ["host", "user", "note"].into_iter().zip(labels.all());
            parts.extend(named.filter_map(|(name, text)| Some(format!("{name} {}", text?))));
            format!("{line} {}", parts.join(", "))
        }
        Found::Unreadable { line, text, reason } => format!("{line}! {text}: {reason}"),
    })
}

/// What is found in a paste, in short.
pub fn paste(of: &str) -> Vec<String> {
    short(&read_source(&text(of), &Options::default()).unwrap())
}
