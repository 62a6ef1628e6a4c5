//! Records to JSON, NDJSON, CSV and columns.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::{HistoryError, Layout};
use crate::commands::json as safe_json;
use crate::export::Format;
use crate::model::text::{cut, padded, visible};
use crate::zone;

/// How a record's columns give way, one step after the other, where they are wider than the terminal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Give {
    /// The column's texts are cut, down to so many cells.
    Cut(usize, usize),
    /// The column's times lose their year, where all of them are of this one.
    ThisYear(usize),
    /// The column goes.
    Drop(usize),
}

/// Cells between two columns.
const GAP: usize = 2;
/// `2026-` of a time.
const YEAR: usize = 5;

/// Something that is printed a line each.
pub(super) trait Record: Serialize {
    /// The header in CSV.
    const CELLS: &'static [&'static str];
    /// The header for people.
    const COLUMNS: &'static [&'static str];

    /// What gives way on a narrow terminal, first what matters least. What is not named here never does: a reason why
    /// goes on in the next row.
    const GIVE: &'static [Give];

    /// One cell a header, harmless to spreadsheets and terminals.
    fn cells(&self) -> Vec<String>;

    /// One cell a column, not yet made safe for a terminal.
    fn columns(&self) -> Vec<String>;
}

/// Prints records; in JSON they are one array. A table without any has no header.
pub(super) fn print<R: Record>(records: &[R], layout: &Layout, out: &mut dyn Write) -> Result<(), HistoryError> {
    match layout.format {
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
        Format::Table if records.is_empty() => Ok(()),
        Format::Table => {
            let rows = records.iter().map(|record| shown(&record.columns())).collect();
            let header = R::COLUMNS.iter().map(|&title| title.to_owned()).collect();
            let year = local(Timestamp::now()).chars().take(YEAR).collect();
            Ok(Table { header, rows, year }.print(layout.width.map(|width| (width, R::GIVE)), out)?)
        }
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

/// Cells that a terminal does not obey.
fn shown(cells: &[String]) -> Vec<String> {
    cells.iter().map(|cell| visible(cell).into_owned()).collect()
}

/// Columns for people.
struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    /// This year, as the times begin in it.
    year: String,
}

impl Table {
    /// Prints the columns; where a width is given they give way until they fit, as far as they may.
    fn print(mut self, narrow: Option<(usize, &[Give])>, out: &mut dyn Write) -> io::Result<()> {
        if let Some((width, steps)) = narrow {
            for &step in steps {
                let all = self.widths().iter().filter(|&&cells| cells > 0).map(|cells| cells + GAP).sum::<usize>();
                let over = all.saturating_sub(GAP + width);
                if over > 0 {
                    self.give(step, over);
                }
            }
        }
        let widths = self.widths();
        for row in std::iter::once(&self.header).chain(&self.rows) {
            let cells = row.iter().zip(&widths).filter(|(_, width)| **width > 0);
            let line: String = cells.map(|(cell, width)| padded(cell, width + GAP)).collect();
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// The widest cell of each column; 0 for one that is gone.
    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.header.iter().map(|title| title.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        widths
    }

    /// One step, for a table that is too wide by so many cells.
    fn give(&mut self, step: Give, over: usize) {
        match step {
            Give::Cut(column, least) => {
                let wanted = self.widths()[column].saturating_sub(over).max(least);
                self.change(column, |cell| *cell = cut(cell, wanted).into_owned());
            }
            Give::ThisYear(column) => {
                if self.rows.iter().all(|row| row[column].starts_with(&self.year)) {
                    self.rows.iter_mut().for_each(|row| drop(row[column].drain(..YEAR)));
                }
            }
            Give::Drop(column) => self.change(column, String::clear),
        }
    }

    fn change(&mut self, column: usize, change: impl Fn(&mut String)) {
        for row in std::iter::once(&mut self.header).chain(&mut self.rows) {
            change(&mut row[column]);
        }
    }
}

/// A time as a CSV cell.
pub(super) fn time(time: Option<Timestamp>) -> String {
    time.map(|time| time.to_string()).unwrap_or_default()
}

/// A time as people read it: this machine's time zone, to the minute.
pub(super) fn local(time: Timestamp) -> String {
    zone::local().to_datetime(time).strftime("%Y-%m-%d %H:%M").to_string()
}

/// An age as people say it: `5 h`, `3 d`.
pub(super) fn age(hours: i64) -> String {
    if hours < 48 { format!("{hours} h") } else { format!("{} d", hours / 24) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(width: Option<usize>) -> Vec<String> {
        printed_in("2026-", width)
    }

    fn printed_in(year: &str, width: Option<usize>) -> Vec<String> {
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        let table = Table {
            header: row(["RUN", "WHEN", "USER", "REASON"]),
            rows: vec![
                row(["7", "2026-03-01 09:30", "müller.日本", "a ticket with a long name"]),
                row(["123", "2026-03-01 09:31", "li", ""]),
            ],
            year: year.to_owned(),
        };
        let steps = [Give::Cut(3, 8), Give::ThisYear(1), Give::Cut(2, 4), Give::Drop(3)];
        let mut out = Vec::new();
        table.print(width.map(|width| (width, &steps[..])), &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_pipe_gets_everything() {
        assert_eq!(
            printed(None),
            [
                "RUN  WHEN              USER         REASON",
                "7    2026-03-01 09:30  müller.日本  a ticket with a long name",
                "123  2026-03-01 09:31  li",
            ]
        );
    }

    #[test]
    fn columns_give_way_in_their_order_and_no_more_than_needed() {
        assert_eq!(printed(Some(61)), printed(None));
        assert_eq!(printed(Some(50))[1], "7    2026-03-01 09:30  müller.日本  a ticket with…");
        assert_eq!(printed(Some(40))[1], "7    03-01 09:30  müller.日本  a ticke…");
        assert_eq!(printed(Some(36))[1], "7    03-01 09:30  müller.…  a ticke…");
        assert_eq!(printed(Some(24)), ["RUN  WHEN         USER", "7    03-01 09:30  mül…", "123  03-01 09:31  li"]);
        for width in 22..70 {
            assert!(printed(Some(width)).iter().all(|line| line.width() <= width), "{width}");
        }
        assert_eq!(printed_in("2027-", Some(40))[1], "7    2026-03-01 09:30  müller…  a ticke…", "another year stays");
    }
}
