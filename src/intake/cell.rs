//! A cell of a table, as bytes and as text.

use std::borrow::Cow;
use std::ops::Range;

use super::fold::decode;

/// A cell of a table: its bytes, and where they stand in its row. The row is known as text if all of it is UTF-8: to ask
/// that once costs less than to ask each cell, and nothing for the cells that nobody wants as text.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub bytes: &'a [u8],
    row: Option<&'a str>,
    start: usize,
}

impl<'a> Cell<'a> {
    /// The cell at these bytes of a row. `text` is the whole row, if it is UTF-8.
    #[inline]
    pub fn of_row(row: &'a [u8], text: Option<&'a str>, place: Range<usize>) -> Self {
        Self { start: place.start, bytes: &row[place], row: text }
    }

    /// Without spaces around it. Most have none.
    #[inline]
    pub fn trimmed(self) -> Self {
        let black = |byte: Option<&u8>| byte.is_some_and(|&byte| byte > b' ');
        if black(self.bytes.first()) && black(self.bytes.last()) {
            return self;
        }
        let bytes = self.bytes.trim_ascii_start();
        Self { start: self.start + self.bytes.len() - bytes.len(), bytes: bytes.trim_ascii_end(), ..self }
    }

    /// As text, if it is known to be text. A cell that ends within a character is none, though its row is.
    #[inline]
    pub fn text(self) -> Option<&'a str> {
        self.row?.get(self.start..self.start + self.bytes.len())
    }

    /// As text.
    pub fn decode(self) -> Cow<'a, str> {
        self.text().map_or_else(|| decode(self.bytes), Cow::Borrowed)
    }
}

impl<'a> From<&'a [u8]> for Cell<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self { bytes, row: None, start: 0 }
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), row: Some(text), start: 0 }
    }
}
