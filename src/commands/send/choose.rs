//! A list to a run: which devices are sent, by which id, and what is left out and why.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::model::{Action, Device, DeviceList, Excluded, Id, IdMode, NewRun, NotAnId, NotSendable, Origin, RunDevice};

/// Why a row is left out whose MAC another row names with another HWID.
const NO_OWN_MAC: &str = "no MAC of its own (it belongs to another row's device)";

/// The ID mode where nobody named one: MAC, unless no device has a MAC and all have a HWID.
#[must_use]
pub fn id_mode(list: &DeviceList) -> IdMode {
    let devices = list.devices();
    let by_hwid = !devices.is_empty() && devices.iter().all(|device| device.macs.is_empty() && device.hwid.is_some());
    if by_hwid { IdMode::Hwid } else { IdMode::Mac }
}

/// Makes the run of a whole list. What cannot be sent is excluded: rows of a device that is there already, rows without
/// an id of the mode, rows that could not be read.
#[must_use]
pub fn run_of(list: &DeviceList, action: Action, id_mode: IdMode, reason: Option<String>) -> NewRun {
    let mut devices = Vec::with_capacity(list.devices().len());
    let mut excluded = Vec::new();
    let mut seen: HashMap<Id, Origin> = HashMap::with_capacity(list.devices().len());
    let place = |origin: &Origin| format!("{}, line {}", list.source(origin.source).name, origin.line);
    let leave_out = |device: RunDevice, why: String| Excluded { device, text: "".into(), why: why.into() };
    for device in list.devices() {
        let first = device.origins[0];
        match device.id(id_mode) {
            Err(NotSendable::NoMac) if device.lacks_disputed_mac() => {
                excluded.push(leave_out(run_device(list, device, first), NO_OWN_MAC.to_owned()));
            }
            Err(why) => excluded.push(leave_out(run_device(list, device, first), why.to_string())),
            Ok(id) => match seen.entry(id) {
                Entry::Occupied(other) => excluded.push(leave_out(
                    run_device(list, device, first),
                    format!("duplicate: {} is in {}", other.key(), place(other.get())),
                )),
                Entry::Vacant(new) => {
                    devices.push(run_device(list, device, first));
                    new.insert(first);
                }
            },
        }
        excluded.extend(
            device.origins[1..]
                .iter()
                .map(|origin| leave_out(run_device(list, device, *origin), format!("duplicate of {}", place(&first)))),
        );
    }
    // A row whose other id cannot be read is sent all the same.
    let other_id = match id_mode {
        IdMode::Mac => NotAnId::Hwid,
        IdMode::Hwid => NotAnId::Mac,
    };
    let other_id = other_id.to_string();
    let sent: HashSet<Origin> = list
        .devices()
        .iter()
        .filter(|device| device.sendable(id_mode))
        .flat_map(|device| device.origins.iter().copied())
        .collect();
    let left_out = list.unreadable().iter().filter(|row| *row.reason != *other_id || !sent.contains(&row.origin));
    excluded.extend(left_out.map(|row| Excluded {
        device: RunDevice {
            mac: None,
            hwid: None,
            label: "".into(),
            source: Arc::clone(&list.source(row.origin.source).name),
            line: row.origin.line,
        },
        text: row.text.clone(),
        why: row.reason.clone(),
    }));
    NewRun { action, id_mode, devices: devices.into(), excluded: excluded.into(), reason }
}

fn run_device(list: &DeviceList, device: &Device, origin: Origin) -> RunDevice {
    RunDevice {
        mac: device.mac(),
        hwid: device.hwid.clone(),
        label: device.label().into(),
        source: Arc::clone(&list.source(origin.source).name),
        line: origin.line,
    }
}

/// What is left out, counted by reason: `3 duplicates, 1 no MAC, 2 unreadable`. Empty where nothing is.
#[must_use]
pub fn left_out(excluded: &[Excluded]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in excluded {
        let known = row.device.mac.is_some() || row.device.hwid.is_some();
        let kind = match &*row.why {
            why if why.starts_with("duplicate") => "duplicate",
            NO_OWN_MAC => "no MAC of its own",
            why if known => why,
            _ => "unreadable",
        };
        *counts.entry(kind).or_default() += 1;
    }
    let words = counts.into_iter().map(|(kind, count)| match (kind, count) {
        ("duplicate", 2..) => format!("{count} duplicates"),
        (kind, count) => format!("{count} {kind}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Found, Labels, Row};

    fn row(mac: Option<&str>, hwid: Option<&str>, line: u32) -> Found {
        Found::Row(Row {
            macs: mac.into_iter().map(|mac| mac.parse().unwrap()).collect(),
            hwid: hwid.map(|hwid| hwid.parse().unwrap()),
            labels: Labels::new(Some(&format!("PC-{line}")), None, None),
            line,
            ..Row::default()
        })
    }

    fn list(rows: impl IntoIterator<Item = Found>) -> DeviceList {
        let mut list = DeviceList::new();
        let source = list.begin("a.csv");
        for found in rows {
            list.push(source, found);
        }
        list
    }

    #[test]
    fn a_row_whose_other_id_cannot_be_read_is_sent_and_not_left_out() {
        let bad = |line| Found::Unreadable { line, text: "H1".into(), reason: NotAnId::Hwid.to_string().into() };
        let list = list([row(A, None, 1), bad(1), bad(2)]);
        let run = run_of(&list, Action::DhcpRenew, IdMode::Mac, None);
        assert_eq!((run.devices.len(), run.excluded.len()), (1, 1));
        assert_eq!(run.excluded[0].device.line, 2);
    }

    const A: Option<&str> = Some("00:0c:29:cd:c7:b2");
    const B: Option<&str> = Some("00:0c:29:cd:c7:b3");

    #[test]
    fn every_row_is_sent_or_left_out_with_a_reason() {
        let unreadable = Found::Unreadable { line: 5, text: "ff:ff".into(), reason: "not a MAC address".into() };
        let list =
            list([row(A, None, 1), row(None, Some("HWID1234"), 2), row(B, None, 3), row(A, None, 4), unreadable]);
        let run = run_of(&list, Action::DhcpRenew, IdMode::Mac, None);
        assert_eq!(run.devices.iter().map(|device| device.line).collect::<Vec<_>>(), [1, 3]);
        let why: Vec<(u32, &str)> = run.excluded.iter().map(|row| (row.device.line, &*row.why)).collect();
        assert_eq!(why, [(4, "duplicate of a.csv, line 1"), (2, "no MAC"), (5, "not a MAC address")]);
        assert_eq!(left_out(&run.excluded), "1 duplicate, 1 no MAC, 1 unreadable");
        let by_hwid = run_of(&list, Action::DhcpRenew, IdMode::Hwid, None);
        assert_eq!(by_hwid.devices.len(), 1);
        assert_eq!(&*by_hwid.devices[0].label, "PC-2");
    }

    #[test]
    fn a_row_whose_mac_is_another_devices_says_so() {
        let list = list([row(A, Some("HWID1234"), 1), row(A, Some("HWID1235"), 2), row(None, Some("HWID1236"), 3)]);
        let run = run_of(&list, Action::DhcpRenew, IdMode::Mac, None);
        let why: Vec<(u32, &str)> = run.excluded.iter().map(|row| (row.device.line, &*row.why)).collect();
        assert_eq!(why, [(2, NO_OWN_MAC), (3, "no MAC")]);
        assert_eq!(left_out(&run.excluded), "1 no MAC, 1 no MAC of its own");
        assert!(run_of(&list, Action::DhcpRenew, IdMode::Hwid, None).excluded.is_empty());
    }

    #[test]
    fn hwids_are_sent_where_there_are_only_hwids() {
        assert_eq!(id_mode(&list([row(None, Some("HWID1234"), 1), row(None, Some("HWID1235"), 2)])), IdMode::Hwid);
        assert_eq!(id_mode(&list([row(None, Some("HWID1234"), 1), row(A, None, 2)])), IdMode::Mac);
        assert_eq!(id_mode(&list([row(A, Some("HWID1234"), 1)])), IdMode::Mac);
        assert_eq!(id_mode(&list([])), IdMode::Mac);
    }
}
