//! Spreadsheets: XLSX, XLSB, XLS and ODS, every sheet.

mod ods;

use std::io::{self, Cursor, Read};

use calamine::{Data, DataRef, ExcelDateTime, Reader, Sheets, Xlsx, open_workbook_auto_from_rs};

use super::input::Input;
use super::out::{Out, Step, Stop};
use super::table::{self, Columns, Ends, HEADER_ROWS};
use super::{IntakeError, Options, input};

/// As many rows are looked at to know what the columns hold.
const SAMPLE_ROWS: usize = 60;
/// Columns behind this one are not read: no inventory has as many.
const COLUMNS: u32 = 1024;

/// Whether the bytes are a ZIP archive or an OLE document, which spreadsheets are.
pub(super) fn is_one(sample: &[u8]) -> bool {
    sample.starts_with(b"PK\x03\x04") || sample.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
}

/// Reads every sheet. A row's line is its number in its sheet.
pub(super) fn read(input: Input, name: &str, options: &Options, out: &mut Out) -> Step {
    let failed = |sentence: String| Stop::Failed(IntakeError(sentence));
    let limit = options.max_unpacked;
    let mut bytes = Vec::new();
    let mut reader = input.into_reader().take(limit + 1);
    reader.read_to_end(&mut bytes).map_err(|error| Stop::Failed(input::broken(name, &error)))?;
    if bytes.len() as u64 > limit {
        return Err(Stop::Failed(input::too_large(name, limit)));
    }
    out.tick()?;
    if bytes.starts_with(b"PK") {
        check_size(&bytes, name, limit).map_err(Stop::Failed)?;
    }
    if ods::is_one(&bytes) {
        return ods::read(bytes, name, limit, out);
    }
    let mut sheets = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| failed(unopened(name, &error)))?;
    let names = sheets.sheet_names();
    for sheet in &names {
        let damaged = |error: &dyn std::fmt::Display| {
            failed(format!("sheet {sheet} of {name} cannot be read ({error}): export it as CSV"))
        };
        let mut rows = if names.len() > 1 { Rows::of(sheet) } else { Rows::default() };
        if let Sheets::Xlsx(workbook) = &mut sheets {
            stream(workbook, sheet, &mut rows, &damaged, out)?;
            continue;
        }
        out.lost_zeros = "if the sheet shows zeros in front, save it as XLSX or CSV";
        let range = sheets.worksheet_range(sheet).map_err(|error| damaged(&error))?;
        let first = range.start().map_or(0, |(row, _)| row);
        for (index, row) in range.rows().enumerate() {
            let cells = row.iter().take(COLUMNS as usize).map(shown).collect();
            rows.push(first + index as u32 + 1, cells, out)?;
        }
        rows.end(out)?;
    }
    Ok(())
}

/// Reads a sheet cell by cell: a cell far away from all others costs no memory for those between.
fn stream(
    workbook: &mut Xlsx<Cursor<Vec<u8>>>,
    sheet: &str,
    rows: &mut Rows,
    damaged: &dyn Fn(&dyn std::fmt::Display) -> Stop,
    out: &mut Out,
) -> Step {
    let mut cells = match workbook.worksheet_cells_reader(sheet) {
        Ok(cells) => cells,
        // A sheet of charts has no cells.
        Err(calamine::XlsxError::NotAWorksheet(_)) => return Ok(()),
        Err(error) => return Err(damaged(&error)),
    };
    let mut row: Vec<Vec<u8>> = Vec::new();
    let mut number = 0;
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(|error| damaged(&error))? {
        let (at, column) = cell.get_position();
        if at != number && !row.is_empty() {
            rows.push(number + 1, std::mem::take(&mut row), out)?;
        }
        number = at;
        if column < COLUMNS {
            row.resize(row.len().max(column as usize + 1), Vec::new());
            row[column as usize] = match cell.get_value() {
                DataRef::SharedString(text) => text.as_bytes().to_vec(),
                value => {
                    let format = cells.styles().get(style).and_then(|style| style.number_format.as_ref());
                    let zeros = format.and_then(|format| with_zeros(value, &format.format_code));
                    zeros.unwrap_or_else(|| shown(&Data::from(value.clone())))
                }
            };
        }
    }
    if !row.is_empty() {
        rows.push(number + 1, row, out)?;
    }
    rows.end(out)
}

/// The first rows wait until it is known what the columns hold; then rows are read as they come.
#[derive(Default)]
struct Rows {
    /// The sheet's name, until its first row comes.
    name: Option<String>,
    waiting: Vec<(u32, Vec<Vec<u8>>)>,
    columns: Option<Columns>,
}

impl Rows {
    /// The rows of the sheet of this name.
    fn of(name: &str) -> Self {
        // No program lets it be longer.
        Self { name: Some(name.chars().take(40).collect()), ..Self::default() }
    }

    fn push(&mut self, line: u32, cells: Vec<Vec<u8>>, out: &mut Out) -> Step {
        if let Some(name) = self.name.take() {
            out.sheet(&name)?;
        }
        if let Some(columns) = &self.columns {
            return table::row(cells.iter().map(Vec::as_slice), columns, line, out);
        }
        self.waiting.push((line, cells));
        if self.waiting.len() == SAMPLE_ROWS { self.release(out) } else { Ok(()) }
    }

    fn release(&mut self, out: &mut Out) -> Step {
        let waiting = std::mem::take(&mut self.waiting);
        let sample: Vec<Vec<&[u8]>> =
            waiting.iter().map(|(_, cells)| cells.iter().map(Vec::as_slice).collect()).collect();
        let columns = table::columns(&sample, out.mode, Ends::Unwritten).unwrap_or_else(|| table::only_column(&sample));
        for (index, (line, cells)) in waiting.iter().enumerate() {
            let cells = cells.iter().map(Vec::as_slice);
            if index < columns.header.min(HEADER_ROWS) {
                table::above(cells, *line, out)?;
            } else {
                table::row(cells, &columns, *line, out)?;
            }
        }
        self.columns = Some(columns);
        Ok(())
    }

    fn end(&mut self, out: &mut Out) -> Step {
        if self.columns.is_none() { self.release(out) } else { Ok(()) }
    }
}

/// A whole number as a format of zeros and separators shows it: `000000000000` and `00":"00":"00":"00":"00":"00` keep a
/// MAC's leading zeros. `None` for any other number or format.
fn with_zeros(value: &DataRef, code: &str) -> Option<Vec<u8>> {
    let number = match value {
        DataRef::Int(number) => *number as f64,
        DataRef::Float(number) => *number,
        _ => return None,
    };
    // What a spreadsheet's number holds exactly.
    if number < 0.0 || number.fract() != 0.0 || number >= 1e15 {
        return None;
    }
    let places = code.bytes().filter(|&byte| byte == b'0').count();
    let digits = format!("{number:0places$.0}").into_bytes();
    let mut digits = digits.as_slice();
    let (mut text, mut left, mut quoted) = (Vec::new(), places, false);
    let mut code = code.bytes();
    while let Some(byte) = code.next() {
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if !quoted => text.push(code.next()?),
            b'0' if !quoted => {
                // Digits for which there is no place stand before the first.
                left -= 1;
                let (head, tail) = digits.split_at(digits.len() - left);
                text.extend_from_slice(head);
                digits = tail;
            }
            b'-' | b':' | b' ' => text.push(byte),
            _ if quoted && byte != b'0' => text.push(byte),
            _ => return None,
        }
    }
    (places > 1).then_some(text)
}

/// The cell's text as it is shown, as far as it is known: number formats are not read in XLS and XLSB. Whole numbers
/// have no decimals: a MAC of decimal digits is a number to a spreadsheet.
fn shown(cell: &Data) -> Vec<u8> {
    match cell {
        Data::Empty | Data::Error(_) => Vec::new(),
        Data::String(text) => text.as_bytes().to_vec(),
        Data::DateTime(time) => shown_time(time).into_bytes(),
        value => {
            let number = match value {
                Data::Float(number) => Some(*number),
                Data::Int(number) => Some(*number as f64),
                _ => None,
            };
            number.and_then(with_exponent).unwrap_or_else(|| value.to_string()).into_bytes()
        }
    }
}

/// Twelve digits the last four of which are zeros, as a spreadsheet shows them: it may have made them of a MAC that it
/// took for a number, such as `0000012E0010`. Nobody can tell.
///
/// Of a number of more than fifteen digits a spreadsheet has not kept the others.
fn with_exponent(number: f64) -> Option<String> {
    let lost = (1e11..1e12).contains(&number) && number % 1e4 == 0.0;
    (lost || number >= 1e15).then(|| {
        let text = format!("{number:E}");
        let (digits, exponent) = text.split_once('E').unwrap_or((&text, "0"));
        format!("{}E+{exponent}", &digits[..digits.len().min(7)])
    })
}

/// A date or a time: the seconds only where there are some.
fn shown_time(time: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    let seconds = if second > 0 { format!(":{second:02}") } else { String::new() };
    let days = time.as_f64();
    if time.is_duration() {
        return format!("{}:{minute:02}{seconds}", days.trunc() * 24.0 + f64::from(hour));
    }
    let clock = format!("{hour:02}:{minute:02}{seconds}");
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (days < 1.0, days.fract() == 0.0) {
        (true, _) => clock,
        (false, true) => date,
        (false, false) => format!("{date} {clock}"),
    }
}

/// Unpacks every file of the archive to nowhere, for what its directory says of their sizes need not be true.
fn check_size(bytes: &[u8], name: &str, limit: u64) -> Result<(), IntakeError> {
    let damaged = |_| IntakeError(format!("{name} is damaged and cannot be unpacked: copy or export it again"));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut left = limit;
    for index in 0..archive.len() {
        // A file that cannot be unpacked is left to whoever needs it.
        let Ok(file) = archive.by_index(index) else { continue };
        let unpacked = io::copy(&mut file.take(left + 1), &mut io::sink()).unwrap_or(0);
        left = left.checked_sub(unpacked).ok_or_else(|| input::too_large(name, limit))?;
    }
    Ok(())
}

fn unopened(name: &str, error: &calamine::Error) -> String {
    let words = error.to_string();
    if words.to_lowercase().contains("password") || words.to_lowercase().contains("encrypt") {
        return protected(name);
    }
    format!("{name} is no spreadsheet that can be read: export it as XLSX, CSV or text")
}

fn protected(name: &str) -> String {
    format!("{name} is protected by a password: save it without one")
}
