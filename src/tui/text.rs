//! Text that fits its cells.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

pub use crate::model::text::{visible, wrap};

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
}
