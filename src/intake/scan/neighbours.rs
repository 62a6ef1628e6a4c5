//! Whether what stands around a group of decimal digits says that it is a MAC. A customer's number, a voucher and a
//! lottery's numbers are written in the same notations; a MAC in a switch's table stands among others of its kind.

use std::ops::Range;

use super::is_hex;

/// How many lines above and below are looked at, and how far, in bytes.
const LINES: usize = 6;
const REACH: usize = 1000;

/// Whether a token of the same notation with a letter in it stands beside the address, or in its place in a line
/// nearby, or whether it stands in a table's column that says MAC.
pub(super) fn vouch(text: &[u8], address: Range<usize>) -> bool {
    let floor = address.start.saturating_sub(REACH);
    let ceiling = text.len().min(address.end + REACH);
    let start = text[floor..address.start].iter().rposition(|&byte| byte == b'\n').map_or(floor, |end| floor + end + 1);
    let end = text[address.end..ceiling].iter().position(|&byte| byte == b'\n').map_or(ceiling, |at| address.end + at);
    let line = Line(&text[start..end]);
    let place = address.start - start..address.end - start;
    let mut above = text[floor..start].rsplit(|&byte| byte == b'\n').filter(not_blank).take(LINES);
    let mut below = text[end..ceiling].split(|&byte| byte == b'\n').filter(not_blank).take(LINES);
    line.says_mac(&place)
        || above.any(|other| line.is_like(&place, Line(other)) || line.is_under(&place, Line(other)))
        || below.any(|other| line.is_like(&place, Line(other)))
}

fn not_blank(line: &&[u8]) -> bool {
    !line.trim_ascii().is_empty()
}

fn separates(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b",;|\"'()[]<>".contains(&byte)
}

/// Whether both are written in one notation.
fn same_shape(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(&one, &other)| one == other || is_hex(one) && is_hex(other))
}

#[derive(Clone, Copy)]
struct Line<'a>(&'a [u8]);

impl<'a> Line<'a> {
    /// The tokens with their offsets.
    fn tokens(self) -> impl Iterator<Item = (usize, &'a [u8])> {
        let base = self.0.as_ptr().addr();
        self.0
            .split(|&byte| separates(byte))
            .filter(|token| !token.is_empty())
            .map(move |token| (token.as_ptr().addr() - base, token))
    }

    /// Whether a column begins or ends here: two spaces, a tab, a bar.
    fn is_gap(self, before: usize) -> bool {
        matches!(self.0[..before], [.., b' ', b' '] | [.., b'\t' | b'|'])
    }

    fn in_column(self, place: &Range<usize>) -> bool {
        let after = &self.0[place.end..];
        self.is_gap(place.start) || after.starts_with(b"  ") || matches!(after.first(), Some(b'\t' | b'|'))
    }

    /// Whether the line itself says so: by a MAC with letters beside it, or by what a table has behind a MAC.
    fn says_mac(self, place: &Range<usize>) -> bool {
        let address = &self.0[place.clone()];
        let kin = |token: &[u8]| same_shape(token, address) && token.iter().any(u8::is_ascii_alphabetic);
        let before = self.tokens().take_while(|(at, _)| *at < place.start).last();
        let after = self.tokens().filter(|(at, _)| *at >= place.end).take(4);
        // The first column of a table has no gap before it.
        let first = self.0[..place.start].trim_ascii().is_empty() && self.0.windows(2).any(|pair| pair == b"  ");
        let reach = if first || self.in_column(place) { 4 } else { 1 };
        let state = |token: &[u8]| {
            matches!(
                token.to_ascii_lowercase().as_slice(),
                b"dynamic"
                    | b"static"
                    | b"arpa"
                    | b"ether"
                    | b"learn"
                    | b"learned"
                    | b"learnt"
                    | b"reach"
                    | b"reachable"
                    | b"delay"
                    | b"probe"
                    | b"stale"
                    | b"permanent"
                    | b"self"
            )
        };
        before.is_some_and(|(_, token)| kin(token))
            || after.enumerate().any(|(nth, (_, token))| (nth == 0 && kin(token)) || (nth < reach && state(token)))
    }

    /// Whether a MAC with letters stands in the other line where the address stands in this one.
    fn is_like(self, place: &Range<usize>, other: Line) -> bool {
        let address = &self.0[place.clone()];
        let mut last: Option<&[u8]> = None;
        for (nth, (at, token)) in other.tokens().enumerate() {
            if same_shape(token, address) && token.iter().any(u8::is_ascii_alphabetic) {
                let (ordinal, before) = self.before(place.start);
                let alike = match (before, last) {
                    (None, None) => true,
                    _ if self.is_gap(place.start) && other.is_gap(at) => true,
                    (Some(one), Some(other)) => {
                        let digit = |token: &[u8]| token.iter().any(u8::is_ascii_digit);
                        one.eq_ignore_ascii_case(other) || (digit(one) && digit(other))
                    }
                    _ => false,
                };
                if alike && (at == place.start || nth == ordinal) {
                    return true;
                }
            }
            last = Some(token);
        }
        false
    }

    /// How many tokens stand before `at`, and the last of them.
    fn before(self, at: usize) -> (usize, Option<&'a [u8]>) {
        let mut tokens = self.tokens().take_while(|(start, _)| *start < at).map(|(_, token)| token);
        let count = tokens.by_ref().count();
        (count, self.tokens().take(count).last().map(|(_, token)| token))
    }

    /// Whether the other line is a table's header that says MAC over this column.
    fn is_under(self, place: &Range<usize>, header: Line) -> bool {
        if !self.in_column(place) || header.0.len() <= place.start {
            return false;
        }
        let text = header.0;
        let ends = |at: usize| header.is_gap(at) || at == 0;
        let start = (0..=place.start + 1).rev().find(|&at| ends(at.min(text.len()))).unwrap_or(0).min(text.len());
        let end = (place.start + 1..text.len()).find(|&at| at > start + 1 && header.is_gap(at)).unwrap_or(text.len());
        let cell = text[start..end.max(start)].trim_ascii().to_ascii_lowercase();
        let says = |words: &str| cell.windows(words.len()).any(|part| part == words.as_bytes());
        // `SNPA` is the MAC beside an IS-IS system's id, which is written alike.
        let names = ["mac", "physical addr", "hardware addr", "ethernet addr", "link-layer addr", "chassis id", "snpa"];
        cell.len() <= 24 && names.into_iter().any(says)
    }
}
