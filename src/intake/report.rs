//! What a load brought, in words.

use crate::model::LoadReport;
use crate::model::text::{count, counted};

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

#[cfg(test)]
mod tests {
    use super::load_sentence;
    use crate::model::LoadReport;

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
