//! Text: a list with one id a line, or any text with ids in it.
//!
//! A *list* is a text most of whose first lines are one id each. In it every line that is not empty and no comment must
//! be a device: one that is not is unreadable. In any other text only what looks like a MAC and is none is unreadable:
//! a group address, five or seven pairs, a wrong letter in a pair.

use std::borrow::Cow;
use std::io::Read;
use std::ops::{ControlFlow, Range};

use memchr::memmem;

use super::fold::{decode, fold};
use super::out::{Out, Step, Stop, hwid_row, mac_row};
use super::scan::{self, Spot, Trust, What};
use super::{IntakeError, hwid};
use crate::model::{Found, IdMode, Labels, Row};

/// How much is read at a time, in bytes. Lines that are longer are cut between two words.
const BLOCK: usize = 256 * 1024;

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    /// What a line is that can be either id.
    pub mode: IdMode,
    /// Every line must be a device.
    pub list: bool,
    /// Most lines begin with an id: what stands behind it is a note.
    pub notes: bool,
    /// Lines that are read over: the name of a list's only column.
    pub skip: u32,
}

/// Reads text to its end. `first_line` is the number of the line before it.
pub(super) fn read(input: &mut dyn Read, name: &str, manner: Manner, first_line: u32, out: &mut Out) -> Step {
    let mut blocks = Blocks { input, name, buffer: Vec::new() };
    let mut text = Text { manner, line: first_line, hwid: HwidFinder::new() };
    let mut carried = 0;
    loop {
        let Some(end) = blocks.fill(carried)? else { return Ok(()) };
        text.block(&blocks.buffer[..end], out)?;
        carried = blocks.keep_from(end);
        out.tick()?;
    }
}

/// Text in blocks that end with a line, or between two words of a line that is longer than a block.
struct Blocks<'a> {
    input: &'a mut dyn Read,
    name: &'a str,
    buffer: Vec<u8>,
}

impl Blocks<'_> {
    /// Fills the buffer behind the `carried` bytes and tells where the block ends; `None` at the end of the text.
    fn fill(&mut self, carried: usize) -> Result<Option<usize>, Stop> {
        let mut filled = carried;
        self.buffer.resize(carried + BLOCK, 0);
        while filled < self.buffer.len() {
            let read = match self.input.read(&mut self.buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Stop::Failed(super::input::broken(self.name, &error))),
            };
            filled += read;
            // A pipe gives what it has: it is shown at once.
            if memchr::memrchr(b'\n', &self.buffer[filled - read..filled]).is_some() && read < BLOCK / 4 {
                break;
            }
        }
        self.buffer.truncate(filled);
        if filled == carried {
            return Ok((filled > 0).then_some(filled));
        }
        let line = memchr::memrchr(b'\n', &self.buffer).map(|end| end + 1);
        let word = || self.buffer.iter().rposition(|&byte| byte == b' ' || byte == b',').map(|end| end + 1);
        Ok(Some(line.or_else(|| (filled > BLOCK).then(word).flatten()).unwrap_or(if filled > 4 * BLOCK {
            filled
        } else {
            0
        })))
    }

    /// Moves what stands behind `end` to the front and tells how much it is.
    fn keep_from(&mut self, end: usize) -> usize {
        self.buffer.drain(..end);
        self.buffer.len()
    }
}

/// Whether a text may hold the prefix `hwid`.
struct HwidFinder([memmem::Finder<'static>; 3]);

impl HwidFinder {
    fn new() -> Self {
        Self(["hwid", "HWID", "Hwid"].map(memmem::Finder::new))
    }

    fn any(&self, text: &[u8]) -> bool {
        self.0.iter().any(|finder| finder.find(text).is_some())
    }
}

struct Text {
    manner: Manner,
    /// Lines that are read.
    line: u32,
    hwid: HwidFinder,
}

impl Text {
    fn block(&mut self, block: &[u8], out: &mut Out) -> Step {
        let folded = fold(block);
        if self.manner.list || self.manner.notes || self.manner.mode == IdMode::Hwid || self.hwid.any(&folded) {
            return self.lines(&folded, out);
        }
        let mut line = self.line + 1;
        let mut counted = 0;
        let mut stopped = Ok(());
        let _ = scan::scan(&folded, Trust::Prose, &mut |Spot { start, end, what }| {
            line += memchr::memchr_iter(b'\n', &folded[counted..start]).count() as u32;
            counted = start;
            stopped = out.spot(line, &folded[start..end], what);
            if stopped.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        self.line = line - 1 + memchr::memchr_iter(b'\n', &folded[counted..]).count() as u32;
        stopped
    }

    fn lines(&mut self, block: &[u8], out: &mut Out) -> Step {
        let mut start = 0;
        while start < block.len() {
            let end = memchr::memchr(b'\n', &block[start..]).map_or(block.len(), |end| start + end);
            self.one_line(block, start..end, out)?;
            self.line += u32::from(end < block.len());
            start = end + 1;
        }
        Ok(())
    }

    fn one_line(&mut self, block: &[u8], place: Range<usize>, out: &mut Out) -> Step {
        let line = &block[place.clone()];
        let number = self.line + 1;
        if scan::trim(line).is_empty() || number <= self.manner.skip {
            return Ok(());
        }
        let mode = self.manner.mode;
        let decoded = decode(line);
        // Under a column's name every word is an id.
        let named = self.manner.skip > 0 && mode == IdMode::Hwid;
        let single = hwid::token(&decoded, mode).or_else(|| named.then(|| hwid::column(&decoded)).flatten());
        if let Some(id) = single {
            return out.found(Found::Row(hwid_row(number, id)));
        }
        if let Some(what) = scan::whole(line) {
            return out.spot(number, scan::trim(line), what);
        }
        let mut spots: Vec<Spot> = Vec::new();
        // In a list what a line begins with is an id.
        let first = if self.manner.list || self.manner.notes { first_id(line) } else { None };
        spots.extend(first);
        let rest = place.start + first.map_or(0, |spot| spot.end);
        let _ = scan::scan_part(block, rest..place.end, Trust::Prose, &mut |spot| {
            spots.push(Spot { start: spot.start - place.start, end: spot.end - place.start, ..spot });
            ControlFlow::Continue(())
        });
        let mut hwids = hwid::prefixed(&decoded).peekable();
        if spots.is_empty() && hwids.peek().is_none() {
            return if self.manner.list { self.unreadable_line(number, line, &decoded, out) } else { Ok(()) };
        }
        // One MAC and one HWID in a line are the two ids of one device.
        let first = hwids.next();
        if let ([Spot { what: What::Mac { mac, bare }, .. }], Some(hwid), None) =
            (spots.as_slice(), &first, hwids.peek())
            && mac.check_device().is_ok()
        {
            let row = mac_row(number, *mac, *bare);
            return out.found(Found::Row(Row { hwid: Some(hwid.clone()), ..row }));
        }
        if let ([Spot { what: What::Mac { mac, bare }, .. }], None, true) =
            (spots.as_slice(), &first, self.manner.notes)
            && mac.check_device().is_ok()
        {
            let row = mac_row(number, *mac, *bare);
            return out.found(Found::Row(Row { labels: Labels::new(None, None, note(line).as_deref()), ..row }));
        }
        for spot in spots {
            out.spot(number, &line[spot.start..spot.end], spot.what)?;
        }
        first.into_iter().chain(hwids).try_for_each(|id| out.found(Found::Row(hwid_row(number, id))))
    }

    fn unreadable_line(&self, number: u32, line: &[u8], decoded: &str, out: &mut Out) -> Step {
        if is_comment(line) {
            return Ok(());
        }
        let reason = match self.manner.mode {
            IdMode::Hwid => "no hardware id (7 to 64 letters, digits, - or _) and no MAC",
            IdMode::Mac if hwid::token(decoded, IdMode::Hwid).is_some() => {
                "no MAC; hardware ids are read by HWID (m, or --id-mode hwid), or with hwid: before them"
            }
            IdMode::Mac => "no MAC",
        };
        out.unreadable(number, line, reason)
    }
}

/// The MAC that is the line's first word.
fn first_id(line: &[u8]) -> Option<Spot> {
    let start = line.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let length = line[start..].iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';'))?;
    let end = start + length;
    Some(Spot { start, end, what: scan::whole(&line[start..end])? })
}

/// What stands behind the MAC that the line begins with, if it is short: a host's name, a user.
fn note(line: &[u8]) -> Option<Box<str>> {
    let end = first_id(line)?.end;
    let text = decode(&line[end..]);
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"'))
        .filter(|word| !word.is_empty())
        .collect();
    let note = words.join(" ");
    (!note.is_empty() && words.len() <= 6 && note.len() <= 80).then(|| note.into())
}

/// A comment, or a line that is drawn.
fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let drawn = line.iter().all(|byte| !byte.is_ascii_alphanumeric() && byte.is_ascii());
    drawn || line.starts_with(b"#") || line.starts_with(b"//") || line.starts_with(b";")
}

/// How the text that begins with `sample` is to be read; `whole` where the sample is all of it.
pub(super) fn manner(sample: &[u8], whole: bool, mode: IdMode) -> Manner {
    let lines: Vec<Cow<[u8]>> = sample.split(|&byte| byte == b'\n').map(fold).collect();
    // The last line may be cut.
    let lines = if whole || lines.len() < 2 { &lines[..] } else { &lines[..lines.len() - 1] };
    let mut manner = Manner { mode, list: false, notes: false, skip: 0 };
    let mut entries =
        lines.iter().enumerate().filter(|(_, line)| !scan::trim(line).is_empty() && !is_comment(line)).peekable();
    if let Some((index, line)) = entries.peek()
        && let Some(column) = super::header::id_column(&decode(line))
        && !holds_id(line)
    {
        manner.mode = column;
        manner.list = true;
        manner.skip = *index as u32 + 1;
        return manner;
    }
    let (mut single, mut begun, mut all) = (0_usize, 0_usize, 0_usize);
    for (_, line) in entries {
        all += 1;
        let alone = scan::whole(line).is_some() || hwid::token(&decode(line), mode).is_some();
        single += usize::from(alone);
        begun += usize::from(!alone && note(line).is_some());
    }
    manner.notes = (single + begun) * 2 > all;
    // Ids alone beside ids with notes are one list; a switch's table has notes behind all of them.
    manner.list = single * 2 > all || (manner.notes && single * 4 >= all);
    manner
}

/// Whether an id stands in the line: `MAC=000c29cdc7b2` is no column's name.
fn holds_id(line: &[u8]) -> bool {
    scan::scan(line, Trust::Cell, &mut |_| ControlFlow::Break(())).is_break()
        || hwid::prefixed(&decode(line)).next().is_some()
}

/// The error for a source without anything in it.
pub(super) fn empty(name: &str) -> IntakeError {
    IntakeError(format!("{name} is empty: there is no device in it"))
}

/// Hands over the ids in a cell or string of which nothing else is known.
pub(super) fn piece(text: &[u8], line: u32, out: &mut Out) -> Step {
    let folded = fold(text);
    let decoded = String::from_utf8_lossy(&folded);
    if let Some(id) = hwid::token(&decoded, out.mode) {
        return out.found(Found::Row(hwid_row(line, id)));
    }
    if let Some(what) = scan::whole(&folded) {
        return out.spot(line, scan::trim(&folded), what);
    }
    let mut spots: Vec<Spot> = Vec::new();
    let _ = scan::scan(&folded, Trust::Prose, &mut |spot| {
        spots.push(spot);
        ControlFlow::Continue(())
    });
    spots.iter().try_for_each(|spot| out.spot(line, &folded[spot.start..spot.end], spot.what))?;
    hwid::prefixed(&decoded).try_for_each(|id| out.found(Found::Row(hwid_row(line, id))))
}
