use proptest::prelude::*;

use super::*;
use crate::model::{Action, Few, Found, Labels, LastOutcome, OutcomeKind, Row, RunId};

fn mac(number: u8) -> Mac {
    Mac::new([0, 0x0c, 0x29, 0, 0, number])
}

fn hwid(number: u8) -> Hwid {
    format!("HWID{number:03}").parse().unwrap()
}

fn row(macs: &[u8], id: Option<u8>, line: u32) -> Found {
    Found::Row(Row { macs: macs.iter().map(|&n| mac(n)).collect(), hwid: id.map(hwid), line, ..Row::default() })
}

fn load(list: &mut DeviceList, name: &str, rows: impl IntoIterator<Item = Found>) -> SourceId {
    let id = list.begin(name);
    for found in rows {
        list.push(id, found);
    }
    id
}

#[test]
fn rows_of_one_device_are_united() {
    let mut list = DeviceList::new();
    let first = load(&mut list, "a", [row(&[1], None, 1), row(&[2], None, 2)]);
    let second = list.begin("b");
    let told = Row { labels: Labels::new(Some("LT-1"), None, Some("x")), ..Row::default() };
    let found = Found::Row(Row { macs: vec![mac(3), mac(1)].into(), hwid: Some(hwid(1)), line: 7, ..told });
    assert_eq!(list.push(second, found), Pushed::Duplicate(0));
    let device = &list.devices()[0];
    assert_eq!(device.macs.as_slice(), [mac(1), mac(3)]);
    assert_eq!(device.hwid, Some(hwid(1)));
    assert_eq!(device.label(), "LT-1 x");
    assert_eq!(device.origins.as_slice(), [Origin { source: first, line: 1 }, Origin { source: second, line: 7 }]);
    assert_eq!(list.find(&Id::Hwid(hwid(1))), Some(0));
    assert_eq!(list.find(&Id::Mac(mac(3))), Some(0));
    assert_eq!(list.report(second), &LoadReport { duplicates: 1, ..LoadReport::default() });
}

#[test]
fn a_row_that_names_ids_of_two_devices_joins_them() {
    let mut list = DeviceList::new();
    load(&mut list, "a", [row(&[1], None, 1), row(&[2], None, 2), row(&[], Some(3), 3), row(&[4], None, 4)]);
    let outcome = LastOutcome { run: RunId(7), action: Action::ExemptAll, kind: OutcomeKind::Succeeded };
    list.device_mut(2).unwrap().selected = true;
    list.device_mut(2).unwrap().set_last(Some(outcome));
    let before = list.clone();
    let id = load(&mut list, "b", [row(&[1], Some(3), 9)]);
    assert!(list.was_joined(id));
    assert_eq!(list.devices().len(), 3);
    let device = &list.devices()[0];
    assert_eq!((device.macs.as_slice(), device.hwid.as_ref()), (&[mac(1)][..], Some(&hwid(3))));
    assert_eq!(device.origins.iter().map(|origin| origin.line).collect::<Vec<_>>(), [1, 9, 3]);
    assert!(device.selected && device.last() == Some(outcome));
    assert_eq!(list.find(&Id::Mac(mac(4))), Some(2));
    assert_eq!(list.undo().unwrap().what, "load of b");
    assert_eq!(list.devices(), before.devices());
    assert_eq!(list.find(&Id::Hwid(hwid(3))), Some(2));
}

#[test]
fn contradictions_are_shown_and_not_guessed() {
    let mut list = DeviceList::new();
    load(&mut list, "a", [row(&[1], Some(1), 1), row(&[1, 5], Some(2), 2), row(&[1], Some(2), 3)]);
    let [first, second] = list.devices() else { panic!("{:?}", list.devices()) };
    let words = "MAC 00:0c:29:00:00:01 is named with HWID HWID001 and with HWID HWID002";
    assert_eq!(first.contradiction(), Some(words));
    assert_eq!(second.contradiction(), Some(words));
    assert_eq!((first.macs.as_slice(), second.macs.as_slice()), (&[mac(1)][..], &[mac(5)][..]));
    assert_eq!(second.hwid, Some(hwid(2)));
}

fn named(macs: &[u8], id: Option<u8>, host: &str, user: &str, line: u32) -> Found {
    let Found::Row(row) = row(macs, id, line) else { unreachable!() };
    Found::Row(Row { labels: Labels::new(Some(host), Some(user), None), ..row })
}

#[test]
fn other_names_of_a_device_are_said() {
    let mut list = DeviceList::new();
    load(&mut list, "a", [named(&[1], None, "LT-10", "anna", 1), named(&[1], None, "lt-10", "", 2)]);
    assert_eq!(list.devices()[0].contradiction(), None);
    let rows = [("LT-2", "ben"), ("lt-2", "Anna"), ("LT-1", ""), ("LT-10", "BEN")];
    load(&mut list, "b", (0..).zip(rows).map(|(line, (host, user))| named(&[1], None, host, user, line)));
    let words = "also named LT-2; also used by ben; also named LT-1";
    assert_eq!((list.devices()[0].contradiction(), list.devices()[0].label().as_str()), (Some(words), "LT-10 anna"));
    list.undo();
    assert_eq!(list.devices()[0].contradiction(), None);
}

#[test]
fn what_two_joined_devices_were_called_is_said() {
    let mut list = DeviceList::new();
    load(&mut list, "a", [named(&[1], None, "LT-1", "anna", 1), named(&[], Some(1), "LT-2", "", 2)]);
    load(&mut list, "b", [named(&[], Some(1), "LT-3", "", 1)]);
    let before = list.devices().to_vec();
    load(&mut list, "c", [named(&[1], Some(1), "LT-4", "", 1)]);
    assert_eq!(list.devices()[0].contradiction(), Some("also named LT-4; also named LT-2; also named LT-3"));
    list.undo();
    assert_eq!(list.devices(), before);
}

#[test]
fn what_is_said_against_a_device_is_bounded() {
    let mut list = DeviceList::new();
    load(&mut list, "a", (0..1_000).map(|line| named(&[1], None, &format!("LT-{line}"), "", line)));
    assert!(list.devices()[0].contradiction().is_some_and(|words| words.len() < 600));
}

#[test]
fn undo_keeps_what_was_chosen_since() {
    let mut list = DeviceList::new();
    load(&mut list, "a", [row(&[1], None, 1), row(&[2], None, 2)]);
    load(
        &mut list,
        "pasted",
        [
            row(&[1], Some(1), 1),
            row(&[3], None, 2),
            Found::Unreadable { line: 3, text: "x".into(), reason: "y".into() },
        ],
    );
    list.device_mut(0).unwrap().selected = true;
    assert_eq!(list.undo(), Some(Undone { what: "paste".into(), devices: 1 }));
    assert!(list.devices()[0].selected);
    assert_eq!((list.devices().len(), list.devices()[0].hwid.as_ref(), list.unreadable().len()), (2, None, 0));
    list.remove(&[0]);
    assert_eq!(list.find(&Id::Mac(mac(2))), Some(0));
    assert_eq!(list.undo(), Some(Undone { what: "removal".into(), devices: 1 }));
    assert!(list.devices()[0].selected);
    assert_eq!(list.undo().unwrap().what, "load of a");
    assert_eq!(list.undo(), None);
}

#[test]
fn twelve_digits_turn_round_and_back() {
    let mut list = DeviceList::new();
    let text = "000C29cdC7B2";
    let found = Row {
        macs: Few::one("00:0c:29:cd:c7:b2".parse().unwrap()),
        read_as: ReadAs::BareMac,
        capitals: 0b1111_0000_1000,
        ..Row::default()
    };
    load(&mut list, "a", [Found::Row(Row { capitals: 0b0101_0000_1000 | 1 << 8, ..found })]);
    assert_eq!(list.turn_round(0).unwrap(), format!("{text} is read as HWID now"));
    assert_eq!(list.devices()[0].hwid.as_ref().unwrap().as_str(), text);
    assert!(list.devices()[0].macs.is_empty());
    assert_eq!(list.turn_round(0).unwrap(), "00:0c:29:cd:c7:b2 is read as MAC now");
    assert_eq!(list.devices()[0].read_as, ReadAs::BareMac);
    list.undo();
    assert_eq!(list.devices()[0].hwid.as_ref().unwrap().as_str(), text);
    assert_eq!(list.find(&Id::Hwid(text.parse().unwrap())), Some(0));
    list.undo();
    assert_eq!(list.devices()[0].mac(), Some("00:0c:29:cd:c7:b2".parse().unwrap()));
    load(&mut list, "b", [row(&[1], None, 1)]);
    assert_eq!(list.turn_round(1), Err("this id can be read in one way only".to_owned()));
}

#[test]
fn many_joins_do_not_cost_the_square() {
    let mut list = DeviceList::new();
    let macs = |n: u32| Few::one(Mac::new([0, 0x0c, 0, (n >> 16) as u8, (n >> 8) as u8, n as u8]));
    let hwids = |n: u32| format!("KZ{n:08}A").parse().ok();
    let count = 3_000;
    load(&mut list, "macs", (0..count).map(|n| Found::Row(Row { macs: macs(n), line: n, ..Row::default() })));
    load(&mut list, "hwids", (0..count).map(|n| Found::Row(Row { hwid: hwids(n), line: n, ..Row::default() })));
    let before = list.clone();
    load(
        &mut list,
        "both",
        (0..count).map(|n| Found::Row(Row { macs: macs(n), hwid: hwids(n), line: n, ..Row::default() })),
    );
    assert_eq!(list.devices().len(), count as usize);
    assert!(
        list.devices()
            .iter()
            .enumerate()
            .all(|(at, device)| device.macs == macs(at as u32) && device.hwid == hwids(at as u32))
    );
    list.undo();
    assert_eq!(list.devices(), before.devices());
}

#[derive(Clone, Debug)]
enum Op {
    Load(Vec<(Vec<u8>, Option<u8>, Option<u8>)>),
    Remove(Vec<usize>),
    Turn(usize),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let row = (prop::collection::vec(0_u8..12, 0..3), prop::option::of(0_u8..8), prop::option::of(0_u8..4));
    let op = prop_oneof![
        4 => prop::collection::vec(row, 1..8).prop_map(Op::Load),
        1 => prop::collection::btree_set(0_usize..12, 1..4).prop_map(|set| Op::Remove(set.into_iter().collect())),
        1 => (0_usize..12).prop_map(Op::Turn),
    ];
    prop::collection::vec(op, 1..6)
}

/// Every id leads to the one device that has it.
fn check(list: &DeviceList) -> Result<(), TestCaseError> {
    let mut ids = 0;
    for (index, device) in list.devices().iter().enumerate() {
        prop_assert!(!device.origins.is_empty() && (!device.macs.is_empty() || device.hwid.is_some()));
        for &mac in &device.macs {
            prop_assert_eq!(list.find(&Id::Mac(mac)), Some(index));
            ids += 1;
        }
        if let Some(hwid) = &device.hwid {
            prop_assert_eq!(list.find(&Id::Hwid(hwid.clone())), Some(index));
            ids += 1;
        }
    }
    prop_assert_eq!(ids, list.by_mac.len() + list.by_hwid.len());
    Ok(())
}

proptest! {
    #[test]
    fn everything_can_be_taken_back(ops in ops()) {
        let mut list = DeviceList::new();
        let mut snapshots = Vec::new();
        for op in ops {
            let before = (list.devices().to_vec(), list.unreadable().to_vec(), list.steps.len());
            match op {
                Op::Load(rows) => {
                    let rows: Vec<Found> = rows.into_iter().enumerate().filter(|(_, (macs, id, _))| !macs.is_empty() || id.is_some())
                        .map(|(line, (mut macs, id, name))| {
                            macs.dedup();
                            let bare = macs.len() == 1 && id.is_none();
                            let Found::Row(row) = row(&macs, id, line as u32) else { unreachable!() };
                            let name = name.map(|name| format!("LT-{name}"));
                            let labels = Labels::new(name.as_deref(), None, None);
                            Found::Row(Row { read_as: if bare { ReadAs::BareMac } else { ReadAs::Plain }, labels, ..row })
                        })
                        .collect();
                    if rows.is_empty() { continue; }
                    let count = rows.len();
                    let id = load(&mut list, "x", rows);
                    let report = list.report(id);
                    prop_assert_eq!(report.devices + report.duplicates, count);
                }
                Op::Remove(indices) => list.remove(&indices),
                Op::Turn(index) => drop(list.turn_round(index)),
            }
            check(&list)?;
            if list.steps.len() > before.2 {
                snapshots.push(before);
            }
        }
        while let Some((devices, unreadable, _)) = snapshots.pop() {
            prop_assert!(list.undo().is_some());
            prop_assert_eq!(list.devices(), devices.as_slice());
            prop_assert_eq!(list.unreadable(), unreadable.as_slice());
            check(&list)?;
        }
        prop_assert_eq!(list.undo(), None);
    }

    #[test]
    fn rows_that_come_together_make_the_list_that_they_make_one_by_one(
        rows in prop::collection::vec((prop::collection::vec(0_u8..40, 0..3), prop::option::of(0_u8..40)), 0..40),
        pieces in prop::collection::vec(1_usize..20, 40),
        strays in prop::collection::btree_set(0_usize..40, 0..4),
    ) {
        let found = |(line, (macs, id)): (usize, &(Vec<u8>, Option<u8>))| match line {
            _ if strays.contains(&line) && line % 2 == 0 => Found::Sheet("Kiel".into()),
            _ if strays.contains(&line) || (macs.is_empty() && id.is_none()) => {
                Found::Unreadable { line: line as u32, text: "x".into(), reason: "y".into() }
            }
            _ => row(macs, *id, line as u32),
        };
        let (mut one_by_one, mut together) = (DeviceList::new(), DeviceList::new());
        load(&mut one_by_one, "x", rows.iter().enumerate().map(found));
        let (id, mut left) = (together.begin("x"), rows.iter().enumerate().map(found));
        for piece in pieces {
            together.push_all(id, left.by_ref().take(piece).collect());
        }
        check(&together)?;
        prop_assert_eq!(format!("{:?}", together.steps), format!("{:?}", one_by_one.steps));
        prop_assert_eq!((together.devices, together.sources), (one_by_one.devices, one_by_one.sources));
        prop_assert_eq!((together.unreadable, together.reports), (one_by_one.unreadable, one_by_one.reports));
    }
}
