//! The records of a table's text, one after another, without faith in its quotation marks.
//!
//! A mark that is opened and never closed makes one cell of all rows behind it. So a record of several lines is one
//! only if none of its later lines is a row of its own; else its first line is read without quoting, and the others
//! each alone. That needs the lines of one record in memory, at most `RECORD` bytes and `LINES` lines of them.

use std::io::{self, Read};
use std::ops::Range;

use csv_core::ReadRecordResult;

use super::cut::cut;
use super::{Columns, cell_is_id};
use crate::intake::cell::Cell;
use crate::intake::header::Role;

/// A record of more lines has a mark that was never closed.
const LINES: usize = 200;
/// The longest record, in bytes; longer lines are cut between two cells.
const RECORD: usize = 1 << 20;
/// How much is read at a time, in bytes.
const BLOCK: usize = 256 * 1024;

/// One record.
pub(super) struct Record<'a> {
    /// Its first line, 1-based.
    pub line: u32,
    pub cells: Cells<'a>,
    /// The first line as it stands there, where a mark is opened in it and never closed.
    pub unclosed: Option<&'a [u8]>,
}

/// The cells of a record.
#[derive(Clone)]
pub(super) struct Cells<'a> {
    row: &'a [u8],
    /// The same as text, if it is UTF-8.
    text: Option<&'a str>,
    /// Where each cell stands.
    places: std::slice::Iter<'a, Range<usize>>,
}

impl<'a> Cells<'a> {
    fn new(row: &'a [u8], places: &'a [Range<usize>]) -> Self {
        Self { row, text: str::from_utf8(row).ok(), places: places.iter() }
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = Cell<'a>;

    fn next(&mut self) -> Option<Cell<'a>> {
        Some(Cell::of_row(self.row, self.text, self.places.next()?.clone()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.places.size_hint()
    }
}

/// A line, by offsets from the first byte that is not yet read.
#[derive(Clone, Copy)]
struct Line {
    end: usize,
    /// Behind its end's mark.
    next: usize,
    /// Whether a line of the file ends here, and not a lone CR or a part of a line.
    counts: bool,
}

/// What a mark that the first line leaves open leads to.
enum Ahead {
    /// A record of so many bytes and line ends.
    Record { bytes: usize, breaks: u32 },
    /// It is never closed: so many lines behind the first are to be read each alone.
    Alone(usize),
}

/// Cuts a text into records.
pub(super) struct Records<'a> {
    input: &'a mut dyn Read,
    delimiter: u8,
    columns: &'a Columns,
    buffer: Vec<u8>,
    /// What of the buffer is not yet read.
    start: usize,
    filled: usize,
    ended: bool,
    /// The line that begins at `start`.
    line: u32,
    /// How many lines from there are to be read each alone.
    alone: usize,
    parser: csv_core::Reader,
    /// The cells of a record with marks, and how much of both is used.
    text: Vec<u8>,
    ends: Vec<usize>,
    used: (usize, usize),
    /// Where the cells of a record stand in its line, or in `text`.
    places: Vec<Range<usize>>,
}

impl<'a> Records<'a> {
    pub fn new(input: &'a mut dyn Read, delimiter: u8, columns: &'a Columns) -> Self {
        Self {
            input,
            delimiter,
            columns,
            buffer: Vec::new(),
            start: 0,
            filled: 0,
            ended: false,
            line: 1,
            alone: 0,
            parser: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            text: Vec::new(),
            ends: Vec::new(),
            used: (0, 0),
            places: Vec::new(),
        }
    }

    /// The next record; empty lines are none.
    pub fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        loop {
            let Some(first) = self.line_at(0)? else { return Ok(None) };
            let alone = self.alone > 0;
            self.alone -= usize::from(alone);
            if first.end == 0 {
                self.consume(first.next, u32::from(first.counts));
                continue;
            }
            let line = &self.buffer[self.start..self.start + first.end];
            if cut(line, self.delimiter, self.columns.roles.len(), &mut self.places) {
                return Ok(Some(self.taken(first, false)));
            }
            self.forget();
            if self.feed(0, first.end) {
                if self.hides_an_id(first.end) {
                    return Ok(Some(self.plain(first, true)));
                }
                return Ok(Some(self.parsed(first.next, u32::from(first.counts))));
            }
            if alone {
                return Ok(Some(self.plain(first, false)));
            }
            return Ok(Some(match self.ahead(first)? {
                Ahead::Record { bytes, breaks } => self.parsed(bytes, breaks),
                Ahead::Alone(lines) => {
                    self.alone = lines;
                    self.plain(first, true)
                }
            }));
        }
    }

    /// Reads on behind a line that leaves a mark open.
    fn ahead(&mut self, first: Line) -> io::Result<Ahead> {
        let width = self.columns.roles.len();
        let delimiter = self.delimiter;
        let even = |line: &[u8]| memchr::memchr_iter(delimiter, line).count() + 1 == width;
        // A first line that is no row by itself was cut by its mark: where the first cell has a line break, its last line
        // looks like a row.
        let whole = even(self.bytes(0, first.end)) && self.holds_id(self.bytes(0, first.end));
        let (mut at, mut lines, mut breaks) = (first.next, 1, u32::from(first.counts));
        // Whether a later line is surely a row, and whether one may be.
        let (mut surely, mut maybe) = (false, false);
        loop {
            let line = self.line_at(at)?.filter(|line| lines < LINES && at + line.end <= RECORD);
            let Some(line) = line else { return Ok(Ahead::Alone(lines - 1)) };
            let (start, end) = (at, at + line.end);
            let closed = self.feed(start, end);
            let text = self.bytes(start, end);
            let even = even(text);
            let id = self.holds_id(text);
            surely |= even && id;
            maybe |= even || id;
            if !closed && whole && even && id {
                // The row begins a record of its own.
                return Ok(Ahead::Alone(lines - 1));
            }
            if closed {
                let sound = self.used.1 == width && ends_well(text, self.delimiter);
                let row = if sound { surely && whole && !self.lists_ids() } else { maybe };
                let (bytes, breaks) = (at + line.next, breaks + u32::from(line.counts));
                return Ok(if row { Ahead::Alone(lines) } else { Ahead::Record { bytes, breaks } });
            }
            at += line.next;
            lines += 1;
            breaks += u32::from(line.counts);
        }
    }

    /// Whether the line, without quoting, has an id where an id belongs.
    fn holds_id(&self, line: &[u8]) -> bool {
        let cells = line.split(|&byte| byte == self.delimiter);
        cells.zip(&self.columns.roles).any(|(cell, role)| cell_is_id(cell, *role))
    }

    /// Whether the marks of this one line leave no id in its place, which is there without them: `"LT-1,"00:0c:...`.
    fn hides_an_id(&self, end: usize) -> bool {
        let (line, roles) = (self.bytes(0, end), &self.columns.roles);
        let cells = self.parsed_cells();
        self.used.1 != roles.len()
            && memchr::memchr_iter(self.delimiter, line).count() + 1 == roles.len()
            && !cells.zip(roles).any(|(cell, role)| cell_is_id(cell.bytes, *role))
            && self.holds_id(line)
    }

    /// Whether the cells with line breaks hold nothing but a list of ids, one a line.
    fn lists_ids(&self) -> bool {
        self.parsed_cells().zip(&self.columns.roles).filter(|(cell, _)| cell.bytes.contains(&b'\n')).all(
            |(cell, role)| {
                matches!(role, Some(Role::Mac | Role::Hwid)) && memchr::memchr(self.delimiter, cell.bytes).is_none()
            },
        )
    }

    fn forget(&mut self) {
        self.parser.reset();
        self.used = (0, 0);
    }

    /// Parses one more line of a record; whether the record ends with it.
    fn feed(&mut self, start: usize, end: usize) -> bool {
        let line = &self.buffer[self.start + start..self.start + end];
        // An empty line is no input: the parser would take that for the end of all.
        for mut input in [line, b"\n"].into_iter().filter(|input| !input.is_empty()) {
            loop {
                let (text, ends) = self.used;
                self.text.resize(self.text.len().max(text + input.len()), 0);
                let (result, read, written, ended) =
                    self.parser.read_record(input, &mut self.text[text..], &mut self.ends[ends..]);
                self.used = (text + written, ends + ended);
                input = &input[read..];
                match result {
                    ReadRecordResult::Record => {
                        let mut at = 0;
                        self.places.clear();
                        self.places
                            .extend(self.ends[..self.used.1].iter().map(|&end| std::mem::replace(&mut at, end)..end));
                        return true;
                    }
                    ReadRecordResult::InputEmpty | ReadRecordResult::End => break,
                    ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2 + 64, 0),
                    ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2 + 64, 0),
                }
            }
        }
        false
    }

    /// The record that was parsed.
    fn parsed(&mut self, bytes: usize, breaks: u32) -> Record<'_> {
        let line = self.line;
        self.consume(bytes, breaks);
        Record { line, cells: self.parsed_cells(), unclosed: None }
    }

    fn parsed_cells(&self) -> Cells<'_> {
        Cells::new(&self.text[..self.used.0], &self.places)
    }

    /// The line as a record in which marks mean nothing.
    fn plain(&mut self, first: Line, unclosed: bool) -> Record<'_> {
        let text = &self.buffer[self.start..self.start + first.end];
        let mut at = 0;
        self.places.clear();
        for end in memchr::memchr_iter(self.delimiter, text).chain([first.end]) {
            self.places.push(at..end);
            at = end + 1;
        }
        self.taken(first, unclosed)
    }

    /// The line whose cells were found as a record.
    fn taken(&mut self, first: Line, unclosed: bool) -> Record<'_> {
        let (line, start) = (self.line, self.start);
        self.consume(first.next, u32::from(first.counts));
        let text = &self.buffer[start..start + first.end];
        let cells = Cells::new(text, &self.places);
        Record { line, cells, unclosed: unclosed.then_some(text) }
    }

    fn consume(&mut self, bytes: usize, breaks: u32) {
        self.start += bytes;
        self.line += breaks;
    }

    fn bytes(&self, start: usize, end: usize) -> &[u8] {
        &self.buffer[self.start + start..self.start + end]
    }

    /// The line that begins `at` bytes behind the start; `None` at the end of the text.
    fn line_at(&mut self, at: usize) -> io::Result<Option<Line>> {
        let mut searched = at;
        loop {
            let unread = &self.buffer[self.start..self.filled];
            let mark = memchr::memchr2(b'\n', b'\r', &unread[searched..]).map(|mark| searched + mark);
            match mark {
                // CR may be the first half of CR LF.
                Some(mark) if unread[mark] == b'\n' || mark + 1 < unread.len() || self.ended => {
                    let pair = unread[mark] == b'\r' && unread.get(mark + 1) == Some(&b'\n');
                    let counts = pair || unread[mark] == b'\n';
                    return Ok(Some(Line { end: mark - at, next: mark - at + 1 + usize::from(pair), counts }));
                }
                None if self.ended => {
                    let end = unread.len() - at;
                    return Ok((end > 0).then_some(Line { end, next: end, counts: false }));
                }
                None if unread.len() - at > RECORD => {
                    let end = memchr::memrchr(self.delimiter, &unread[at..]).filter(|&end| end > 0);
                    let next = end.map_or(unread.len() - at, |end| end + 1);
                    return Ok(Some(Line { end: end.unwrap_or(next), next, counts: false }));
                }
                Some(mark) => searched = mark,
                None => searched = unread.len(),
            }
            self.fill()?;
        }
    }

    /// Reads more behind what is not yet read.
    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.start = 0;
        }
        self.buffer.resize(self.buffer.len().max(self.filled + BLOCK), 0);
        loop {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(read) => {
                    self.filled += read;
                    self.ended = read == 0;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether the first mark that closes a cell in this line, which begins within one, stands at the cell's end.
fn ends_well(line: &[u8], delimiter: u8) -> bool {
    let mut at = 0;
    while let Some(mark) = memchr::memchr(b'"', &line[at..]).map(|mark| at + mark) {
        if line.get(mark + 1) != Some(&b'"') {
            let rest = &line[mark + 1..];
            return rest.first() == Some(&delimiter) || rest.trim_ascii().is_empty();
        }
        at = mark + 2;
    }
    false
}
