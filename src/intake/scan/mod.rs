//! Finds MACs in any bytes.
//!
//! Three steps, each in its own file: the bytes are searched for runs of hex digits and separators that are long enough
//! (here); a run is cut into chains of groups and each chain is held against the notations (`chain`); what fits a
//! notation is judged by what stands around it (`judge`, `words`, `neighbours`).
//!
//! The search looks at every eighth byte of plain prose only: the shortest notation, `0:c:2:c:c:b`, has eleven bytes, and
//! the larger part of a MAC with a wrong letter in it has eight, so a byte that can stand in no MAC rules out the seven
//! before it.

mod chain;
mod judge;
mod neighbours;
mod words;

use std::ops::{ControlFlow, Range};

use crate::model::Mac;

/// What the place says of the text in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Any text: what could be something else must have words for it that say MAC.
    Prose,
    /// A cell of a MAC column, or a line that is one id: what can be a MAC is one.
    Cell,
}

/// Something that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Offset of its first byte.
    pub start: usize,
    /// Offset behind its last byte.
    pub end: usize,
    /// What it is.
    pub what: What,
}

/// A MAC, or what nearly is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A MAC, perhaps one that is no device's (broadcast, multicast, zeros).
    Mac {
        /// The address.
        mac: Mac,
        /// Twelve digits without separators, which could be an HWID too: which of them were written as capitals (bit 0
        /// the first).
        bare: Option<u16>,
    },
    /// Meant as a MAC by the look of it, and none: why.
    Near(&'static str),
}

const HEX: u8 = 1;
const SEPARATOR: u8 = 2;
/// Letters that are no hex digits.
const LETTER: u8 = 4;

/// What each byte can be.
static CLASS: [u8; 256] = classes();
/// The value of each hex digit.
static DIGIT: [u8; 256] = digits();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let c = byte as u8;
        table[byte] = if c.is_ascii_hexdigit() {
            HEX
        } else if matches!(c, b':' | b'-' | b'.') {
            SEPARATOR
        } else if c.is_ascii_alphabetic() {
            LETTER
        } else {
            0
        };
        byte += 1;
    }
    table
}

const fn digits() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let c = byte as u8;
        table[byte] = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'f' => c - b'a' + 10,
            b'A'..=b'F' => c - b'A' + 10,
            _ => 0,
        };
        byte += 1;
    }
    table
}

fn class(byte: u8) -> u8 {
    CLASS[byte as usize]
}

fn is_hex(byte: u8) -> bool {
    class(byte) == HEX
}

/// Whether a letter or digit, so that what stands beside it is a part of the same word.
fn is_word(byte: u8) -> bool {
    class(byte) & (HEX | LETTER) != 0
}

/// The length of the shortest notation.
const SHORTEST: usize = 11;
/// The length of the larger part of six pairs with a wrong letter in them.
const PART: usize = 8;

/// Tells `found` every MAC and near miss of `text`, in order. The text is ASCII or has passed `fold`: bytes of other
/// alphabets count as spaces.
pub fn scan(text: &[u8], trust: Trust, found: &mut impl FnMut(Spot) -> ControlFlow<()>) -> ControlFlow<()> {
    scan_part(text, 0..text.len(), trust, found)
}

/// Tells `found` what is in a part of the text, such as a line; what stands around the part is looked at too.
pub fn scan_part(
    text: &[u8],
    part: Range<usize>,
    trust: Trust,
    found: &mut impl FnMut(Spot) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut at = part.start;
    while let Some(&probe) = text[..part.end].get(at + PART - 1) {
        if class(probe) & (HEX | SEPARATOR) == 0 {
            at += PART;
            continue;
        }
        let inside = |&byte: &u8| class(byte) & (HEX | SEPARATOR) != 0;
        let probe = at + PART - 1;
        let start = probe - text[at..probe].iter().rev().take_while(|byte| inside(byte)).count();
        let end = probe + text[probe..part.end].iter().take_while(|byte| inside(byte)).count();
        if let Some(mac) = plain(text, start, end) {
            found(Spot { start, end, what: What::Mac { mac, bare: None } })?;
        } else if end - start >= SHORTEST {
            chain::run(text, start..end, trust, found)?;
        } else if end - start >= PART
            && let Some(spot) = with_wrong_letter(text, start, end)
        {
            found(spot)?;
        }
        at = end + 1;
    }
    ControlFlow::Continue(())
}

/// A MAC with a wrong letter in it, of which the run is the larger part.
fn with_wrong_letter(text: &[u8], start: usize, end: usize) -> Option<Spot> {
    let letter = |byte: Option<&u8>| byte.is_some_and(|&byte| class(byte) == LETTER);
    let separator = *text[start..end].iter().find(|&&byte| class(byte) == SEPARATOR)?;
    (letter(text[..start].last()) || letter(text.get(end)))
        .then(|| judge::wrong_letter(text, start..end, separator))
        .flatten()
}

/// The MAC of a run that is nothing but one in the usual notations, the short way: a letter is in it, no letter
/// beside it, it has no mask's bits, and it is not the first word of its line, which may go on from the line before. All others are judged.
fn plain(text: &[u8], start: usize, end: usize) -> Option<Mac> {
    let run = &text[start..end];
    let value = match (run.len(), run.get(2), run.get(4)) {
        (17, Some(&separator @ (b':' | b'-')), _) => groups::<2>(run, separator)?,
        (14, _, Some(b'.')) => groups::<4>(run, b'.')?,
        _ => return None,
    };
    let before = &text[..start];
    let gap = &before[before.trim_ascii_end().len()..];
    let beside = |byte: Option<&u8>| byte.is_some_and(|&byte| class(byte) == LETTER);
    if gap.contains(&b'\n') || beside(before.last()) || beside(text.get(end)) || words::certificate_before(before) {
        return None;
    }
    let [_, _, octets @ ..] = value.to_be_bytes();
    let letter = run.iter().any(|&byte| byte >= b'A');
    (letter && !is_low_bits(value)).then_some(Mac::new(octets))
}

/// The value of a run that is nothing but groups of `WIDTH` digits with the separator between. The width is known to the
/// compiler, for a list has a million of them.
fn groups<const WIDTH: usize>(run: &[u8], separator: u8) -> Option<u64> {
    let mut value = 0;
    for group in run.chunks(WIDTH + 1) {
        let (digits, rest) = group.split_first_chunk::<WIDTH>()?;
        if rest.first().is_some_and(|&byte| byte != separator) {
            return None;
        }
        for &digit in digits {
            if !is_hex(digit) {
                return None;
            }
            value = value << 4 | u64::from(DIGIT[digit as usize]);
        }
    }
    Some(value)
}

/// Whether nothing but lower bits are set, as in an access list's mask.
fn is_low_bits(value: u64) -> bool {
    value & (value + 1) == 0
}

/// The MAC of a cell that is nothing but six pairs of digits with `:` or `-` between, the short way.
pub fn pairs(cell: &[u8]) -> Option<Mac> {
    let separator = *cell.get(2).filter(|separator| cell.len() == 17 && matches!(separator, b':' | b'-'))?;
    let [_, _, octets @ ..] = groups::<2>(cell, separator)?.to_be_bytes();
    Some(Mac::new(octets))
}

/// The MAC of a cell that is nothing but six pairs of digits with a space between. Elsewhere they are numbers.
pub fn spaced(cell: &[u8]) -> Option<Mac> {
    let text = trim(cell);
    let [_, _, octets @ ..] = (text.len() == 17).then(|| groups::<2>(text, b' '))??.to_be_bytes();
    Some(Mac::new(octets))
}

/// The only MAC of a text that is nothing but it, as in a cell or an argument: spaces, quotes and brackets around it
/// are no part of it. With spaces between its pairs it needs a letter.
pub fn whole(text: &[u8]) -> Option<What> {
    let text = trim(text);
    if let Some(mac) = spaced(text).filter(|_| text.iter().any(u8::is_ascii_alphabetic)) {
        return Some(What::Mac { mac, bare: None });
    }
    let mut only = None;
    let _ = scan(text, Trust::Cell, &mut |spot| {
        only = Some(spot);
        ControlFlow::Break(())
    });
    let Spot { start, end, what } = only?;
    let fits = end == text.len() && (start == 0 || text[..start].eq_ignore_ascii_case(b"0x"));
    (fits && matches!(what, What::Mac { .. })).then_some(what)
}

/// Whether the text is nothing but a MAC with separators, which is hardly anything else.
pub fn is_written(text: &[u8]) -> bool {
    matches!(whole(text), Some(What::Mac { bare: None, .. }))
}

/// Without the spaces, quotes and brackets around it.
pub fn trim(text: &[u8]) -> &[u8] {
    let around = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`()[]{}<>,;".contains(byte);
    let start = text.iter().take_while(|byte| around(byte)).count();
    let end = text.len() - text[start..].iter().rev().take_while(|byte| around(byte)).count();
    &text[start..end]
}
