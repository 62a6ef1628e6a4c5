//! Records to JSON, NDJSON, CSV and columns.

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::HistoryError;
use crate::commands::Format;
use crate::commands::json as safe_json;
use crate::model::text::visible;

/// Something that is printed a line each.
pub(super) trait Record: Serialize {
    /// The header in CSV.
    const CELLS: &'static [&'static str];
    /// The header for people.
    const COLUMNS: &'static [&'static str];

    /// One cell a header, harmless to spreadsheets and terminals.
    fn cells(&self) -> Vec<String>;

    /// One cell a column, not yet made safe for a terminal.
    fn columns(&self) -> Vec<String>;
}

/// Prints records; in JSON they are one array.
pub(super) fn print<R: Record>(records: &[R], format: Format, out: &mut dyn Write) -> Result<(), HistoryError> {
    match format {
        Format::Json => json(records, out),
        Format::Ndjson => records.iter().try_for_each(|record| ndjson(record, out)),
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(R::CELLS)?;
            for record in records {
                csv.write_record(record.cells())?;
            }
            Ok(csv.flush()?)
        }
        Format::Table => Ok(table(out, R::COLUMNS, &records.iter().map(Record::columns).collect::<Vec<_>>())?),
    }
}

/// One JSON value, laid out for people as well.
pub(super) fn json(value: &(impl Serialize + ?Sized), out: &mut dyn Write) -> Result<(), HistoryError> {
    Ok(safe_json::pretty(out, value)?)
}

/// One JSON value on a line.
pub(super) fn ndjson(value: &impl Serialize, out: &mut dyn Write) -> Result<(), HistoryError> {
    safe_json::line(out, value)?;
    Ok(writeln!(out)?)
}

/// Columns for people; nothing in a cell reaches the terminal as a command.
fn table(out: &mut dyn Write, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let rows: Vec<Vec<Cow<'_, str>>> = rows.iter().map(|row| row.iter().map(|cell| visible(cell)).collect()).collect();
    let mut widths: Vec<usize> = header.iter().map(|title| title.width()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let header: Vec<Cow<'_, str>> = header.iter().map(|&title| title.into()).collect();
    for row in std::iter::once(&header).chain(&rows) {
        let mut line = String::new();
        for (cell, &width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A time as a CSV cell.
pub(super) fn time(time: Option<Timestamp>) -> String {
    time.map(|time| time.to_string()).unwrap_or_default()
}

/// A time as people read it: this machine's time zone, to the minute.
pub(super) fn local(time: Timestamp) -> String {
    TimeZone::system().to_datetime(time).strftime("%Y-%m-%d %H:%M").to_string()
}

/// An age as people say it: `5 h`, `3 d`.
pub(super) fn age(hours: i64) -> String {
    if hours < 48 { format!("{hours} h") } else { format!("{} d", hours / 24) }
}
