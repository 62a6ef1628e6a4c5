//! A run in the words of tickets and chats: plain text, Markdown, and lines to paste into a table.

use std::fmt::Write as _;

use super::{DeviceReport, Result, RunReport};
use crate::model::text::{csv_cell, visible};

/// What did not succeed, in the order in which somebody has to act, with the words of a ticket.
const OPEN: [(Result, &str); 4] = [
    (Result::Failed, "Failed"),
    (Result::Unknown, "Unknown (the command may have run)"),
    (Result::NotSent, "Not sent"),
    (Result::Excluded, "Excluded"),
];

impl RunReport {
    /// Plain text made for a ticket: the sentence, then whatever did not succeed, by outcome, with the reason.
    #[must_use]
    pub fn ticket(&self) -> String {
        let mut text = format!("{}.\n", self.sentence());
        for (result, heading) in OPEN {
            let mut devices = self.with(result).peekable();
            if devices.peek().is_none() {
                continue;
            }
            let _ = writeln!(text, "\n{heading}:");
            for device in devices {
                let label =
                    if device.label.is_empty() { String::new() } else { format!(" {}", visible(&device.label)) };
                let why = device.detail.as_deref().map(|why| format!(": {}", visible(why))).unwrap_or_default();
                let _ = writeln!(text, "- {}{label}{why}", visible(device.name()));
            }
        }
        text
    }

    /// Markdown: the sentence and a table, what did not succeed first.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text =
            format!("**{}**\n\n| outcome | id | device | why |\n|---|---|---|---|\n", escaped(&self.sentence()));
        let order = OPEN.iter().map(|(result, _)| *result).chain([Result::Succeeded]);
        for device in order.flat_map(|result| self.with(result)) {
            let id = visible(device.name()).replace(['`', '|'], "'");
            let why = escaped(device.detail.as_deref().unwrap_or_default());
            let _ = writeln!(text, "| {} | `{id}` | {} | {why} |", device.outcome.shown(false), escaped(&device.label));
        }
        text
    }

    fn with(&self, result: Result) -> impl Iterator<Item = &DeviceReport> {
        self.devices.iter().filter(move |device| device.outcome == result)
    }
}

/// One line of a table that is pasted into a spreadsheet: cells behind tabs, none of them a formula.
#[must_use]
pub fn tabbed(cells: &[&str]) -> String {
    let mut line = cells.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join("\t");
    line.push('\n');
    line
}

/// A text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    for c in visible(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '!' | '&') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;

    #[test]
    fn a_ticket_says_what_matters() {
        let text = report().ticket();
        assert!(
            text.starts_with("run 42 exempt_all: 1 of 3 devices exempted, 1 failed, 1 unknown; 1 row excluded.\n"),
            "{text}"
        );
        assert!(text.contains("Failed:\n- 00:0c:29:cd:c7:b3 日本␛[31m: not found\n"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn markdown_shows_problems_first_and_obeys_nothing() {
        let text = report().markdown();
        let rows: Vec<&str> = text.lines().skip(4).collect();
        assert_eq!(rows[0], "| ✗ failed | `00:0c:29:cd:c7:b3` | 日本␛\\[31m | not found |");
        assert!(rows[1].starts_with("| ? unknown |") && rows[2].starts_with("| · excluded |"), "{text}");
        assert_eq!(rows[3], "| ✓ succeeded | `00:0c:29:cd:c7:b2` | =cmd\\|' /C calc'\\!A1 |  |");
        assert!(text.starts_with("**run 42 exempt\\_all: 1 of 3 devices exempted"), "{text}");
    }

    #[test]
    fn a_ticket_of_the_simulation_says_so_first() {
        let simulated = report().of_simulation(true);
        assert!(simulated.ticket().starts_with("SIMULATION, nothing real was sent: run 42 exempt_all: 1 of 3 devices"));
        assert!(simulated.markdown().starts_with("**SIMULATION, nothing real was sent: run 42"));
        assert!(!report().ticket().contains("SIMULATION"));
    }

    #[test]
    fn a_pasted_table_runs_no_formula() {
        assert_eq!(tabbed(&["00:0c:29:cd:c7:b2", "=1+1", "a\tb"]), "00:0c:29:cd:c7:b2\t'=1+1\ta b\n");
    }
}
