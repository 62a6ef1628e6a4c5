//! A run as an Excel workbook: the devices, and the run itself.

use std::io::{Seek, Write};

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::{DeviceReport, RunReport};
use crate::model::text::visible;

/// The columns of the devices, each with its width in characters.
const COLUMNS: [(&str, f64); 8] = [
    ("outcome", 12.0),
    ("id", 20.0),
    ("label", 32.0),
    ("detail", 48.0),
    ("mac", 18.0),
    ("hwid", 26.0),
    ("source", 20.0),
    ("line", 8.0),
];

/// The most rows of a sheet of Excel, the heading among them.
const MAX_ROWS: usize = 1_048_576;

/// Writes the workbook. `row_done` hears of every row, and says whether to go on.
pub(super) fn write(
    report: &RunReport,
    out: impl Write + Seek + Send,
    row_done: &mut dyn FnMut() -> std::io::Result<()>,
) -> std::io::Result<()> {
    if report.devices.len() >= MAX_ROWS {
        return Err(std::io::Error::other("a sheet of Excel has 1,048,576 rows: save it as CSV"));
    }
    let failed = |error: XlsxError| match error {
        XlsxError::IoError(error) => error,
        other => std::io::Error::other(other.to_string()),
    };
    let mut workbook = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = workbook.add_worksheet().set_name("Devices").map_err(failed)?;
    for (column, (name, width)) in (0..).zip(COLUMNS) {
        sheet.write_string_with_format(0, column, name, &bold).map_err(failed)?;
        sheet.set_column_width(column, width).map_err(failed)?;
    }
    for (row, device) in (1..).zip(&report.devices) {
        // Written as strings: a workbook runs no formula from them.
        for (column, cell) in (0..).zip(cells(device)) {
            if !cell.is_empty() {
                sheet.write_string(row, column, visible(cell)).map_err(failed)?;
            }
        }
        sheet.write_number(row, 7, device.line).map_err(failed)?;
        row_done()?;
    }
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    sheet.autofilter(0, 0, report.devices.len() as u32, COLUMNS.len() as u16 - 1).map_err(failed)?;
    let facts = workbook.add_worksheet().set_name("Run").map_err(failed)?;
    facts.set_column_width(0, 14).map_err(failed)?;
    let numbers = report.counts;
    facts.write_string_with_format(0, 0, report.sentence(), &bold).map_err(failed)?;
    facts
        .write_string(1, 0, "action")
        .and_then(|sheet| sheet.write_string(1, 1, report.action.name()))
        .map_err(failed)?;
    facts
        .write_string(2, 0, "sent by")
        .and_then(|sheet| sheet.write_string(2, 1, report.id_mode.name()))
        .map_err(failed)?;
    let counts = [
        ("succeeded", numbers.succeeded),
        ("failed", numbers.failed),
        ("unknown", numbers.unknown),
        ("not sent", numbers.not_sent),
        ("excluded", numbers.excluded),
    ];
    for (row, (word, number)) in (3..).zip(counts) {
        facts.write_string(row, 0, word).and_then(|sheet| sheet.write_number(row, 1, number as f64)).map_err(failed)?;
    }
    workbook.save_to_writer(out).map_err(failed)
}

/// The cells in the order of the columns, without the line.
fn cells(device: &DeviceReport) -> [&str; 7] {
    let [id, detail, mac, hwid] =
        [&device.id, &device.detail, &device.mac, &device.hwid].map(|cell| cell.as_deref().unwrap_or_default());
    [device.outcome.name(), id, &device.label, detail, mac, hwid, &device.source]
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader as _, Xlsx};

    use super::super::tests::report;
    use super::*;

    #[test]
    fn a_workbook_holds_every_row_as_text() {
        let mut bytes = Cursor::new(Vec::new());
        let mut rows = 0;
        write(&report(), &mut bytes, &mut || {
            rows += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(rows, 4);
        let mut book = Xlsx::new(bytes).unwrap();
        let sheet = book.worksheet_range("Devices").unwrap();
        assert_eq!(sheet.height(), 5);
        assert_eq!(sheet.get_value((1, 2)), Some(&Data::String("=cmd|' /C calc'!A1".into())));
        assert_eq!(sheet.get_value((2, 0)), Some(&Data::String("failed".into())));
        assert_eq!(book.worksheet_formula("Devices").unwrap().used_cells().count(), 0);
        let run = book.worksheet_range("Run").unwrap();
        assert!(run.get_value((0, 0)).unwrap().to_string().starts_with("run 42 exempt_all: 1 of 3"));
    }
}
