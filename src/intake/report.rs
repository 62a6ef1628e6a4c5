//! What a load brought, in words.

use crate::model::text::{count, counted};
use crate::model::{IdMode, LoadReport};

/// `pasted: 37 devices, 2 duplicates, 1 unreadable (line 14)`; `wifi.csv: no device found` where there is nothing.
/// The name is not made safe for a terminal here.
#[must_use]
pub fn load_sentence(name: &str, report: &LoadReport) -> String {
    let unreadable = match (report.unreadable, report.first_unreadable_line) {
        (0, _) => None,
        (1, Some(line)) => Some(format!("1 unreadable (line {})", count(line as usize))),
        (number, Some(line)) => {
            Some(format!("{} unreadable (the first in line {})", count(number), count(line as usize)))
        }
        (number, None) => Some(format!("{} unreadable", count(number))),
    };
    let devices = match report.devices {
        0 if report.duplicates == 0 => Some("no device found".to_owned()),
        0 => Some("no new device".to_owned()),
        number => Some(counted(number, "device")),
    };
    let duplicates = (report.duplicates > 0).then(|| counted(report.duplicates, "duplicate"));
    let parts: Vec<String> = [devices, duplicates, unreadable].into_iter().flatten().collect();
    format!("{name}: {}", parts.join(", "))
}

/// The same, and where a list was read by MAC and brought nothing, `how` hardware ids are read: `after m`.
#[must_use]
pub fn load_sentence_with_hint(name: &str, report: &LoadReport, mode: IdMode, how: &str) -> String {
    let sentence = load_sentence(name, report);
    let nothing = *report == LoadReport::default() && mode == IdMode::Mac;
    if nothing { format!("{sentence}; hardware ids are read {how}") } else { sentence }
}

#[cfg(test)]
mod tests {
    use super::{load_sentence, load_sentence_with_hint};
    use crate::model::{IdMode, LoadReport};

    #[test]
    fn where_nothing_was_found_hardware_ids_are_thought_of() {
        let hint = |report: &LoadReport, mode| load_sentence_with_hint("pasted", report, mode, "after m");
        let nothing = LoadReport::default();
        assert_eq!(hint(&nothing, IdMode::Mac), "pasted: no device found; hardware ids are read after m");
        assert_eq!(hint(&nothing, IdMode::Hwid), "pasted: no device found");
        assert_eq!(hint(&LoadReport { devices: 1, ..nothing }, IdMode::Mac), "pasted: 1 device");
    }

    #[test]
    fn the_sentence_says_what_there_is() {
        let report = |devices, duplicates, unreadable, line| LoadReport {
            devices,
            duplicates,
            unreadable,
            first_unreadable_line: line,
        };
        for (report, words) in [
            (report(37, 2, 1, Some(14)), "pasted: 37 devices, 2 duplicates, 1 unreadable (line 14)"),
            (report(1, 1, 0, None), "pasted: 1 device, 1 duplicate"),
            (report(1_234_567, 0, 1000, Some(9)), "pasted: 1,234,567 devices, 1,000 unreadable (the first in line 9)"),
            (report(0, 3, 0, None), "pasted: no new device, 3 duplicates"),
            (report(0, 0, 2, Some(1)), "pasted: no device found, 2 unreadable (the first in line 1)"),
            (report(0, 0, 0, None), "pasted: no device found"),
        ] {
            assert_eq!(load_sentence("pasted", &report), words);
        }
    }
}
