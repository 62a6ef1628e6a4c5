//! The short way for rows in which nothing is out of the ordinary, as most of a hundred thousand are.

use crate::intake::cell::Cell;
use crate::intake::header::Role;
use crate::intake::hwid::is_nothing;
use crate::intake::out::hwid_read_as;
use crate::intake::record::{LABEL, is_clean};
use crate::intake::scan;
use crate::model::{Few, Hwid, Labels, Row};

/// The device of a row whose cells are each what its column promises, written as it usually is. Any other row is read
/// with `Record`, which makes the same of these.
pub(super) fn plain<'a>(cells: impl Iterator<Item = Cell<'a>>, roles: &[Option<Role>], line: u32) -> Option<Row> {
    let (mut mac, mut hwid, mut labels) = (None, None, [None; 3]);
    for (cell, role) in cells.zip(roles) {
        let Some(role) = *role else { continue };
        let cell = cell.trimmed();
        if cell.bytes.is_empty() {
            continue;
        }
        let label = match role {
            Role::Mac if mac.is_none() => {
                mac = Some(scan::pairs(cell.bytes).filter(|mac| mac.check_device().is_ok())?);
                continue;
            }
            Role::Hwid if hwid.is_none() => {
                hwid = Some(Hwid::mixed(cell.text()?)?);
                continue;
            }
            Role::Mac | Role::Hwid => return None,
            Role::Host => 0,
            Role::User => 1,
            Role::Note => 2,
        };
        if labels[label].is_none() {
            let text = cell.text().filter(|text| text.len() <= LABEL && is_clean(text))?;
            labels[label] = (!is_nothing(text)).then_some(text);
        }
    }
    if mac.is_none() && hwid.is_none() {
        return None;
    }
    let [host, user, note] = labels;
    Some(Row {
        macs: mac.map_or_else(Few::new, Few::one),
        read_as: hwid.as_ref().map(hwid_read_as).unwrap_or_default(),
        hwid,
        labels: Labels::new(host, user, note),
        line,
        capitals: 0,
    })
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use proptest::prelude::*;

    use super::*;
    use crate::intake::out::Out;
    use crate::intake::record::Record;
    use crate::model::{Found, IdMode};

    /// What `Record` makes of the row.
    fn with_record(cells: &[&str], roles: &[Option<Role>]) -> Vec<Found> {
        let mut record = Record::default();
        for (cell, role) in cells.iter().zip(roles) {
            if let Some(role) = role {
                record.cell(*role, (*cell).into());
            }
        }
        let mut found = Vec::new();
        let mut sink = |one| {
            found.push(one);
            ControlFlow::Continue(())
        };
        let mut progress = |_, _| ControlFlow::Continue(());
        let mut out = Out::new(IdMode::Mac, &mut sink, &mut progress);
        assert!(record.finish(7, b"", &[], "row", &mut out).is_ok());
        found
    }

    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "00:0c:29:[0-9a-f]{2}:[0-9A-F]{2}:[0-9a-f]{2}",
            1 => "(0|f|1){2}-00-00-00-00-0[01]",
            1 => "[0-9a-fA-F]{12}",
            4 => "[A-Z0-9]{5,17}",
            1 => "[a-z]{7}|[0-9]{7}|HWID:[a-z0-9]{8}|pending|n/a|NA|0|-|\"x\"|a\"b|ä+|\\PC{0,5}",
            3 => "LT-[0-9]{3}|user[0-9]|anna\\.smith| anna ||LT-1\u{a0}",
            1 => "[a-z]{190,210}",
        ]
    }

    fn role() -> impl Strategy<Value = Option<Role>> {
        let roles = [None, Some(Role::Mac), Some(Role::Hwid), Some(Role::Host), Some(Role::User), Some(Role::Note)];
        prop::sample::select(roles.to_vec())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn the_short_way_makes_what_the_long_way_makes(row in prop::collection::vec((cell(), role()), 1..6)) {
            let (cells, roles): (Vec<&str>, Vec<Option<Role>>) =
                row.iter().map(|(cell, role)| (cell.as_str(), *role)).unzip();
            // As a table has them: each at its place in a row, which is text as a whole or is not.
            let line = cells.join(",");
            for text in [Some(line.as_str()), None] {
                let mut start = 0;
                let placed = cells.iter().map(|cell| {
                    let place = start..start + cell.len();
                    start = place.end + 1;
                    Cell::of_row(line.as_bytes(), text, place)
                });
                if let Some(row) = plain(placed, &roles, 7) {
                    prop_assert_eq!(vec![Found::Row(row)], with_record(&cells, &roles));
                }
            }
        }
    }

    #[test]
    fn an_ordinary_row_goes_the_short_way() {
        let roles = [Some(Role::Mac), Some(Role::Hwid), None, Some(Role::Host), Some(Role::User)];
        let cells = ["00:0c:29:cd:c7:b2", "KZ60M9CW7L1L218D", "x", "LT-1", "anna.smith"];
        let row = plain(cells.into_iter().map(Cell::from), &roles, 7).unwrap();
        assert_eq!(vec![Found::Row(row)], with_record(&cells, &roles));
    }
}
