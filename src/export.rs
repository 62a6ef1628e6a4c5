//! A run's result as text for people, tickets, spreadsheets and programs.

pub mod json;
mod save;
mod sheet;
mod words;

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::model::text::{csv_cell, visible};
use crate::model::{Action, Excluded, IdMode, NewRun, Outcome, OutcomeKind, RunDevice, RunId};

pub use save::{Save, SaveError};
pub use words::tabbed;

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// One JSON value.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a header, harmless to spreadsheets.
    Csv,
}

/// What became of a row that was chosen: an outcome that nothing changes any more, or never sent for a reason of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "as the outcomes of the model")]
pub enum Result {
    Succeeded,
    Failed,
    Unknown,
    NotSent,
    /// It could not be sent: unreadable, a duplicate, no id of the mode.
    Excluded,
}

/// How a table looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Outcomes have their colour beside symbol and word.
    pub color: bool,
    /// Symbols are ASCII.
    pub ascii: bool,
}

/// How many rows have each result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "as the results")]
pub struct ResultCounts {
    pub succeeded: usize,
    pub failed: usize,
    pub unknown: usize,
    pub not_sent: usize,
    pub excluded: usize,
}

/// One row of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceReport {
    /// The id of the run's mode.
    pub id: Option<String>,
    /// `00:0c:29:cd:c7:b2`
    pub mac: Option<String>,
    /// The cloud's id.
    pub hwid: Option<String>,
    /// Host name, user and note.
    pub label: String,
    /// The file, paste or argument.
    pub source: String,
    /// 1-based.
    pub line: u32,
    /// What became of it.
    pub outcome: Result,
    /// Why, in plain words.
    pub detail: Option<String>,
}

/// A run and every row of it, as it is printed and saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// Its number.
    pub run: RunId,
    /// What was sent.
    pub action: Action,
    /// Which id was sent.
    pub id_mode: IdMode,
    /// How many of each.
    pub counts: ResultCounts,
    /// The devices in the order in which they were sent, then what was excluded.
    pub devices: Vec<DeviceReport>,
    /// Nothing real was sent; said only where it is so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub simulation: bool,
}

impl Result {
    /// The word in JSON and CSV.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotSent => "not_sent",
            Self::Excluded => "excluded",
        }
    }

    /// The symbol and the word of a table.
    fn shown(self, ascii: bool) -> &'static str {
        match self {
            Self::Succeeded if ascii => "+ succeeded",
            Self::Failed if ascii => "x failed",
            Self::NotSent if ascii => "- not sent",
            Self::Excluded if ascii => ". excluded",
            Self::Succeeded => "✓ succeeded",
            Self::Failed => "✗ failed",
            Self::Unknown => "? unknown",
            Self::NotSent => "– not sent",
            Self::Excluded => "· excluded",
        }
    }

    /// The number of the terminal's colour for it.
    fn color(self) -> &'static str {
        match self {
            Self::Succeeded => "32",
            Self::Failed => "31",
            Self::Unknown => "35",
            Self::NotSent => "33",
            Self::Excluded => "2",
        }
    }
}

impl From<OutcomeKind> for Result {
    /// What is still queued when a report is made was not sent, and what is in flight is unknown.
    fn from(kind: OutcomeKind) -> Self {
        match kind {
            OutcomeKind::Succeeded => Self::Succeeded,
            OutcomeKind::Failed => Self::Failed,
            OutcomeKind::Unknown | OutcomeKind::InFlight => Self::Unknown,
            OutcomeKind::NotSent | OutcomeKind::Queued => Self::NotSent,
        }
    }
}

impl ResultCounts {
    fn add(&mut self, result: Result) {
        match result {
            Result::Succeeded => self.succeeded += 1,
            Result::Failed => self.failed += 1,
            Result::Unknown => self.unknown += 1,
            Result::NotSent => self.not_sent += 1,
            Result::Excluded => self.excluded += 1,
        }
    }

    /// The devices that were to be sent.
    #[must_use]
    pub fn devices(&self) -> usize {
        self.succeeded + self.failed + self.unknown + self.not_sent
    }
}

impl DeviceReport {
    /// The columns of CSV, in the order of `cells`.
    const COLUMNS: [&'static str; 8] = ["id", "mac", "hwid", "label", "source", "line", "outcome", "detail"];

    fn new(device: &RunDevice, id_mode: IdMode, outcome: Result, detail: Option<String>) -> Self {
        Self {
            id: device.id(id_mode).map(|id| id.to_string()),
            mac: device.mac.map(|mac| mac.to_string()),
            hwid: device.hwid.as_ref().map(ToString::to_string),
            label: device.label.to_string(),
            source: device.source.to_string(),
            line: device.line,
            outcome,
            detail,
        }
    }

    fn excluded(row: &Excluded, id_mode: IdMode) -> Self {
        Self::new(&row.device, id_mode, Result::Excluded, Some(row.detail().into_owned()))
    }

    fn cells(&self) -> [String; 8] {
        let safe = |text: &Option<String>| csv_cell(text.as_deref().unwrap_or_default());
        [
            safe(&self.id),
            safe(&self.mac),
            safe(&self.hwid),
            csv_cell(&self.label),
            csv_cell(&self.source),
            self.line.to_string(),
            self.outcome.name().into(),
            safe(&self.detail),
        ]
    }

    /// The id, or what stood in its place.
    fn name(&self) -> &str {
        self.id.as_deref().or(self.mac.as_deref()).or(self.hwid.as_deref()).unwrap_or("–")
    }
}

impl RunReport {
    /// The report of a run; one outcome a device of the run.
    #[must_use]
    pub fn new(run: RunId, new: &NewRun, outcomes: &[Outcome]) -> Self {
        let sent = new.devices.iter().zip(outcomes).map(|(device, outcome)| {
            DeviceReport::new(device, new.id_mode, outcome.kind.into(), outcome.detail.as_deref().map(str::to_owned))
        });
        let excluded = new.excluded.iter().map(|row| DeviceReport::excluded(row, new.id_mode));
        let devices: Vec<DeviceReport> = sent.chain(excluded).collect();
        let mut counts = ResultCounts::default();
        for device in &devices {
            counts.add(device.outcome);
        }
        Self { run, action: new.action, id_mode: new.id_mode, counts, devices, simulation: false }
    }

    /// The same, said to be of the simulation or not.
    #[must_use]
    pub fn of_simulation(self, simulation: bool) -> Self {
        Self { simulation, ..self }
    }

    /// Writes the report; `look` is for the table alone.
    pub fn write(&self, format: Format, look: Look, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Table => self.table(look, out),
            Format::Json => json::pretty(out, self),
            Format::Ndjson => self.devices.iter().try_for_each(|device| {
                json::line(out, device)?;
                writeln!(out)
            }),
            Format::Csv => self.csv(out, &mut || Ok(())),
        }
    }

    fn csv(&self, out: &mut dyn Write, row_done: &mut dyn FnMut() -> io::Result<()>) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(DeviceReport::COLUMNS)?;
        for device in &self.devices {
            writer.write_record(device.cells())?;
            row_done()?;
        }
        writer.flush()
    }

    fn table(&self, look: Look, out: &mut dyn Write) -> io::Result<()> {
        let rows: Vec<[String; 4]> = self
            .devices
            .iter()
            .map(|device| {
                let place = format!("{}:{}", device.source, device.line);
                let detail = device.detail.as_deref().unwrap_or_default();
                [device.name(), &device.label, &place, detail].map(|cell| visible(cell).into_owned())
            })
            .collect();
        let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2)];
        for (device, row) in self.devices.iter().zip(&rows) {
            let word = device.outcome.shown(look.ascii);
            let pad = " ".repeat(11_usize.saturating_sub(word.width()));
            let (on, off) =
                if look.color { (format!("\x1b[{}m", device.outcome.color()), "\x1b[0m") } else { (String::new(), "") };
            let cells =
                (0..3).map(|column| format!("  {}{}", row[column], " ".repeat(widths[column] - row[column].width())));
            let line = format!("{pad}{}  {}", cells.collect::<String>(), row[3]);
            writeln!(out, "{on}{word}{off}{}", line.trim_end())?;
        }
        Ok(())
    }

    /// One sentence: `run 42 exempt_all: 38 of 40 devices exempted, 1 failed, 1 unknown; 3 rows excluded`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let ResultCounts { succeeded, failed, unknown, not_sent, excluded } = self.counts;
        let devices = self.counts.devices();
        let plural = if devices == 1 { "" } else { "s" };
        // A ticket is read where nobody sees the console's header.
        let mut text = String::from(if self.simulation { "SIMULATION, nothing real was sent: " } else { "" });
        let _ = write!(
            text,
            "run {} {}: {succeeded} of {devices} device{plural} {}",
            self.run,
            self.action,
            self.action.done()
        );
        for (count, word) in [(failed, "failed"), (unknown, "unknown"), (not_sent, "not sent")] {
            if count > 0 {
                let _ = write!(text, ", {count} {word}");
            }
        }
        if excluded > 0 {
            let _ = write!(text, "; {excluded} row{} excluded", if excluded == 1 { "" } else { "s" });
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn device(mac: Option<&str>, label: &str) -> RunDevice {
        RunDevice {
            mac: mac.map(|mac| mac.parse().unwrap()),
            hwid: None,
            label: label.into(),
            source: "a.csv".into(),
            line: 2,
        }
    }

    pub(super) fn report() -> RunReport {
        let run = NewRun {
            action: Action::ExemptAll,
            id_mode: IdMode::Mac,
            devices: [
                device(Some("00:0c:29:cd:c7:b2"), "=cmd|' /C calc'!A1"),
                device(Some("00:0c:29:cd:c7:b3"), "日本\u{1b}[31m"),
                device(Some("00:0c:29:cd:c7:b4"), ""),
            ]
            .into(),
            excluded: [Excluded {
                device: device(None, "PC"),
                text: "0\u{7}0".into(),
                why: "not a MAC address".into(),
            }]
            .into(),
            reason: None,
        };
        let outcomes = [
            Outcome::plain(OutcomeKind::Succeeded),
            Outcome::because(OutcomeKind::Failed, "not found"),
            Outcome::plain(OutcomeKind::InFlight),
        ];
        RunReport::new(RunId(42), &run, &outcomes)
    }

    fn written(format: Format) -> String {
        let mut bytes = Vec::new();
        report().write(format, Look::default(), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_has_the_documented_shape() {
        let value: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
        assert_eq!(value["counts"], json!({"succeeded": 1, "failed": 1, "unknown": 1, "not_sent": 0, "excluded": 1}));
        assert_eq!(
            (&value["run"], &value["action"], &value["id_mode"]),
            (&json!(42), &json!("exempt_all"), &json!("mac"))
        );
        let keys: Vec<_> = value.as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 5);
        assert_eq!(
            value["devices"][1],
            json!({"id": "00:0c:29:cd:c7:b3", "mac": "00:0c:29:cd:c7:b3", "hwid": null, "label": "日本\u{1b}[31m",
                   "source": "a.csv", "line": 2, "outcome": "failed", "detail": "not found"})
        );
        assert_eq!(value["devices"][3]["detail"], "not a MAC address: “0␇0”");
        let lines: Vec<serde_json::Value> =
            written(Format::Ndjson).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(json!(lines), value["devices"]);
    }

    #[test]
    fn csv_is_harmless() {
        let text = written(Format::Csv);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap(), DeviceReport::COLUMNS.as_slice());
        let labels: Vec<String> = reader.records().map(|row| row.unwrap()[3].to_owned()).collect();
        assert_eq!(labels[0], "'=cmd|' /C calc'!A1");
        assert_eq!(labels[1], "日本␛[31m");
        assert!(!text.contains('\u{1b}'));
        assert_eq!(labels.len(), 4);
    }

    #[test]
    fn a_table_is_aligned_and_obeys_nothing() {
        let text = written(Format::Table);
        assert!(!text.contains('\u{1b}') && text.contains("日本␛[31m"));
        let places: Vec<usize> = text.lines().map(|line| line[..line.find("a.csv:2").unwrap()].width()).collect();
        assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
        let mut colored = Vec::new();
        report().write(Format::Table, Look { color: true, ascii: false }, &mut colored).unwrap();
        assert!(String::from_utf8(colored).unwrap().starts_with("\u{1b}[32m✓ succeeded\u{1b}[0m"));
    }
}
