//! `OpenDocument` sheets: the text that each cell shows stands beside its value.

use std::io::{BufRead, BufReader, Cursor, Read};

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;

use super::{COLUMNS, Rows};
use crate::intake::IntakeError;
use crate::intake::fold::fold;
use crate::intake::out::{Out, Step, Stop};
use crate::intake::{input, scan};

/// What the archive's file `mimetype` begins with, where it is one of these sheets or a template of one.
const KIND: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";
/// A row that is filled down is handed over as often at the most; a cell that is repeated fills the columns.
const REPEATS: u32 = 1000;

/// Whether the archive is one of these sheets.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return false };
    let mut kind = [0; KIND.len()];
    archive.by_name("mimetype").is_ok_and(|mut file| file.read_exact(&mut kind).is_ok()) && kind == KIND
}

/// Reads every sheet, row by row. What is repeated counts as often as it is read: `limit` bytes are the most.
pub(super) fn read(bytes: Vec<u8>, name: &str, limit: u64, out: &mut Out) -> Step {
    let failed = |why: &dyn std::fmt::Display| {
        Stop::Failed(IntakeError(format!("{name} cannot be read ({why}): export it as CSV")))
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| failed(&error))?;
    if is_encrypted(&mut archive) {
        return Err(Stop::Failed(IntakeError(super::protected(name))));
    }
    let content = archive.by_name("content.xml").map_err(|error| failed(&error))?;
    let mut sheet = Sheet { name, limit, ..Sheet::default() };
    let mut reader = Reader::from_reader(BufReader::new(content));
    sheet.read(&mut reader, &failed, out)
}

fn is_encrypted(archive: &mut ZipArchive<Cursor<Vec<u8>>>) -> bool {
    let mut manifest = Vec::new();
    let read = archive.by_name("META-INF/manifest.xml").map(|mut file| file.read_to_end(&mut manifest));
    read.is_ok() && memchr::memmem::find(&manifest, b"encryption-data").is_some()
}

/// What is known of the place in the document.
#[derive(Default)]
struct Sheet<'a> {
    /// The file's.
    name: &'a str,
    /// The most bytes that it may unpack to, and those that it came to so far: of each cell its text and a separator.
    limit: u64,
    unpacked: u64,
    rows: Rows,
    /// Rows of the sheet so far.
    line: u32,
    row: Vec<Vec<u8>>,
    /// How often the row and the cell stand there.
    row_times: u32,
    cell_times: u32,
    /// The cell's number, where it holds one.
    number: Option<f64>,
    text: String,
    in_cell: bool,
    /// How deep in something that only hangs on the cell: a remark, a drawing.
    aside: u32,
}

impl Sheet<'_> {
    fn read<R: BufRead>(
        &mut self,
        reader: &mut Reader<R>,
        failed: &dyn Fn(&dyn std::fmt::Display) -> Stop,
        out: &mut Out,
    ) -> Step {
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer).map_err(|error| failed(&error))? {
                Event::Start(element) => self.begin(&element)?,
                Event::Empty(element) => {
                    self.begin(&element)?;
                    self.end(element.name().as_ref(), out)?;
                }
                Event::End(element) => self.end(element.name().as_ref(), out)?,
                Event::Text(text) if self.takes_text() => {
                    self.text.push_str(&text.xml_content(XmlVersion::Implicit1_0));
                }
                Event::GeneralRef(name) if self.takes_text() => match name.resolve_char_ref().ok().flatten() {
                    Some(character) => self.text.push(character),
                    None => self.text.push_str(resolve_xml_entity(&name).unwrap_or_default()),
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn takes_text(&self) -> bool {
        self.in_cell && self.aside == 0
    }

    /// Counts bytes that are about to be there, so many times: a few in the file can stand for any number.
    fn unpack(&mut self, bytes: usize, times: u32) -> Step {
        self.unpacked = self.unpacked.saturating_add((bytes as u64).saturating_mul(times.into()));
        if self.unpacked > self.limit { Err(self.too_large()) } else { Ok(()) }
    }

    fn too_large(&self) -> Stop {
        Stop::Failed(input::too_large(self.name, self.limit))
    }

    fn begin(&mut self, element: &BytesStart) -> Step {
        if self.aside > 0 || is_aside(element.name().as_ref()) {
            self.aside += 1;
            return Ok(());
        }
        match element.name().as_ref() {
            "table:table" => {
                self.line = 0;
                self.rows = Rows::of(&attribute(element, "table:name").unwrap_or_default());
            }
            "table:table-row" => self.row_times = times(element, "table:number-rows-repeated"),
            "table:table-cell" | "table:covered-table-cell" => {
                self.cell_times = times(element, "table:number-columns-repeated");
                self.number = attribute(element, "office:value").and_then(|value| value.parse().ok());
                self.text.clear();
                self.in_cell = true;
            }
            "text:p" if !self.text.is_empty() => self.text.push('\n'),
            "text:s" => {
                let count = times(element, "text:c").min(REPEATS) as usize;
                self.text.extend(std::iter::repeat_n(' ', count));
                if self.text.len() as u64 > self.limit {
                    return Err(self.too_large());
                }
            }
            "text:ta" => self.text.push('\t'),
            "text:line-break" => self.text.push('\n'),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, element: &str, out: &mut Out) -> Step {
        if self.aside > 0 {
            self.aside -= 1;
            return Ok(());
        }
        match element {
            "table:table-cell" | "table:covered-table-cell" => {
                self.in_cell = false;
                let cell = shown(self.number, &self.text);
                let before = self.row.len() as u32;
                let columns = before.saturating_add(self.cell_times).min(COLUMNS);
                self.unpack(cell.len(), columns.saturating_sub(before))?;
                self.row.resize(columns as usize, cell);
            }
            "table:table-row" => {
                let mut row = std::mem::take(&mut self.row);
                let filled = row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
                row.truncate(filled);
                let times = if filled == 0 { 0 } else { self.row_times.min(REPEATS) };
                self.unpack(filled, times)?;
                self.unpack(row.iter().map(Vec::len).sum(), times.saturating_sub(1))?;
                for line in 1..=times {
                    self.rows.push(self.line.saturating_add(line), row.clone(), out)?;
                }
                self.line = self.line.saturating_add(self.row_times);
            }
            "table:table" => std::mem::take(&mut self.rows).end(out)?,
            _ => {}
        }
        Ok(())
    }
}

/// Whether what is in the element is no part of the cell's text.
fn is_aside(element: &str) -> bool {
    matches!(element, "office:annotation" | "table:shapes" | "table:tracked-changes" | "text:ruby-text")
        || element.starts_with("draw:")
}

fn attribute(element: &BytesStart, name: &str) -> Option<String> {
    let found = element.try_get_attribute(name).ok()??;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}

fn times(element: &BytesStart, name: &str) -> u32 {
    attribute(element, name).and_then(|value| value.parse().ok()).unwrap_or(1)
}

/// The text of a cell: of a number what it shows, where that is the same number with zeros in front or written as a
/// MAC; else its digits, for it may show `202,233,445,566` or `2.02E+11`.
fn shown(number: Option<f64>, text: &str) -> Vec<u8> {
    let Some(number) = number.filter(|number| number.fract() == 0.0 && (0.0..1e15).contains(number)) else {
        return text.trim().as_bytes().to_vec();
    };
    if let Some(text) = super::with_exponent(number) {
        return text.into_bytes();
    }
    let digits = format!("{number:.0}");
    let all: String = text.chars().filter(char::is_ascii_digit).collect();
    let same = all.len() >= digits.len() && all.trim_start_matches('0') == digits.trim_start_matches('0');
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if same && (plain || scan::whole(&fold(text.as_bytes())).is_some()) {
        text.as_bytes().to_vec()
    } else {
        digits.into()
    }
}
