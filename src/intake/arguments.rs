//! Arguments: files, `-`, and devices named one by one.

use std::ffi::OsString;
use std::path::Path;

use super::fold::fold;
use super::out::{hwid_row, mac_row};
use super::scan::{self, What};
use super::{IntakeError, Source, hwid, input};
use crate::model::{Hwid, IdMode, NotADevice, Row};

/// The device that a text is, if it is nothing but one id: a MAC in any notation, `hwid:` and a hardware id, or a
/// hardware id of letters and digits that change at least four times. `None` where it is none, or no device's
/// (broadcast, multicast, zeros). The row's line is 0.
#[must_use]
pub fn read_argument(text: &str, mode: Option<IdMode>) -> Option<Row> {
    let folded = fold(text.as_bytes());
    let text = String::from_utf8_lossy(scan::trim(&folded)).into_owned();
    if let Some(rest) = hwid::after_prefix(&text) {
        return rest.trim().parse().ok().map(|id| hwid_row(0, id));
    }
    if let Some(What::Mac { mac, bare }) = scan::whole(text.as_bytes()) {
        if mode == Some(IdMode::Hwid)
            && bare.is_some()
            && let Ok(id) = text.parse()
        {
            return Some(hwid_row(0, id));
        }
        return mac.check_device().is_ok().then(|| mac_row(0, mac, bare));
    }
    hwid::unmistakable(&text).map(|id| hwid_row(0, id))
}

/// Why a text that is nothing but a MAC is no device's.
#[must_use]
pub fn no_device(text: &str) -> Option<NotADevice> {
    match scan::whole(&fold(text.as_bytes()))? {
        What::Mac { mac, .. } => mac.check_device().err(),
        What::Near(_) => None,
    }
}

/// What the arguments name, in their order: `-` is standard input, an existing path a file, anything else must read as
/// an id. All ids are one source, `argument`, at the place of the first of them; a row's line is its argument's
/// position.
pub fn sources(arguments: &[OsString], mode: Option<IdMode>) -> Result<Vec<Source>, IntakeError> {
    let mut sources: Vec<Source> = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        if argument == "-" {
            if sources.contains(&Source::Stdin) {
                return Err(IntakeError("standard input (-) can be read once only: name - once".to_owned()));
            }
            sources.push(Source::Stdin);
            continue;
        }
        let path = Path::new(argument);
        // A link that leads nowhere, or a path that may not be looked at, is told by opening it.
        if path.symlink_metadata().is_ok() {
            input::open_argument(path)?;
            sources.push(Source::File(path.to_owned()));
            continue;
        }
        let Some(mut row) = argument.to_str().and_then(|text| read_argument(text, mode)) else {
            return Err(neither(path, argument.to_str()));
        };
        row.line = index as u32 + 1;
        let named = sources.iter_mut().find_map(|source| match source {
            Source::Rows { rows, .. } => Some(rows),
            _ => None,
        });
        match named {
            Some(rows) => rows.push(row),
            None => sources.push(Source::Rows { name: "argument".into(), rows: vec![row] }),
        }
    }
    Ok(sources)
}

fn neither(path: &Path, text: Option<&str>) -> IntakeError {
    let shown = crate::model::text::visible(&path.to_string_lossy()).into_owned();
    if let Some(why) = text.and_then(no_device) {
        return IntakeError(format!("{shown} is {why}"));
    }
    if let Err(error) = path.symlink_metadata()
        && error.kind() == std::io::ErrorKind::PermissionDenied
    {
        return IntakeError(format!(
            "{shown} may not be read: ask its owner for permission, or copy it to where you may"
        ));
    }
    let could_be = text.is_some_and(|text| text.parse::<Hwid>().is_ok());
    let hint = if could_be { format!("; if it is a hardware id, write hwid:{shown}") } else { String::new() };
    IntakeError(format!("{shown} is neither a file nor a device's MAC or hardware id: check the name{hint}"))
}
