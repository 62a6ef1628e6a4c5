//! Text that fits its cells.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

pub use crate::model::text::visible;

/// The text, cut to `width` cells; where something is cut off, `mark` (one cell) stands last.
#[must_use]
pub fn fit<'a>(text: &'a str, width: usize, mark: &str) -> Cow<'a, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    if width == 0 {
        return Cow::Borrowed("");
    }
    let mut cells = 0;
    let end = text.char_indices().find(|(_, c)| {
        cells += c.width().unwrap_or(0);
        cells > width - 1
    });
    Cow::Owned(format!("{}{mark}", &text[..end.map_or(text.len(), |(at, _)| at)]))
}

/// The text in lines of at most `width` cells, broken at spaces where there are any.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for mut word in text.split(' ') {
        let space = usize::from(!line.is_empty());
        if line.width() + space + word.width() <= width {
            line.extend(std::iter::repeat_n(' ', space));
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while word.width() > width {
            let mut cells = 0;
            let at = word.char_indices().find(|(_, c)| {
                cells += c.width().unwrap_or(0);
                cells > width
            });
            let (head, tail) = word.split_at(at.map_or(word.len(), |(at, _)| at).max(1));
            lines.push(head.to_owned());
            word = tail;
        }
        word.clone_into(&mut line);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_marked() {
        assert_eq!(fit("anna.smith", 10, "…"), "anna.smith");
        assert_eq!(fit("anna.smith", 6, "…"), "anna.…");
        assert_eq!(fit("日本語", 4, "…"), "日…");
        assert_eq!(fit("ab", 0, "…"), "");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("2,400 devices, 48 requests, about 4 min", 28), ["2,400 devices, 48 requests,", "about 4 min"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
